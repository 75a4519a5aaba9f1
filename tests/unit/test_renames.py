"""`renamed_from`: what was called otherwise before, and what cannot have been."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline, Previous, Provider, pipeline, task
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import DefinitionError


class Numbers(BaseModel):
    n: int


LOCAL = Provider(config=LocalConfig()).local()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tidy", "'tidy' is its own name"),
        ("Clean Up", "must start with a lower-case letter"),
        (["clean", "clean"], "'clean' is there twice"),
        (["clean", 3], "must be a string"),
        (None, "must be a string"),
    ],
)
def test_what_no_name_can_have_been_is_refused_where_it_is_said(given: Any, said: str) -> None:
    def tidy() -> None: ...

    with pytest.raises(DefinitionError, match="GLC116 task 'tidy' has renamed_from=") as of_task:
        LOCAL.task(renamed_from=given)(tidy)
    with pytest.raises(DefinitionError, match="GLC116 dataset 'tidy' has renamed_from=") as of_data:
        Dataset("tidy", renamed_from=given)

    assert said in str(of_task.value)
    assert said in str(of_data.value)


def made(name: str, **options: Any) -> Any:
    dataset = Dataset(f"of_{name}", renamed_from=options.pop("data", ()))

    def function() -> Annotated[pl.LazyFrame, dataset]:
        return pl.LazyFrame()

    return LOCAL.task(name=name, **options)(function)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"renamed_from": "first"}, "task 'second' says renamed_from='first', and the pipeline has task 'first'"),
        ({"renamed_from": ["zero", "fir-st"]}, "task 'second' says renamed_from='fir-st', and so does task 'first'"),
        ({"data": "of_first"}, "dataset 'of_second' says renamed_from='of_first', and the pipeline has dataset"),
        ({"data": "of_zero"}, "dataset 'of_second' says renamed_from='of_zero', and so does dataset 'of_first'"),
    ],
    ids=["living task", "two tasks", "living dataset", "two datasets"],
)  # fmt: skip
def test_a_name_has_one_owner_at_a_time_and_one_heir(options: dict[str, Any], said: str) -> None:
    first = made("first", renamed_from="fir_st", data="of_zero")

    problems = (
        Pipeline([first, made("second", **options)], name="two").validate(columns=False).problems
    )

    assert [(problem.code.code, problem.message[: len(said)]) for problem in problems] == [
        ("GLC116", said)
    ]


def test_a_task_that_is_called_twice_has_been_renamed_once() -> None:
    @task(renamed_from="tally")
    def count(up_to: int) -> pl.LazyFrame:
        return pl.LazyFrame({"n": range(up_to)})

    @pipeline(name="counting")
    def counting() -> None:
        count(1)
        count(2)

    assert [one.renamed_from for one in counting.tasks] == [("tally",), ()]
    assert counting.validate(columns=False).problems == ()


def test_data_in_a_bucket_stays_where_it_lies_and_so_do_its_rejects_unless_a_path_is_said() -> None:
    lake = Provider(config=LocalConfig()).bucket("lake")

    renamed = Dataset("flown", storage=lake, renamed_from=["flights", "departures"])

    assert str(renamed.storage) == "lake:flights.parquet"
    assert (
        str(Dataset("flown", storage=lake.at("flown.csv"), renamed_from="flights").storage)
        == "lake:flown.csv"
    )


def test_versions_of_a_renamed_dataset_are_found_by_the_task_that_was_renamed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    provider = Provider(config=LocalConfig(base_path=tmp_path / "data"))
    lake = provider.bucket("lake")

    def rows(dataset: Dataset, name: str, renamed_from: str = "") -> int | None:
        total = Annotated[pl.LazyFrame, dataset]

        def grow(before: Previous[total]) -> total:
            return pl.concat([before, pl.LazyFrame({"n": [1]})])

        grown = provider.local().task(name=name, renamed_from=renamed_from or ())(grow)
        return Pipeline([grown], name="growing").run()[dataset.name].rows

    renamed = Dataset("sum_of_all", storage=lake, schema=Numbers, renamed_from="total")

    assert rows(Dataset("total", storage=lake, schema=Numbers), "grow") == 1
    assert rows(Dataset("total", storage=lake, schema=Numbers), "grow") == 2
    assert rows(renamed, "add", renamed_from="grow") == 3
    assert rows(Dataset("another", storage=lake, schema=Numbers), "other") == 1
