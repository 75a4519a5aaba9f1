"""One task on data that a test gives: checked as in a run, and away from everything real."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset
from glacier_runtime.errors import (
    ExecutionError,
    InvalidPipelineError,
    ParameterError,
    TestingError,
)
from glacier_runtime.execution.processes.cancelling import Cancelling
from glacier_runtime.testing import Outputs, example_frame, run_task
from tests.testing_utilities.shop import (
    ORDERS,
    Order,
    RawOrder,
    Summary,
    add_up,
    clean,
    lake,
    letter,
    orders,
    raw_orders,
    rejects,
    small,
    sum_up,
    summary,
    totals,
    write,
)

DAY = date(2024, 1, 1)
_REASON = "Input should be a valid integer, unable to parse string as an integer"
PAID = {"id": 1, "day": DAY, "item": "cup", "price": 2.0}


def refused(task: Any, **given: Any) -> TestingError:
    with pytest.raises(TestingError) as caught:
        run_task(task, **given)
    return caught.value


def raw_frame() -> pl.DataFrame:
    return pl.DataFrame({"id": [1], "day": [DAY], "item": ["cup"], "price": [2.0]})


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": 1, "day": "2024-01-01", "item": "cup", "price": 2}],
        [RawOrder(id=1, day=DAY, item="cup", price=2.0, note=None)],
        raw_frame(),
        raw_frame().lazy(),
        raw_frame().with_columns(note=None),
        raw_frame().cast({"id": pl.UInt8, "price": pl.Int32}).select("price", "item", "day", "id"),
        ({"id": 1, "day": DAY, "item": "cup", "price": Decimal(2)},),
    ],
    ids=["dicts", "models", "frame", "lazy frame", "null column", "other widths", "decimal"],
)
def test_a_table_can_be_given_in_whatever_form_is_at_hand(rows: Any) -> None:
    outputs = run_task(clean, inputs={raw_orders: rows})

    assert outputs[orders].rows(named=True) == [PAID]
    assert outputs[orders].schema == orders.table.dtypes  # type: ignore[union-attr]
    assert outputs[rejects].is_empty()


@pytest.mark.parametrize(
    "key", [raw_orders, "raw_orders", "raw", Annotated[pl.LazyFrame, raw_orders]], ids=str
)
def test_an_input_is_named_by_its_dataset_its_name_its_alias_or_the_parameter(key: Any) -> None:
    assert run_task(clean, inputs={key: ORDERS})[orders].height == 2


def test_outputs_are_found_by_dataset_and_by_name() -> None:
    outputs = run_task(clean, inputs={raw_orders: ORDERS})

    assert outputs["rejects"].rows() == [(3, "no price")]
    assert outputs[rejects].equals(outputs["rejects"])
    assert outputs.datasets == (orders, rejects)
    assert [*outputs] == [orders, rejects]
    assert (orders in outputs, "rejects" in outputs, "totals" in outputs) == (True, True, False)
    assert repr(outputs) == "Outputs(orders: 2 rows, rejects: 1 row)"


@pytest.mark.parametrize(
    ("ask", "fix"),
    [
        (lambda made: made[totals], "made were: orders, rejects"),
        (lambda made: made["order"], "made were: orders, rejects"),
        (lambda made: made.frame, "made were: orders, rejects"),
        (lambda made: made.path(orders), "made were: orders, rejects"),
        (lambda made: made.document("x"), "made were: orders, rejects"),
    ],
)
def test_what_was_not_made_is_said_with_what_was(ask: Any, fix: str) -> None:
    outputs = run_task(clean, inputs={raw_orders: ORDERS})

    with pytest.raises(TestingError, match="GLC621") as caught:
        ask(outputs)
    assert caught.value.problems[0].fix == fix


def test_documents_and_parameters_of_every_kind_go_in_and_out() -> None:
    outputs = run_task(sum_up, inputs={"totals": [{"day": DAY, "price": 7}], orders: [PAID]})

    assert outputs.document(summary) == Summary(orders=1, price=7.0)
    with pytest.raises(TestingError, match=r"is a Summary, no table"):
        outputs[summary]


def test_files_stay_as_long_as_what_was_made_is_held() -> None:
    outputs = run_task(
        write, inputs={summary: {"orders": 2, "price": 1}}, secrets={"api-token": "abc"}
    )

    path = outputs.path(letter)
    assert path.read_text() == "2 orders, 3"
    del outputs
    assert not path.exists()


def test_a_task_is_given_the_version_before_apart_from_its_inputs() -> None:
    old = [{"day": "2023-12-31", "price": 4}]

    first = run_task(add_up, inputs={"paid": [PAID]})
    next_one = run_task(add_up, inputs={"paid": [PAID]}, previous={totals: old})

    assert first.frame["price"].to_list() == [2.0]
    assert next_one.frame["price"].to_list() == [4.0, 2.0]
    error = refused(add_up, inputs={"paid": [PAID], "old": old})
    assert error.codes == ("GLC621",)
    assert "in previous= under the key 'old'" in error.problems[0].fix


def test_parameters_are_validated_and_the_environment_gives_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLACIER_PARAM_FACTOR", "9")
    monkeypatch.setenv("GLACIER_PARAM_NOBODYS", "9")
    inputs = {"paid": [PAID, {**PAID, "day": date(2024, 1, 2)}]}

    late = run_task(add_up, inputs=inputs, params={"since": "2024-01-02", "factor": 3})

    assert late.frame.rows() == [(date(2024, 1, 2), 6.0)]
    for params, code in (({"sinc": DAY}, "GLC602"), ({"since": "soon"}, "GLC603")):
        with pytest.raises(ParameterError) as caught:
            run_task(add_up, inputs=inputs, params=params)
        assert caught.value.codes == (code,)


def test_secrets_are_given_by_the_test_and_never_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("API_TOKEN", "real")
    Path(".env").write_text("API_TOKEN=real\n")
    inputs = {summary: Summary(orders=1, price=1)}

    with pytest.raises(ParameterError) as caught:
        run_task(write, inputs=inputs)
    assert caught.value.codes == ("GLC606",)
    assert "in secrets= under the key 'api-token'" in caught.value.problems[0].fix
    assert refused(write, inputs=inputs, secrets={"signature": "x"}).codes == ("GLC621",)


def test_every_fault_of_what_is_given_is_reported_at_once() -> None:
    error = refused(clean, inputs={"raw": [{"id": "one", "itm": "cup"}], "orders": []})

    assert [problem.message.removesuffix(_REASON) for problem in error.problems] == [
        "what is given as dataset 'raw_orders' lacks columns 'day' (Date), 'item' (String) in row 0",
        "what is given as dataset 'raw_orders' has column 'id' with 'one' in row 0, which is no Int64: ",
        "what is given as dataset 'raw_orders' has column 'itm', which is not declared",
        "inputs= names 'orders', which is not read",
    ]
    assert error.problems[-1].fix == "known are: raw, raw_orders"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (raw_frame().drop("day", "id"), "lacks columns 'id' (Int64), 'day' (Date); it has item"),
        (raw_frame().with_columns(x=1), "has column 'x' (Int32), which is not declared"),
        (raw_frame().cast({"id": pl.String}), "has column 'id' as String instead of Int64"),
        (raw_frame().cast({"id": pl.Float64}), "has column 'id' as Float64 instead of Int64"),
        (raw_frame().with_columns(day=1), "has column 'day' as Int32 instead of Date"),
        ("orders.csv", "is a str, which is no table"),
        ({"id": [1]}, "is a dict, which is no table"),
        ([1, 2], "is a list, which is no table"),
        (None, "is a NoneType, which is no table"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_no_frame_of_the_dataset_is_refused(value: Any, fault: str) -> None:
    error = refused(clean, inputs={raw_orders: value})

    assert error.codes[0] == "GLC623"
    assert fault in error.problems[0].message
    assert error.problems[0].dataset == "raw_orders"


def test_an_input_that_is_not_given_is_named_with_who_reads_it() -> None:
    error = refused(sum_up, inputs={"paid": [PAID]})

    assert error.codes == ("GLC622",)
    assert "dataset 'totals', which 'sum_up' reads, is not given" in str(error)


def test_a_dataset_is_given_once() -> None:
    assert "gives dataset 'raw_orders' twice" in str(
        refused(clean, inputs={"raw": ORDERS, raw_orders: ORDERS})
    )


def test_rows_of_a_source_may_break_its_rules_as_they_may_outside() -> None:
    nameless = [{"id": 1, "day": DAY, "item": "", "price": 1}]

    assert run_task(clean, inputs={raw_orders: nameless})[orders].height == 1


def test_rows_that_another_task_makes_must_be_such_as_it_could_make() -> None:
    error = refused(
        sum_up, inputs={totals: [], orders: [{**PAID, "price": 0}, {**PAID, "id": None}]}
    )

    assert error.codes == ("GLC624",)
    assert "id: not null (1); price: gt=0 (1)" in error.problems[0].message


def test_rows_that_the_task_makes_must_keep_their_rules() -> None:
    with pytest.raises(ExecutionError) as caught:
        run_task(clean, inputs={raw_orders: [{**PAID, "id": 0}]})

    assert caught.value.codes == ("GLC504",)
    assert "id: ge=1 (1)" in str(caught.value)


class Number(BaseModel):
    """The least a table can hold."""

    n: int


numbers = Dataset("numbers", schema=Number)
others = Dataset("others", schema=Number, storage=lake.at("others.parquet"))


def test_columns_of_what_the_task_makes_must_be_the_declared_ones() -> None:
    @small.task
    def misspell() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"m": [1]})

    @small.task
    def drop(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, others]:
        return given.select("nn")

    for task, code in ((misspell, "GLC402"), (drop, "GLC401")):
        with pytest.raises(ExecutionError) as caught:
            run_task(task, inputs={numbers: [{"n": 1}]} if task is drop else {})
        assert caught.value.codes[0] == code


def test_what_the_task_raises_is_its_failure_and_is_tried_again_without_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Cancelling, "pause", lambda _, seconds: waited.append(seconds))
    calls = []

    @small.task(retries=2)
    def fail() -> Annotated[pl.LazyFrame, numbers]:
        calls.append(1)
        raise ValueError("no luck")

    with pytest.raises(ExecutionError, match="task 'fail' failed: ValueError: no luck") as caught:
        run_task(fail)

    assert isinstance(caught.value.__cause__, ValueError)
    assert len(calls) == 3
    assert waited == [0, 0]


def test_a_task_without_outputs_is_run_for_what_it_does() -> None:
    told = []

    @small.task
    def tell(given: Annotated[pl.DataFrame, numbers]) -> None:
        told.append(given["n"].sum())

    assert len(run_task(tell, inputs={numbers: [{"n": 1}, {"n": 2}]})) == 0
    assert told == [3]


def test_a_wrong_signature_is_reported_before_anything_runs() -> None:
    @small.task
    def wrong(it):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        raise AssertionError(it)

    with pytest.raises(InvalidPipelineError) as caught:
        run_task(wrong)
    assert set(caught.value.codes) == {"GLC201"}


def test_a_plain_function_is_no_task() -> None:
    assert "is no task" in str(refused(lambda: None))


class Colour(Enum):
    """A colour."""

    RED = "red"


class Inner(BaseModel):
    """A part of a row."""

    a: int
    b: str | None = None


class Wide(BaseModel):
    """A row with something of most kinds."""

    at: Annotated[datetime, pl.Datetime("us", "UTC")]
    price: Annotated[Decimal, pl.Decimal(8, 2)]
    colour: Colour
    inner: Inner
    many: list[int]
    small: Annotated[int, pl.Int8]


wide = Dataset("wide", schema=Wide, storage=lake.at("wide.parquet"), source=True)
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
ROW: dict[str, object] = {
    "at": NOON,
    "price": "1.50",
    "colour": Colour.RED,
    "inner": {"a": 1},
    "many": [1, 2],
    "small": 3,
}


@small.task
def show(rows: Annotated[pl.DataFrame, wide]) -> Annotated[pl.DataFrame, Dataset("shown")]:
    return rows


def test_values_of_every_kind_become_the_declared_dtypes() -> None:
    (row,) = run_task(show, inputs={wide: [ROW]}).frame.rows(named=True)

    assert row["at"] == NOON
    assert row["price"] == Decimal("1.50")
    assert row["colour"] == "red"
    assert row["inner"] == {"a": 1, "b": None}
    assert (row["many"], row["small"]) == ([1, 2], 3)
    models = [Wide.model_validate(ROW)]
    assert run_task(show, inputs={wide: models}).frame.rows(named=True) == [row]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"at": NOON.replace(tzinfo=None)}, "instead of Datetime(time_unit='us', time_zone='UTC')"),
        ({"price": "1.505"}, "more than 2 places"),
        ({"colour": "blue"}, "conversion from `str` to `enum` failed"),
        ({"many": ["x"]}, "with ['x'] in row 0"),
        ({"small": 300}, "which cannot be Int8"),
        ({"inner": 3}, "with 3 in row 0"),
    ],
    ids=lambda part: part if isinstance(part, str) else str(*part),
)
def test_a_value_that_would_have_to_change_is_refused(value: Any, fault: str) -> None:
    assert fault in str(refused(show, inputs={wide: [{**ROW, **value}]}))


def test_a_dataset_without_a_schema_takes_any_table() -> None:
    loose = Dataset("loose")

    @small.task
    def count(given: Annotated[pl.LazyFrame, loose]) -> Annotated[pl.LazyFrame, numbers]:
        return given.select(n=pl.len().cast(pl.Int64))

    assert run_task(count, inputs={loose: [{"a": 1}, {"a": 2, "b": "x"}]}).frame.item() == 2


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([1], "is a list, which is no document"),
        ({"orders": "many"}, "is no Summary: orders: Input should be a valid integer"),
    ],
)
def test_what_is_no_document_of_the_model_is_refused(value: Any, fault: str) -> None:
    assert fault in str(refused(write, inputs={summary: value}, secrets={"api-token": "x"}))


def test_files_are_given_as_a_path_of_the_right_kind(tmp_path: Path) -> None:
    scans = Dataset("scans", storage=lake.at("scans/"), format="files", source=True)

    @small.task
    def count(folder: Annotated[Path, scans]) -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [len(list(folder.iterdir()))]})

    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "one.png").write_bytes(b"1")

    assert run_task(count, inputs={scans: folder}).frame.item() == 1
    assert "which is not a folder" in str(refused(count, inputs={scans: folder / "one.png"}))
    assert "which is no path" in str(refused(count, inputs={scans: "scans"}))


def test_nothing_is_left_and_no_credentials_or_bindings_are_asked_for(tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))

    run_task(clean, inputs={raw_orders: example_frame(raw_orders)})

    assert sorted(tmp_path.rglob("*")) == before


def test_a_row_model_stands_for_its_rows() -> None:
    outputs = run_task(
        sum_up, inputs={totals: [], orders: [Order(id=1, day=DAY, item="x", price=1)]}
    )

    assert isinstance(outputs, Outputs)
    assert outputs.document("summary") == Summary(orders=1, price=0)
