"""Rows that break a rule: nothing is published, and the rules are named and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import pytest
from pydantic import BaseModel, Field, create_model

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from glacier_runtime.quality import OnViolation
from glacier_runtime.storage.versions import current_version
from tests.execution.local_runs import lake, local, run_tasks


class Row(BaseModel):
    number: int = Field(ge=0, lt=100)
    code: str = Field(pattern="^[A-Z]{2}$")
    kind: Literal["good", "bad"] | None


GOOD: Mapping[str, list[object]] = {"number": [1, 2], "code": ["AA", "BB"], "kind": ["good", None]}
BAD: Mapping[str, list[object]] = {
    "number": [1, -1, 100, None, 5],
    "code": ["AA", "b", "CC", "DD", "EE"],
    "kind": ["good", "ugly", None, None, "bad"],
}
PLACES = ["out.parquet", "out.csv", "out.ndjson", "out.arrow", "parts/", "folder/", None]


@pytest.fixture(params=PLACES, ids=lambda place: str(place or "memory").strip("/"))
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Dataset:
    return Dataset(
        "output",
        storage=None if request.param is None else lake(tmp_path).at(request.param),
        schema=Row,
        partition_by="number" if request.param == "parts/" else (),
    )


def write(root: Path, output: Dataset, rows: Mapping[str, list[object]], *, fuse: bool) -> None:
    assert output.table is not None
    frame = pl.LazyFrame(rows, schema=output.table.dtypes)
    summary = Dataset("summary", storage=lake(root).at("summary.parquet"))

    @local.task
    def make() -> Annotated[pl.LazyFrame, output]:
        return frame

    @local.task
    def count(given: Annotated[pl.LazyFrame, output]) -> Annotated[pl.LazyFrame, summary]:
        return given.select(pl.len())

    run_tasks(root, make, count, fuse=fuse)


@pytest.mark.parametrize("fuse", [True, False])
def test_rows_that_break_rules_publish_nothing_and_are_counted_by_rule(
    fuse: bool, output: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(ExecutionError) as failure:
        write(tmp_path, output, BAD, fuse=fuse)
    assert failure.value.codes == ("GLC504",)
    problem = failure.value.problems[0]
    assert problem.dataset == "output"
    assert "3 of 5 rows" in problem.message
    for named in (
        "number: ge=0 (1)",
        "number: lt=100 (1)",
        "number: not null (1)",
        "code: pattern=^[A-Z]{2}$ (1)",
        "kind: one of 'good', 'bad' (1)",
    ):
        assert named in problem.message
    shown = [path for path in (tmp_path / "data/lake").iterdir() if path.name != "_glacier"]
    assert shown == []
    if output.storage is not None:
        assert current_version(output.storage, tmp_path) is None


@pytest.mark.parametrize("fuse", [True, False])
def test_the_version_before_stands(fuse: bool, output: Dataset, tmp_path: Path) -> None:
    write(tmp_path, output, GOOD, fuse=fuse)
    files = {
        path: path.read_bytes()
        for path in (tmp_path / "data/lake").rglob("*")
        if path.is_file() and path.name != "lock"
    }
    with pytest.raises(ExecutionError, match="GLC504"):
        write(tmp_path, output, BAD, fuse=fuse)
    assert {path: path.read_bytes() for path in files} == files
    write(tmp_path, output, GOOD, fuse=fuse)


def test_a_rule_that_breaks_anywhere_in_a_group_publishes_none_of_its_outputs(
    tmp_path: Path,
) -> None:
    bucket = lake(tmp_path)
    first = Dataset("first", storage=bucket.at("first.parquet"), schema=Row)
    second = Dataset("second", storage=bucket.at("second.parquet"), schema=Row)

    @local.task
    def make() -> Annotated[pl.LazyFrame, first]:
        assert first.table is not None
        return pl.LazyFrame(GOOD, schema=first.table.dtypes)

    @local.task
    def spoil(given: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, second]:
        return given.with_columns(pl.col("number") - 2)

    with pytest.raises(ExecutionError, match="'second'") as failure:
        run_tasks(tmp_path, make, spoil)
    assert failure.value.codes == ("GLC504",)
    assert not (tmp_path / "data/lake/first.parquet").exists()
    with pytest.raises(ExecutionError, match="'second'"):
        run_tasks(tmp_path, make, spoil, fuse=False)
    assert (tmp_path / "data/lake/first.parquet").exists(), "apart, the first is a group of its own"


def test_broken_rules_of_several_outputs_are_reported_at_once(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    first = Dataset("first", storage=bucket.at("first.parquet"), schema=Row)
    second = Dataset("second", storage=bucket.at("second.parquet"), schema=Row)

    @local.task
    def make() -> tuple[Annotated[pl.LazyFrame, first], Annotated[pl.LazyFrame, second]]:
        assert first.table is not None
        frame = pl.LazyFrame(BAD, schema=first.table.dtypes)
        return frame, frame

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, make)
    assert [problem.dataset for problem in failure.value.problems] == ["first", "second"]


def test_broken_rules_are_not_retried(tmp_path: Path) -> None:
    output = Dataset("output", schema=Row)
    calls = []

    @local.task(retries=3)
    def make() -> Annotated[pl.LazyFrame, output]:
        calls.append(1)
        assert output.table is not None
        return pl.LazyFrame(BAD, schema=output.table.dtypes)

    with pytest.raises(ExecutionError, match="GLC504"):
        run_tasks(tmp_path, make)
    assert calls == [1]


def test_rules_hold_for_eager_outputs(tmp_path: Path) -> None:
    output = Dataset("output", storage=lake(tmp_path).at("out.parquet"), schema=Row)

    @local.task
    def make() -> Annotated[pl.DataFrame, output]:
        assert output.table is not None
        return pl.DataFrame(BAD, schema=output.table.dtypes)

    with pytest.raises(ExecutionError, match="3 of 5 rows"):
        run_tasks(tmp_path, make)


def test_rules_hold_for_data_in_memory_that_only_its_own_group_reads(tmp_path: Path) -> None:
    hidden = Dataset("hidden", schema=Row)
    shown = Dataset("shown", storage=lake(tmp_path).at("shown.parquet"))

    @local.task
    def make() -> Annotated[pl.LazyFrame, hidden]:
        assert hidden.table is not None
        return pl.LazyFrame(BAD, schema=hidden.table.dtypes)

    @local.task
    def filter_rows(given: Annotated[pl.LazyFrame, hidden]) -> Annotated[pl.LazyFrame, shown]:
        return given.filter(pl.col("number") == 1)

    with pytest.raises(ExecutionError, match="'hidden'") as failure:
        run_tasks(tmp_path, make, filter_rows)
    assert "number: ge=0 (1)" in str(failure.value)


@pytest.mark.parametrize("fuse", [True, False])
def test_a_key_that_occurs_twice_publishes_nothing(
    fuse: bool, output: Dataset, tmp_path: Path
) -> None:
    keyed = replace(output, unique=[("code", "kind"), ("number",)])
    write(tmp_path, keyed, {**GOOD, "code": ["AA", "AA"], "kind": [None, "good"]}, fuse=fuse)

    with pytest.raises(ExecutionError) as failure:
        write(tmp_path, keyed, {**GOOD, "code": ["AA", "AA"], "kind": [None, None]}, fuse=fuse)
    assert failure.value.codes == ("GLC504",)
    assert "2 of 2 rows" in failure.value.problems[0].message
    assert "code, kind: unique (2)" in failure.value.problems[0].message
    assert "number: unique" not in failure.value.problems[0].message


@pytest.mark.parametrize(
    ("annotation", "twice", "once"),
    [
        (float, [0.0, -0.0, 1.0], [0.0, 1.0]),
        (float, [float("nan"), float("nan")], [float("nan"), 1.0]),
        (Annotated[Decimal, Field(max_digits=9, decimal_places=2)], [Decimal("1.5")] * 2, [1, 2]),
        (Literal["a", "b"], ["a", "b", "a"], ["b", "a"]),
        (Annotated[Literal["a", "b"], pl.Enum], ["a", "a"], ["b", "a"]),
        (Annotated[str, pl.Categorical], ["a", "a"], ["b", "a"]),
        (
            datetime | None,
            [None, None],
            [None, datetime(2013, 1, 1)],  # noqa: DTZ001 (a column without a zone)
        ),
        (bool, [True, True], [True, False]),
        (bytes, [b"a", b"a"], [b"a", b"b"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["raise", "quarantine", "warn"])
def test_a_key_may_be_of_any_plain_dtype(
    annotation: Any, twice: list[object], once: list[object], mode: OnViolation, tmp_path: Path
) -> None:
    schema = create_model("Keyed", x=(annotation, ...))
    keyed = Dataset("keyed", schema=schema, unique="x", on_violation=mode)
    rows: list[object] = once

    @local.task
    def make() -> Annotated[pl.LazyFrame, keyed]:
        assert keyed.table is not None
        return pl.LazyFrame({"x": rows}, schema=keyed.table.dtypes)

    unique = run_tasks(tmp_path, make)[keyed]
    assert (unique.rows, unique.violations.get("x: unique")) == (len(once), None)
    rows = twice
    if mode == "raise":
        with pytest.raises(ExecutionError, match=r"x: unique \(2\)"):
            run_tasks(tmp_path, make)
    else:
        made = run_tasks(tmp_path, make)[keyed]
        assert made.violations["x: unique"] == 2
        assert made.rows == len(twice) - (2 if mode == "quarantine" else 0)


def test_a_table_without_rows_breaks_no_rule(output: Dataset, tmp_path: Path) -> None:
    write(tmp_path, output, {"number": [], "code": [], "kind": []}, fuse=True)


def test_large_counts_are_exact_and_readable(tmp_path: Path) -> None:
    class Positive(BaseModel):
        n: int = Field(gt=0)

    positive = Dataset("positive", storage=lake(tmp_path).at("positive.parquet"), schema=Positive)

    @local.task
    def make() -> Annotated[pl.LazyFrame, positive]:
        numbers = pl.int_range(300_000, eager=True, dtype=pl.Int64).alias("n")
        return numbers.to_frame().lazy().with_columns(pl.col("n") - 123_456)

    with pytest.raises(ExecutionError, match=r"123,457 of 300,000 rows .* gt=0 \(123,457\)"):
        run_tasks(tmp_path, make)
