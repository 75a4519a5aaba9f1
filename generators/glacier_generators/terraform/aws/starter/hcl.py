"""The starter as a call of its module."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference

__all__ = ["starter_call"]


def starter_call() -> Body:
    """Write the call that makes what starts runs.

    Names of runs begin with the pipeline's: several pipelines may keep their results in one bucket.
    """
    body: Body = [
        Attribute("source", "./modules/starter"),
        Blank(),
        Attribute("name", Reference('"${local.name}-start"')),
        Attribute("run_prefix", Reference("var.project")),
        Attribute("state_machine_arn", Reference("module.workflow.arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [
        Comment("Starts a run once for each moment, though it be asked for twice."),
        Block("module", ("starter",), body),
    ]
