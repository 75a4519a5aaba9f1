"""The child process of the dry run, seen from its parent: started, asked, killed.

Importing Polars takes most of its time, so it can be started before anybody knows what to ask, and imports while the parent
does. This module itself imports nothing that is slow.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

__all__ = ["Reply", "ask", "start_early"]

START_TIMEOUT_S: Final = 60.0  # importing the project, on a cold and busy machine

_early: list[subprocess.Popen[str]] = []


@dataclass(frozen=True, slots=True)
class Reply:
    """What a child said: answers in order, and why it stopped before the last, if it did."""

    answers: tuple[dict[str, Any], ...]
    failure: str | None = None


def start_early() -> None:
    """Start a child that the next `ask` will use, so that it imports while the caller does."""
    child = _start()
    _early.append(child)
    atexit.register(child.kill)


def ask(request: Mapping[str, object], wanted: int, task_timeout_s: float) -> Reply:
    """Have a child check tasks.

    Args:
        request: What to check, as JSON data; the parent's import path is added.
        wanted: How many answers to wait for.
        task_timeout_s: Seconds that one answer may take.
    """
    with _early.pop() if _early else _start() as child:
        assert child.stdin is not None
        try:
            path = [entry or str(Path.cwd()) for entry in sys.path]
            child.stdin.write(json.dumps({**request, "path": path}))
            child.stdin.close()
            return _read(child, wanted, task_timeout_s)
        except BrokenPipeError:
            return Reply((), "the checking process could not start")
        finally:
            child.kill()


def _start() -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": "1",  # nothing is computed
    }
    return subprocess.Popen(
        [sys.executable, "-m", "glacier_runtime.checks.dry_run_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def _read(child: subprocess.Popen[str], wanted: int, task_timeout_s: float) -> Reply:
    output = child.stdout
    assert output is not None
    lines: SimpleQueue[str] = SimpleQueue()

    def forward() -> None:
        for line in output:
            lines.put(line)
        lines.put("")

    reader = Thread(target=forward, daemon=True)
    reader.start()
    try:
        return _collect(lines, wanted, task_timeout_s)
    finally:
        child.kill()  # which ends the lines, and so the reader, before anybody closes the pipe under it
        reader.join()


def _collect(lines: SimpleQueue[str], wanted: int, task_timeout_s: float) -> Reply:
    answers: list[dict[str, Any]] = []
    limit_s, is_ready = START_TIMEOUT_S, False
    while len(answers) < wanted:
        try:
            line = lines.get(timeout=limit_s)
            answer = json.loads(line) if line else None
        except Empty:
            if not is_ready:
                reason = (
                    f"importing its module took longer than {limit_s:g} s in the checking process"
                )
                return Reply(({"not_checkable": reason},) * wanted)
            return Reply(tuple(answers), f"building its query took longer than {limit_s:g} s")
        except ValueError:
            return Reply(tuple(answers), "it wrote into the answers of the checking process")
        if answer is None:
            return Reply(tuple(answers), "it ended the checking process")
        if "fatal" in answer:
            reason = f"importing its module failed in the checking process: {answer['fatal']}"
            return Reply(({"not_checkable": reason},) * wanted)
        if "ready" in answer:
            limit_s, is_ready = task_timeout_s, True
        else:
            answers.append(answer)
    return Reply(tuple(answers))
