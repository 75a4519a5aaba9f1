"""Code that is edited during a run: a process that starts later imports it as it is by then, under the fingerprint of before.

The files are noted when the run begins. Only if one of them has changed is the code itself compared, as fingerprints see it:
comments and formatting may change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from glacier_runtime.tasks import AnyTask

__all__ = ["CodeThen", "code_then", "edited_since", "note_files"]

_State: TypeAlias = tuple[int, int]

_noted: dict[str, _State] = {}


class CodeThen(BaseModel):
    """The code of a task, as the process of the run has it.

    Attributes:
        parts: Digests of all that it reaches in the project, by module and name.
        files: When the files were changed that it is in, in nanoseconds, and how large they are: as they were noted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    parts: dict[str, str]
    files: dict[str, tuple[int, int]]


def note_files(tasks: Iterable[AnyTask]) -> None:
    """Note how the files are now that these tasks are in, which will run in processes of their own; those noted earlier stay so."""
    for task in tasks:
        code_then(task)


def code_then(task: AnyTask) -> CodeThen:
    """Return the code of a task as it is in this process, with the files that it came from as they were noted."""
    parts = _parts(task)
    files = dict.fromkeys(file for name in parts for file in _file_of(name))
    for file in files:
        if file not in _noted and (state := _state(file)) is not None:
            _noted[file] = state
    return CodeThen(parts=parts, files={file: _noted[file] for file in files if file in _noted})


def edited_since(task: AnyTask, then: CodeThen) -> tuple[str, ...]:
    """Return what is other code in this process than it is in that of the run, by module and name."""
    if all(_state(file) == state for file, state in then.files.items()):
        return ()
    now: Mapping[str, str] = _parts(task)
    changed = [name for name, digest in then.parts.items() if now.get(name) != digest]
    return tuple(changed or sorted(now.keys() - then.parts.keys()))


def _parts(task: AnyTask) -> dict[str, str]:
    from glacier_runtime.fingerprints.code import (  # noqa: PLC0415 (slow to load, and rarely needed in the process of a task)
        CodeReader,
    )

    return CodeReader().read(task.function).parts


def _file_of(name: str) -> Iterator[str]:
    """Yield the file of the module that something is in."""
    while name not in sys.modules and name:
        name = name.rpartition(".")[0]
    file = getattr(sys.modules.get(name), "__file__", None)
    if isinstance(file, str):
        yield str(Path(file).absolute())


def _state(file: str) -> _State | None:
    try:
        found = os.stat(file)  # noqa: PTH116 (asked for often)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
