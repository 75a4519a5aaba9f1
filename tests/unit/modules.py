"""Modules of a user's project, written and imported by a test."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from uuid import uuid4


@contextmanager
def importable(folder: Path) -> Generator[Callable[[str], ModuleType]]:
    """Give a function that writes a module under a new name and imports it; afterwards nothing of them is left."""
    folder.mkdir()
    sys.path.insert(0, str(folder))
    names = []

    def write_and_import(source: str) -> ModuleType:
        names.append(f"user_{uuid4().hex[:12]}")
        (folder / f"{names[-1]}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(names[-1])

    try:
        yield write_and_import
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)
