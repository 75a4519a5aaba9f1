"""The role of the schedule: `modules/schedule` as data."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import Plan, SchedulePlan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust

__all__ = ["schedule_role"]

_TRUST: Final = Trust(
    "SchedulerAsksForRuns", "scheduler.amazonaws.com", "on behalf of this account"
)


def schedule_role(schedule: SchedulePlan, plan: Plan) -> Role:
    """Return the role that asks for a run by the clock, and can do nothing else."""
    text = f"pipeline {plan.pipeline} has schedule {schedule.expression!r}, {schedule.timezone}"
    cause = Cause(Because.PIPELINE, plan.pipeline, text)
    starter = Resource("starter", plan.pipeline)
    ask = Right("AskTheStarter", ("states:StartExecution",), starter, (cause,))
    return Role("schedule", None, _TRUST, (ask,))
