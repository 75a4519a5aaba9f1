"""What was changed or removed behind Glacier's back is named, with a way out that works."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.versions import current_version
from tests.execution.local_runs import lake, run
from tests.storage.generations import fused_tables
from tests.storage.publishing import internal, publish_texts, text_of

NOT_RECORDS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'{"format_version": 99}',
    b"\xff\xfe\x00garbage",
    b'{"bucket": "lake", "commit": "x", "extra": 1}',
]


@pytest.fixture
def place(tmp_path: Path) -> Location:
    location = lake(tmp_path).at("file.json")
    publish_texts(tmp_path, "a1", {location: "old"})
    publish_texts(tmp_path, "a2", {location: "new"})
    return location


def overwrite(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def newest_ticket(place: Location, root: Path) -> Path:
    return internal(place, root) / "versions/0000000002.json"


def newest_commit(_: Location, root: Path) -> Path:
    return root / "data/lake/_glacier/commits/a2.json"


@pytest.mark.parametrize("record_of", [newest_ticket, newest_commit])
@pytest.mark.parametrize("content", NOT_RECORDS)
def test_a_garbage_record_is_named_and_once_deleted_the_version_before_counts(
    record_of: Callable[[Location, Path], Path], content: bytes, place: Location, tmp_path: Path
) -> None:
    record = record_of(place, tmp_path)
    overwrite(record, content)
    with pytest.raises(StorageError) as failure:
        current_version(place, tmp_path)
    assert failure.value.codes == ("GLC506",)
    assert str(record) in str(failure.value)
    assert "delete it" in failure.value.problems[0].fix
    record.unlink()
    assert text_of(place, tmp_path) == "old"


@pytest.mark.parametrize("content", [b"", b"ne", b"newer"])
def test_a_committed_file_of_another_size_is_damage(
    content: bytes, place: Location, tmp_path: Path
) -> None:
    file = internal(place, tmp_path) / "attempts/a2/file.json"
    overwrite(file, content)
    with pytest.raises(StorageError, match=f"has {len(content)} bytes instead of 3") as failure:
        current_version(place, tmp_path)
    assert failure.value.codes == ("GLC506",)
    assert str(file) in str(failure.value)


def test_a_committed_file_that_is_gone_is_damage(place: Location, tmp_path: Path) -> None:
    (internal(place, tmp_path) / "attempts/a2/file.json").unlink()
    with pytest.raises(StorageError, match="is gone") as failure:
        current_version(place, tmp_path)
    assert failure.value.codes == ("GLC506",)


def test_a_run_over_damaged_data_stops_before_it_starts_and_the_fix_mends_it(
    tmp_path: Path,
) -> None:
    shape = fused_tables(tmp_path)
    run(shape.pipeline, tmp_path, generation=1, rows=9)
    home = tmp_path / "data/lake/_glacier/nested/by_day"
    file = next(home.glob("attempts/*/by_day/day=1/*.parquet"))
    file.unlink()
    with pytest.raises(StorageError) as failure:
        run(shape.pipeline, tmp_path, generation=2, rows=9)
    assert "GLC506" in failure.value.codes
    fix = failure.value.problems[failure.value.codes.index("GLC506")].fix
    for named in re.findall(re.escape(str(tmp_path)) + r"[^\s,;]*", fix):
        shutil.rmtree(named)
    run(shape.pipeline, tmp_path, generation=3, rows=9)
    assert shape.visible() == [3, 3]
    assert shape.exposed() == [3, 3]
