"""What tells of runs that were stopped, as a call of its module."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import Plan

__all__ = ["stopped_runs_call"]


def stopped_runs_call(plan: Plan) -> Body:
    """Write the call that makes what tells the topic of runs which cannot do so themselves."""
    starters = [Reference("module.starter.arn")] if plan.starts_itself else []
    starters += [Reference("module.arrivals.arn")] if plan.arrival else []
    body: Body = [
        Attribute("source", "./modules/stopped_runs"),
        Blank(),
        Attribute("name", Reference('"${local.name}-stopped"')),
        Attribute("pipeline", Reference("var.project")),
        Attribute("state_machine_arn", Reference("module.workflow.arn")),
        *([Attribute("starter_arns", [*starters])] if starters else []),
        Attribute("failure_topic_arn", Reference("module.failure_topic.arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [
        Comment("A run that is aborted, or out of time, cannot say so: this does."),
        Block("module", ("stopped_runs",), body),
    ]
