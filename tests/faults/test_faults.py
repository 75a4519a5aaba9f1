"""Every fault, a few times; the long suite, and `python -m tests.faults`, bring them about hundreds of times.

The seed stands in the name of the folder and is printed: `python -m tests.faults --only NAME --seed SEED` repeats it.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.faults.clocks import COMPILER
from tests.faults.registry import FAULTS, Fault


def bring(fault: Fault, tries: int, folder: Path) -> None:
    """Bring a fault about; everything must be whole after each try, and made good by the run after it."""
    if "clock" in fault.name and COMPILER is None:
        pytest.skip("no C compiler for a clock that lies: apt install gcc")
    seed = random.randrange(1 << 32)
    sys.stdout.write(f"seed {seed}\n")  # shown when the test fails
    counts = fault.bring(folder, tries, random.Random(f"{seed} {fault.name}"))
    assert counts.losses == [], f"seed {seed}"
    assert counts.tries >= tries
    assert counts.mended == counts.tries
    assert counts.old + counts.between + counts.new <= counts.tries


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.name) for fault in FAULTS if fault.few]
)
def test_data_is_old_or_new_whole_and_the_next_run_mends(fault: Fault, tmp_path: Path) -> None:
    bring(fault, fault.few, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_the_same_as_often_as_the_table_says(fault: Fault, tmp_path: Path) -> None:
    bring(fault, fault.many, tmp_path)


def test_the_long_suite_kills_hundreds_of_runs_and_the_short_one_twenty() -> None:
    kills = [fault for fault in FAULTS if fault.name.startswith("kill -9")]
    assert sum(fault.many for fault in kills) >= 200
    assert sum(fault.few for fault in kills) >= 20
