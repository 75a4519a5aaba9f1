"""Handles: what stands for rows and run parameters while a pipeline is traced."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["NOTHING", "Handle", "TracedParameter", "TracedRows", "shown"]

NOTHING: Final = inspect.Parameter.empty
"""No argument, no annotation, no default."""


class Handle:
    """Something that is there only in a run; whoever looks into it while a pipeline is traced is told so."""

    __slots__ = ()

    def _refuse(self, what: str) -> NoReturn:
        raise DefinitionError(
            Problem(
                code=Code.NOT_TRACEABLE,
                message=f"a traced pipeline {what} {self}, which is not there before a run",
                fix="do it in a task: a pipeline's function only passes what tasks return to other tasks",
            )
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        self._refuse(f"asks for .{name} of")

    def __bool__(self) -> NoReturn:  # noqa: PLE0304 (it never returns)
        self._refuse("decides by")

    def __iter__(self) -> NoReturn:
        self._refuse("loops over, or unpacks,")

    def __getitem__(self, key: object) -> NoReturn:
        self._refuse(f"takes [{key!r:.40}] of")


@dataclass(frozen=True, slots=True, eq=False)
class TracedRows(Handle):
    """Stands for a dataset that a task will make."""

    dataset: Dataset

    def __str__(self) -> str:
        return f"dataset {self.dataset.name!r}"


@dataclass(frozen=True, slots=True, eq=False)
class TracedParameter(Handle):
    """Stands for a run parameter, which is an argument of the pipeline's function."""

    name: str
    annotation: Any  # a type form, which Python 3.11 cannot type
    default: object

    def __str__(self) -> str:
        return f"run parameter {self.name!r}"


def shown(value: object) -> str:
    """Return how an argument is called in messages."""
    if value is NOTHING:
        return "nothing"
    return str(value) if isinstance(value, Handle) else f"{value!r:.80}"
