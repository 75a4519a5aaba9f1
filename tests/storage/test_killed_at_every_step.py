"""`kill -9` right before every single step that a run takes on the file system."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.storage.aftermath import assert_next_run_mends, assert_whole
from tests.storage.generations import SHAPES
from tests.storage.killing import Killer


@pytest.mark.parametrize("shape_name", SHAPES)
@pytest.mark.parametrize("old", [None, 1])
def test_readers_see_old_or_new_whole_and_the_next_run_mends(
    shape_name: str,
    old: int | None,
    killer: Killer,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    def start(root: Path) -> Path:
        root.mkdir()
        if old is not None:
            killer.run(shape_name, root, generation=old, rows=7)
        return root

    steps = killer.run(shape_name, start(tmp_path / "clean"), generation=2, rows=7).events
    assert len(steps) > 50, "the steps were not seen"
    outcomes = set()
    for number, step in enumerate(steps, start=1):
        with subtests.test(before=f"{number} {step}"):
            root = start(tmp_path / str(number))
            shape = SHAPES[shape_name](root)
            death = killer.run(shape_name, root, before_event=number, generation=2, rows=7)
            assert death.killed
            seen = assert_whole(shape, old, 2)
            outcomes.add(seen)
            assert_next_run_mends(shape, root, seen, 3)
    assert outcomes == {old, 2}, "every kill came before the commit, or every one after it"


@pytest.mark.parametrize("shape_name", SHAPES)
def test_a_run_that_repairs_may_be_killed_too(
    shape_name: str, killer: Killer, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Three runs in a row die at random steps; what was published last must survive all of it."""
    seed = 20_260_801
    chance = random.Random(seed)
    for number in range(40):
        steps = [chance.randint(1, 110) for _ in range(3)]
        with subtests.test(seed=seed, number=number, steps=steps):
            root = tmp_path / str(number)
            root.mkdir()
            shape = SHAPES[shape_name](root)
            killer.run(shape_name, root, generation=1, rows=7)
            seen: int | None = 1
            for generation, step in enumerate(steps, start=2):
                killer.run(shape_name, root, before_event=step, generation=generation, rows=7)
                seen = assert_whole_or_behind(shape_name, root, seen, generation)
            assert_next_run_mends(shape, root, seen, 9)


def assert_whole_or_behind(shape_name: str, root: Path, old: int | None, new: int) -> int | None:
    """As `assert_whole`; the stable file may lag behind by more than one generation, for repairs die too."""
    shape = SHAPES[shape_name](root)
    visible = shape.visible()
    assert visible in ([old, old], [new, new]), f"readers see {visible}"
    file, _ = shape.exposed()
    assert file is not None
    assert visible[0] is not None
    assert file <= visible[0]
    return visible[0]
