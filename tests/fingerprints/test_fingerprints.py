"""Fingerprints beside code: parameters, inputs, what datasets declare, libraries; and which tasks have none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Previous, Provider, Secret, SourceMetadata
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import Code, ExecutionError
from glacier_runtime.fingerprints import origins
from glacier_runtime.fingerprints.currency import is_cacheable
from glacier_runtime.fingerprints.differences import differences
from glacier_runtime.fingerprints.fingerprinting import Unknown, fingerprint
from glacier_runtime.fingerprints.inputs import origin_identity, source_identity
from glacier_runtime.fingerprints.origins import is_project, version_of
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.tasks import Task
from tests.fingerprints.projects import FILES, changed, known

provider = Provider(config=LocalConfig())
local, lake = provider.local(), provider.bucket("lake")


class Row(BaseModel):
    n: Annotated[int, Field(ge=0)]


def dataset(name: str, **options: Any) -> Dataset:
    return Dataset(name, **{"storage": lake.at(f"{name}.parquet"), "schema": Row, **options})


raw, other = dataset("raw", source=True), dataset("other", source=True)
made, kept = dataset("made"), dataset("kept", storage=None)


def found(
    task: Task[..., object], params: dict[str, object] | None = None, **inputs: str
) -> Fingerprint:
    given = {each.name: "1" for each in task.reads}
    result = fingerprint(task, params or {}, {**given, **inputs})
    assert isinstance(result, Fingerprint), result
    return result


@local.task
def take(
    rows: Annotated[pl.LazyFrame, raw], since: date, top: int = 3
) -> Annotated[pl.LazyFrame, made]:
    return rows.filter(pl.lit(since) > pl.lit(top))


def test_a_run_parameter_is_told_by_its_name() -> None:
    before = found(take, {"since": date(2024, 1, 1), "top": 3})
    now = found(take, {"since": date(2024, 1, 2), "top": 3})

    assert differences(before, now) == ("parameter since changed",)


def test_parameters_that_a_task_does_not_take_are_not_looked_at() -> None:
    assert found(take, {"top": 3, "more": 1}) == found(take, {"top": 3, "more": 2})


def test_a_day_is_no_text_though_both_are_written_alike() -> None:
    assert found(take, {"since": date(2024, 1, 1)}) != found(take, {"since": "2024-01-01"})


def test_no_value_of_a_parameter_stands_in_a_fingerprint() -> None:
    assert "2024" not in found(take, {"since": date(2024, 1, 1)}).model_dump_json()


def test_an_input_is_told_by_its_name() -> None:
    assert differences(found(take), found(take, raw="2")) == ("input raw changed",)


def test_an_input_of_which_nothing_is_known_makes_the_fingerprint_unknown() -> None:
    result = fingerprint(take, {}, {})

    assert isinstance(result, Unknown)
    assert "whether raw has changed cannot be known" in result.reason


def test_a_secret_counts_by_its_name() -> None:
    def named(name: str) -> Task[..., object]:
        def call(
            rows: Annotated[pl.LazyFrame, raw], token: Annotated[str, Secret(name)]
        ) -> Annotated[pl.LazyFrame, made]:
            return rows.with_columns(t=pl.lit(token))

        return local.task(name="call")(call)

    assert found(named("one")) == found(named("one"), {"token": "hunter2"})
    assert "parameter token changed" in differences(found(named("one")), found(named("two")))


def test_arguments_that_take_each_others_dataset_are_seen() -> None:
    def left(
        a: Annotated[pl.LazyFrame, raw], b: Annotated[pl.LazyFrame, other]
    ) -> Annotated[pl.LazyFrame, made]:
        return a.join(b, on="n")

    def right(
        a: Annotated[pl.LazyFrame, other], b: Annotated[pl.LazyFrame, raw]
    ) -> Annotated[pl.LazyFrame, made]:
        return a.join(b, on="n")

    one, two = (found(local.task(name="join")(each)) for each in (left, right))

    assert one.declared != two.declared


DECLARED = {
    "a dtype": {"schema": type("Row", (BaseModel,), {"__annotations__": {"n": float}})},
    "a rule": {"schema": type("Row", (BaseModel,), {"__annotations__": {"n": int}})},
    "a key": {"unique": "n"},
    "what becomes of broken rows": {"on_violation": "warn"},
    "rejects": {"on_violation": "quarantine", "quarantine": lake.at("rejects.parquet")},
    "the format": {"storage": lake.at("made.arrow")},
    "partitions": {"storage": lake.at("made/"), "partition_by": "n"},
    "the place": {"storage": lake.at("elsewhere.parquet")},
    "the bucket": {"storage": provider.bucket("sea").at("made.parquet")},
}


@pytest.mark.parametrize("options", DECLARED.values(), ids=DECLARED)
def test_what_an_output_declares_is_told(options: dict[str, Any]) -> None:
    def making(output: Dataset) -> Task[..., object]:
        def make(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, output]:
            return rows

        return local.task(make)

    before, now = found(making(dataset("made"))), found(making(dataset("made", **options)))

    assert "declaration of made changed" in differences(before, now)


def test_a_description_is_no_declaration() -> None:
    def making(output: Dataset) -> Task[..., object]:
        def make(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, output]:
            return rows

        return local.task(make)

    before, now = (found(making(dataset("made", description=text))) for text in ("a", "b"))

    assert before == now


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give a function that installs a version of a library `shelves`, whose distribution is called otherwise."""
    site = tmp_path / "site-packages"

    def install(version: str) -> None:
        info = site / "Bookcase-1.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (site / "shelves.py").write_text("def put(n):\n    return n\n")
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: Bookcase\nVersion: {version}\n"
        )
        (info / "top_level.txt").write_text("shelves\n")
        (info / "RECORD").write_text("shelves.py,,\n")
        forget()

    def forget() -> None:
        for each in (
            version_of,
            origins._distribution_of,
            origins._is_installed_at,
            origins._holds_distributions,
        ):
            each.cache_clear()
        sys.modules.pop("shelves", None)

    monkeypatch.syspath_prepend(site)
    yield install
    forget()


