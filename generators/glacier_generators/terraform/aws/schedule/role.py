"""The role of the schedule: `modules/schedule` as data."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import Plan, SchedulePlan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust

__all__ = ["schedule_role"]

_TRUST: Final = Trust(
    "SchedulerStartsTheWorkflow", "scheduler.amazonaws.com", "on behalf of this account"
)


def schedule_role(schedule: SchedulePlan, plan: Plan) -> Role:
    """Return the role that starts the workflow by the clock, and can do nothing else."""
    text = f"pipeline {plan.pipeline} has schedule {schedule.expression!r}, {schedule.timezone}"
    cause = Cause(Because.PIPELINE, plan.pipeline, text)
    workflow = Resource("workflow", plan.pipeline)
    start = Right("StartTheWorkflow", ("states:StartExecution",), workflow, (cause,))
    return Role("schedule", None, _TRUST, (start,))
