"""A clock that jumps by hours or years while a run is at work, forwards, backwards, or to and fro.

A small library is compiled and preloaded (LD_PRELOAD), so that Python and Rust are told the same wrong time; times of files stay
those of the kernel, as on a network drive whose server knows better.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.faults.books import TOKEN
from tests.faults.children import run_anew
from tests.faults.places import bucket, folder
from tests.faults.verdict import ALL_DAYS, Counts, Series
from tests.run_task.emulated_s3 import EmulatedS3

__all__ = ["COMPILER", "YEAR_S", "clock_jumps", "clock_jumps_on_a_store", "compiled"]

COMPILER = shutil.which("cc") or shutil.which("gcc")
YEAR_S = 365 * 24 * 3600
JUMPS_S = (-20 * YEAR_S, -YEAR_S, -24 * 3600, -3600, -1, 1, 3600, 24 * 3600, YEAR_S, 50 * YEAR_S)


def clock_jumps(root: Path, tries: int, chance: random.Random) -> Counts:
    return _jumps(Series(folder(root / "project", TOKEN), chance, 600), root, tries)


def clock_jumps_on_a_store(root: Path, tries: int, chance: random.Random) -> Counts:
    with EmulatedS3().serving() as emulator:
        place = bucket(root / "project", emulator, f"lake-{chance.randrange(1 << 40):x}")
        return _jumps(Series(place, chance, 600), root, tries)


def _jumps(series: Series, root: Path, tries: int) -> Counts:
    library = compiled(root)
    series.begin()
    for _ in range(tries):
        series.renew()
        end = run_anew(series.place, ALL_DAYS, {"LD_PRELOAD": str(library), **_jump(series.chance)})
        series.judge(end)
        if not (end.is_done or end.codes):
            series.lost(f"a run broke off when the clock was set: {end.said[-2000:]}")
        series.mend()
    return series.counts


def _jump(chance: random.Random) -> Mapping[str, str]:
    jump = {
        "CLOCK_JUMPS_BY_S": str(chance.choice(JUMPS_S)),
        "CLOCK_JUMPS_AFTER": str(chance.randrange(1, 400)),
    }
    return jump | ({"CLOCK_JUMPS_EVERY": "7"} if chance.random() < 0.3 else {})


def compiled(root: Path) -> Path:
    assert COMPILER is not None
    library = root / "lying_clock.so"
    source = Path(__file__).with_name("lying_clock.c")
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library
