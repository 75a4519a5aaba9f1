"""Folders in which values are handed over go with their owner, or with the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glacier_runtime.execution.processes.scratch import scratch_folder

ROOT = Path(__file__).parents[3]
LONG_AGO_S = time.time() - 3600


def test_a_folder_is_for_its_user_alone_and_is_removed(scratch: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == scratch
        assert folder.stat().st_mode & 0o077 == 0

    assert [*scratch.iterdir()] == []


def fail_inside() -> None:
    with scratch_folder() as folder:
        (folder / "rows").write_bytes(b"rows")
        (folder / "nothing").unlink()


def test_a_folder_goes_when_what_happens_in_it_fails(scratch: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fail_inside()

    assert [*scratch.iterdir()] == []


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_uses_is_not(
    scratch: Path,
) -> None:
    program = (
        "import time; from glacier_runtime.execution.processes.scratch import scratch_folder\n"
        "with scratch_folder() as folder: print(folder, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as living,
    ):
        assert killed.stdout is not None
        assert living.stdout is not None
        left, used = Path(killed.stdout.readline().strip()), Path(living.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        young = scratch / "glacier-apart-young"
        young.mkdir()
        for folder in (left, used):
            os.utime(folder, (LONG_AGO_S, LONG_AGO_S))

        with scratch_folder():
            found = {path for path in (left, used, young) if path.exists()}
        living.kill()

    assert found == {used, young}
