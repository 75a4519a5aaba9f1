"""What needs the generators, which a deployed task does without: found by entry point, if installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["workshop"]


def workshop(name: str, asked_by: str) -> Callable[..., Any]:  # who asks knows the signature
    """Load a function of the generators.

    Args:
        name: What it is called in the entry point group `glacier.workshop`.
        asked_by: Who needs it, as its user knows it: `glacier build`, `Pipeline.compile`.

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
                message=f"{asked_by} needs the generators, which are not installed{missing}",
                fix="in a project from the template: copier update --data cloud=aws; elsewhere, from where the "
                "runtime came (not from PyPI): pip install 'glacier-runtime[generators]'",
            )
        ) from None
    return found