def test_another_version_of_a_library_that_code_uses_is_told(
    tmp_path: Path, library: Callable[[str], None]
) -> None:
    files = changed("import re\n", "import re\nimport shelves\n", module="deep")
    files["deep"] = files["deep"].replace("column * by", "shelves.put(column * by)")
    library("1.0")
    before = known(tmp_path / "before", files)
    library("1.1")

    assert differences(before, known(tmp_path / "now", files)) == ("Bookcase 1.0 → 1.1",)
    assert not is_project("shelves")


def test_a_distribution_brings_what_python_says_that_it_does() -> None:
    installed = list(metadata.distributions())

    for library, names in list(metadata.packages_distributions().items())[:40]:
        brought = {each.metadata["Name"] for each in installed if origins._brings(each, library)}
        assert brought == set(names)


def test_code_of_the_project_is_known_without_reading_what_is_installed(
    tmp_path: Path, library: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    library("1.0")
    monkeypatch.setattr(origins, "_brings", lambda *_: pytest.fail("all of it was read"))

    assert known(tmp_path / "project", FILES).code


def test_another_python_is_told_alone() -> None:
    before = Fingerprint(code={"a.b": "code:1"}, libraries={"Python": "3.11"})
    now = Fingerprint(code={"a.b": "code:2"}, libraries={"Python": "3.12"})

    assert differences(before, now) == ("Python 3.11 → 3.12",)


def test_what_was_never_made_says_so() -> None:
    assert differences(None, Fingerprint()) == ("never made",)
    assert differences(Fingerprint(), Fingerprint()) == ()


def test_differences_name_everything_that_came_and_went() -> None:
    before = Fingerprint(
        code={"a.f": "code:1", "a.N": "value:1", "a.g": "code:1"},
        parameters={"old": "1"},
        inputs={"gone": "1"},
        declared={"same": "1"},
        libraries={"numpy": "1"},
    )
    now = Fingerprint(
        code={"a.f": "code:2", "a.M": "value:1", "a.h": "code:1"},
        parameters={"new": "1"},
        inputs={"came": "1"},
        declared={"same": "2"},
        libraries={"pandas": "2"},
    )

    assert differences(before, now) == (
        "code of a.f changed",
        "now uses a.M",
        "now calls a.h",
        "no longer uses a.N",
        "no longer calls a.g",
        "parameter new is new",
        "parameter old is gone",
        "input came is new",
        "input gone is gone",
        "declaration of same changed",
        "no longer uses numpy 1",
        "now uses pandas 2",
    )


def _read(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, made]:
    return rows


def _nothing() -> Annotated[pl.LazyFrame, made]:
    return pl.LazyFrame()


def _memory(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, kept]:
    return rows


def _previous(
    rows: Annotated[pl.LazyFrame, raw], old: Previous[Annotated[pl.LazyFrame, made]]
) -> Annotated[pl.LazyFrame, made]:
    return pl.concat([rows, old])


def _none(rows: Annotated[pl.LazyFrame, raw]) -> None:
    rows.collect()


@pytest.mark.parametrize(
    ("function", "cache", "reason"),
    [
        (_read, None, None),
        (_read, True, None),
        (_read, False, "it says cache=False"),
        (_nothing, None, "it reads no dataset"),
        (_nothing, True, None),
        (_previous, None, "it reads made of the run before"),
        (_previous, True, None),
        (_memory, None, "kept is kept in memory only"),
        (_memory, True, "kept is kept in memory only"),
        (_none, True, "it makes no dataset"),
    ],
)
def test_a_task_that_always_runs_says_why(
    function: Callable[..., object], cache: bool | None, reason: str | None
) -> None:
    said = is_cacheable(local.task(cache=cache)(function))

    assert said is None if reason is None else str(said).startswith(reason)


def _replace(file: Path) -> None:
    import os

    times, new = file.stat(), file.with_name("new")
    new.write_text("bbbb")
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(file)


EDITS: dict[str, Callable[[Path], object]] = {
    "another size": lambda file: file.write_text("longer"),
    "another content of the same size": lambda file: file.write_text("bbbb"),
    "a file of the same size and time in its place": _replace,
    "no file": lambda file: file.unlink(),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_file_that_somebody_changed_is_another_source(
    tmp_path: Path, edit: Callable[[Path], object]
) -> None:
    file, store = tmp_path / "a.csv", LocalStore(tmp_path)
    file.write_text("aaaa")
    before = source_identity(store, ["a.csv"])
    assert source_identity(store, ["a.csv"]) == before

    edit(file)  # at once: the clock of the file system may not have ticked since

    assert source_identity(store, ["a.csv"]) != before


def test_another_file_is_another_source(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("aaaa")
    store = LocalStore(tmp_path)

    assert source_identity(store, ["a.csv"]) != source_identity(store, ["a.csv", "b.csv"])
    assert source_identity(store, ["a.csv", "b.csv"]) == source_identity(store, ["b.csv", "a.csv"])


@dataclass
class Numbers:
    """A source without a word on its state."""

    version: object = "1"

    def scan(self) -> pl.LazyFrame:
        return pl.LazyFrame({"n": [1]})

    def get_metadata(self) -> SourceMetadata:
        return SourceMetadata(kind="computed", location="memory")


class Versioned(Numbers):
    def fingerprint(self) -> str:
        return self.version  # type: ignore[return-value]


def test_an_object_that_gives_rows_is_known_by_what_it_says() -> None:
    assert origin_identity(Versioned("1")) == origin_identity(Versioned("1"))
    assert origin_identity(Versioned("1")) != origin_identity(Versioned("2"))
    assert origin_identity(Numbers()) is None


def test_an_object_that_says_no_text_is_refused() -> None:
    with pytest.raises(ExecutionError) as caught:
        origin_identity(Versioned(7))

    assert [problem.code for problem in caught.value.problems] == [Code.BAD_SOURCE_FINGERPRINT]


def test_the_code_of_an_object_that_gives_rows_counts() -> None:
    numbers = Dataset("numbers", source=Versioned("1"), schema=Row)

    @local.task
    def copy(rows: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, made]:
        return rows

    assert f"{__name__}.Numbers.scan" in found(copy).code


def test_the_code_of_the_model_of_a_document_counts() -> None:
    class Settings(BaseModel):
        n: int

    document = Dataset("document", storage=lake.at("document.json"), schema=Settings, source=True)

    @local.task
    def copy(given: Annotated[Settings, document]) -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [given.n]})

    assert any("Settings" in key for key in found(copy).code)
