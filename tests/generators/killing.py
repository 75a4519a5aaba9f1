"""A generation that dies: `python -m tests.generators.killing ROOT FILES ORDER`; prints what it did.

FILES is JSON: what is generated. With the order `N`, it is killed with SIGKILL right before the Nth operation on the file
system below ROOT that could change it. With `free BYTES`, no file may grow beyond some bytes: to whoever writes, that is a
disk without space. With `powerless`, not even root may write where the mode of a folder forbids it.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glacier_generators.regenerate import apply, survey

from glacier_runtime.errors import GlacierError

__all__ = ["Death", "generate_and_die", "generate_without_power", "generate_without_space"]

_COUNTED = {"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}


@dataclass(frozen=True)
class Death:
    """How a generation ended: killed or not, what it did before, and what it raised."""

    killed: bool
    events: tuple[str, ...]
    codes: tuple[str, ...]


def generate_and_die(root: Path, generated: Mapping[str, str], before_event: int) -> Death:
    """Generate in a child that is killed right before an event, counted from 1; 0 lets it live."""
    return _child(root, generated, str(before_event))


def generate_without_space(root: Path, generated: Mapping[str, str], free_bytes: int) -> Death:
    """Generate in a child that may write no more than so much into one file."""
    return _child(root, generated, "free", str(free_bytes))


def generate_without_power(root: Path, generated: Mapping[str, str]) -> Death:
    """Generate in a child for which the modes of folders count, whoever runs the tests."""
    return _child(root, generated, "powerless")


def _child(root: Path, generated: Mapping[str, str], *arguments: str) -> Death:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.generators.killing",
            str(root),
            json.dumps(generated),
            *arguments,
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    told = json.loads(done.stdout or "{}")
    return Death(done.returncode != 0, tuple(told.get("events", ())), tuple(told.get("codes", ())))


def _main(root: Path, generated: Mapping[str, str], order: list[str]) -> None:
    events: list[str] = []
    fatal = int(order[0]) if order[0].isdecimal() else 0
    inside = f"{root}{os.sep}"

    def note(event: str, args: tuple[object, ...]) -> None:
        if event not in _COUNTED or not os.fsdecode(str(args[0])).startswith(inside):
            return
        if event == "open" and args[1] == "rb":
            return
        events.append(f"{event} {str(args[0]).removeprefix(inside)}")
        if len(events) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)
    if order[0] == "free":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(order[1]), resource.RLIM_INFINITY))
    if order[0] == "powerless" and os.geteuid() == 0:
        _give_up_power()
    codes: list[str] = []
    try:
        apply(root, survey(root, generated))
    except GlacierError as error:
        codes = list(error.codes)
    sys.stdout.write(json.dumps({"events": events, "codes": codes}))


def _give_up_power() -> None:
    """Do without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: capabilities(7)."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; the first 32, then the rest
    assert libc.capget(header, sets) == 0
    sets[0] &= ~0b110
    assert libc.capset(header, sets) == 0


if __name__ == "__main__":
    _main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:])
