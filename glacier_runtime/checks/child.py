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
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any, Final

__all__ = ["Reply", "ask", "start_early"]

START_TIMEOUT_S: Final = 60.0  # importing the project, on a cold and busy machine
_CHUNK_BYTES: Final = 1 << 16

_early: list[subprocess.Popen[bytes]] = []


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
            child.stdin.write(json.dumps({**request, "path": path}).encode())
            child.stdin.close()
            return _read(child, wanted, task_timeout_s)
        except BrokenPipeError:
            return Reply((), "the checking process could not start")
        finally:
            child.kill()


def _start() -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": "1",  # nothing is computed
        "POLARS_SKIP_CPU_CHECK": "1",  # the machine that imported Polars here has passed it
    }
    # What is imported before the first question stays: looking for garbage meanwhile would take a sixth of the time.
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import gc; gc.disable(); from glacier_runtime.checks.dry_run_child import main; main()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


class _Lines:
    """The lines of a pipe, each to be waited for; read in chunks, for handing over each would wake the one who waits."""

    def __init__(self, output: IO[bytes]) -> None:
        assert isinstance(output, BufferedReader)
        self._output = output
        self._chunks: SimpleQueue[bytes] = SimpleQueue()
        self._whole: deque[bytes] = deque()
        self._rest = b""
        self.reader = Thread(target=self._forward, daemon=True)
        self.reader.start()

    def next(self, limit_s: float) -> bytes | None:
        """Return the next line, or None after the last.

        Raises:
            Empty: If none comes in time.
        """
        while not self._whole:
            chunk = self._chunks.get(timeout=limit_s)
            if not chunk:
                return None
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            self._whole.extend(whole)
        return self._whole.popleft()

    def _forward(self) -> None:
        while chunk := self._output.read1(_CHUNK_BYTES):
            self._chunks.put(chunk)
        self._chunks.put(b"")


def _read(child: subprocess.Popen[bytes], wanted: int, task_timeout_s: float) -> Reply:
    assert child.stdout is not None
    lines = _Lines(child.stdout)
    try:
        return _collect(lines, wanted, task_timeout_s)
    finally:
        child.kill()  # which ends the lines, and so the reader, before anybody closes the pipe under it
        lines.reader.join()


def _collect(lines: _Lines, wanted: int, task_timeout_s: float) -> Reply:
    answers: list[dict[str, Any]] = []
    limit_s, is_ready = START_TIMEOUT_S, False
    while len(answers) < wanted:
        try:
            line = lines.next(limit_s)
            answer = json.loads(line) if line is not None else None
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
