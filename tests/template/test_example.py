"""examples/ is what the template renders today."""

from __future__ import annotations

from pathlib import Path

from tests.template.refresh import committed_example, render_example

REFRESH = "`python -m tests.template.refresh` renders the example again"


def test_the_example_is_identical_to_a_fresh_rendering(tmp_path: Path) -> None:
    committed, fresh = committed_example(), render_example(tmp_path / "flights")

    assert sorted(committed) == sorted(fresh), REFRESH
    assert [name for name in fresh if fresh[name] != committed[name]] == [], REFRESH


def test_the_example_holds_no_second_copy_of_the_runtime() -> None:
    assert not [name for name in committed_example() if "glacier_runtime" in name]
