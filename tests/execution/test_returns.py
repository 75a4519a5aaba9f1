"""What tasks return is held against what their annotations say, when only the run can know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from tests.execution.local_runs import lake, local, run_tasks


class Pair(BaseModel):
    first: int
    second: str


GOOD = pl.DataFrame({"first": [1], "second": ["x"]})


@pytest.fixture
def pairs(tmp_path: Path) -> Dataset:
    return Dataset("pairs", storage=lake(tmp_path).at("pairs.parquet"), schema=Pair)


def returning_eagerly(root: Path, pairs: Dataset, value: Any) -> ExecutionError:  # noqa: ARG001
    @local.task
    def make() -> Annotated[pl.DataFrame, pairs]:
        result: pl.DataFrame = value
        return result

    with pytest.raises(ExecutionError) as failure:
        run_tasks(root, make)
    assert not (root / "data/lake/pairs.parquet").exists()
    return failure.value


def returning_lazily(root: Path, pairs: Dataset, value: Any) -> ExecutionError:  # noqa: ARG001
    @local.task
    def make() -> Annotated[pl.LazyFrame, pairs]:
        return value.lazy() if isinstance(value, pl.DataFrame) else value

    with pytest.raises(ExecutionError) as failure:
        run_tasks(root, make)
    assert not (root / "data/lake/pairs.parquet").exists()
    return failure.value


@pytest.mark.parametrize(
    ("frame", "code", "column"),
    [
        (GOOD.drop("second"), "GLC402", "second"),
        (GOOD.rename({"second": "secnod"}), "GLC402", "second"),
        (GOOD.with_columns(first=1.5), "GLC403", "first"),
        (GOOD.with_columns(pl.col("first").cast(pl.Int32)), "GLC403", "first"),
        (GOOD.with_columns(extra=1), "GLC404", "extra"),
    ],
)
def test_columns_that_do_not_fit_are_named(
    frame: pl.DataFrame, code: str, column: str, pairs: Dataset, tmp_path: Path
) -> None:
    for returning in (returning_eagerly, returning_lazily):
        error = returning(tmp_path, pairs, frame)
        assert error.codes == (code,)
        problem = error.problems[0]
        assert (problem.task, problem.dataset, problem.column) == ("make", "pairs", column)


def test_every_column_that_does_not_fit_is_reported_at_once(pairs: Dataset, tmp_path: Path) -> None:
    frame = pl.DataFrame({"first": [1.5], "unrelated": [1]})
    error = returning_eagerly(tmp_path, pairs, frame)
    assert sorted(error.codes) == ["GLC402", "GLC403", "GLC404"]


@pytest.mark.parametrize("value", [None, 1, "text", [GOOD], {"first": [1]}, GOOD.lazy(), (GOOD,)])
def test_anything_but_the_annotated_type_is_a_wrong_return(
    value: object, pairs: Dataset, tmp_path: Path
) -> None:
    error = returning_eagerly(tmp_path, pairs, value)
    assert error.codes == ("GLC406",)
    assert error.problems[0].task == "make"


@pytest.mark.parametrize(
    "value",
    [GOOD.lazy(), (GOOD.lazy(),), (GOOD.lazy(), GOOD.lazy(), GOOD.lazy()), [GOOD.lazy()] * 2, None],
    ids=["one", "tuple of one", "tuple of three", "list", "none"],
)
def test_another_number_of_outputs_than_annotated_is_a_wrong_return(
    value: Any,
    pairs: Dataset,  # noqa: ARG001 (an annotation names it)
    tmp_path: Path,
) -> None:
    other = Dataset("other", schema=Pair)

    @local.task
    def make() -> tuple[Annotated[pl.LazyFrame, pairs], Annotated[pl.LazyFrame, other]]:
        result: tuple[pl.LazyFrame, pl.LazyFrame] = value
        return result

    with pytest.raises(ExecutionError, match="'make' returned") as failure:
        run_tasks(tmp_path, make)
    assert failure.value.codes == ("GLC406",)


def test_a_document_of_another_model_is_a_wrong_return(tmp_path: Path) -> None:
    class Other(BaseModel):
        first: int = 1

    document = Dataset("document", format="json", schema=Pair)
    value: Any = Other()

    @local.task
    def make() -> Annotated[Pair, document]:
        result: Pair = value
        return result

    with pytest.raises(ExecutionError, match="Other instead of Pair") as failure:
        run_tasks(tmp_path, make)
    assert failure.value.codes == ("GLC406",)


def test_a_query_over_a_column_that_is_not_there_names_task_and_column(tmp_path: Path) -> None:
    source_pairs, out = Dataset("source_pairs", schema=Pair), Dataset("out")

    @local.task
    def make() -> Annotated[pl.DataFrame, source_pairs]:
        return GOOD

    @local.task
    def misspell(given: Annotated[pl.DataFrame, source_pairs]) -> Annotated[pl.DataFrame, out]:
        return given.select("secnod")

    with pytest.raises(ExecutionError, match="write 'second' instead of 'secnod'") as failure:
        run_tasks(tmp_path, make, misspell)
    problem = failure.value.problems[0]
    assert failure.value.codes == ("GLC401",)
    assert (problem.task, problem.column) == ("misspell", "secnod")
