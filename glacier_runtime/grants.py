"""Rights that a task is given by hand, because no signature can say them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.locations import Location

__all__ = ["ACTION_PATTERN", "ARN_PATTERN", "MAX_REASON_LENGTH", "Grant", "checked_grants"]

ACTION_PATTERN: Final = "^[a-z][a-z0-9-]{0,62}:[A-Z][A-Za-z0-9]{0,126}$"
"""An action, whole: a wildcard would grow with every action that AWS adds."""

ARN_PATTERN: Final = (
    r"^arn:aws(?:-[a-z]+)*:[a-z0-9-]+:(?:[a-z0-9-]*|\*):(?:[0-9]{12}|aws|\*)?:[A-Za-z0-9_.:/+=,@#*-]*[A-Za-z0-9_.+=,@#-][A-Za-z0-9_.:/+=,@#*-]*$"
)
"""An ARN that names at least a part of something; `$`, which starts IAM's variables, has no place in it."""

MAX_REASON_LENGTH: Final = 300
_LISTS: Final = "s3:ListBucket"
_EXAMPLE: Final = (
    'Grant(actions=["sns:Publish"], resources=["arn:aws:sns:eu-central-1:123456789012:alerts"], reason="tells the night shift")'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right that a task is given by hand: `@resource.task(grants=[Grant(...)])`.

    What a task reads, writes and takes as a secret, its signature says, and its role follows from that. A grant is for the
    rest: a topic that it publishes to, an interface of the cloud that it calls. It becomes a statement of its own in the role's
    policy, and `glacier iam` shows it as granted by hand, with its reason. Only AWS has it so far.

    Args:
        actions: Whole actions, such as `sns:Publish`; no wildcards.
        resources: ARNs, in which `*` may stand for a part of a name; or places in a bucket, `lake.at("exports/")`, of which a
            folder stands for all that is in it. `"*"` only for actions that AWS can scope to nothing.
        reason: Why the task needs it, for whoever reviews it.

    Raises:
        DefinitionError: GLC109, with everything that is wrong with it.

    Example:
        >>> grant = Grant(
        ...     actions=["sns:Publish"],
        ...     resources=["arn:aws:sns:eu-central-1:123456789012:late-flights"],
        ...     reason="tells the night shift of flights that are very late",
        ... )
        >>> grant.actions
        ('sns:Publish',)
    """

    actions: Sequence[str]
    resources: Sequence[str | Location]
    reason: str

    def __post_init__(self) -> None:
        faults = [
            *_list_faults("actions", self.actions),
            *_list_faults("resources", self.resources),
            *_reason_faults(self.reason),
        ]
        if not faults:
            object.__setattr__(self, "actions", tuple(dict.fromkeys(self.actions)))
            object.__setattr__(self, "resources", tuple(dict.fromkeys(self.resources)))
            object.__setattr__(self, "reason", " ".join(self.reason.split()))
            faults = [*_action_faults(self.actions), *_resource_faults(self)]
        if faults:
            raise DefinitionError(
                Problem(code=Code.BAD_GRANT, message=f"a grant {fault}", fix=fix)
                for fault, fix in faults
            )

    @property
    def places(self) -> tuple[Location, ...]:
        """The places in buckets among its resources."""
        return tuple(item for item in self.resources if isinstance(item, Location))


def checked_grants(task: str, grants: object) -> tuple[Grant, ...]:
    """Take what was given as the grants of a task, whatever a type checker would have said of it.

    Raises:
        DefinitionError: GLC109, for what is no list of grants.
    """
    listed = tuple(grants) if isinstance(grants, Iterable) else (grants,)
    found = tuple(item for item in listed if isinstance(item, Grant))
    if len(found) < len(listed):
        raise DefinitionError(
            Problem(
                code=Code.BAD_GRANT,
                message=f"task {task!r:.80} has grants={grants!r:.80}, which is no list of Grant",
                fix=f"write grants=[{_EXAMPLE}]",
                task=task,
            )
        )
    return found


def _list_faults(what: str, given: object) -> Iterator[tuple[str, str]]:
    allowed = (str, Location) if what == "resources" else str
    if isinstance(given, str) or not isinstance(given, Sequence):
        yield f"has {what}={given!r:.80}, which is no list", f"write {_EXAMPLE}"
    elif not given:
        yield f"names no {what}", f"write {_EXAMPLE}"
    else:
        for item in given:
            if not isinstance(item, allowed):
                yield f"has {item!r:.80} among its {what}", f"write {_EXAMPLE}"


def _reason_faults(reason: object) -> Iterator[tuple[str, str]]:
    if not isinstance(reason, str) or not reason.strip():
        yield "gives no reason", "say in a sentence why the task needs it: reason='...'"
    elif len(reason) > MAX_REASON_LENGTH or not reason.isprintable():
        fault = f"has a reason of {len(reason)} characters"
        yield f"{fault}, or one that cannot be printed", f"write one line of up to {MAX_REASON_LENGTH}"


def _action_faults(actions: Iterable[str]) -> Iterator[tuple[str, str]]:
    for action in actions:
        if "*" in action or "?" in action:
            yield (
                f"has action {action!r:.80}, a wildcard",
                "write each action out: what a wildcard grants grows with the service",
            )
        elif re.fullmatch(ACTION_PATTERN, action) is None:
            yield f"has action {action!r:.80}, which is none", "write service:Verb, as sns:Publish"


def _resource_faults(grant: Grant) -> Iterator[tuple[str, str]]:
    for resource in grant.resources:
        if isinstance(resource, Location):
            yield from _place_faults(resource, grant.actions)
        elif resource == "*":
            yield from _everything_faults(grant.actions)
        elif re.fullmatch(ARN_PATTERN, resource) is None:
            yield (
                f"has resource {resource!r:.120}, which is no ARN, or one of everything",
                'write an ARN that names something, or a place in a bucket: lake.at("exports/")',
            )


def _everything_faults(actions: Iterable[str]) -> Iterator[tuple[str, str]]:
    from glacier_runtime.unscoped_actions import (  # noqa: PLC0415 (few ask for it)
        UNSCOPED_ACTIONS,
    )

    if scoped := [action for action in actions if action not in UNSCOPED_ACTIONS]:
        yield (
            f"has resource '*' for {', '.join(scoped)}",
            "name the resources by their ARNs; '*' is for actions that AWS can scope to nothing, which docs/iam.md lists",
        )


def _place_faults(place: Location, actions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Where an action is about another kind of resource, IAM says nothing and allows nothing."""
    for action in actions:
        service, _, verb = action.partition(":")
        if service != "s3" or ("Bucket" in verb and action != _LISTS):
            yield (
                f"has {action} on {str(place)!r}, a place in a bucket",
                "give a place actions on objects, as s3:GetObject, or s3:ListBucket; and other actions an ARN, in a grant of their own",
            )
