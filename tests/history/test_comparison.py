"""How one run differs from another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from glacier_runtime.errors import ExecutionError
from glacier_runtime.history.comparison import RunDifference, compare_runs
from glacier_runtime.history.documents import LoggedColumn, MadeEntry
from glacier_runtime.history.reading import find_run
from glacier_runtime.history.records import RunRecord, TaskOutcome
from glacier_runtime.storage.records import Fingerprint
from tests.history.recorded import execute, numbers_pipeline, quiet

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record(run: str, **more: object) -> RunRecord:
    return RunRecord.model_validate({"run": run, "status": "done", "started_at": NOON} | more)


def differences(before: dict[str, object], after: dict[str, object]) -> RunDifference:
    return compare_runs(record("r1", **before), record("r2", **after))


@pytest.fixture
def changed(tmp_path: Path) -> RunDifference:
    """Two real runs: other parameters, one more row, which breaks a rule, and a column of another name."""
    pipeline = numbers_pipeline(tmp_path)
    execute(pipeline, tmp_path, quiet(tmp_path), rows=3)
    execute(pipeline, tmp_path, quiet(tmp_path), rows=4, least=-1, column="double")
    return compare_runs(find_run(tmp_path, "latest~1"), find_run(tmp_path, "latest"))


def test_parameters_that_differ_are_named(changed: RunDifference) -> None:
    assert {name: (item.before, item.after) for name, item in changed.params.items()} == {
        "rows": (3, 4),
        "least": (0, -1),
        "column": ("twice", "double"),
    }


def test_rows_columns_versions_and_broken_rules_of_datasets_are_held_together(
    changed: RunDifference,
) -> None:
    numbers, doubled = changed.datasets
    assert (numbers.rows.before, numbers.rows.after) == (3, 4)
    assert (numbers.version.before, numbers.version.after) == (1, 2)
    assert {rule: item.after for rule, item in numbers.violations.items()} == {"n: ge=0": 1}
    assert numbers.columns == ()
    assert doubled.columns == ("twice is gone: Int64", "double is new: Int64")


def test_tasks_say_why_they_differ(changed: RunDifference) -> None:
    reasons = {item.task: item.reasons for item in changed.tasks}
    assert "parameter rows changed" in reasons["count"]
    assert reasons["double"] == ("parameter column changed",)


def test_a_run_differs_from_itself_in_nothing(tmp_path: Path) -> None:
    execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path))
    run = find_run(tmp_path)
    assert compare_runs(run, run).is_empty


def test_two_runs_of_the_same_differ_in_nothing_but_time_and_version(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    for _ in range(2):
        execute(pipeline, tmp_path, quiet(tmp_path))
    found = compare_runs(find_run(tmp_path, "latest~1"), find_run(tmp_path))
    assert found.params == {}
    assert [task for task in found.tasks if task.reasons] == []
    assert all(made.rows.before == made.rows.after for made in found.datasets)


def test_what_failed_and_what_was_not_reached_differs(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    execute(pipeline, tmp_path, quiet(tmp_path))
    with pytest.raises(ExecutionError):
        execute(pipeline, tmp_path, quiet(tmp_path), fail="boom")
    found = compare_runs(find_run(tmp_path, "latest~1"), find_run(tmp_path))
    assert found.status is not None
    assert (found.status.before, found.status.after) == ("done", "failed")
    [double] = [item for item in found.tasks if item.task == "double"]
    assert any("ran in the first run, failed in the second" in why for why in double.reasons)
    [doubled] = [item for item in found.datasets if item.name == "doubled"]
    assert (doubled.is_gone, doubled.is_new, doubled.rows.after) == (True, False, None)


def test_code_libraries_and_declarations_are_told_in_words() -> None:
    old = Fingerprint(
        code={"m.f": "code:1"}, libraries={"polars": "2.1.0"}, declared={"flights": "1"}
    )
    new = Fingerprint(
        code={"m.f": "code:2"}, libraries={"polars": "2.2.0"}, declared={"flights": "2"}
    )
    one, other = (
        {"tasks": (TaskOutcome(task="clean", outcome="ran", fingerprint=made_from),)}
        for made_from in (old, new)
    )
    [task] = differences(dict(one), dict(other)).tasks
    assert task.reasons == (
        "code of m.f changed",
        "declaration of flights changed",
        "polars 2.1.0 → 2.2.0",
    )


def test_which_attempt_made_an_input_is_no_news_if_a_run_made_it_itself() -> None:
    def with_inputs(**inputs: str) -> dict[str, object]:
        made_from = Fingerprint(inputs=inputs)
        task = TaskOutcome(task="clean", outcome="ran", fingerprint=made_from)
        return {"tasks": (task,), "datasets": {"made": MadeEntry(name="made", rows=1)}}

    before, after = with_inputs(raw="a", made="r1-001"), with_inputs(raw="b", made="r2-001")
    [task] = differences(before, after).tasks
    assert task.reasons == ("input raw changed",)


def test_tasks_that_only_one_run_has_are_named_with_their_partition() -> None:
    def with_day(day: str) -> dict[str, object]:
        return {"tasks": (TaskOutcome(task="clean", outcome="ran", partition=day),)}

    found = differences(with_day("day=1"), with_day("day=2"))
    assert [(item.partition, item.reasons) for item in found.tasks] == [
        ("day=1", ("only the first run has it",)),
        ("day=2", ("only the second run has it",)),
    ]


def test_dtypes_and_the_order_of_columns_differ() -> None:
    def with_columns(**dtypes: str) -> dict[str, object]:
        columns = tuple(LoggedColumn(name=name, dtype=dtype) for name, dtype in dtypes.items())
        return {"datasets": {"flights": MadeEntry(name="flights", columns=columns)}}

    found = differences(with_columns(a="Int64", b="String"), with_columns(b="String", a="Float64"))
    assert found.datasets[0].columns == ("a: Int64 → Float64", "the order is b, a")
