"""examples/ is what the template renders today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template.refresh import EXAMPLES, committed_example, render_example
from tests.template.rendering import ROOT

REFRESH = "`python -m tests.template.refresh` renders the examples again"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_identical_to_a_fresh_rendering(example: Path, tmp_path: Path) -> None:
    committed, fresh = committed_example(example), render_example(example, tmp_path / "fresh")

    assert sorted(committed) == sorted(fresh), REFRESH
    assert [name for name in fresh if fresh[name] != committed[name]] == [], REFRESH


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_holds_no_second_copy_of_the_runtime(example: Path) -> None:
    sources = ("glacier_runtime", "glacier_generators")

    assert not [name for name in committed_example(example) if name.startswith(sources)]
    assert not [name for name in committed_example(example) if name.startswith("vendor/")]


def test_every_folder_of_examples_is_held_to_the_template() -> None:
    folders = {path for path in (ROOT / "examples").iterdir() if path.is_dir()}

    assert folders == set(EXAMPLES)
