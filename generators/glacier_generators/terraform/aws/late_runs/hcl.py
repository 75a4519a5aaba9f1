"""The alarm of runs that do not come, as a call of its module."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import SchedulePlan
from glacier_generators.terraform.aws.late_runs.patience import LONGEST_H, patience_h

__all__ = ["late_runs_call"]


def late_runs_call(schedule: SchedulePlan) -> Body:
    """Write the call that makes the alarm; a comment, if the schedule's pauses are longer than an alarm can look back."""
    hours = patience_h(schedule.expression)
    if hours is None:
        return [
            Comment(
                f"No alarm tells of runs that do not come: alarms look back {LONGEST_H} hours, and this schedule pauses for longer."
            )
        ]
    body: Body = [
        Attribute("source", "./modules/late_runs"),
        Blank(),
        Attribute("name", Reference('"${local.name}-late"')),
        Attribute("pipeline", Reference("var.project")),
        Attribute("state_machine_arn", Reference("module.workflow.arn")),
        Attribute("hours", hours),
        Attribute("teller_arn", Reference("module.stopped_runs.arn")),
        Attribute("hearer_role_arn", Reference("module.stopped_runs.hearer_role_arn")),
    ]
    return [
        Comment(
            "Tells if no run has succeeded for the longest pause of the schedule and three hours."
        ),
        Block("module", ("late_runs",), body),
    ]
