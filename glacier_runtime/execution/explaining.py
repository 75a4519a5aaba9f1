"""What a run would do about memory: which shared datasets it would hold, compute again or write first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import GlacierError
from glacier_runtime.execution.attempt import Inputs, plan_sharing
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.identity import Identities
from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.outputs import Target
from glacier_runtime.execution.planning import Plan
from glacier_runtime.storage.stores import open_store

__all__ = ["Explanation", "sharing_of"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a run would do.

    Attributes:
        decisions: What it would do about every task, and why.
        groups: The groups that would run, in order.
        sharing: Which shared datasets they would hold, compute again or write first; of groups whose inputs are there.
        budget: What their queries may hold in memory.
    """

    decisions: tuple[Decision, ...]
    groups: tuple[Group, ...]
    sharing: Mapping[Group, Sharing]
    budget: MemoryBudget | None


def sharing_of(
    plan: Plan, identities: Identities, budget: MemoryBudget | None, root: Path
) -> Mapping[Group, Sharing]:
    """Return what is decided about each group whose inputs are there already, as far as it can be known without a run.

    The tasks of these groups are called, for the queries that they return; what fails now will be reported by the run.

    Args:
        plan: What will run.
        identities: What is read.
        budget: What queries may hold; without one, nothing is decided.
        root: The project's root.
    """
    return {} if budget is None else dict(_decided(plan, identities, budget, root))


def _decided(
    plan: Plan, identities: Identities, budget: MemoryBudget, root: Path
) -> Iterator[tuple[Group, Sharing]]:
    def target_of(dataset: Dataset) -> Target:
        location = dataset.storage
        assert location is not None
        return Target(open_store(location.bucket, root), f"{location.key}.explained")

    inputs = Inputs(identities.pinned, {}, {}, identities.params)
    for group in plan.groups:
        if not _is_known(group, plan, identities):
            continue
        try:
            yield group, plan_sharing(group, inputs, target_of, frozenset(), budget)
        except (GlacierError, OSError):
            continue


def _is_known(group: Group, plan: Plan, identities: Identities) -> bool:
    own = set(group.writes)
    made = {dataset for other in plan.groups if other is not group for dataset in other.writes}
    signatures = [task.signature for task in group.tasks]
    if any(signature.secrets or signature.looks_back for signature in signatures):
        return False
    read = {dataset for task in group.tasks for dataset in task.reads} - own
    return not read & made and all(d in identities.pinned or d.origin is not None for d in read)
