"""Document 001: sources, decorators, modes, and what can be extended."""

from __future__ import annotations

import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from glacier_runtime import Pipeline, Source, Task, pipeline
from glacier_runtime.cli.app import app
from glacier_runtime.errors import GenerationError
from tests.seeds.documents import named
from tests.seeds.renames import renamed
from tests.seeds.stories import Story, edges, names

ONE_BUCKET = """
source = Provider.from_env().bucket(bucket="data", path="input.parquet")
"""
LOAD_AND_PROCESS = f"""
{ONE_BUCKET}
@task
def load_data(source: Source) -> pl.LazyFrame:
    return source.scan()

@task
def process(data: pl.LazyFrame) -> pl.LazyFrame:
    return data.filter(pl.col("value") > 0)
"""


@pytest.fixture
def input_file() -> None:
    Path("data/data").mkdir(parents=True)
    pl.DataFrame({"value": [-1, 2]}).write_parquet("data/data/input.parquet")


def test_a_source_is_what_scans_and_tells_where_from(story: Story) -> None:
    told = story("SourceMetadata = object", "001/1")

    assert {name for name in vars(told.Source) if not name.startswith("_")} == {
        name for name in vars(Source) if not name.startswith("_")
    }


@pytest.mark.usefixtures("input_file")
@pytest.mark.parametrize(("block", "expected"), [("001/2", [2]), ("001/11", [-1, 2])])
def test_a_task_takes_a_source_and_returns_rows(
    story: Story, block: str, expected: list[int]
) -> None:
    told = story(ONE_BUCKET, block)

    assert isinstance(told.my_task, Task)
    assert isinstance(told.my_task(told.source), pl.LazyFrame)
    assert told.my_task(told.source).collect()["value"].to_list() == expected


@pytest.mark.usefixtures("input_file")
def test_a_function_that_calls_tasks_is_a_pipeline(story: Story) -> None:
    told = story(LOAD_AND_PROCESS, "001/3")

    assert told.my_pipeline.name == "my_pipeline"
    assert edges(told.my_pipeline) == {("load_data", "process")}
    assert told.my_pipeline.run().collect()["value"].to_list() == [2]


def test_every_command_is_there() -> None:
    for line in renamed(named("001/4")).splitlines():
        command, verb = shlex.split(line, comments=True)
        done = CliRunner().invoke(app, [verb, "--help"])
        assert done.exit_code == 0
        assert done.output.split()[:3] == ["Usage:", command, verb]


def test_sources_may_be_classes_of_their_own(story: Story) -> None:
    told = story("001/5")

    assert issubclass(told.S3Source, told.BucketSource)
    assert issubclass(told.GCSSource, Source)


def test_decorators_need_no_parentheses_and_keep_functions_callable(story: Story) -> None:
    told = story("001/6")

    assert told.my_task() is None
    assert isinstance(told.my_task, Task)
    assert isinstance(told.my_pipeline, Pipeline)
    assert told.my_pipeline.name == "my_pipeline"
    assert names(told.my_pipeline.tasks) == []


def test_one_pipeline_runs_generates_and_deploys_by_its_mode(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here without Terraform, where deploying ends; tests/end_to_end goes the whole way."""
    monkeypatch.setenv("GLACIER_TERRAFORM", "/nowhere/terraform")
    Path("pyproject.toml").write_text(
        '[tool.glacier]\npipeline = "m:p"\ncloud = "aws"\n[tool.glacier.aws]\nregion = "us-east-1"\n'
    )
    with pytest.raises(GenerationError, match="GLC810"):
        story(
            """
            numbers = Dataset("numbers", storage=Provider.from_env().bucket("lake").at("numbers.parquet"))

            @task
            def count() -> numbers:
                return pl.LazyFrame({"n": [1, 2, 3]})

            pipeline = Pipeline([count], name="counting")
            """,
            "001/7",
        )

    assert pl.read_parquet("data/lake/numbers.parquet")["n"].to_list() == [1, 2, 3]
    assert 'module "task_count"' in Path("infra/tasks.tf").read_text(encoding="utf-8")


def test_a_source_of_ones_own_is_read_like_any_other(story: Story) -> None:
    told = story(LOAD_AND_PROCESS, "001/8")

    @pipeline
    def reading() -> object:
        return told.load_data(told.MyCustomSource())

    assert reading.run().collect()["value"].to_list() == [1]


def test_an_executor_of_ones_own_is_given_the_pipeline(story: Story) -> None:
    told = story(
        """
@task
def my_task() -> None:
    pass

pipeline = Pipeline([my_task], name="idle")
""",
        "001/9",
    )

    assert told.pipeline.run(executor=told.AirflowExecutor()) == "dag of idle"


def test_levels_say_what_can_run_side_by_side(story: Story) -> None:
    told = story(
        """
first, second, third, fourth = (Dataset(name) for name in ("first", "second", "third", "fourth"))

@task
def task1() -> first: ...

@task
def task2(rows: first) -> second: ...

@task
def task3(rows: first) -> third: ...

@task
def task4(left: second, right: third) -> fourth: ...

dag = Pipeline([task4, task3, task2, task1], name="diamond")
""",
        "001/12",
    )

    assert [set(names(level)) for level in told.levels] == [
        {"task1"},
        {"task2", "task3"},
        {"task4"},
    ]
