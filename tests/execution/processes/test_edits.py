"""Code that is edited after a run has begun is not run under the fingerprint of what it was."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, RunStarted
from glacier_runtime.execution.local import LocalExecutor
from glacier_runtime.execution.results import RunResult

FLOW = """
from typing import Annotated
import polars as pl
import edited_factors
from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig(base_path={root!r}))
numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))

@provider.local().task(timeout_s=60, dry_run=False)
def count() -> Annotated[pl.DataFrame, numbers]:
    return pl.DataFrame({{"n": [edited_factors.of(1)]}})

pipeline = Pipeline(name="flow", tasks=[count])
"""
FACTORS = """
FACTOR = 2

def of(number):
    return number * FACTOR
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "edited_flow.py").write_text(FLOW.format(root=str(tmp_path / "data")))
    (tmp_path / "edited_factors.py").write_text(FACTORS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("edited_flow", "edited_factors"):
        sys.modules.pop(name, None)


def run_edited(root: Path, file: str, before: str, after: str) -> RunResult:
    """Run, and edit a file as soon as the run has begun."""

    def edit(event: Event) -> None:
        if isinstance(event, RunStarted):
            text = (root / file).read_text()
            assert before in text
            (root / file).write_text(text.replace(before, after))

    pipeline = importlib.import_module("edited_flow").pipeline
    return LocalExecutor(root=root, observer=edit).execute(pipeline, {})


@pytest.mark.parametrize(
    ("file", "before", "after", "named"),
    [
        ("edited_flow.py", "of(1)", "of(10)", "edited_flow.count"),
        ("edited_factors.py", "FACTOR = 2", "FACTOR = 30", "edited_factors.FACTOR"),
    ],
)
def test_edited_code_does_not_run_as_what_it_was(
    project: Path, file: str, before: str, after: str, named: str
) -> None:
    with pytest.raises(ExecutionError, match=rf"GLC619 task 'count'.* {named} was edited"):
        run_edited(project, file, before, after)

    assert not (project / "data/lake/numbers.parquet").exists()


def test_comments_may_be_edited(project: Path) -> None:
    result = run_edited(project, "edited_factors.py", "FACTOR = 2", "# twice\nFACTOR = 2")

    assert result["numbers"].collect()["n"].to_list() == [2]
