"""JSON documents: pydantic models and dicts, stored and in memory."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel, ConfigDict, Field

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError, StorageError
from glacier_runtime.storage.locations import Location
from tests.execution.local_runs import lake, local, run_tasks


class Inner(BaseModel):
    text: str
    price: Decimal


class Report(BaseModel):
    day: date
    moment: datetime
    inner: list[Inner]
    note: str | None = None


REPORT = Report(
    day=date(2024, 2, 29),
    moment=datetime(2024, 2, 29, 12, tzinfo=UTC),
    inner=[Inner(text='quo"te\né😀', price=Decimal("1.10"))],
)
seen = Dataset("seen", format="json")


@pytest.fixture(params=["memory", "stored"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Location | None:
    return None if request.param == "memory" else lake(tmp_path).at("out/report.json")


def test_a_model_comes_back_as_it_went_in(place: Location | None, tmp_path: Path) -> None:
    report = Dataset("report", storage=place, format="json", schema=Report)

    @local.task
    def write() -> Annotated[Report, report]:
        return REPORT

    @local.task
    def read(given: Annotated[Report, report]) -> Annotated[dict[str, object], seen]:
        return {"equal": given == REPORT, "type": type(given).__name__}

    result = run_tasks(tmp_path, write, read)
    assert result[seen].value == {"equal": True, "type": "Report"}
    assert result[report].value == REPORT
    assert result[report].rows is None


def test_a_model_may_be_read_as_a_dict(place: Location | None, tmp_path: Path) -> None:
    report = Dataset("report", storage=place, format="json", schema=Report)

    @local.task
    def write() -> Annotated[Report, report]:
        return REPORT

    @local.task
    def read(given: Annotated[dict[str, object], report]) -> Annotated[dict[str, object], seen]:
        return given

    value = run_tasks(tmp_path, write, read)[seen].value
    assert value == REPORT.model_dump(mode="json")


def test_a_dict_comes_back_as_it_went_in(place: Location | None, tmp_path: Path) -> None:
    facts = Dataset("facts", storage=place, format="json")
    content: dict[str, object] = {"a": [1, 2.5, None, True], "é": {"deep": 'quo"te\n'}, "": "empty"}

    @local.task
    def write() -> Annotated[dict[str, object], facts]:
        return content

    @local.task
    def read(given: Annotated[dict[str, object], facts]) -> Annotated[dict[str, object], seen]:
        return given

    assert run_tasks(tmp_path, write, read)[seen].value == content


def test_a_model_whose_fields_have_aliases_comes_back(
    place: Location | None, tmp_path: Path
) -> None:
    class Aliased(BaseModel):
        model_config = ConfigDict(extra="forbid")
        field: int = Field(alias="in-json")

    report = Dataset("report", storage=place, format="json", schema=Aliased)

    @local.task
    def write() -> Annotated[Aliased, report]:
        return Aliased.model_validate({"in-json": 7})

    @local.task
    def read(given: Annotated[Aliased, report]) -> Annotated[dict[str, object], seen]:
        return {"field": given.field}

    assert run_tasks(tmp_path, write, read)[seen].value == {"field": 7}


def test_what_one_reader_does_to_a_document_no_other_sees(
    place: Location | None, tmp_path: Path
) -> None:
    facts = Dataset("facts", storage=place, format="json")
    first, second = Dataset("first", format="json"), Dataset("second", format="json")

    @local.task
    def write() -> Annotated[dict[str, object], facts]:
        return {"n": 1}

    @local.task
    def spoil(given: Annotated[dict[str, object], facts]) -> Annotated[dict[str, object], first]:
        given["n"] = 2
        return given

    @local.task
    def read(given: Annotated[dict[str, object], facts]) -> Annotated[dict[str, object], second]:
        return given

    result = run_tasks(tmp_path, write, spoil, read)
    assert result[second].value == {"n": 1}
    assert result[facts].value == {"n": 1}


def test_a_stored_document_is_readable_json(tmp_path: Path) -> None:
    facts = Dataset("facts", storage=lake(tmp_path).at("facts.json"))

    @local.task
    def write() -> Annotated[dict[str, object], facts]:
        return {"a": 1}

    made = run_tasks(tmp_path, write)[facts]
    assert made.path is not None
    text = made.path.read_text(encoding="utf-8")
    assert json.loads(text) == {"a": 1}
    assert text.endswith("}\n")
    assert made.size_bytes == len(text)


def test_a_document_that_json_cannot_hold_is_the_fault_of_its_task(
    place: Location | None, tmp_path: Path
) -> None:
    facts = Dataset("facts", storage=place, format="json")

    @local.task
    def write() -> Annotated[dict[str, object], facts]:
        return {"a": object()}

    @local.task
    def read(given: Annotated[dict[str, object], facts]) -> Annotated[dict[str, object], seen]:
        return given

    with pytest.raises(ExecutionError, match="'write'"):
        run_tasks(tmp_path, write, read)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b"\xff\xfe", "cannot be read as json"),
        (b'{"day": "yesterday", "moment": "2024-01-01T00:00:00Z", "inner": []}', "day"),
        (b"{}", "Field required"),
    ],
)
def test_a_source_document_that_cannot_be_read_is_named(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "data/lake/report.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    report = Dataset("report", storage=lake(tmp_path).at("report.json"), schema=Report, source=True)

    @local.task
    def read(given: Annotated[Report, report]) -> Annotated[dict[str, object], seen]:
        return given.model_dump()

    with pytest.raises(StorageError, match=reason) as failure:
        run_tasks(tmp_path, read)
    assert failure.value.codes == ("GLC502",)
    assert str(path) in str(failure.value)


def test_documents_and_tables_meet_in_one_task(tmp_path: Path) -> None:
    settings = Dataset("settings", storage=lake(tmp_path).at("settings.json"))
    table = Dataset("table")

    @local.task
    def configure() -> (
        tuple[Annotated[dict[str, object], settings], Annotated[pl.LazyFrame, table]]
    ):
        return {"above": 1}, pl.LazyFrame({"n": [1, 2]})

    chosen = Dataset("chosen")

    @local.task
    def choose(
        given: Annotated[dict[str, object], settings], rows: Annotated[pl.LazyFrame, table]
    ) -> Annotated[pl.LazyFrame, chosen]:
        return rows.filter(pl.col("n") > pl.lit(given["above"]))

    assert run_tasks(tmp_path, configure, choose)[chosen].collect()["n"].to_list() == [2]
