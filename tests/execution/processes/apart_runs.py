"""One attempt of one task in a process of its own, as a run makes it: pinned, run, and published or discarded."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import polars as pl
from pydantic import SecretStr

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.attempt import Inputs
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.input_checks import pin_previous
from glacier_runtime.execution.inputs import pin
from glacier_runtime.execution.outputs import Written
from glacier_runtime.execution.processes.apart import run_group_apart
from glacier_runtime.execution.processes.workers import Workers
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.parameters import resolve
from glacier_runtime.tasks import AnyTask
from tests.execution.processes import workloads

__all__ = ["children", "gone_within", "is_alive", "left_in", "run_apart", "write_numbers"]


def write_numbers(root: Path, values: Iterable[int]) -> None:
    file = root / "data" / "lake" / "numbers.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"n": values}, schema={"n": pl.Int64}).write_parquet(file)


def run_apart(
    task: AnyTask,
    root: Path,
    *,
    memory: Mapping[Dataset, object] | None = None,
    params: Mapping[str, object] | None = None,
    token: str | None = None,
    module: str = workloads.__name__,
    timeout_s: float | None = None,
    workers: Workers | None = None,
) -> dict[str, Written]:
    """Run one attempt of a task; it is published if it succeeds and discarded if it fails, as in a run."""
    stored = [dataset for dataset in task.reads if dataset.storage is not None]
    pinned = {dataset: found for dataset in stored if (found := pin(dataset, root)) is not None}
    previous = pin_previous([i.dataset for i in task.signature.inputs if i.previous], root)
    hidden = {} if token is None else {"api-token": SecretStr(token)}
    values = resolve(task.signature.parameters, params or {})
    inputs = Inputs(pinned, previous, memory or {}, values, hidden)
    attempt = Attempt(f"test-{secrets.token_hex(4)}", "test", "under-test", root)
    limit_s = task.timeout_s if timeout_s is None else timeout_s
    try:
        written = run_group_apart(
            Group(1, (task,), "alone"),
            module,
            inputs,
            attempt,
            frozenset(dataset for dataset in task.writes if dataset.storage is None),
            timeout_s=limit_s,
            workers=workers,
        )
    except BaseException:
        attempt.discard(task.writes)
        raise
    attempt.publish([task], written, previous)
    return {item.dataset.name: item for item in written}


def is_alive(pid: int) -> bool:
    """Say whether a process is there and no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def left_in(folder: Path) -> list[str]:
    """Return what attempts left that nobody published, and what was handed over."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and ("attempts" in str(path) or "glacier-apart" in str(path))
    )


def children(parent: int | None = None) -> list[int]:
    """Return the processes that a process has started, zombies among them; None for this one."""
    number = os.getpid() if parent is None else parent
    found = []
    for task in Path(f"/proc/{number}/task").iterdir():
        with suppress(FileNotFoundError):
            found += [int(pid) for pid in (task / "children").read_text().split()]
    return sorted(found)


def gone_within(limit_s: float, pids: Iterable[int]) -> bool:
    """Say whether processes are gone, or will be within a while."""
    deadline = time.monotonic() + limit_s
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def as_in_a_terminal() -> None:
    """Let a program hear signals, though `nohup`, or `&` in a script, ignores them for all that it starts."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
