"""Blocks of the seeds run as one module: what a block takes for granted, then the block, in the words of this version."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from textwrap import dedent
from types import ModuleType

from glacier_runtime import Pipeline, Task
from tests.seeds.documents import named
from tests.seeds.renames import renamed

__all__ = ["Story", "edges", "level_names", "names", "text"]

Story = Callable[..., ModuleType]
"""Runs its parts as one module: blocks by their names, and lines of code that blocks take for granted."""

_IMPORTS = """\
from abc import ABC

import polars as pl

from glacier_runtime import *
from glacier_runtime.config import *
"""
"""Imports that the seeds leave out; those that they write are run as they are."""
_NAME = re.compile(r"\d{3}/\d+")


def text(*parts: str) -> str:
    """Return the module that a story is."""
    told = (renamed(named(part)) if _NAME.fullmatch(part) else dedent(part) for part in parts)
    return "\n\n".join([_IMPORTS, *told])


def names(tasks: Iterable[Task[..., object]]) -> list[str]:
    """Return the names of tasks, in their order."""
    return [task.name for task in tasks]


def edges(pipeline: Pipeline) -> set[tuple[str, str]]:
    """Return who must be done before whom."""
    return {
        (needed.name, task.name)
        for task in pipeline.get_execution_order()
        for needed in pipeline.get_dependencies(task)
    }


def level_names(pipeline: Pipeline) -> list[set[str]]:
    """Return the tasks of each level by name."""
    return [set(names(level)) for level in pipeline.get_execution_levels()]
