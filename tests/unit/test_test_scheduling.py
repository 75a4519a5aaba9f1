"""How tests are shared among workers, when one of them dies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def test_a_worker_that_dies_fails_one_test_and_all_others_are_run(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    for number in range(6):
        dies = "import os; os._exit(1)" if number == 4 else "assert True"
        (tmp_path / f"test_{number}.py").write_text(
            f"def test_one(): assert True\ndef test_two(): {dies}\ndef test_three(): assert True\n"
        )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--no-loadscope-reorder", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "1 failed, 17 passed" in done.stdout
