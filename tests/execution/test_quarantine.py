"""Rows that break rules are set apart: what is good is published, what is not lies beside it with the rules it breaks."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import dataframely as dy
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import BaseModel, Field, ValidationError

from glacier_runtime import CsvFormat, Dataset, Previous
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFinished
from glacier_runtime.execution.results import RunResult
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.versions import current_version
from tests.execution.local_runs import Number, lake, local, run_tasks


class Row(BaseModel):
    number: int = Field(ge=0, lt=100)
    code: str = Field(pattern="^[A-Z]{2}$")
    kind: Literal["good", "bad"] | None


ROWS: Mapping[str, Sequence[object]] = {
    "number": [1, -1, 100, None, 5],
    "code": ["AA", "b", "CC", "DD", "EE"],
    "kind": ["good", "ugly", None, None, "bad"],
}
GOOD = [(1, "AA", "good"), (5, "EE", "bad")]
BAD = [
    (-1, "b", "ugly", ["number: ge=0", "code: pattern=^[A-Z]{2}$", "kind: one of 'good', 'bad'"]),
    (100, "CC", None, ["number: lt=100"]),
    (None, "DD", None, ["number: not null"]),
]
COUNTS = {
    "number: not null": 1,
    "number: ge=0": 1,
    "number: lt=100": 1,
    "code: pattern=^[A-Z]{2}$": 1,
    "kind: one of 'good', 'bad'": 1,
}
PLACES = ["out.parquet", "out.csv", "out.ndjson", "out.arrow", "parts/", "folder/", None]
REJECTS = ["bad.parquet", "bad.arrow", "bad/", None]


def output_at(root: Path, place: str | None, rejects: str | None, **options: Any) -> Dataset:
    bucket = lake(root)
    return Dataset(
        "output",
        **{
            "storage": None if place is None else bucket.at(place),
            "schema": Row,
            "partition_by": "number" if place == "parts/" else (),
            "on_violation": "quarantine",
            "quarantine": None if rejects is None else bucket.at(rejects),
            **options,
        },
    )


def run_once(root: Path, output: Dataset, rows: Any, *, fuse: bool = True) -> RunResult:
    """Run a task that makes the dataset, and one that reads it and, if there are any, its rejects."""
    assert output.table is not None
    frame = pl.LazyFrame(rows, schema=output.table.dtypes)
    seen = Dataset("seen", storage=lake(root).at("seen.parquet"))

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return frame

    @local.task
    def count(given: Annotated[pl.LazyFrame, output]) -> Annotated[pl.LazyFrame, seen]:
        return given.select(pl.len())

    return run_tasks(root, make, count, fuse=fuse)


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("rejects", REJECTS)
def test_good_rows_and_rejects_are_both_there_wherever_they_lie(
    place: str | None, rejects: str | None, fuse: bool, tmp_path: Path
) -> None:
    output = output_at(tmp_path, place, rejects)

    result = run_once(tmp_path, output, ROWS, fuse=fuse)

    assert result["seen"].collect().item() == len(
        GOOD
    ), "readers in the pipeline see good rows only"
    assert result[output.rejects].collect().rows() == BAD
    assert result[output.rejects].rows == len(BAD)
    assert result[output].violations == COUNTS
    assert result[output.rejects].violations == {}
    if place is not None:
        assert sorted(result[output].collect().rows()) == GOOD
        assert result[output].rows == len(GOOD)


@pytest.mark.parametrize("fuse", [True, False])
def test_without_bad_rows_the_rejects_are_an_empty_table(fuse: bool, tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", "bad.parquet")
    run_once(tmp_path, output, ROWS, fuse=fuse)

    result = run_once(tmp_path, output, {"number": [1], "code": ["AA"], "kind": [None]}, fuse=fuse)

    assert result[output].violations == {}
    rejects = pl.read_parquet(tmp_path / "data/lake/bad.parquet")
    assert (rejects.height, rejects.schema) == (0, output.rejects.table.dtypes)  # type: ignore[union-attr]  # it has one


def test_rows_and_rejects_are_published_by_one_commit(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", "bad.parquet")

    run_once(tmp_path, output, ROWS, fuse=False)

    records = {current_version(d.storage, tmp_path).record.attempt for d in (output, output.rejects)}  # type: ignore[arg-type,union-attr]  # both are stored and published
    assert len(records) == 1


def test_a_group_that_fails_publishes_no_rejects_either(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", "bad.parquet")
    strict = Dataset("strict", storage=lake(tmp_path).at("strict.parquet"), schema=Row)

    @local.task
    def make() -> tuple[Annotated[pl.LazyFrame, output], Annotated[pl.LazyFrame, strict]]:
        frame = pl.LazyFrame(ROWS, schema=strict.table.dtypes)  # type: ignore[union-attr]
        return frame, frame

    with pytest.raises(ExecutionError, match="GLC504") as failure:
        run_tasks(tmp_path, make)

    assert [problem.dataset for problem in failure.value.problems] == ["strict"]
    assert {path.name for path in (tmp_path / "data/lake").iterdir()} <= {"_glacier"}
    assert current_version(output.rejects.storage, tmp_path) is None  # type: ignore[arg-type]


class Keyed(BaseModel):
    id: int | None = Field(ge=0)
    day: str
    number: float | None = Field(le=9, multiple_of=0.5)
    flag: Literal["a", "b"] | None = None


TEXTS = {
    ("id", "greater_than_equal"): "id: ge=0",
    ("day", "string_type"): "day: not null",
    ("number", "less_than_equal"): "number: le=9",
    ("number", "multiple_of"): "number: multiple_of=0.5",
    ("flag", "literal_error"): "flag: one of 'a', 'b'",
}
_KEYED = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from([None, -1, 0, 1, 2, 3]),
            "day": st.sampled_from([None, "mo", "tu"]),
            "number": st.sampled_from([None, 0.0, 0.5, 0.7, 9.5]),
            "flag": st.sampled_from([None, "a", "c"]),
        }
    ),
    max_size=7,
)


def broken_by(rows: Sequence[Mapping[str, object]], keys: Sequence[str]) -> list[list[str]]:
    """Say which rules each row breaks, by pydantic and by counting keys in Python."""
    found = []
    values = [tuple(row[key] for key in keys) for row in rows]
    for row, value in zip(rows, values, strict=True):
        try:
            Keyed.model_validate(row)
            texts = []
        except ValidationError as error:
            texts = [TEXTS[str(fault["loc"][0]), fault["type"]] for fault in error.errors()]
        repeated = [f"{', '.join(keys)}: unique"] if values.count(value) > 1 else []
        found.append([*texts, *repeated])
    return found


@pytest.mark.parametrize("keys", [("id",), ("id", "day")])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_KEYED)
def test_rows_and_rejects_are_all_rows_and_the_rules_named_are_those_that_pydantic_finds(
    keys: tuple[str, ...], rows: list[dict[str, object]], tmp_path: Path
) -> None:
    output = output_at(tmp_path, None, None, schema=Keyed, unique=keys)
    expected = broken_by(rows, keys)
    names = tuple(Keyed.model_fields)

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return pl.LazyFrame(rows, schema=output.table.dtypes)  # type: ignore[union-attr]

    result = run_tasks(tmp_path, make)

    told = list(zip(rows, expected, strict=True))
    good = [tuple(row[n] for n in names) for row, broken in told if not broken]
    bad = [(*(row[n] for n in names), broken) for row, broken in told if broken]
    assert result[output].collect().rows() == good
    assert result[output.rejects].collect().rows() == bad
    counted = [rule for broken in expected for rule in broken]
    assert result[output].violations == {rule: counted.count(rule) for rule in counted}


class Leg(dy.Schema):
    carrier = dy.String(primary_key=True, regex="^[A-Z]{2}$")
    number = dy.Int64(primary_key=True, min=1)
    miles = dy.Float64(nullable=True, check=lambda miles: miles < pl.lit(9))
    plane = dy.String(nullable=True, unique=True)

    @dy.rule()
    def at_most_two_a_carrier(cls) -> pl.Expr:  # noqa: N805
        return pl.len().over("carrier") <= 2


_LEGS = st.lists(
    st.tuples(
        st.sampled_from(["UA", "AA", "x"]),
        st.sampled_from([0, 1, 2, None]),
        st.sampled_from([None, 1.0, 10.0]),
        st.sampled_from([None, "N1", "N2", "N3", "N4"]),
    ),
    max_size=6,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_LEGS)
def test_the_good_rows_of_a_dataframely_schema_are_those_that_it_keeps(
    rows: list[tuple[object, ...]], tmp_path: Path
) -> None:
    output = output_at(tmp_path, None, None, schema=Leg)
    dtypes = output.table.dtypes if output.table else None
    frame = pl.DataFrame(rows, schema=dtypes, orient="row")

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return frame.lazy()

    result = run_tasks(tmp_path, make)

    good, failed = Leg.filter(frame)
    assert result[output].collect().rows() == good.rows()
    assert result[output.rejects].collect().height == len(frame) - len(good)
    found = sorted(result[output].violations.values())
    assert found == sorted(failed.counts().values())
    lenient = output_at(tmp_path, None, None, schema=Leg, on_violation="warn")

    @local.task
    def let_through() -> Annotated[pl.LazyFrame, lenient]:
        return frame.lazy()

    assert run_tasks(tmp_path, let_through)[lenient].violations == result[output].violations


def test_rows_are_judged_as_they_are_written_even_if_they_are_random(tmp_path: Path) -> None:
    class Large(BaseModel):
        n: int = Field(ge=500)
        other: int

    bucket = lake(tmp_path)
    large = Dataset(
        "large",
        storage=bucket.at("large.parquet"),
        schema=Large,
        unique="other",
        on_violation="quarantine",
        quarantine=bucket.at("small.parquet"),
    )

    @local.task
    def draw() -> Annotated[pl.LazyFrame, large]:
        numbers = pl.LazyFrame({"n": range(1000)}, schema={"n": pl.Int64})
        return numbers.select(n=pl.col("n").shuffle(), other=pl.col("n").shuffle())

    for _ in range(10):
        result = run_tasks(tmp_path, draw)
        good, bad = result[large].collect(), result[large.rejects].collect()
        assert sorted([*good["n"], *bad["n"]]) == list(range(1000))
        assert sorted([*good["other"], *bad["other"]]) == list(range(1000))
        assert (good["n"].min(), bad["n"].max()) == (500, 499)


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("stored", [True, False])
def test_another_task_of_the_pipeline_may_read_the_rejects(
    stored: bool, fuse: bool, tmp_path: Path
) -> None:
    output = output_at(tmp_path, "out.parquet", "bad.parquet" if stored else None)
    summary = Dataset("summary", storage=lake(tmp_path).at("summary.parquet"))
    eager = Dataset("eager")

    @local.task
    def by_rule(bad: Annotated[pl.LazyFrame, output.rejects]) -> Annotated[pl.LazyFrame, summary]:
        return bad.explode("broken_rules").group_by("broken_rules").len().sort("broken_rules")

    @local.task
    def at_once(bad: Annotated[pl.DataFrame, output.rejects]) -> Annotated[pl.DataFrame, eager]:
        return bad

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return pl.LazyFrame(ROWS, schema=output.table.dtypes)  # type: ignore[union-attr]

    result = run_tasks(tmp_path, by_rule, at_once, make, fuse=fuse)

    assert dict(result[summary].collect().rows()) == COUNTS
    assert result[eager].collect().rows() == BAD


def test_a_task_that_returns_a_data_frame_has_rejects_too(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", None)

    @local.task
    def make() -> Annotated[pl.DataFrame, output]:
        return pl.DataFrame(ROWS, schema=output.table.dtypes)  # type: ignore[union-attr]

    result = run_tasks(tmp_path, make)

    assert result["output"].collect().rows() == GOOD
    assert result["output_rejects"].collect().rows() == BAD


def test_wrong_columns_are_never_set_apart(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", "bad.parquet")

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return pl.LazyFrame({"number": ["1"], "code": ["AA"]})

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, make)
    assert failure.value.codes == ("GLC403", "GLC402")


def test_an_undeclared_column_may_not_stand_where_rules_are_named(tmp_path: Path) -> None:
    class Open(BaseModel, extra="allow"):
        n: int

    output = output_at(tmp_path, "out.parquet", "bad.parquet", schema=Open)

    def run_with(**columns: list[object]) -> RunResult:
        @local.task
        def make() -> Annotated[pl.LazyFrame, output]:
            assert output.table is not None
            return pl.LazyFrame({"n": [1, None], **columns}, schema_overrides=output.table.dtypes)

        return run_tasks(tmp_path, make)

    assert run_with(more=["x", "y"])[output.rejects].collect().rows() == [
        (None, "y", ["n: not null"])
    ]
    with pytest.raises(ExecutionError, match="broken_rules") as failure:
        run_with(broken_rules=["x", "y"])
    assert failure.value.codes == ("GLC404",)


def test_what_a_format_would_change_is_a_reject(tmp_path: Path) -> None:
    class Named(BaseModel):
        name: str

    output = output_at(
        tmp_path, "out.csv", "bad.parquet", schema=Named, format=CsvFormat(null_values=("NA",))
    )

    result = run_once(tmp_path, output, {"name": ["Ada", "NA"]})

    assert result[output].collect()["name"].to_list() == ["Ada"]
    assert result[output.rejects].collect().rows() == [
        ("NA", ["name: not 'NA', which csv reads as null"])
    ]


def test_what_the_run_before_left_may_be_gone_on_from(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    history = Dataset(
        "history",
        storage=bucket.at("history.parquet"),
        schema=Number,
        unique="n",
        on_violation="quarantine",
        quarantine=bucket.at("refused.parquet"),
    )
    refused = Dataset("refused", storage=bucket.at("all_refused.parquet"))

    @local.task
    def add(
        before: Previous[Annotated[pl.LazyFrame, history]],
        refused_before: Previous[Annotated[pl.LazyFrame, history.rejects]],
        n: int,
    ) -> tuple[Annotated[pl.LazyFrame, history], Annotated[pl.LazyFrame, refused]]:
        return pl.concat([before, pl.LazyFrame({"n": [n]})]), refused_before

    for n in (1, 2, 2):
        result = run_tasks(tmp_path, add, n=n)
    assert result[history].collect()["n"].to_list() == [1]
    assert result[history.rejects].collect()["n"].to_list() == [2, 2]
    result = run_tasks(tmp_path, add, n=3)
    assert result[history].collect()["n"].to_list() == [1, 3]
    assert result[refused].collect()["n"].to_list() == [2, 2]


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_with_a_warning_all_rows_are_published_and_counted(
    place: str | None, fuse: bool, tmp_path: Path
) -> None:
    output = output_at(
        tmp_path, place, None, on_violation="warn", unique=[("code",), ("kind", "number")]
    )
    rows = {**ROWS, "code": ["AA", "b", "CC", "DD", "AA"]}

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a suite that does so is not broken by data
        result = run_once(tmp_path, output, rows, fuse=fuse)

    assert result["seen"].collect().item() == 5
    assert result[output].violations == {**COUNTS, "code: unique": 2}


def test_a_warning_is_told_to_whoever_watches_and_prints(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", None, on_violation="warn")
    events: list[Event] = []

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return pl.LazyFrame(ROWS, schema=output.table.dtypes)  # type: ignore[union-attr]

    result = run_tasks(tmp_path, make, observer=events.append)

    (finished,) = (event for event in events if isinstance(event, GroupFinished))
    assert finished.datasets[0].violations == COUNTS
    assert "1 row breaks number: ge=0, published all the same" in str(result)
    assert result.to_dict()["datasets"]["output"]["violations"] == COUNTS  # type: ignore[index]  # plain data


def test_a_warning_never_lets_through_what_the_format_would_change(tmp_path: Path) -> None:
    class Measured(BaseModel):
        value: float = Field(lt=10)

    output = output_at(tmp_path, "out.ndjson", None, schema=Measured, on_violation="warn")
    with pytest.raises(ExecutionError, match="finite, as ndjson must have it"):
        run_once(tmp_path, output, {"value": [1.0, float("nan")]})

    result = run_once(tmp_path, output, {"value": [1.0, 11.0]})
    assert result[output].violations == {"value: lt=10": 1}


def test_rejects_are_cut_from_one_evaluation(tmp_path: Path) -> None:
    heights: list[int] = []
    output = output_at(tmp_path, "out.parquet", "bad.parquet", unique="code")

    def note(batch: pl.DataFrame) -> pl.DataFrame:
        heights.append(batch.height)
        return batch

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        assert output.table is not None
        frame = pl.LazyFrame(ROWS, schema=output.table.dtypes)
        return frame.map_batches(note, schema=output.table.dtypes)

    run_tasks(tmp_path, make)
    assert heights == [5]


def test_order_is_kept_on_both_sides(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", "bad.parquet", schema=Number, unique="n")
    numbers = [n % 700 for n in range(1000)]

    result = run_once(tmp_path, output, {"n": numbers})

    good = [n for n in numbers if numbers.count(n) == 1]
    assert result[output].collect()["n"].to_list() == good
    assert_frame_equal(
        result[output.rejects].collect().select("n"),
        pl.DataFrame({"n": [n for n in numbers if numbers.count(n) > 1]}),
    )


def test_the_place_of_rejects_is_a_dataset_of_its_own(tmp_path: Path) -> None:
    output = output_at(tmp_path, "out.parquet", "deep/bad.parquet")

    run_once(tmp_path, output, ROWS)

    assert isinstance(output.rejects.storage, Location)
    assert (tmp_path / "data/lake/deep/bad.parquet").is_file()
