"""Which tasks of a pipeline a run takes, which it leaves out, and why."""

from __future__ import annotations

from dataclasses import dataclass

from glacier_runtime.partitions import PartitionKey
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.tasks import AnyTask

__all__ = ["Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a run does about a task, or about one partition of what it makes.

    Attributes:
        task: The task.
        runs: Whether it runs.
        reason: Why, for people: `code of clean_names changed`, `current since run 20260101T…`.
        partition: The partition that is meant; None for a task that makes whole datasets.
        fingerprint: What its outputs will be made from; None where that cannot be known.
    """

    task: AnyTask
    runs: bool
    reason: str
    partition: PartitionKey | None = None
    fingerprint: Fingerprint | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the decision as plain data, for `--json`."""
        return {
            "task": self.task.name,
            "partition": None if self.partition is None else self.partition.label,
            "runs": self.runs,
            "reason": self.reason,
        }
