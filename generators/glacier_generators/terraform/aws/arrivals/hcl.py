"""What hears of files that arrive, as a call of its module."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import ArrivalPlan
from glacier_generators.terraform.aws.bucket.hcl import bucket_name

__all__ = ["arrivals_call"]


def arrivals_call(arrival: ArrivalPlan) -> Body:
    """Write the call that asks for a run when files of a dataset arrive."""
    columns = dict(arrival.columns)
    body: Body = [
        Attribute("source", "./modules/arrivals"),
        Blank(),
        Attribute("name", Reference('"${local.name}-arrived"')),
        Attribute("bucket", bucket_name(arrival.bucket)),
        Attribute("keys", list(arrival.keys)),
        *([Attribute("columns", columns)] if columns else []),
        Attribute("timezone", arrival.timezone),
        Attribute("overlap", arrival.overlap),
        Attribute("starter_arn", Reference("module.starter.arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [
        Comment(f"Files of {arrival.dataset}; those of one minute are one run"),
        Block("module", ("arrivals",), body),
    ]
