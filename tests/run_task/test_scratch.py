"""Temporary folders of tasks: those of the dead go, those of the living stay."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from glacier_runtime.run_task.scratch import scratch_folder, sweep


def test_what_killed_processes_left_is_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    left = [f"glacier-task-{child.pid}-a", f"glacier-task-{os.getpid()}-b"]
    kept = [f"glacier-task-{os.getppid()}-c", "glacier-build-1", "mine"]
    for name in (*left, *kept):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")

    sweep()

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_a_folder_goes_with_its_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_folder() as folder:
        assert Path(folder).parent == tmp_path

    assert list(tmp_path.iterdir()) == []
