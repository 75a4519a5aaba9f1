"""Document 000: pipelines, tasks, datasets, and resources that are given in two ways."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Annotated

import polars as pl
import pytest

import glacier_runtime
from glacier_runtime import AwsTarget, Dataset, Pipeline, task
from glacier_runtime.errors import GenerationError, InvalidPipelineError
from tests.seeds.documents import named
from tests.seeds.pulumi_stand_in import pulumi_aws
from tests.seeds.renames import renamed
from tests.seeds.stories import Story, edges

EXTRACT_AND_TRANSFORM = """
raw_data, clean_data = Dataset("raw_data"), Dataset("clean_data")

def fetch_data():
    return pl.LazyFrame({"value": [1, None, 3]})

def process(data):
    return data.drop_nulls()
"""


def test_a_pipeline_begins_empty_and_says_so_when_it_is_validated(story: Story) -> None:
    pipeline = story("000/1").pipeline

    assert isinstance(pipeline, Pipeline)
    assert pipeline.name == "etl"
    with pytest.raises(InvalidPipelineError, match="has no tasks"):
        pipeline.validate().raise_for_problems()


def test_tasks_of_a_pipeline_are_joined_by_their_annotations(story: Story) -> None:
    told = story(EXTRACT_AND_TRANSFORM, "000/1", "000/2")

    assert edges(told.pipeline) == {("extract", "transform")}
    assert told.pipeline.run()[told.clean_data].collect()["value"].to_list() == [1, 3]


def test_a_dataset_says_where_it_is_stored(story: Story) -> None:
    told = story('some_storage = Provider.from_env().bucket("lake").at("raw.parquet")', "000/3")

    assert told.raw_data.name == "raw"
    assert str(told.raw_data.storage) == "lake:raw.parquet"


def test_simple_abstractions_name_a_cloud_and_nothing_more(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    manifest = pipeline_on(story("000/4")).manifest

    assert [bucket.name for bucket in manifest.buckets] == ["my-data"]
    assert manifest.tasks[0].compute.model_dump(include={"kind", "memory_mib", "timeout_s"}) == {
        "kind": "serverless",
        "memory_mib": 512,
        "timeout_s": 300,
    }


def test_resources_of_pulumi_are_taken_and_referred_to(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pulumi_aws", pulumi_aws())
    pipeline = pipeline_on(story("000/5"))

    pipeline.compile(target=AwsTarget(region="us-east-1")).to_terraform(tmp_path / "infra")

    written = "\n".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "infra").glob("*.tf")
    )
    assert set(re.findall(r'source = "./modules/(\w+)"', written)) >= {
        "existing_bucket",
        "existing_function",
    }
    assert not re.search(r'source = "./modules/(bucket|protected_bucket|lambda_task)"', written)


def pipeline_on(told: ModuleType) -> Pipeline:
    """Return a pipeline on the storage and the compute that a block has made."""
    raw = Dataset("raw", storage=told.storage)

    @task(compute=told.compute)
    def extract() -> Annotated[pl.LazyFrame, raw]:
        return pl.LazyFrame({"value": [1]})

    return Pipeline(name="extracting", tasks=[extract])


def test_the_extra_of_a_cloud_is_installed_by_its_name() -> None:
    command = renamed(named("000/6"))
    settings = tomllib.loads(
        (Path(glacier_runtime.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    )

    assert command.startswith(f"pip install {settings['project']['name']}[aws] ")
    assert "aws" in settings["project"]["optional-dependencies"]


def test_an_executor_gives_results_by_name(story: Story) -> None:
    told = story(EXTRACT_AND_TRANSFORM, "000/1", "000/2", "000/7")

    assert told.results["clean_data"].collect()["value"].to_list() == [1, 3]
    assert told.results[told.clean_data].rows == 2


def test_an_executor_deploys_what_is_generated(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here without Terraform, where deploying ends; tests/end_to_end goes the whole way."""
    monkeypatch.setenv("GLACIER_TERRAFORM", "/nowhere/terraform")
    with pytest.raises(GenerationError, match="GLC810"):
        story(
            """
            lake = Provider.from_env().bucket("lake")
            raw_data = Dataset("raw_data", storage=lake.at("raw.parquet"))
            clean_data = Dataset("clean_data", storage=lake.at("clean.parquet"))
            fetch_data, process = (lambda: pl.LazyFrame({"value": [1]})), (lambda data: data)
            """,
            "000/1",
            "000/2",
            'pipeline.compile(target=AwsTarget(region="us-east-1")).to_terraform("infra")',
            "000/8",
        )

    assert 'module "task_transform"' in Path("infra/tasks.tf").read_text(encoding="utf-8")
