"""Tasks on existing functions as states of the workflow."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.serverless.state import invocation

__all__ = ["existing_state"]

_LONGEST_RUN_S: Final = 900  # of any function


def existing_state(task: TaskPlan) -> dict[str, JsonValue]:
    """Return the state that invokes a task's function, whose own time-out is not known here."""
    return invocation(task, _LONGEST_RUN_S)
