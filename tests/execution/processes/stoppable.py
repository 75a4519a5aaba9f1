"""A program that is stopped by signals while it does one thing or another: `python -m ... WHAT HOW ROOT`.

It says `ready` when it can be stopped, and what it comes to on its way out.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from glacier_runtime.execution.processes.cancelling import Cancelling, cancelling
from glacier_runtime.execution.processes.spawned import Interrupted
from tests.execution.processes import workloads
from tests.execution.processes.apart_runs import run_apart

ROOT = Path(sys.argv[3]) if len(sys.argv) > 3 else Path()


def say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


def endless() -> pl.LazyFrame:
    wide = pl.LazyFrame({"a": range(300_000)})
    return wide.join(wide.rename({"a": "b"}), how="cross").select((pl.col("a") * pl.col("b")).sum())


def query(_: Cancelling) -> None:
    pl.collect_all([endless()])


def query_in_thread(_: Cancelling) -> None:
    done = threading.Event()  # Thread.join does not survive an interrupt in Python 3.11

    def work() -> None:
        try:
            pl.collect_all([endless()])
        except KeyboardInterrupt:
            say("query ended")
        done.set()

    threading.Thread(target=work).start()
    try:
        done.wait()
    finally:
        done.wait()


def function_in_query(_: Cancelling) -> None:
    def slowly(number: int) -> int:
        time.sleep(0.01)
        return number

    slow = pl.col("a").map_elements(slowly, return_dtype=pl.Int64)
    pl.collect_all([pl.LazyFrame({"a": range(3000)}).with_columns(slow)])


def thread(_: Cancelling) -> None:
    done = threading.Event()

    def work() -> None:
        time.sleep(60)
        done.set()

    threading.Thread(target=work).start()
    try:
        done.wait()
    finally:
        done.wait()


def apart(_: Cancelling) -> None:
    run_apart(workloads.spin, ROOT, timeout_s=300)


def publishing(cancel: Cancelling) -> None:
    with cancel.publishing():
        for _ in range(50):
            time.sleep(0.02)
        cancel.note(["clean_flights"])
        say("published")
    say("never")


def swallowing(cancel: Cancelling) -> None:
    try:
        time.sleep(60)
    except BaseException:  # noqa: BLE001 (as bad tasks do)
        say("swallowed")
    cancel.check()
    say("never")


def pausing(cancel: Cancelling) -> None:
    cancel.pause(60)


def failing(_: Cancelling) -> None:
    try:
        time.sleep(60)
    finally:
        message = "something that the interrupt has broken"
        raise ValueError(message)


def forking(_: Cancelling) -> None:
    """Have a forked process stopped: that is no reason to stop."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(1)
    time.sleep(0.8)
    os.kill(pid, signal.SIGTERM)
    status = os.waitpid(pid, 0)[1]
    say(f"forked ended by {-os.waitstatus_to_exitcode(status)}")
    time.sleep(0.5)


WORK: dict[str, Callable[[Cancelling], None]] = {
    do.__name__: do
    for do in (
        query,
        query_in_thread,
        function_in_query,
        thread,
        apart,
        publishing,
        swallowing,
        pausing,
        failing,
        forking,
    )
}


def main() -> None:
    """Do one thing, and tell what came of it."""
    work, ends = WORK[sys.argv[1]], sys.argv[2] == "ends"
    try:
        with cancelling(ends_process=ends, hard_end_s=1) as cancel, cancelling() as inner:
            assert inner is cancel
            with cancel.cleaning(lambda: say("cleaned")):
                threading.Timer(0.3, say, ["ready"]).start()
                try:
                    work(cancel)
                except BaseException:
                    for _step in range(20):  # what is removed on the way out is removed in peace
                        time.sleep(0.01)
                    say("left")
                    raise
    except Interrupted as error:
        say(f"{error.number} {error}")
        say(f"next {pl.select(pl.lit(1)).item()}")
    is_restored = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    say(f"end {is_restored} {signal.getsignal(signal.SIGTERM) is signal.SIG_DFL}")


if __name__ == "__main__":
    main()
