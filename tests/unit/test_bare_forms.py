"""Datasets as annotations: bare, by the task that took their name, in the bucket's own folder."""

# mypy: ignore-errors
# A checker needs the plugin for bare datasets; tests/typing has those programs.

from __future__ import annotations

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline, task
from tests.unit.builders import LAKE

raw_users = Dataset("raw_users")
clean_users = Dataset("clean_users")
merged = Dataset("merged")
of_clean_users = clean_users


@task
def extract_users() -> raw_users:
    return pl.LazyFrame({"n": [1, 2]})


@task
def clean_users(users: raw_users) -> clean_users:
    return users.filter(pl.col("n") > 1)


@task
def merge(users: clean_users) -> merged:
    return users


def test_a_task_that_took_the_name_of_its_dataset_stands_for_it() -> None:
    pipeline = Pipeline([merge, clean_users, extract_users])

    assert merge.reads == (of_clean_users,)
    assert [found.name for found in pipeline.get_execution_order()] == [
        "extract_users",
        "clean_users",
        "merge",
    ]
    assert pipeline.run().collect()["n"].to_list() == [2]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, "users.parquet"),
        ({"format": "csv"}, "users.csv"),
        ({"format": "json"}, "users.json"),
        ({"format": "files"}, "users/"),
        ({"partition_by": "day"}, "users/"),
    ],
)
def test_in_a_bucket_without_a_path_a_dataset_lies_under_its_name(
    options: dict[str, str], path: str
) -> None:
    dataset = Dataset("users", storage=LAKE, **options)

    assert dataset.storage is not None
    assert dataset.storage.path == path
