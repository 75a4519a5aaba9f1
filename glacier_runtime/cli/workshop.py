"""Commands that need the generators, which a deployed task does without: found by entry point, if installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["workshop"]


def workshop(name: str) -> Callable[..., Any]:  # each command knows the signature of its own
    """Load what a command does.

    Args:
        name: The command: `generate` or `build`.

    Raises:
        GenerationError: GLC804, if the generators, or a library of theirs, are not installed.
    """
    try:
        found: Callable[..., Any] = entry_points(group="glacier.workshop")[name].load()
    except (KeyError, ModuleNotFoundError) as error:
        missing = f" (no module {error.name!r})" if isinstance(error, ModuleNotFoundError) else ""
        raise GenerationError(
            Problem(
                code=Code.NO_GENERATOR,
                message=f"glacier {name} needs the generators, which are not installed{missing}",
                fix="in a project from the template: copier update --data cloud=aws; elsewhere, from where the "
                "runtime came (not from PyPI): pip install 'glacier-runtime[generators]'",
            )
        ) from None
    return found
