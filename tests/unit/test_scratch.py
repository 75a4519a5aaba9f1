"""Temporary folders go with their owner, or with the next one; those of the living stay."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from glacier_runtime.scratch import scratch_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_for_its_user_alone_and_is_removed(home: Path) -> None:
    with scratch_folder("apart") as folder:
        assert folder.parent == home
        assert folder.stat().st_mode & 0o077 == 0

    assert [*home.iterdir()] == []


def fail_inside() -> None:
    with scratch_folder("task") as folder:
        (folder / "rows").write_bytes(b"rows")
        (folder / "nothing").unlink()


def test_a_folder_goes_when_what_happens_in_it_fails(home: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fail_inside()

    assert [*home.iterdir()] == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(
    home: Path,
) -> None:
    program = (
        "import sys, time; from pathlib import Path; from glacier_runtime.scratch import scratch_folder\n"
        "with scratch_folder('spill', Path(sys.argv[1])) as folder: print(folder, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(home)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as living,
    ):
        assert killed.stdout is not None
        assert living.stdout is not None
        left, used = Path(killed.stdout.readline().strip()), Path(living.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait()

        with scratch_folder("task"):
            found = {path for path in (left, used) if path.exists()}
        living.kill()

    assert found == {used}


def test_numbers_of_processes_say_nothing(home: Path) -> None:
    """In containers that share a disk, all begin at 1."""
    left = home / f"glacier-task-{os.getpid()}-of-another-container"
    (left / "rows").mkdir(parents=True)
    with scratch_folder("task") as used, scratch_folder("task") as other:
        assert not left.exists()
        assert {*home.iterdir()} == {used, other}


def test_nothing_else_is_removed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "mine").write_text("mine")
    (home / "glacier-task-1-link").symlink_to(elsewhere)
    (home / "glacier-task-1-file").write_text("no folder")
    for name in ("glacier-build-1", "my-glacier-task-1-a", "glacier-task-"):
        (home / name).mkdir()
    before = {*home.iterdir()}

    with scratch_folder("task"):
        pass

    assert {*home.iterdir()} == before
    assert (elsewhere / "mine").exists()


@pytest.mark.parametrize(("module", "function"), [(os, "open"), (fcntl, "flock")])
def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, function: str
) -> None:
    swept: list[Path] = []
    goes_on: Callable[..., object] = getattr(module, function)

    def too_late(*arguments: object) -> object:
        if not swept:
            swept.extend(home.iterdir())
            swept[0].rmdir()
        return goes_on(*arguments)

    monkeypatch.setattr(module, function, too_late)
    with scratch_folder("task") as folder:
        assert [*home.iterdir()] == [folder]
    assert len(swept) == 1


def test_folders_that_are_made_at_once_are_not_swept_away(home: Path) -> None:
    def use(number: int) -> bool:
        with scratch_folder("spill", home) as folder:
            (folder / "rows").write_bytes(b"rows")
            os.sched_yield()
            return number >= 0 and (folder / "rows").exists()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(400)))
    assert [*home.iterdir()] == []
