"""The role of a function that somebody else made: it is not ours, and must be allowed as much."""

from __future__ import annotations

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Role
from glacier_generators.terraform.aws.data_rights import data_rights

__all__ = ["existing_role"]


def existing_role(task: TaskPlan, plan: Plan) -> Role:
    """Return what the role of a task's function must be allowed, its own log aside."""
    return Role(f"task {task.name}", task.name, None, data_rights(task, plan))
