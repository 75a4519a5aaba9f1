"""How tests are shared among workers, when one of them dies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"
NATIVE = "import pathlib, os; at = pathlib.Path('died'); at.exists() or (at.touch(), os._exit(1))"


def run(folder: Path, dying: str) -> str:
    shutil.copy(CONFTEST, folder / "conftest.py")
    for number in range(6):
        what = dying if number == 4 else "assert True"
        (folder / f"test_{number}.py").write_text(
            f"def test_one(): assert True\ndef test_two(): {what}\ndef test_three(): assert True\n"
        )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--no-loadscope-reorder", folder],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "workers that died" in done.stdout
    assert "test_4.py::test_two" in done.stdout
    return f"{done.returncode}: {done.stdout}"


def test_a_test_that_kills_its_worker_fails_and_all_others_are_run(tmp_path: Path) -> None:
    said = run(tmp_path, "import os; os._exit(1)")

    assert said.startswith("1: ")
    assert "1 failed, 17 passed" in said


def test_a_test_whose_worker_died_once_is_run_again(tmp_path: Path) -> None:
    said = run(tmp_path, NATIVE)

    assert said.startswith("0: ")
    assert "18 passed" in said
