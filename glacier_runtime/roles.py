"""Who may do what in the cloud of a pipeline, as plain data: what the generators for that cloud say of its manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Protocol, TypedDict

from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["CauseData", "Permission", "RightData", "RoleData", "compared", "read_roles"]


class CauseData(TypedDict):
    """What in the code asks for a right, and where, if that is known."""

    kind: str
    name: str
    text: str
    task: str
    place: str | None


class RightData(TypedDict):
    """What a role may do; each action on the resource, if the condition holds."""

    statement: str
    actions: list[str]
    resource: str
    condition: str | None
    by_hand: bool
    because: list[CauseData]


class RoleData(TypedDict):
    """A role, who may take it (None for one that somebody else made), and what it may do."""

    role: str
    task: str | None
    assumed_by: str | None
    rights: list[RightData]


class Permission(TypedDict):
    """One action on one resource."""

    role: str
    action: str
    resource: str
    condition: str | None
    by_hand: bool
    because: list[CauseData]


class _Role(Protocol):
    def to_dict(self) -> RoleData: ...


def read_roles(manifest: Manifest) -> list[RoleData]:
    """Return the roles that a pipeline has in its cloud.

    Raises:
        GenerationError: GLC801 and GLC802, as for `glacier generate`; GLC804, if nothing installed knows the roles of its cloud.
    """
    known = entry_points(group="glacier.roles")
    found = [*known.select(name=manifest.cloud)]
    if not found:
        raise GenerationError(
            Problem(
                code=Code.NO_GENERATOR,
                message=f"nothing that is installed knows the roles of cloud {manifest.cloud!r:.80}",
                fix=f"installed are: {', '.join(sorted(known.names)) or 'none'}; pip install 'glacier-runtime[generators]', "
                "or set another cloud in [tool.glacier]",
            )
        )
    roles: Callable[[Manifest], Sequence[_Role]] = found[0].load()
    return [role.to_dict() for role in roles(manifest)]


def compared(
    old: Iterable[RoleData], new: Iterable[RoleData]
) -> tuple[list[Permission], list[Permission]]:
    """Return what is gained and what is lost from one set of roles to another.

    What a policy's statements are called, and why something is granted, is no difference.
    """
    before, after = dict(_permissions(old)), dict(_permissions(new))
    gained = [said for key, said in after.items() if key not in before]
    lost = [said for key, said in before.items() if key not in after]
    return gained, lost


def _permissions(roles: Iterable[RoleData]) -> Iterator[tuple[tuple[str | None, ...], Permission]]:
    for role in roles:
        name = role["role"]
        if role["assumed_by"] is not None:
            taken = Permission(
                role=name,
                action="sts:AssumeRole",
                resource=role["assumed_by"],
                condition=None,
                by_hand=False,
                because=[],
            )
            yield (name, "sts:AssumeRole", role["assumed_by"], None), taken
        for right in role["rights"]:
            for action in right["actions"]:
                key = (name, action, right["resource"], right["condition"])
                yield (
                    key,
                    Permission(
                        role=name,
                        action=action,
                        resource=right["resource"],
                        condition=right["condition"],
                        by_hand=right["by_hand"],
                        because=right["because"],
                    ),
                )
