"""Copies in a child process, where limits are lowered as in the tests, and which may be killed."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from glacier_runtime import Provider
from glacier_runtime.storage import object_parts
from glacier_runtime.storage.clouds.aws import S3
from glacier_runtime.storage.clouds.gcp import GoogleStorage
from glacier_runtime.storage.records import Output
from glacier_runtime.storage.stores import open_store
from tests.run_task.emulated_s3 import Asked, EmulatedS3

__all__ = ["MIB", "STABLE", "expose_in_a_child", "killed_before_request", "lower_limits"]

MIB: Final = 1024**2
STABLE: Final = "big.bin"
_FORKS = multiprocessing.get_context("forkserver")  # children of a process that computed nothing
_FORKS.set_forkserver_preload(["tests.stores.copying"])


def lower_limits(part_bytes: int = 5 * MIB) -> None:  # S3 takes no smaller part but the last
    object_parts._PART_BYTES = part_bytes  # type: ignore[misc]
    for cloud in (S3, GoogleStorage):
        cloud.copied_at_once = MIB


def killed_before_request(number: int, emulator: EmulatedS3, root: Path, output: Output) -> None:
    """Expose an output in a child, and kill it before its nth change at the stable path."""
    child = _FORKS.Process(target=_expose, args=(_environment(), root, output, None))
    seen: list[Asked] = []

    def before(asked: Asked) -> None:
        if asked[0] == "Put" and asked[2] == STABLE:
            seen.append(asked)
        if len(seen) >= number:
            with suppress(ProcessLookupError):
                os.kill(child.pid or 0, signal.SIGKILL)
            raise ConnectionAbortedError

    emulator.before = before
    try:
        child.start()
        child.join(60)
    finally:
        emulator.before = None
    assert child.exitcode == -signal.SIGKILL


def expose_in_a_child(root: Path, output: Output) -> int:
    """Expose an output in a child, and return how many bytes of memory that took."""
    ours, its = _FORKS.Pipe()
    child = _FORKS.Process(target=_expose, args=(_environment(), root, output, its))
    child.start()
    child.join(120)
    assert child.exitcode == 0
    grown: int = ours.recv()
    return grown


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "AZURE_", "GLACIER_"))}


def _expose(
    environment: dict[str, str], root: Path, output: Output, told: Connection | None
) -> None:
    os.environ.update(environment)
    lower_limits()
    store = open_store(Provider.from_env().bucket("lake").spec, root)
    store.read("nothing.txt")  # what a client needs, whatever it does
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    store.expose(output, STABLE, scratch="", versions=iter(()))
    if told is not None:
        told.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
