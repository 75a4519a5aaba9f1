"""Runs in processes of their own, which can be killed, starved, or told another time.

A process that has imported everything, and computed nothing, forks a child for each order: imports are paid once. What is
preloaded by the linker (a clock that lies) needs a process from the start: `python -m tests.faults.children ORDER`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any

from tests.faults.places import Place

__all__ = ["Ended", "Order", "Started", "run", "run_anew", "start"]

ROOT = Path(__file__).parents[2]
DEADLINE_S = 300  # busy machines are slow
REFUSED, CRASHED = 3, 4
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.children", "tests.faults.preloaded"])


@dataclass(frozen=True)
class Order:
    """What a child does.

    Attributes:
        how: `run`; `resume` goes on with the run before; `task` runs one task alone, as in a cloud.
        partitions: Which partitions are made.
        parallel: How many groups run at once.
        params: Run parameters.
        only: The tasks that run; for `task`, the one.
        run_id: For `task`: the run it belongs to.
        attempt: For `task`: which attempt it is.
        file_limit: No file may grow beyond so many bytes.
    """

    how: str = "run"
    partitions: tuple[str, ...] = ()
    parallel: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    run_id: str = "r"
    attempt: int = 0
    file_limit: int | None = None


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    Attributes:
        status: Its exit code; negative for a signal.
        said: All that it printed.
        codes: Codes of its error, if Glacier raised one.
        seconds: How long it lived.
    """

    status: int
    said: str
    codes: tuple[str, ...]
    seconds: float

    @property
    def is_done(self) -> bool:
        return self.status == 0

    @property
    def is_killed(self) -> bool:
        return self.status == -signal.SIGKILL


@dataclass
class Started:
    """A child at work, and what it says meanwhile."""

    process: BaseProcess
    said: list[bytes]
    listening: Thread
    start_s: float

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, signal.SIGKILL)

    def ended(self) -> Ended:
        """Wait for its end; one that hangs is killed, and counts as such."""
        self.process.join(DEADLINE_S)
        hangs = self.process.is_alive()
        if hangs:
            self.said.append(f"it hung for {DEADLINE_S} s\n".encode())
            self.kill()
            self.process.join()
        seconds = time.monotonic() - self.start_s
        self.listening.join(10)
        text = b"".join(self.said).decode(errors="replace")
        return _ended(CRASHED if hangs else self.process.exitcode or 0, text, seconds)


def start(
    place: Place,
    order: Order = Order(),
    variables: Mapping[str, str] | None = None,
) -> Started:
    """Start a child.

    Args:
        place: Where the data is.
        order: What it does.
        variables: More of its environment.
    """
    environ = {**place.variables, **(variables or {})}
    mouth, ear = _FORKS.Pipe(duplex=False)  # no file: files are what may not grow
    arguments = (asdict(order), str(place.root), environ, place.cloud == "local", ear)
    child = _FORKS.Process(target=_live, args=arguments)
    start_s = time.monotonic()
    child.start()
    ear.close()
    said: list[bytes] = []
    listening = Thread(target=_listen, args=(mouth, said), daemon=True)
    listening.start()
    return Started(child, said, listening, start_s)


def _listen(mouth: Connection, said: list[bytes]) -> None:
    with mouth:
        while heard := os.read(mouth.fileno(), 1 << 16):
            said.append(heard)


def run(
    place: Place,
    order: Order = Order(),
    *,
    variables: Mapping[str, str] | None = None,
    killed_after_s: float | None = None,
) -> Ended:
    """Run a child to its end, or kill it after some seconds."""
    child = start(place, order, variables)
    if killed_after_s is not None:
        child.process.join(killed_after_s)
        child.kill()
    return child.ended()


def run_anew(place: Place, order: Order, variables: Mapping[str, str]) -> Ended:
    """Run a process from its start, with variables that only then have an effect."""
    arguments = [asdict(order), str(place.root), place.variables, place.cloud == "local"]
    start_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.children", json.dumps(arguments)],
        cwd=ROOT,
        env={**os.environ, **place.variables, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=DEADLINE_S,
    )
    seconds = time.monotonic() - start_s
    return _ended(done.returncode, done.stdout.decode(errors="replace"), seconds)


def _ended(status: int, text: str, seconds: float) -> Ended:
    codes = [line for line in text.splitlines() if line.startswith("codes: ")]
    found = tuple(codes[-1].removeprefix("codes: ").split()) if codes else ()
    return Ended(status, text, found, seconds)


def _live(
    order: Mapping[str, Any],
    root: str,
    environ: Mapping[str, str],
    has_token: bool,
    out: Connection | None = None,
) -> None:
    """Be the child; never returns."""
    if out is not None:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.update(environ)
    if order["file_limit"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"], resource.RLIM_INFINITY))
    status = CRASHED
    try:
        status = _do(Order(**order), Path(root), has_token)
    except BaseException:  # noqa: BLE001 (the parent judges it)
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _do(order: Order, root: Path, has_token: bool) -> int:
    from glacier_runtime import LocalExecutor
    from glacier_runtime.errors import GlacierError
    from glacier_runtime.parameters import resolve
    from glacier_runtime.run_task.finding import FoundTask
    from glacier_runtime.run_task.request import read_request
    from glacier_runtime.run_task.running import run_task
    from tests.faults.books import books

    pipeline = books(is_told_a_secret=has_token).pipeline
    try:
        if order.how == "task":
            for name in order.only:
                task = next(task for task in pipeline.tasks if task.name == name)
                names = {p.name for t in pipeline.tasks for p in t.signature.parameters} | {"day"}
                for key in order.partitions if task.signature.partitions else (None,):
                    asked = {"task": name, "run_id": order.run_id, "attempt": order.attempt}
                    more = {} if key is None else {"partition": key}
                    request = read_request({**asked, **more, "params": dict(order.params)})
                    run_task(FoundTask(task, pipeline.name, names, root), request)
        else:
            executor = LocalExecutor(
                root=root,
                log=True,
                partitions=order.partitions,
                parallel=order.parallel,
                only=order.only,
                resume=order.how == "resume",
            )
            result = executor.execute(pipeline, resolve(pipeline.parameters, order.params))
            sys.stdout.write(f"{result!r}\n")
    except GlacierError as error:
        traceback.print_exception(error)
        sys.stderr.write(f"{error}\ncodes: {' '.join(error.codes)}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    _live(*json.loads(sys.argv[1]))
