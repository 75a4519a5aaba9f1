"""What a task in another process reads, takes and returns is what it would be in this one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime.errors import ExecutionError, StorageError
from glacier_runtime.execution.processes.workers import Workers
from tests.execution.processes import workloads
from tests.execution.processes.apart_runs import left_in, run_apart, write_numbers

TOKEN = "s3cr3t-t0k3n"


def stored(root: Path, name: str) -> bytes:
    return (root / "data" / "lake" / name).read_bytes()


def test_a_stored_dataset_is_read_and_written(tmp_path: Path, warm: Workers) -> None:
    write_numbers(tmp_path, [1, 2, 3])

    written = run_apart(workloads.double, tmp_path, workers=warm)

    assert [file.rows for file in written["doubled"].files] == [3]
    assert pl.read_parquet(stored(tmp_path, "doubled.parquet"))["n"].to_list() == [2, 4, 6]


def test_the_version_before_is_read(tmp_path: Path, warm: Workers) -> None:
    for values in ([1], [2], [3]):
        write_numbers(tmp_path, values)
        run_apart(workloads.add_up, tmp_path, workers=warm)

    assert pl.read_parquet(stored(tmp_path, "seen.parquet"))["n"].to_list() == [1, 2, 3]


def test_rows_in_memory_go_over_and_come_back_with_every_dtype(
    tmp_path: Path, scratch: Path, warm: Workers
) -> None:
    frame = pl.DataFrame(
        {
            "n": [1, None],
            "text": ["ü", None],
            "day": [date(2024, 1, 1), None],
            "moment": [datetime(2024, 1, 1, tzinfo=UTC), None],
            "span": [timedelta(seconds=1), None],
            "price": [Decimal("1.50"), None],
            "kind": pl.Series(["a", None], dtype=pl.Categorical),
            "grade": pl.Series(["x", None], dtype=pl.Enum(["x", "y"])),
            "tags": [["a"], None],
            "point": [{"x": 1}, None],
            "raw": [b"\0", None],
            "nothing": [None, None],
        }
    )

    made = run_apart(workloads.grow, tmp_path, memory={workloads.rows: frame}, workers=warm)

    value = made["more_rows"].value
    assert isinstance(value, pl.DataFrame)
    assert_frame_equal(value, frame.with_columns(twice=pl.col("n") * 2))
    assert left_in(scratch) == []


def test_many_rows_in_memory_go_over(tmp_path: Path, scratch: Path, warm: Workers) -> None:
    frame = pl.DataFrame({"n": pl.int_range(20_000_000, eager=True)})

    made = run_apart(workloads.grow, tmp_path, memory={workloads.rows: frame}, workers=warm)

    value = made["more_rows"].value
    assert isinstance(value, pl.DataFrame)
    assert value["twice"].sum() == 2 * frame["n"].sum()
    assert [*scratch.iterdir()] == []


def test_documents_in_memory_go_over_and_come_back_as_their_models(
    tmp_path: Path, warm: Workers
) -> None:
    given = workloads.Report(title="flights", sumOfAll=1)

    made = run_apart(workloads.summarise, tmp_path, memory={workloads.report: given}, workers=warm)

    assert made["summary"].value == workloads.Report(title="FLIGHTS", sumOfAll=2)
    assert made["loose"].value == {"title": "flights"}


def test_files_that_are_not_stored_stay_where_the_task_put_them(
    tmp_path: Path, warm: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_numbers(tmp_path, [1, 2])
    monkeypatch.chdir(tmp_path)

    made = run_apart(workloads.write_pages, tmp_path, params={"target": "pages"}, workers=warm)[
        "folder"
    ]
    run_apart(workloads.list_pages, tmp_path, memory={workloads.folder: made.value}, workers=warm)

    assert made.value == tmp_path / "pages"
    assert json.loads(stored(tmp_path, "listing.json")) == {"1.txt": "page 1", "2.txt": "page 2"}


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (
            {"day": date(2024, 2, 29), "name": "ü\n"},
            {"day": "2024-02-29", "name": "ü\n", "limits": ["1.5"], "since": None, "odd": True},
        ),
        (
            {"day": "2024-01-01", "name": "", "limits": [float("inf"), 3], "since": "2020-01-01"},
            {
                "day": "2024-01-01",
                "name": "",
                "limits": ["inf", "3.0"],
                "since": "2020-01-01",
                "odd": True,
            },
        ),
    ],
)
def test_run_parameters_go_over(
    tmp_path: Path, warm: Workers, params: dict[str, object], told: dict[str, object]
) -> None:
    run_apart(workloads.tell, tmp_path, params=params, workers=warm)

    assert json.loads(stored(tmp_path, "note.json")) == told


def test_run_parameters_that_json_cannot_hold_are_refused(tmp_path: Path) -> None:
    params = {"day": "2024-01-01", "name": "", "odd": object()}

    with pytest.raises(
        ExecutionError, match="run parameter 'odd', which JSON cannot hold"
    ) as caught:
        run_apart(workloads.tell, tmp_path, params=params)

    assert caught.value.codes == ("GLC613",)


def test_columns_that_arrow_cannot_hold_are_refused(tmp_path: Path, warm: Workers) -> None:
    with pytest.raises(ExecutionError, match="'more_rows', which Arrow IPC cannot hold") as caught:
        run_apart(
            workloads.hold_objects,
            tmp_path,
            memory={workloads.rows: pl.DataFrame({"n": [1]})},
            workers=warm,
        )

    assert caught.value.codes == ("GLC613",)
    assert caught.value.problems[0].dataset == "more_rows"


def test_a_broken_rule_is_reported_as_ever(tmp_path: Path, warm: Workers) -> None:
    write_numbers(tmp_path, [1, 2])

    with pytest.raises(ExecutionError, match="2 of 2 rows of dataset 'doubled'") as caught:
        run_apart(workloads.negate, tmp_path, workers=warm)

    assert caught.value.codes == ("GLC504",)
    assert left_in(tmp_path / "data") == []


def test_an_unknown_column_is_reported_with_its_task_and_place(
    tmp_path: Path, warm: Workers
) -> None:
    write_numbers(tmp_path, [1])

    with pytest.raises(ExecutionError) as caught:
        run_apart(workloads.misspell, tmp_path, workers=warm)

    problem = caught.value.problems[0]
    assert (problem.code.code, problem.task, problem.column) == ("GLC401", "misspell", "m")
    assert problem.place is not None
    assert problem.place.file.endswith("workloads.py")


def test_what_the_task_raises_comes_with_its_traceback(tmp_path: Path, warm: Workers) -> None:
    write_numbers(tmp_path, [0])

    with pytest.raises(ExecutionError, match="task 'fail' failed: ZeroDivisionError") as caught:
        run_apart(workloads.fail, tmp_path, workers=warm)

    assert caught.value.codes == ("GLC601",)
    assert "1 // 0" in str(caught.value.__cause__)
    assert "workloads.py" in str(caught.value.__cause__)


def test_a_query_that_fails_is_named_where_it_ran(tmp_path: Path, warm: Workers) -> None:
    write_numbers(tmp_path, [0])

    with pytest.raises(ExecutionError, match="task 'strict' failed: InvalidOperationError"):
        run_apart(workloads.strict, tmp_path, workers=warm)


def test_a_broken_input_is_named(tmp_path: Path, warm: Workers) -> None:
    write_numbers(tmp_path, range(1000))
    file = tmp_path / "data" / "lake" / "numbers.parquet"
    content = file.read_bytes()
    file.write_bytes(content[:10] + b"\xff" * 200 + content[210:])

    with pytest.raises(StorageError) as caught:
        run_apart(workloads.double, tmp_path, workers=warm)

    assert caught.value.codes == ("GLC502",)


def test_what_the_task_prints_is_seen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_numbers(tmp_path, [1])

    run_apart(workloads.double, tmp_path)

    shown = capfd.readouterr()
    assert (shown.out, shown.err) == ("", "doubling\n")


@pytest.mark.usefixtures("scratch")
def test_a_secret_is_on_no_command_line_in_no_environment_and_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", TOKEN)

    run_apart(workloads.show_places, tmp_path, token=TOKEN)

    found = json.loads(stored(tmp_path, "note.json"))
    assert found == {"length": len(TOKEN), "cmdline": False, "environ": False, "files": []}


def test_a_secret_in_what_a_task_raises_is_masked(tmp_path: Path, warm: Workers) -> None:
    write_numbers(tmp_path, [1])

    with pytest.raises(ExecutionError, match=r"no access with \*\*\*") as caught:
        run_apart(workloads.complain, tmp_path, token=TOKEN, workers=warm)

    told = [str(caught.value), str(caught.value.__cause__), *caught.value.__notes__]
    assert TOKEN not in "".join(told)
