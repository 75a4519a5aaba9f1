"""Sources: every file is looked at before anything runs, and every fault is reported at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel, create_model

from glacier_runtime import CsvFormat, Dataset
from glacier_runtime.errors import GlacierError, StorageError
from glacier_runtime.storage.formats import Format, FormatName
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import lake, local, run_tasks


class Pair(BaseModel):
    a: int | None
    b: str | None


PAIRS = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
KINDS: dict[str, FormatName] = {
    "parquet": "parquet",
    "arrow": "ipc",
    "csv": "csv",
    "ndjson": "ndjson",
}
out = Dataset("out", schema=Pair)


def put(root: Path, path: str, content: str | bytes | pl.DataFrame) -> Path:
    """Put a file into the bucket, in the format of its suffix."""
    target = root / "data/lake" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        target.write_text(content)
    elif isinstance(content, bytes):
        target.write_bytes(content)
    elif target.suffix == ".parquet":
        content.write_parquet(target)
    elif target.suffix == ".arrow":
        content.write_ipc(target)
    elif target.suffix == ".csv":
        content.write_csv(target)
    else:
        content.write_ndjson(target)
    return target


def source(
    root: Path, path: str, kind: Format | FormatName | None = None, name: str = "pairs"
) -> Dataset:
    return Dataset(name, storage=lake(root).at(path), schema=Pair, format=kind, source=True)


def reader(pairs: Dataset) -> AnyTask:
    @local.task
    def read(given: Annotated[pl.LazyFrame, pairs]) -> Annotated[pl.LazyFrame, out]:
        return given

    return read


def rows(
    root: Path, path: str, kind: Format | FormatName | None = None
) -> list[tuple[object, ...]]:
    result = run_tasks(root, reader(source(root, path, kind)))
    return result[out].collect().rows()


def refused(root: Path, path: str, kind: Format | FormatName | None = None) -> GlacierError:
    """Run over a source that must be refused before any task is called."""
    called = []
    pairs = source(root, path, kind)

    @local.task
    def read(given: Annotated[pl.LazyFrame, pairs]) -> Annotated[pl.LazyFrame, out]:
        called.append(given)
        return given

    with pytest.raises(StorageError, match="'pairs'") as failure:
        run_tasks(root, read)
    assert called == []
    return failure.value


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_is_read_in_the_format_of_its_suffix(suffix: str, tmp_path: Path) -> None:
    put(tmp_path, f"pairs.{suffix}", PAIRS)
    assert rows(tmp_path, f"pairs.{suffix}") == PAIRS.rows()


@pytest.mark.parametrize("suffix", KINDS)
def test_a_folder_is_read_with_all_files_of_its_format_in_order(
    suffix: str, tmp_path: Path
) -> None:
    kind = KINDS[suffix]
    for number in (2, 1, 3):
        put(tmp_path, f"pairs/deep-{number}/p.{suffix}", PAIRS.with_columns(pl.col("a") * number))
    for stranger in ("README.md", "_SUCCESS", f".hidden.{suffix}", f"_tmp/p.{suffix}"):
        put(tmp_path, f"pairs/{stranger}", "not data")
    assert [a for a, _ in rows(tmp_path, "pairs/", kind)] == [1, 2, 2, 4, 3, 6]


@pytest.mark.parametrize("name", ["with space", "[x]", "{a,b}", "a*b?", "é😀", "%2F", "key=value"])
@pytest.mark.parametrize("suffix", KINDS)
def test_hostile_file_names_are_names_and_not_patterns(
    name: str, suffix: str, tmp_path: Path
) -> None:
    kind = KINDS[suffix]
    put(tmp_path, f"pairs/{name}/{name}.{suffix}", PAIRS)
    assert rows(tmp_path, "pairs/", kind) == PAIRS.rows()


def test_columns_that_are_not_declared_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "pairs/1.parquet", PAIRS.with_columns(extra=1))
    put(tmp_path, "pairs/2.parquet", PAIRS)
    put(
        tmp_path, "pairs/3.parquet", PAIRS.with_columns(other=pl.lit("x")).select("other", "b", "a")
    )
    assert rows(tmp_path, "pairs/") == [*PAIRS.rows()] * 3


@pytest.mark.parametrize("suffix", KINDS)
def test_files_of_a_folder_may_order_their_columns_as_they_like_or_are_refused(
    suffix: str, tmp_path: Path
) -> None:
    kind = KINDS[suffix]
    put(tmp_path, f"pairs/1.{suffix}", PAIRS)
    put(tmp_path, f"pairs/2.{suffix}", PAIRS.select("b", "a"))
    try:
        found = rows(tmp_path, "pairs/", kind)
    except GlacierError as error:
        assert_named(error, "pairs")
    else:
        assert found == [*PAIRS.rows()] * 2


def assert_named(error: GlacierError, name: str) -> None:
    assert {problem.dataset for problem in error.problems} == {name}


@pytest.mark.parametrize("path", ["pairs.parquet", "pairs/", "deep/down/pairs.csv"])
def test_a_source_that_is_not_there_is_missing(path: str, tmp_path: Path) -> None:
    error = refused(tmp_path, path)
    assert error.codes == ("GLC501",)
    assert str(tmp_path / "data/lake" / path.rstrip("/")) in str(error)
    assert not (tmp_path / "data").exists(), "a run without its data leaves no trace"


def test_a_folder_without_files_of_the_format_is_missing(tmp_path: Path) -> None:
    put(tmp_path, "pairs/notes.txt", "")
    error = refused(tmp_path, "pairs/")
    assert error.codes == ("GLC501",)
    assert "no parquet files" in str(error)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("pairs.parquet", b""),
        ("pairs.parquet", b"PAR1garbagePAR1"),
        ("pairs.parquet", b"\x00" * 1000),
        ("pairs.arrow", b"garbage"),
        ("pairs.csv", b""),
        ("pairs.ndjson", b"garbage\n"),
        ("pairs.ndjson", b'{"a": 1, "b": "x"}\n{"a": '),
        ("pairs.ndjson", b"[1, 2]\n"),
    ],
)
def test_a_file_that_is_no_file_of_its_format_is_refused(
    path: str, content: bytes, tmp_path: Path
) -> None:
    file = put(tmp_path, path, content)
    with pytest.raises(StorageError, match="'pairs'") as failure:
        rows(tmp_path, path)
    assert set(failure.value.codes) <= {"GLC502", "GLC503"}
    assert str(file) in str(failure.value)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "pairs.parquet/inner.parquet", PAIRS)
    with pytest.raises(StorageError, match="'pairs'") as failure:
        rows(tmp_path, "pairs.parquet")
    assert set(failure.value.codes) <= {"GLC501", "GLC502"}


Change = Callable[[pl.DataFrame], pl.DataFrame]


def cast(column: str, dtype: type[pl.DataType]) -> Change:
    return lambda frame: frame.with_columns(pl.col(column).cast(dtype))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda frame: frame.drop("b"), "lacks column 'b'"),
        (lambda frame: frame.rename({"b": "B"}), "lacks column 'b'"),
        (cast("a", pl.Float64), "column 'a' as Float64 instead of Int64"),
        (cast("a", pl.Int32), "column 'a' as Int32 instead of Int64"),
        (cast("b", pl.Categorical), "column 'b' as Categorical instead of String"),
    ],
)
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("alone", [True, False])
def test_other_columns_than_declared_are_refused(
    change: Change, fault: str, suffix: str, alone: bool, tmp_path: Path
) -> None:
    kind = KINDS[suffix]
    if alone:
        path, file = f"pairs.{suffix}", put(tmp_path, f"pairs.{suffix}", change(PAIRS))
    else:
        path, _ = "pairs/", put(tmp_path, f"pairs/1.{suffix}", PAIRS)
        file = put(tmp_path, f"pairs/2.{suffix}", change(PAIRS))
    error = refused(tmp_path, path, kind)
    assert error.codes == ("GLC503",)
    assert fault in str(error)
    assert str(file) in str(error)
    assert error.problems[0].column in {"a", "b"}


@pytest.mark.parametrize(
    "header", ["x,y", "a", "a;b", "A,B", "a,b2"], ids=lambda header: str(header).replace(";", "-")
)
@pytest.mark.parametrize("place", ["alone", "second of a folder"])
def test_a_csv_file_with_another_header_is_refused(header: str, place: str, tmp_path: Path) -> None:
    content = f"{header}\n{','.join('1' for _ in header.split(','))}\n"
    if place == "alone":
        path, file = "pairs.csv", put(tmp_path, "pairs.csv", content)
    else:
        path, _ = "pairs/", put(tmp_path, "pairs/1.csv", PAIRS)
        file = put(tmp_path, "pairs/2.csv", content)
    error = refused(tmp_path, path, "csv")
    assert set(error.codes) <= {"GLC502", "GLC503"}
    assert str(file) in str(error)


def test_a_csv_file_with_options_is_read_by_them(tmp_path: Path) -> None:
    put(tmp_path, "pairs.csv", "a;b\nNA;x\n2;NA\n")
    kind = CsvFormat(separator=";", null_values=("NA",))
    assert rows(tmp_path, "pairs.csv", kind) == [(None, "x"), (2, None)]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("pairs.csv", "a,b\n1,x\none,y\n"),
        ("pairs.csv", "a,b\n1.5,x\n"),
        ("pairs.csv", "a,b\n99999999999999999999,x\n"),
        ("pairs.csv", "a,b\n1,x,more\n"),
        ("pairs.ndjson", '{"a": 1, "b": "x"}\n{"a": "one", "b": "y"}\n'),
    ],
)
@pytest.mark.parametrize("fuse", [True, False])
def test_a_value_that_is_none_of_its_type_is_the_fault_of_the_source_and_not_of_the_task(
    path: str, content: str, fuse: bool, tmp_path: Path
) -> None:
    put(tmp_path, path, content)
    pairs = source(tmp_path, path)
    stored = Dataset("stored", storage=lake(tmp_path).at("stored.parquet"), schema=Pair)
    last = Dataset("last", storage=lake(tmp_path).at("last.parquet"), schema=Pair)

    @local.task
    def copy(given: Annotated[pl.LazyFrame, pairs]) -> Annotated[pl.LazyFrame, stored]:
        return given

    @local.task
    def copy_again(given: Annotated[pl.LazyFrame, stored]) -> Annotated[pl.LazyFrame, last]:
        return given

    with pytest.raises(StorageError, match="'pairs'") as failure:
        run_tasks(tmp_path, copy, copy_again, fuse=fuse)
    assert set(failure.value.codes) <= {"GLC502", "GLC503"}
    assert not (tmp_path / "data/lake/stored.parquet").exists()


@pytest.mark.parametrize("content", ['{"x": 1}\n', '{"a": 1}\n{"a": 2, "c": 1}\n'])
def test_json_objects_without_a_required_key_are_refused(content: str, tmp_path: Path) -> None:
    class Required(BaseModel):
        a: int
        b: str

    put(tmp_path, "required.ndjson", content)
    required = Dataset(
        "required", storage=lake(tmp_path).at("required.ndjson"), schema=Required, source=True
    )
    anything = Dataset("anything")

    @local.task
    def read(given: Annotated[pl.LazyFrame, required]) -> Annotated[pl.LazyFrame, anything]:
        return given

    with pytest.raises(StorageError, match="'required'"):
        run_tasks(tmp_path, read)


def test_json_objects_may_leave_out_what_may_be_null(tmp_path: Path) -> None:
    put(tmp_path, "pairs.ndjson", '{"a": 1}\n{"b": "x", "a": null}\n{}\n')
    assert rows(tmp_path, "pairs.ndjson") == [(1, None), (None, "x"), (None, None)]


def test_every_source_and_every_fault_is_reported_at_once_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    put(tmp_path, "broken.parquet", b"garbage")
    put(tmp_path, "wrong.parquet", pl.DataFrame({"a": [1.5], "c": [1]}))
    broken = source(tmp_path, "broken.parquet", name="broken")
    wrong = source(tmp_path, "wrong.parquet", name="wrong")
    missing = source(tmp_path, "missing.parquet", name="missing")
    stored = Dataset("stored", storage=lake(tmp_path).at("stored.parquet"), schema=Pair)
    before = sorted(tmp_path.rglob("*"))

    @local.task
    def join(
        one: Annotated[pl.LazyFrame, broken],
        two: Annotated[pl.LazyFrame, wrong],
        three: Annotated[pl.LazyFrame, missing],
    ) -> Annotated[pl.LazyFrame, stored]:
        return pl.concat([one, two, three])

    with pytest.raises(StorageError) as failure:
        run_tasks(tmp_path, join)
    assert sorted(failure.value.codes) == ["GLC501", "GLC502", "GLC503", "GLC503"]
    assert sorted(tmp_path.rglob("*")) == before


def hive_source(root: Path, key: str, dtype: type) -> Dataset:
    class Part(BaseModel):
        n: int

    fields: dict[str, Any] = {key: (dtype, ...)}
    return Dataset(
        "hive",
        storage=lake(root).at("hive/"),
        schema=create_model("Hive", __base__=Part, **fields),
        partition_by=key,
        source=True,
    )


@pytest.mark.parametrize(
    ("dtype", "spelled", "values"),
    [
        (str, ["x", "é%20y"], ["x", "é y"]),
        (int, ["1", "2"], [1, 2]),
        (date, ["2024-01-01", "2024-02-29"], [date(2024, 1, 1), date(2024, 2, 29)]),
    ],
)
def test_keys_that_stand_only_in_folder_names_are_columns(
    dtype: type, spelled: list[str], values: list[object], tmp_path: Path
) -> None:
    for number, text in enumerate(spelled):
        put(tmp_path, f"hive/key={text}/part.parquet", pl.DataFrame({"n": [number]}))
    hive = hive_source(tmp_path, "key", dtype)
    anything = Dataset("anything")

    @local.task
    def read(given: Annotated[pl.LazyFrame, hive]) -> Annotated[pl.LazyFrame, anything]:
        return given.filter(pl.col("key").is_not_null())

    found = run_tasks(tmp_path, read)[anything].collect().sort("n")
    assert found["key"].to_list() == values


def test_a_key_in_a_folder_name_that_is_none_of_its_type_is_the_fault_of_the_source(
    tmp_path: Path,
) -> None:
    put(tmp_path, "hive/key=one/part.parquet", pl.DataFrame({"n": [1]}))
    hive = hive_source(tmp_path, "key", int)
    anything = Dataset("anything")

    @local.task
    def read(given: Annotated[pl.LazyFrame, hive]) -> Annotated[pl.LazyFrame, anything]:
        return given

    with pytest.raises(StorageError, match="'hive'"):
        run_tasks(tmp_path, read)


def test_a_file_outside_of_a_key_folder_is_the_fault_of_the_source(tmp_path: Path) -> None:
    put(tmp_path, "hive/key=1/part.parquet", pl.DataFrame({"n": [1]}))
    put(tmp_path, "hive/stray.parquet", pl.DataFrame({"n": [2]}))
    hive = hive_source(tmp_path, "key", int)
    anything = Dataset("anything")

    @local.task
    def read(given: Annotated[pl.LazyFrame, hive]) -> Annotated[pl.LazyFrame, anything]:
        return given

    with pytest.raises(StorageError, match="'hive'") as failure:
        run_tasks(tmp_path, read)
    assert "stray.parquet" in str(failure.value)


@pytest.mark.parametrize("moment", ["while it is read", "while the task fails"])
def test_of_a_source_that_is_replaced_while_it_is_read_nothing_is_published(
    tmp_path: Path, moment: str
) -> None:
    put(tmp_path, "pairs.parquet", PAIRS)
    pairs = source(tmp_path, "pairs.parquet")
    made = Dataset("made", storage=lake(tmp_path).at("made.parquet"), schema=Pair)
    replaced = [False]

    @local.task
    def take(pairs: Annotated[pl.LazyFrame, pairs]) -> Annotated[pl.LazyFrame, made]:
        if replaced[0]:
            put(tmp_path, "pairs.parquet", PAIRS.reverse())
            if moment == "while the task fails":
                message = "the second half does not fit the first"
                raise ValueError(message)
        return pairs

    run_tasks(tmp_path, take)
    put(tmp_path, "pairs.parquet", PAIRS.head(1))  # so that the task has something to do
    replaced[0] = True
    with pytest.raises(
        StorageError, match=r"source 'pairs'.*was changed while it was read"
    ) as error:
        run_tasks(tmp_path, take)
    assert error.value.codes == ("GLC520",)
    assert pl.read_parquet(tmp_path / "data/lake/made.parquet").equals(PAIRS)

    replaced[0] = False
    run_tasks(tmp_path, take)
    assert pl.read_parquet(tmp_path / "data/lake/made.parquet").equals(PAIRS.reverse())


def test_a_file_whose_name_is_no_utf8_is_named(tmp_path: Path) -> None:
    folder = put(tmp_path, "pairs/a.parquet", PAIRS).parent
    (folder / "a.parquet").rename(folder / os.fsdecode(b"caf\xe9.parquet"))
    pairs = source(tmp_path, "pairs/")

    @local.task
    def take(pairs: Annotated[pl.LazyFrame, pairs]) -> Annotated[pl.LazyFrame, out]:
        return pairs

    with pytest.raises(StorageError, match=r"caf\\udce9\.parquet.*no UTF-8") as error:
        run_tasks(tmp_path, take)
    assert error.value.codes == ("GLC502",)


def test_a_project_in_a_folder_whose_name_is_no_utf8_is_refused(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"caf\xe9")
    pairs = source(root, "pairs.parquet")

    @local.task
    def take(pairs: Annotated[pl.LazyFrame, pairs]) -> Annotated[pl.LazyFrame, out]:
        return pairs

    with pytest.raises(StorageError, match=r"caf\\udce9.*no UTF-8") as error:
        run_tasks(root, take)
    assert error.value.codes == ("GLC102",)
    str(error.value).encode()
