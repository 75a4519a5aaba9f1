"""Signals end a run in order: children first, then the run; a second one ends the process at once."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from glacier_runtime.execution.processes.cancelling import Cancelling, cancelling
from glacier_runtime.execution.processes.spawned import Spawned
from tests.execution.processes.apart_runs import (
    as_in_a_terminal,
    children,
    gone_within,
    left_in,
    write_numbers,
)

ROOT = Path(__file__).parents[3]
NOTHING = "interrupted: nothing was published, and what was there before stands"
ORDERLY = ["left", f"2 {NOTHING}", "next 1", "end True True"]


@contextmanager
def started(what: str, how: str, root: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.execution.processes.stoppable", what, how]
    with subprocess.Popen(
        [*command, str(root or "")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_in_a_terminal,  # noqa: PLW1509 (it does nothing that could wait for another thread)
    ) as program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == "ready\n"
            yield program
        finally:
            program.kill()


def stopped(what: str, how: str, number: int = signal.SIGINT) -> tuple[int, list[str], str]:
    with started(what, how) as program:
        program.send_signal(number)
        said, shown = program.communicate(timeout=20)
    return program.returncode, said.splitlines(), shown


@pytest.mark.parametrize(
    ("what", "how"),
    [("query", "ends"), ("query", "returns"), ("pausing", "ends"), ("failing", "returns")],
)
def test_what_can_be_stopped_is_stopped_in_order(what: str, how: str) -> None:
    assert stopped(what, how)[1] == ORDERLY


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_do_the_same(number: int) -> None:
    _, said, _ = stopped("query", "returns", number)

    assert said == ["left", f"{number} {NOTHING}", "next 1", "end True True"]


def test_queries_in_other_threads_are_stopped() -> None:
    _, said, _ = stopped("query_in_thread", "returns", signal.SIGTERM)

    assert said[:2] == ["query ended", "left"]


@pytest.mark.parametrize("what", ["function_in_query", "thread"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_cannot_be_stopped_ends_with_the_process(what: str, number: int) -> None:
    returncode, said, shown = stopped(what, "ends", number)

    assert (returncode, said) == (128 + number, ["cleaned"])
    assert shown == f"{NOTHING}\n"


def test_a_second_signal_ends_the_process_at_once() -> None:
    with started("function_in_query", "ends") as program:
        program.send_signal(signal.SIGINT)
        time.sleep(0.2)
        program.send_signal(signal.SIGINT)
        said, shown = program.communicate(timeout=20)

    assert (program.returncode, said) == (130, "")  # nothing is cleaned any more
    assert shown.startswith("interrupted twice")


def test_what_is_being_published_is_finished_first() -> None:
    _, said, _ = stopped("publishing", "ends")

    assert said[:2] == ["published", "left"]
    assert said[2] == "2 interrupted: published clean_flights, and nothing else"


def test_a_task_that_swallows_the_interrupt_does_not_go_on() -> None:
    _, said, _ = stopped("swallowing", "ends")

    assert said[:2] == ["swallowed", "left"]
    assert "never" not in said


@pytest.mark.parametrize("times", [1, 2])
def test_processes_of_tasks_are_ended(times: int, tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])
    with started("apart", "ends", tmp_path) as program:
        deadline = time.monotonic() + 20
        while not (pids := children(program.pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        for _ in range(times):
            program.send_signal(signal.SIGINT)
            time.sleep(0.05)
        program.communicate(timeout=20)

    assert len(pids) == 1
    assert gone_within(2.0, pids)
    assert times == 2 or left_in(tmp_path) == []


def test_a_forked_process_that_is_stopped_stops_nobody() -> None:
    with started("forking", "ends") as program:
        said, _ = program.communicate(timeout=20)

    assert said.splitlines() == ["forked ended by 15", "end True True"]


def test_handlers_of_others_are_left_alone() -> None:
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("theirs"))
    try:
        with cancelling() as cancel:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.1)

            assert not cancel.is_cancelled
    finally:
        signal.signal(signal.SIGTERM, before)

    assert heard == ["theirs"]


def test_in_another_thread_nothing_is_changed() -> None:
    handlers = []

    def work() -> None:
        with cancelling() as cancel:
            cancel.check()
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert handlers == [signal.SIG_DFL]


def interrupt_oneself() -> None:
    with cancelling():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_that_is_heard_late_ends_nothing_that_starts_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hear = Cancelling._note

    def late(this: Cancelling, number: int) -> None:
        time.sleep(0.2)
        hear(this, number)

    monkeypatch.setattr(Cancelling, "_note", late)
    with pytest.raises(KeyboardInterrupt):
        interrupt_oneself()
    child = Spawned()

    time.sleep(0.5)
    try:
        assert child.is_usable
    finally:
        child.end()


@pytest.mark.usefixtures("interruptible")
def test_who_listened_to_signals_before_still_hears_them() -> None:
    inner, outer = os.pipe()
    os.set_blocking(outer, False)
    before = signal.set_wakeup_fd(outer)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupt_oneself()

        assert select.select([inner], [], [], 10)[0] == [inner]
        assert os.read(inner, 1) == bytes([signal.SIGINT])
    finally:
        assert signal.set_wakeup_fd(before) == outer
        os.close(inner)
        os.close(outer)
