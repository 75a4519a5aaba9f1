"""`kill -9` right before every single step that a run takes on the file system; in the short suite before every ninth."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.storage.aftermath import assert_next_run_mends, assert_whole
from tests.storage.generations import SHAPES
from tests.storage.killing import Killer

# With four earlier runs, the oldest version is forgotten too. How rows were told apart changes nothing of how they are published:
# for quarantine, one history is enough.
HISTORIES = [
    (shape_name, earlier_runs)
    for shape_name in SHAPES
    for earlier_runs in ((1,) if shape_name == "quarantine" else (0, 1, 4))
]


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize(("shape_name", "earlier_runs"), HISTORIES)
def test_readers_see_old_or_new_whole_and_the_next_run_mends(
    shape_name: str,
    earlier_runs: int,
    killer: Killer,
    tmp_path: Path,
    subtests: pytest.Subtests,
    *,
    stride: int,
) -> None:
    old = earlier_runs or None
    new = earlier_runs + 1

    prepared = tmp_path / "prepared"
    prepared.mkdir()
    for generation in range(1, earlier_runs + 1):
        killer.run(shape_name, prepared, generation=generation, rows=7)

    def start(name: str) -> Path:
        # Links, and not copies: published files are never written again.
        return Path(shutil.copytree(prepared, tmp_path / name, copy_function=os.link))

    steps = killer.run(shape_name, start("clean"), generation=new, rows=7).events
    assert len(steps) > 50, "the steps were not seen"
    outcomes = set()
    for number, step in [*enumerate(steps, start=1)][::stride]:
        with subtests.test(before=f"{number} {step}"):
            root = start(str(number))
            shape = SHAPES[shape_name](root)
            death = killer.run(shape_name, root, before_event=number, generation=new, rows=7)
            # Threads that publish several tables at once do not take just as many steps each time.
            assert death.killed or number > len(steps) * 0.9
            seen = assert_whole(shape, old, new)
            outcomes.add(seen)
            assert_next_run_mends(shape, root, seen, new + 1)
    assert outcomes == {old, new}, "every kill came before the commit, or every one after it"


@pytest.mark.parametrize("tries", [4, pytest.param(40, marks=pytest.mark.long)])
@pytest.mark.parametrize("shape_name", SHAPES)
def test_a_run_that_repairs_may_be_killed_too(
    shape_name: str, tries: int, killer: Killer, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Three runs in a row die at random steps; what was published last must survive all of it."""
    seed = 20_260_801
    chance = random.Random(seed)
    for number in range(tries):
        steps = [chance.randint(1, 110) for _ in range(3)]
        with subtests.test(seed=seed, number=number, steps=steps):
            root = tmp_path / str(number)
            root.mkdir()
            shape = SHAPES[shape_name](root)
            killer.run(shape_name, root, generation=1, rows=7)
            seen: int | None = 1
            for generation, step in enumerate(steps, start=2):
                killer.run(shape_name, root, before_event=step, generation=generation, rows=7)
                # A repair may have died too: the stable file may be several generations behind.
                seen = assert_whole(shape, seen, generation, behind=True)
            assert_next_run_mends(shape, root, seen, 9)
