"""A run in a process of its own that writes one dataset by hand and stops where it is told: `python -m tests.run_task.owning`.

It takes the lease, writes an attempt, says `ready`, waits for a line, and publishes; then it says `published N` or `refused …`.
With `partitions` it publishes one partition many times instead, without any lease.
With a moment (`claim`, `look`, `commit`) it stops itself right before that step of publication, as a machine that sleeps does.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import StorageError
from glacier_runtime.storage import publication
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.leases import hold_leases
from glacier_runtime.storage.locations import Location
from tests.storage.partitions import publish_partitions, publish_whole

__all__ = ["main", "place_of"]

_STEPS = {"claim": "claim", "look": "require_leases", "commit": "create_commit"}


def place_of(path: str) -> Location:
    return Provider(config=AwsConfig(region="eu-central-1")).bucket("lake").at(path)


def main(path: str, run: str, moment: str | None = None) -> None:
    """Write a dataset once, or one partition of it many times."""
    if moment == "partitions":
        _publish_on(place_of(path), run)
        return
    if moment is not None:
        _stop_before(_STEPS[moment])
    place = place_of(path)
    try:
        with hold_leases([place], Path(), Holder(run, "owning")):
            _say("ready")
            sys.stdin.readline()
            version = publish_whole(Path(), f"t.{run}", place, run=run, mo=run)
            _say(f"published {version.number}")
    except StorageError as error:
        _say(f"refused {error.problems[0].code.code} {error.problems[0].message}")


def _publish_on(place: Location, key: str) -> None:
    _say("ready")
    sys.stdin.readline()
    last = 0
    for number in range(1, 9):
        with suppress(StorageError):
            publish_partitions(Path(), f"t.{key}-{number}", place, None, **{key: str(number)})
            last = number
    _say(f"published {last}")


def _stop_before(step: str) -> None:
    working: Callable[..., Any] = getattr(publication, step)

    def stopping(*arguments: Any) -> Any:
        _say("stopping")
        os.kill(os.getpid(), signal.SIGSTOP)
        return working(*arguments)

    setattr(publication, step, stopping)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
