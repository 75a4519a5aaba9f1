"""Clean dry runs, remembered: a run need not check again what has not changed since it was last found clean.

What a query's columns depend on is the code that was imported, so a dry run is known by every module that Python has
loaded (name, size and time of its file), the versions of libraries among them, by that of the interpreter, and by its
parameters. Modules of the standard library go with the interpreter; it loads some of them when it first needs them.
Only clean results are kept, in the user's cache folder; whatever goes wrong with the cache means checking again. Should a
change ever slip through, the run itself still compares columns before it publishes anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from uuid import uuid4

from glacier_runtime.checks.report import NotCheckable
from glacier_runtime.tasks import AnyTask

__all__ = ["Clean", "fingerprint", "recall", "remember"]

_KEPT_DAYS: Final = 30

Clean = tuple[tuple[str, ...], tuple[NotCheckable, ...]]
"""The tasks a clean dry run checked, and those it could not."""


def fingerprint(tasks: Iterable[AnyTask], params: Mapping[str, object]) -> str:
    """Return what a dry run is known by.

    Args:
        tasks: The tasks it checks.
        params: Run parameters as plain JSON data.
    """
    digest = hashlib.sha256(sys.version.encode())
    named = [(task.identity, task.cloud) for task in tasks]  # code may ask where it runs
    digest.update(json.dumps([params, named]).encode())
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is not None and name.partition(".")[0] not in sys.stdlib_module_names:
            digest.update(f"{name} {_state(file)}".encode())
    return digest.hexdigest()


def recall(known_by: str) -> Clean | None:
    """Return a clean result, if one is remembered."""
    try:
        kept = json.loads(_file(known_by).read_bytes())
        skipped = tuple(NotCheckable(task, reason) for task, reason in kept["not_checkable"])
        return tuple(kept["checked"]), skipped
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return None


def remember(known_by: str, clean: Clean) -> None:
    """Keep a clean result, and drop those that are old."""
    checked, skipped = clean
    content = {"checked": checked, "not_checkable": [(item.task, item.reason) for item in skipped]}
    try:
        file = _file(known_by)
        unfinished = file.with_name(uuid4().hex)
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.replace(file)
        oldest_s = time.time() - _KEPT_DAYS * 86_400
        for other in file.parent.iterdir():
            if other.stat().st_mtime < oldest_s:
                other.unlink()
    except (OSError, RuntimeError):  # the latter from `expanduser`, for a user without a home
        return  # the next run checks again


def _state(file: str) -> tuple[int, int] | None:
    try:
        state = os.stat(file)  # noqa: PTH116 (a thousand files: Path costs more than the call)
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def _file(known_by: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    folder = Path(base) if base else Path("~/.cache").expanduser()
    return folder / "glacier" / "dry-run" / f"{known_by}.json"
