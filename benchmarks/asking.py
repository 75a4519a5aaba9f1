"""Ask one question: its module runs in a process of its own, and whatever happens there becomes an answer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.answers import Answer, State
from benchmarks.measuring import CANNOT_RUN, machine
from benchmarks.questions import Question

__all__ = ["ask"]

_ROOT: Final = Path(__file__).parents[1]


def ask(question: Question, *, full: bool) -> Answer:
    """Ask a question, and return what came of it; its failure is an answer, too.

    Args:
        question: The question.
        full: Whether it may take as long as it takes.
    """
    start_s = time.monotonic()
    state, reason, told = _told(question, question.arguments(full=full) or ())
    return Answer(
        question=question.name,
        asks=question.asks,
        command=question.command(full=full),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        seconds=time.monotonic() - start_s,
        state=state,
        reason=reason,
        body=told.get("body", ""),
        machine=told.get("machine") or machine(),
        peers=tuple(told.get("peers", ())),
        missing=told.get("missing", {}),
        figures=told.get("figures", {}),
        samples=told.get("samples", {}),
    )


def _told(question: Question, arguments: tuple[str, ...]) -> tuple[State, str, dict[str, Any]]:
    absent = [command for command in question.needs if shutil.which(command) is None]
    if absent:
        return "cannot run", f"{' and '.join(absent)} is not installed", {}
    done = subprocess.run(
        [sys.executable, "-m", question.module, *arguments],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    words = done.stderr.strip().splitlines() or ["it said nothing"]
    if done.returncode == CANNOT_RUN:
        return "cannot run", words[-1], {}
    if done.returncode:
        sys.stderr.write(done.stderr)
        return "failed", words[-1], {}
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return "measured", "", told
