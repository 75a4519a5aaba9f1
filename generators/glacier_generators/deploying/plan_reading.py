"""What a saved plan of Terraform says: which resources come, change and go, and what stands already."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from glacier_runtime.manifest import Manifest

__all__ = [
    "RECORD",
    "Action",
    "Change",
    "Resource",
    "SavedPlan",
    "read_plan",
    "read_record",
    "read_state",
    "task_of",
]

# The resource in which a deployment keeps the pipeline that it was made from.
RECORD: Final = "terraform_data.deployed"
_FIRST_MODULE: Final = re.compile(r"module\.[^.\[]+(?:\[[^\]]*\])?")


class Action(StrEnum):
    """What becomes of a resource."""

    CREATE = "create"
    CHANGE = "change"
    REPLACE = "replace"
    DESTROY = "destroy"
    FORGET = "forget"


_ACTIONS: Final = {
    ("create",): Action.CREATE,
    ("update",): Action.CHANGE,
    ("delete",): Action.DESTROY,
    ("forget",): Action.FORGET,
    ("create", "delete"): Action.REPLACE,
    ("delete", "create"): Action.REPLACE,
    ("create", "forget"): Action.REPLACE,
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a plan or a state.

    Attributes:
        address: Its address.
        kind: Its type, such as `aws_s3_bucket`.
        values: What is known of it; never printed, for some of it may be nobody's business.
    """

    address: str
    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one resource.

    Attributes:
        address: Its address.
        kind: Its type.
        action: What is done.
        attributes: Which attributes change, or make it be replaced; by name, without values.
        loses_data: Whether data of the user's goes with it.
    """

    address: str
    kind: str
    action: Action
    attributes: tuple[str, ...]
    loses_data: bool

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "address": self.address,
            "action": self.action.value,
            "attributes": list(self.attributes),
            "loses_data": self.loses_data,
        }


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, read.

    Attributes:
        changes: What is to be done, in the plan's order.
        planned: All resources as they will be.
        standing: All resources as the state has them.
        variables: What the root was told.
        data_kinds: Types of resources that hold data of the user's.
    """

    changes: tuple[Change, ...]
    planned: tuple[Resource, ...]
    standing: tuple[Resource, ...]
    variables: Mapping[str, Any]
    data_kinds: frozenset[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many resources are created, changed, replaced, destroyed and forgotten."""
        found = Counter(change.action.value for change in self.changes)
        return {action.value: found[action.value] for action in Action}

    def changed(self, *actions: Action) -> Iterator[Change]:
        """Return what is done in one of these ways."""
        return (change for change in self.changes if change.action in actions)


def read_plan(text: str, data_kinds: Collection[str]) -> SavedPlan:
    """Read what `terraform show -json` prints of a saved plan.

    Args:
        text: What it prints.
        data_kinds: Types of resources that hold data of the user's.
    """
    document = json.loads(text)
    prior = document.get("prior_state", {}).get("values", {})
    planned = document.get("planned_values", {})
    return SavedPlan(
        changes=tuple(_changes(document.get("resource_changes", ()), data_kinds)),
        planned=tuple(_resources(planned.get("root_module", {}))),
        standing=tuple(_resources(prior.get("root_module", {}))),
        variables={name: it.get("value") for name, it in document.get("variables", {}).items()},
        data_kinds=frozenset(data_kinds),
    )


def read_state(text: str) -> tuple[Resource, ...]:
    """Return the resources that stand, of what `terraform show -json` prints of a state."""
    values = json.loads(text).get("values") or {}
    return tuple(_resources(values.get("root_module", {})))


def read_record(plan: SavedPlan) -> tuple[Manifest | None, str]:
    """Return the pipeline that stands, as its deployment wrote it down; and what to say if there is none.

    A record beside which nothing stands, or nothing but what holds data, is of a deployment that was destroyed.
    """
    parts = {part_of(it.address) for it in plan.standing}
    if not parts:
        return None, "nothing is deployed"
    if parts == {part_of(it.address) for it in plan.standing if it.kind in plan.data_kinds}:
        return None, "nothing is deployed but what holds data"
    recorded = next((it.values.get("input") for it in plan.standing if it.address == RECORD), None)
    if recorded is None:
        return None, (
            "what is deployed has no record of its pipeline: an older Glacier made it, or no deployment was ever completed"
        )
    try:
        return Manifest.model_validate_json(recorded), ""
    except ValueError:
        return None, "the record of what is deployed is of another version of Glacier"


def part_of(address: str) -> str:
    """Return the module of the root that an address is in, or the address of what is in none.

    Example:
        >>> part_of("module.bucket_lake.module.settings.aws_s3_bucket_policy.this"), part_of("aws_s3_object.code[0]")
        ('module.bucket_lake', 'aws_s3_object.code[0]')
    """
    match = _FIRST_MODULE.match(address)
    return match[0] if match else address


def task_of(resource: Resource) -> str:
    """Return the name of the task that a resource is of."""
    return part_of(resource.address).removeprefix("module.task_")


def _changes(entries: Iterable[Mapping[str, Any]], data_kinds: Collection[str]) -> Iterator[Change]:
    for entry in entries:
        change = entry["change"]
        action = _ACTIONS.get(tuple(change["actions"]))
        if action is None or entry.get("mode") == "data":
            continue
        goes = action in {Action.REPLACE, Action.DESTROY}
        yield Change(
            address=entry["address"],
            kind=entry["type"],
            action=action,
            attributes=tuple(_attributes(change, action)),
            loses_data=goes and entry["type"] in data_kinds,
        )


def _attributes(change: Mapping[str, Any], action: Action) -> Iterator[str]:
    if action is Action.REPLACE:
        yield from dict.fromkeys(str(path[0]) for path in change.get("replace_paths", ()) if path)
    elif action is Action.CHANGE:
        before, after = change.get("before") or {}, change.get("after") or {}
        unknown = change.get("after_unknown") or {}
        yield from sorted(
            name
            for name in {*before, *after, *unknown}
            if before.get(name) != after.get(name) or _is_unknown(unknown.get(name))
        )


def _is_unknown(mark: object) -> bool:
    """Say whether something in a value is known only after the apply; marks are nested as values are."""
    if isinstance(mark, Mapping):
        return any(map(_is_unknown, mark.values()))
    return any(map(_is_unknown, mark)) if isinstance(mark, list) else mark is True


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for entry in module.get("resources", ()):
        if entry.get("mode") == "managed":
            yield Resource(entry["address"], entry["type"], entry.get("values") or {})
    for child in module.get("child_modules", ()):
        yield from _resources(child)
