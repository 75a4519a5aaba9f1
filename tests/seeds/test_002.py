"""Document 002: datasets in signatures, graphs of every shape, compute by kind, operations, one complete example."""

from __future__ import annotations

import polars as pl
import pytest

from glacier_runtime import AwsTarget, Dataset, LocalExecutor, Pipeline
from glacier_runtime.errors import Code, InvalidPipelineError
from tests.seeds.stories import Story, edges, level_names, names

ETL = """
def fetch_from_api():
    return pl.LazyFrame({"value": [1, None, 3]})

def process(data):
    return data.drop_nulls()

def calculate(data):
    return data.sum()
"""
USERS_AND_ORDERS = """
def fetch_users():
    return pl.LazyFrame({"user": [1, 2], "name": ["Ada", "Bo"]})

def fetch_orders():
    return pl.LazyFrame({"user": [1, 1, 3], "price": [10, 20, 30]})

def join(users, orders):
    return users.join(orders, on="user")
"""


def test_a_dataset_needs_no_more_than_a_name(story: Story) -> None:
    told = story("002/1")

    assert all(isinstance(item, Dataset) for item in (told.raw_data, told.clean_data, told.metrics))
    assert told.metrics.name == "metrics"
    assert told.raw_data.storage is None


def test_a_dataset_may_say_where_it_lies_and_what_it_holds(story: Story) -> None:
    told = story(
        """
from pydantic import BaseModel

class RawSchema(BaseModel):
    value: int
""",
        "002/2",
    )

    assert str(told.raw_data.storage) == "my-bucket:raw/"
    assert told.raw_data.table.dtypes == {"value": pl.Int64}


def test_tasks_are_joined_by_signatures_and_bound_to_compute_by_decorators(story: Story) -> None:
    told = story(ETL, "002/1", "002/3", "002/4")
    pipeline: Pipeline = told.pipeline

    assert pipeline.name == "analytics-pipeline"
    assert edges(pipeline) == {("extract", "transform"), ("transform", "analyze")}
    assert [task.compute.kind for task in pipeline.tasks] == ["local", "serverless", "container"]
    assert told.transform.compute.memory_mib == 1024
    assert (told.analyze.compute.image, told.analyze.compute.cpu) == ("analytics:latest", 4)
    assert pipeline.run()[told.metrics].collect()["value"].to_list() == [4]


def test_two_inputs_fan_in(story: Story) -> None:
    told = story(USERS_AND_ORDERS, "002/5")

    assert edges(told.pipeline) == {("extract_users", "merge"), ("extract_orders", "merge")}
    assert told.pipeline.run()[told.merged].collect()["price"].to_list() == [10, 20]


def test_one_output_fans_out(story: Story) -> None:
    told = story(
        """
def fetch_data():
    return pl.LazyFrame({"value": [1, 2]})

def create_summary(data):
    return data.sum()

def create_details(data):
    return data.with_columns(double=pl.col("value") * 2)
""",
        "002/6",
    )
    result = told.pipeline.run()

    assert edges(told.pipeline) == {("extract", "summarize"), ("extract", "detail_report")}
    assert result[told.summary].collect()["value"].to_list() == [3]
    assert result[told.details].collect()["double"].to_list() == [2, 4]


def test_a_diamond_is_cut_into_three_levels(story: Story) -> None:
    told = story(
        """
a, b, c, d = (Dataset(f"set_{letter}") for letter in "abcd")
data = pl.LazyFrame({"value": [1, 2]})

def process_left(data):
    return data.with_columns(left=pl.col("value") + 1)

def process_right(data):
    return data.with_columns(right=pl.col("value") - 1)

def combine(left, right):
    return left.join(right, on="value")
""",
        "002/7",
    )

    assert level_names(told.pipeline) == [{"source"}, {"left", "right"}, {"merge"}]
    assert told.pipeline.run()[told.d].collect().sort("value").rows() == [(1, 2, 0), (2, 3, 1)]


def test_compute_says_what_is_asked_of_any_cloud(story: Story) -> None:
    told = story(
        """
input_data = Dataset("input_data", storage=Provider.from_env().bucket("lake").at("in.parquet"), source=True)
output_data = Dataset("output_data")

def process(data):
    return data

expensive_operation = quick_operation = process
""",
        "002/8",
    )

    assert told.my_task.compute.workers == 4
    assert told.heavy_task.compute.model_dump(include={"image", "cpu", "memory_mib"}) == {
        "image": "python:3.11",
        "cpu": 2.0,
        "memory_mib": 4096,
    }
    assert told.light_task.compute.model_dump(include={"memory_mib", "timeout_s"}) == {
        "memory_mib": 1024,
        "timeout_s": 300,
    }
    assert {task.cloud for task in (told.my_task, told.heavy_task, told.light_task)} == {"local"}


def test_a_pipeline_is_validated_drawn_and_asked(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    told = story(ETL, "002/1", "002/3", "some_task = transform", "002/9")
    printed = capsys.readouterr().out

    assert told.pipeline.validate().problems == ()
    assert printed.splitlines()[-3:] == ["extract", "transform", "analyze"]
    assert "raw_data" in printed
    assert names(told.source_tasks) == ["extract"]
    assert names(told.sink_tasks) == ["analyze"]
    assert names(told.deps) == ["extract"]
    assert names(told.consumers) == ["analyze"]


COMPLETE = """
def fetch_users_from_api():
    return pl.LazyFrame({"user": [1, 2, None]})

def fetch_orders_from_db():
    return pl.LazyFrame({"user": [1, 1, 2, None], "price": [10, 20, 30, 40]})

def clean(rows):
    return rows.drop_nulls()

def join(users, orders):
    return users.join(orders, on="user")

def calculate(rows):
    return rows.select(pl.col("price").sum())
"""


def test_the_complete_example_is_what_it_draws(story: Story) -> None:
    told = story(COMPLETE, "002/10")
    pipeline: Pipeline = told.pipeline

    assert edges(pipeline) == {
        ("extract_users", "clean_users"),
        ("extract_orders", "clean_orders"),
        ("clean_users", "merge_data"),
        ("clean_orders", "merge_data"),
        ("merge_data", "compute_metrics"),
    }
    assert pipeline.run()["metrics"].collect()["price"].to_list() == [60]


def test_the_complete_example_runs_and_compiles_as_its_last_lines_say(story: Story) -> None:
    pipeline: Pipeline = story(COMPLETE, "002/10").pipeline

    assert pipeline.run(executor=LocalExecutor())["metrics"].rows == 1
    with pytest.raises(InvalidPipelineError) as refused:
        pipeline.compile(target=AwsTarget(region="us-east-1"))
    assert Code.NOT_PERSISTED in {problem.code for problem in refused.value.problems}
