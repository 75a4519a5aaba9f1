"""What something was called before, so that what its old name stands for in a cloud can follow it."""

from __future__ import annotations

from collections.abc import Sequence

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.names import folded, name_fault

__all__ = ["former_names"]


def former_names(kind: str, name: str, given: object) -> tuple[str, ...]:
    """Take what was given as `renamed_from`, whatever a type checker would have said of it.

    Args:
        kind: What was renamed ("task", "dataset"), for the message.
        name: What it is called now.
        given: A name, or several, the oldest first.

    Returns:
        The names, the oldest first.

    Raises:
        DefinitionError: GLC116, if one of them is no name, its own, or there twice.

    Example:
        >>> former_names("task", "tidy", "clean"), former_names("task", "tidy", ["wash", "clean"])
        (('clean',), ('wash', 'clean'))
    """
    listed: tuple[object, ...] = (
        tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    )
    seen = {folded(name)}
    for former in listed:
        fault = name_fault(former)
        if fault is None and folded(str(former)) in seen:
            fault = "is its own name" if folded(str(former)) == folded(name) else "is there twice"
        if fault is not None:
            raise DefinitionError(
                Problem(
                    code=Code.BAD_RENAME,
                    message=f"{kind} {name!r:.80} has renamed_from={given!r:.80}: {former!r:.80} {fault}",
                    fix="give the name that it had: renamed_from='clean'; after several renames all of them, the "
                    "oldest first; or drop it",
                )
            )
        seen.add(folded(str(former)))
    return tuple(map(str, listed))
