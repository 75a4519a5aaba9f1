"""A clean dry run is remembered, and repeated as soon as anything it depends on has changed."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from glacier_runtime import Pipeline
from glacier_runtime.checks import child
from glacier_runtime.errors import InvalidPipelineError

Load = Callable[[str], ModuleType]

SOURCE = """
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

class Row(BaseModel):
    n: int

rows = Dataset("rows", schema=Row)

@Provider(config=LocalConfig()).local().task
def make(up_to: int = 3) -> Annotated[pl.LazyFrame, rows]:
    return pl.LazyFrame({"n": range(up_to)})

pipeline = Pipeline(name="made", tasks=[make])
"""


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for every checking process that was asked."""
    asked: list[str] = []
    ask = child.ask

    def _ask(*arguments: object) -> child.Reply:
        asked.append("asked")
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("glacier_runtime.checks.dry_run.ask", _ask)
    return asked


@pytest.fixture
def pipeline(load: Load) -> Pipeline:
    found: Pipeline = load(SOURCE).pipeline
    return found


def cache() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"]) / "glacier" / "dry-run"


def test_a_second_run_of_the_same_code_is_not_checked_again(
    pipeline: Pipeline, children: list[str]
) -> None:
    pipeline.run()
    pipeline.run()

    assert children == ["asked"]


def test_validation_always_checks(pipeline: Pipeline, children: list[str]) -> None:
    pipeline.run()
    pipeline.validate()
    pipeline.validate()

    assert children == ["asked"] * 3


def test_other_parameters_are_checked(pipeline: Pipeline, children: list[str]) -> None:
    pipeline.run()
    pipeline.run(params={"up_to": 4})

    assert children == ["asked"] * 2


def test_a_changed_file_is_checked(load: Load, children: list[str]) -> None:
    module = load(SOURCE)
    module.pipeline.run()
    assert module.__file__ is not None
    Path(module.__file__).write_text(SOURCE + "\n# edited\n", encoding="utf-8")
    module.pipeline.run()

    assert children == ["asked"] * 2


def test_a_run_that_was_not_clean_is_not_remembered(load: Load, children: list[str]) -> None:
    pipeline = load(SOURCE.replace('{"n": range', '{"m": range')).pipeline
    for _ in range(2):
        with pytest.raises(InvalidPipelineError):
            pipeline.run()

    assert children == ["asked"] * 2
    assert not cache().exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"checked": 3}', b"\xff"])
def test_what_is_no_memory_is_checked_again(
    pipeline: Pipeline, children: list[str], content: bytes
) -> None:
    pipeline.run()
    (file,) = cache().iterdir()
    file.write_bytes(content)
    pipeline.run()

    assert children == ["asked"] * 2


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    pipeline: Pipeline, children: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    pipeline.run()
    pipeline.run()

    assert children == ["asked"] * 2


def test_a_user_without_a_home_is_no_obstacle(
    pipeline: Pipeline, children: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs under a number that no user has."""

    def nobody(_: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    pipeline.run()

    assert children == ["asked"]


def test_old_memories_are_dropped(pipeline: Pipeline) -> None:
    cache().mkdir(parents=True)
    (cache() / "old.json").touch()
    os.utime(cache() / "old.json", (0, 0))
    (cache() / "new.json").touch()

    pipeline.run()

    kept = {path.name for path in cache().iterdir()}
    assert "new.json" in kept
    assert "old.json" not in kept
    assert len(kept) == 2
