"""Runs are found by what people call them, and whatever has become of their logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glacier_runtime.errors import Code, StorageError
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.events import RunFailed, RunFinished
from glacier_runtime.history.documents import parse_event
from glacier_runtime.history.files import LOG_NAME, log_folder
from glacier_runtime.history.reading import find_run, read_log, recent_runs, unfinished
from glacier_runtime.partitions import PartitionKey
from tests.history.recorded import execute, note, numbers_pipeline, quiet, started

ENDED = RunFinished("", 1.0)
FAILED = RunFailed("", 1.0, ValueError())


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three runs, of which the second failed."""
    pipeline = numbers_pipeline(tmp_path)
    for run, end in (
        ("20240101T000000Z-aa", ENDED),
        ("20240102T000000Z-ab", FAILED),
        ("20240103T000000Z-ba", ENDED),
    ):
        note(tmp_path, started(pipeline, run), end)
    return tmp_path


def test_the_newest_runs_come_first(history: Path) -> None:
    assert [(run.run[-2:], run.status) for run in recent_runs(history).runs] == [
        ("ba", "done"),
        ("ab", "failed"),
        ("aa", "done"),
    ]
    assert [run.run[-2:] for run in recent_runs(history, 2).runs] == ["ba", "ab"]


def test_of_runs_of_one_second_the_last_is_the_latest(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    for last in ("cc", "aa", "dd", "bb"):
        note(tmp_path, started(pipeline, f"20240101T000000Z-{last}"), ENDED)
    assert [find_run(tmp_path, f"latest~{back}").run[-2:] for back in range(4)] == [
        "bb",
        "dd",
        "aa",
        "cc",
    ]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (None, "20240103T000000Z-ba"),
        ("latest", "20240103T000000Z-ba"),
        ("latest~0", "20240103T000000Z-ba"),
        ("latest~2", "20240101T000000Z-aa"),
        ("20240102", "20240102T000000Z-ab"),
        ("20240102T000000Z-ab", "20240102T000000Z-ab"),
    ],
)
def test_a_run_is_found_by_its_id_its_beginning_or_its_place(
    named: str | None, found: str, history: Path
) -> None:
    assert find_run(history, named).run == found


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("latest~3", "no run 'latest~3' is in the history"),
        ("2024", "3 runs begin with '2024'"),
        ("1999", "no run '1999' is in the history"),
        ("../../etc", "no run '../../etc' is in the history"),
        ("latest~x", "no run 'latest~x' is in the history"),
    ],
)
def test_a_run_that_is_not_there_or_not_the_only_one_is_said(
    named: str, message: str, history: Path
) -> None:
    with pytest.raises(StorageError, match=message) as failure:
        find_run(history, named)
    assert failure.value.codes == (Code.RUN_UNKNOWN.code,)


def test_an_id_that_begins_another_one_is_itself(history: Path) -> None:
    pipeline = numbers_pipeline(history)
    note(history, started(pipeline, "20240102T000000Z-abc"), ENDED)
    assert find_run(history, "20240102T000000Z-ab").run == "20240102T000000Z-ab"


def test_the_last_run_that_did_not_finish_is_the_one_to_go_on_with(history: Path) -> None:
    left = unfinished(history, "doubling")
    # The third run had the same parameters, and it finished: nothing is left of the second.
    assert left is None
    pipeline = numbers_pipeline(history)
    note(history, started(pipeline, "20240104T000000Z-x", params={"rows": 9}), FAILED)
    left = unfinished(history, "doubling")
    assert left is not None
    assert (left.run, left.params) == ("20240104T000000Z-x", {"rows": 9})


def test_a_run_that_another_went_on_with_is_left_to_that_one(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    note(tmp_path, started(pipeline, "r1", params={"rows": 9}), FAILED)
    note(tmp_path, started(pipeline, "r2", params={"rows": 9}, resumes="r1"), FAILED)
    left = unfinished(tmp_path, "doubling")
    assert left is not None
    assert left.run == "r2"
    note(tmp_path, started(pipeline, "r3", params={"rows": 9}, resumes="r2"), ENDED)
    assert unfinished(tmp_path, "doubling") is None


def test_a_backfill_that_stopped_is_not_forgotten_over_a_daily_run(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    task = pipeline.tasks[0]
    days = [PartitionKey((("day", f"2024-01-0{day}"),)) for day in (1, 2, 3)]
    backfill = tuple(Decision(task, True, "missing", day) for day in days)
    daily = (Decision(task, True, "missing", days[2]),)
    note(tmp_path, started(pipeline, "r1", decisions=backfill), FAILED)
    note(tmp_path, started(pipeline, "r2", decisions=daily), ENDED)
    left = unfinished(tmp_path, "doubling")
    assert left is not None
    assert left.run == "r1"
    assert left.partitions == ("day=2024-01-01", "day=2024-01-02", "day=2024-01-03")


def test_one_log_that_is_lost_does_not_hide_the_others(history: Path) -> None:
    log_of = {
        name: log_folder(history, name) / LOG_NAME
        for name in ("20240101T000000Z-aa", "20240102T000000Z-ab")
    }
    lost, empty = log_of.values()
    lost.unlink()
    lost.mkdir()
    empty.write_bytes(b"")
    found = recent_runs(history)
    assert [run.run[-2:] for run in found.runs] == ["ba"]
    assert {(Path(item.path).parent.name[-2:], item.fault) for item in found.damage} == {
        ("aa", "Is a directory"),
        ("ab", "the beginning of the run is not there"),
    }
    with pytest.raises(StorageError, match="cannot be read: the beginning of the run is not there"):
        find_run(history, "20240102")


def test_a_line_of_a_later_version_is_said_to_be_none(history: Path) -> None:
    log = log_folder(history, "20240103T000000Z-ba") / LOG_NAME
    first, last = log.read_bytes().splitlines()
    log.write_bytes(b"\n".join([first, b'{"event":"slept","time":1}', last, b""]))
    record, [damage] = read_log(log)
    assert record is not None
    assert record.status == "done"
    assert damage.fault == "line 2 is no event of a run"


def test_fields_of_a_later_release_are_passed_over(history: Path) -> None:
    log = log_folder(history, "20240103T000000Z-ba") / LOG_NAME
    log.write_bytes(
        log.read_bytes().replace(b'{"format_version":1,', b'{"format_version":1,"new":{"a":[1]},')
    )
    record, damage = read_log(log)
    assert record is not None
    assert damage == ()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The log of a real run."""
    root = tmp_path_factory.mktemp("whole")
    result = execute(numbers_pipeline(root), root, quiet(root))
    return (log_folder(root, result.run) / LOG_NAME).read_bytes()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_left_of_a_log_is_read_and_never_more(
    data: st.DataObject, whole: bytes, tmp_path: Path
) -> None:
    """Bytes are cut out, overwritten and put in; each line that is still itself counts, and nothing is raised."""
    log = tmp_path / "damaged.jsonl"
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.sampled_from([0, 1, 5, 200, len(content)]))
        content[at : at + cut] = data.draw(st.binary(max_size=30))
    log.write_bytes(content)
    record, _ = read_log(log)
    intact = [line for line in whole.splitlines() if line in content.split(b"\n")]
    events = [parse_event(line).event for line in intact]
    if "run_started" in events and content.startswith(intact[0]):
        assert record is not None
        assert record.pipeline == "doubling"
        ended = "run_finished" in events
        assert record.status == "done" if ended else record.status in {"killed", "done", "failed"}
    if record is not None:
        assert len(record.datasets) <= 4
