"""`glacier clean` as a person and a machine meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glacier_runtime.cli.app import app

PIPELINE = """\
from typing import Annotated
import polars as pl
from pydantic import BaseModel
from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig())
local = provider.local()

class Number(BaseModel):
    n: int

numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"), schema=Number)

@local.task
def count(until: int = 3) -> Annotated[pl.DataFrame, numbers]:
    return pl.DataFrame({"n": range(until)})

pipeline = Pipeline(name="counting", tasks=[count])
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "counting.py").write_text(PIPELINE)
    (tmp_path / "pyproject.toml").write_text('[tool.glacier]\npipeline = "counting:pipeline"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for until in range(1, 4):
        assert CliRunner().invoke(app, ["run", "-p", f"until={until}"]).exit_code == 0
    return tmp_path


def test_a_dry_run_lists_and_a_real_one_removes(project: Path) -> None:
    versions = project / "data/lake/_glacier/numbers.parquet/versions"
    assert len(list(versions.iterdir())) == 3
    said = CliRunner().invoke(app, ["clean", "--dry-run", "--keep", "1", "--json"])
    document = json.loads(said.stdout)

    assert said.exit_code == 0
    assert document["ok"]
    assert document["dry_run"]
    assert [item["what"] for item in document["cleared"]] == [
        "version 1 of lake:numbers.parquet",
        "version 2 of lake:numbers.parquet",
    ]
    assert document["size_bytes"] == sum(item["size_bytes"] for item in document["cleared"]) > 0
    assert len(list(versions.iterdir())) == 3
    kept = CliRunner().invoke(app, ["clean", "--keep", "1", "--older-than", "7d"])
    assert kept.stdout == "nothing to remove\n"
    done = CliRunner().invoke(app, ["clean", "--keep", "1"])
    assert done.exit_code == 0
    assert "removed version 2 of lake:numbers.parquet" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("removed 2 things, ")
    assert [path.name for path in versions.iterdir()] == ["0000000003.json"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("age", ["7", "d7", "7 days", "-1d", ""])
def test_an_age_that_is_none_is_explained(age: str) -> None:
    said = CliRunner().invoke(app, ["clean", "--older-than", age])

    assert said.exit_code == 1
    assert "GLC603" in said.stderr
    assert "--older-than 7d" in said.stderr
