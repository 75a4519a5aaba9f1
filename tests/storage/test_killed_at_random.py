"""`kill -9` at random moments of a run that takes its time over some million rows."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.storage.aftermath import assert_next_run_mends, assert_whole
from tests.storage.generations import fused_tables
from tests.storage.killing import Killer

ROWS = 12_000_000


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.long)])
def test_readers_see_old_or_new_whole_and_the_next_run_mends(
    killer: Killer, tmp_path: Path, subtests: pytest.Subtests, kills: int
) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    sys.stdout.write(f"seed {seed}\n")  # shown when the test fails
    shape = fused_tables(tmp_path)
    whole = killer.run("fused_tables", tmp_path, generation=1, rows=ROWS)
    assert not whole.killed
    seen: int | None = 1
    killed = 0
    for generation in range(2, 2 * kills + 2, 2):
        moment_s = chance.uniform(0, whole.seconds)
        with subtests.test(seed=seed, generation=generation, moment_s=moment_s):
            death = killer.run(
                "fused_tables", tmp_path, after_s=moment_s, generation=generation, rows=ROWS
            )
            killed += death.killed
            seen = assert_whole(shape, seen, generation)
            assert_next_run_mends(shape, tmp_path, seen, generation + 1)
            seen = generation + 1
    assert killed >= kills // 2, f"seed {seed}: the runs were over before they could be killed"
