"""A child that builds and dies when it is told to: right before the Nth thing that it does to files below its project."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["build_in_child"]

_COUNTED: Final = {
    "open",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "os.utime",
    "shutil.copyfile",
    "shutil.rmtree",
    "subprocess.Popen",
}


def build_in_child(
    root: Path,
    manifest: str,
    *,
    before_event: int | None = None,
    largest_file_bytes: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Build in a process of its own.

    Args:
        root: The project.
        manifest: Its manifest, as JSON.
        before_event: Kill it right before this event, counted from 1.
        largest_file_bytes: What the file system takes: as if it were full.

    Returns:
        How it ended; its output holds the number of events, or the codes of an error.
    """
    order = {
        "root": str(root),
        "manifest": manifest,
        "before_event": before_event,
        "largest_file_bytes": largest_file_bytes,
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.artefacts.killing"],
        cwd=Path(__file__).parents[2],
        input=json.dumps(order),
        capture_output=True,
        text=True,
    )


def _live() -> None:
    from glacier_generators.artefacts import dependencies
    from glacier_generators.artefacts.building import build

    from glacier_runtime.errors import GenerationError
    from glacier_runtime.manifest import Manifest

    order = json.load(sys.stdin)
    vars(dependencies).update(CORE=(), cloud_libraries=lambda _: ())
    manifest = Manifest.model_validate_json(order["manifest"])
    root = Path(order["root"])
    if (limit := order["largest_file_bytes"]) is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    events = _count_events(root, order["before_event"])
    try:
        build(root, manifest)
    except GenerationError as error:
        sys.stdout.write(" ".join(error.codes))
    else:
        sys.stdout.write(str(len(events)))


def _count_events(root: Path, before_event: int | None) -> list[str]:
    events: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event not in _COUNTED:
            return
        if event == "open" and "r" in str(arguments[1] or "r"):
            return
        if event == "subprocess.Popen" or str(arguments[0]).startswith(str(root)):
            events.append(event)
            if len(events) == before_event:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return events


if __name__ == "__main__":
    _live()
