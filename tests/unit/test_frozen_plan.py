"""The frozen plan: what is frozen, and how little it takes to read it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import ProjectError
from glacier_runtime.frozen_plan import freeze, read_plan

provider = Provider(config=AwsConfig(region="eu-central-1"))
made = Dataset("made", storage=provider.bucket("lake").at("made.parquet"))


@provider.serverless(timeout_s=120).task
def make(since: int = 3) -> Annotated[pl.LazyFrame, made]:
    return pl.LazyFrame({"n": range(since)})


pipeline = Pipeline(name="making", tasks=[make])


def test_a_plan_names_the_module_of_each_task_and_the_parameters_of_all() -> None:
    plan = freeze(pipeline.manifest)

    assert (plan.pipeline, plan.parameters) == ("making", ("since",))
    assert plan.tasks["make"].identity == f"{__name__}:make"
    assert plan.tasks["make"].timeout_s == 120
    assert len(plan.manifest_sha256) == 64


def test_the_same_manifest_gives_the_same_plan() -> None:
    again = Pipeline(name="making", tasks=[make])

    assert freeze(again.manifest) == freeze(pipeline.manifest)


def test_another_manifest_has_another_digest() -> None:
    other = Pipeline(name="making", tasks=[make], description="otherwise the same")

    assert freeze(other.manifest).manifest_sha256 != freeze(pipeline.manifest).manifest_sha256


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = freeze(pipeline.manifest)
    file = tmp_path / "glacier_plan.json"
    file.write_text(plan.model_dump_json())

    assert read_plan(file) == plan


@pytest.mark.parametrize("text", ["", "[]", '{"plan_version": 2}', "\x00"])
def test_what_is_no_plan_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "glacier_plan.json"
    file.write_text(text)
    with pytest.raises(ProjectError) as failure:
        read_plan(file)

    assert failure.value.codes == ("GLC515",)


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as failure:
        read_plan(tmp_path)

    assert failure.value.codes == ("GLC515",)


def test_reading_a_plan_takes_neither_polars_nor_a_manifest() -> None:
    code = (
        "import sys, glacier_runtime.frozen_plan; "
        "print({'polars', 'glacier_runtime.manifest', 'glacier_runtime.graph'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
