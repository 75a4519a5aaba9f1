"""Where resources went when what they belong to was renamed: https://developer.hashicorp.com/terraform/language/moved ."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, pairwise

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import Plan, TaskPlan

__all__ = ["moved_blocks"]


def moved_blocks(plan: Plan) -> Body:
    """Write a `moved` block for every address that a renamed task has left; nothing, if none was renamed."""
    moved = list(chain.from_iterable(map(_of_task, plan.tasks)))
    if not moved:
        return []
    why = Comment(
        "What renamed tasks had deployed is theirs still; where nothing is left at an old address, a block does nothing."
    )
    body: list[Comment | Blank | Block] = [why]
    for block in moved:
        body += [block, Blank()]
    return body[:-1]


def _of_task(task: TaskPlan) -> Iterable[Block]:
    for old, new in pairwise((*task.entry.renamed_from, task.name)):
        ends = (Attribute("from", _address(old)), Attribute("to", _address(new)))
        yield Block("moved", (), ends)


def _address(task: str) -> Reference:
    return Reference(f"module.task_{task}")
