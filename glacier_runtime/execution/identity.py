"""Which state of its inputs a task sees, as texts that are equal only for equal rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.fingerprints.code import CodeReader
from glacier_runtime.fingerprints.fingerprinting import Unknown, fingerprint
from glacier_runtime.fingerprints.inputs import origin_identity, source_identity
from glacier_runtime.partitioning.mapping import upstream_keys
from glacier_runtime.partitioning.requests import params_for
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.signatures import Input
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.storage.versions import Version
from glacier_runtime.tasks import AnyTask

__all__ = ["Identities", "Origin", "Unit", "made_from"]

Unit = tuple[AnyTask, PartitionKey | None]
"""A task, or a task for one partition: what a run decides about."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What the outputs of a task are made from, as far as it can be seen.

    Attributes:
        fingerprint: All that can be seen; None if an input cannot be told from others.
        doubt: Why equal fingerprints do not mean equal outputs; None if they do.
    """

    fingerprint: Fingerprint | None
    doubt: str | None = None


@dataclass(slots=True)
class Identities:
    """What is known of the state of datasets during a run.

    Attributes:
        pinned: Datasets in storage, as they are read.
        params: Run parameters.
        memory: Datasets without storage: what they were made from; None for what has no equal.
        known: Identities of sources, so that files are looked at once.
        code: What reads code, as it is at the moment of the run.
    """

    pinned: dict[Dataset, Pinned]
    params: Mapping[str, object]
    memory: dict[tuple[Dataset, PartitionKey | None], str | None] = field(default_factory=dict)
    known: dict[Dataset, str | None] = field(default_factory=dict)
    code: CodeReader = field(default_factory=CodeReader)

    def origin(self, unit: Unit, made: Mapping[Dataset, str]) -> Origin:
        """Return what the outputs of a task are made from.

        Args:
            unit: The task, and which partition of its outputs.
            made: Identities of what is made beside it, and not published yet.
        """
        task, key = unit
        inputs: dict[str, str] = {}
        for item in task.signature.inputs:
            if item.as_of is not None:
                inputs[f"{item.dataset.name} as of {item.as_of}"] = str(item.as_of)
            if item.previous:
                continue
            identity = made.get(item.dataset) or self._identity(item, task, key)
            if identity is None:
                return Origin(
                    None, f"whether dataset {item.dataset.name} has changed cannot be known"
                )
            inputs[item.dataset.name] = identity
        names = (parameter.name for parameter in task.signature.parameters)
        given = params_for(task, key, self.params)
        params: dict[str, object] = {n: given[n] for n in names if n in given}
        if key is not None:
            params.update(key.values)
        found = fingerprint(task, params, inputs, code=self.code)
        if not isinstance(found, Unknown):
            return Origin(found)
        seen = fingerprint(replace(task, cache=True), params, inputs, code=self.code)
        return Origin(None if isinstance(seen, Unknown) else seen, found.reason)

    def note(self, unit: Unit, found: Origin) -> None:
        """Let what a task keeps in memory be known by what it was made from."""
        is_known = found.fingerprint is not None and found.doubt is None
        text = digest(found.fingerprint) if is_known and found.fingerprint is not None else None
        for dataset in unit[0].writes:
            if dataset.storage is None:
                self.memory[dataset, unit[1]] = text

    def _identity(self, item: Input, task: AnyTask, key: PartitionKey | None) -> str | None:
        dataset = item.dataset
        keys = upstream_keys(task, item, key)
        if dataset.storage is None and dataset.origin is None:
            found = [self.memory.get((dataset, k)) for k in (keys or (None,))]
            return None if None in found else " ".join(text for text in found if text)
        pinned = self.pinned.get(dataset)
        changed = "" if pinned is None or pinned.table is None else pinned.table.changed_by_others
        if pinned is not None and pinned.published is not None:
            return f"{_published(pinned, keys)} {changed}".rstrip()
        if changed:
            return changed
        if dataset not in self.known:
            self.known[dataset] = (
                origin_identity(dataset.origin)
                if dataset.origin is not None
                else None if pinned is None else source_identity(pinned.store, pinned.keys)
            )
        return self.known[dataset]


def made_from(version: Version | None, unit: Unit) -> Fingerprint | None:
    """Return what a version, or one partition of it, was made from; None if there is none or that is not known."""
    task, key = unit
    if version is None:
        return None
    if key is None:
        return version.record.fingerprints.get(task.name)
    part = version.output.partitions.get(key.label)
    return None if part is None else part.fingerprint


def digest(found: Fingerprint) -> str:
    """Return one text for a fingerprint."""
    return sha256(found.model_dump_json().encode()).hexdigest()[:32]


def _published(pinned: Pinned, keys: Iterable[PartitionKey] | None) -> str:
    assert pinned.published is not None
    parts = pinned.published.output.partitions
    if keys is None or not parts:
        return pinned.published.record.attempt
    labels = [key.label for key in keys]
    return " ".join(parts[label].attempt if label in parts else "nothing" for label in labels)
