"""The handler of a function in AWS: its event, its result, and the names under which failures are raised."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glacier_runtime.run_task import aws_lambda
from glacier_runtime.run_task.aws_lambda import Refused, TaskFailed, TryAgain, handle
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.project import write_project


@pytest.fixture
def function(
    emulator: EmulatedS3,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The environment of a function for task `double`; gives its bucket."""
    with monkeypatch.context() as local:
        local.setenv("GLACIER_CLOUD", "local")
        write_project(tmp_path)
    source = (tmp_path / "data/lake/raw/numbers.parquet").read_bytes()
    emulator.put(buckets["lake"], "raw/numbers.parquet", source)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    monkeypatch.setenv("GLACIER_TASK", "double")
    monkeypatch.setattr(sys, "path", list(sys.path))
    aws_lambda._task.cache_clear()
    yield buckets["lake"]
    aws_lambda._task.cache_clear()
    sys.modules.pop("numbers_tasks", None)


def event(**changed: Any) -> dict[str, Any]:
    whole = {"task": "double", "run_id": "r1", "attempt": 0, "logical_date": None, "params": {}}
    return {**whole, **changed}


def log_line(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line[:1] == "{"]
    (line,) = found
    assert isinstance(line, dict)
    return line


def test_a_task_is_done_and_returns_its_result(function: str, emulator: EmulatedS3) -> None:
    result = handle(event(params={"plus": 1}), None)

    assert result["status"] == "done"
    assert json.loads(json.dumps(result)) == result
    assert result["outputs"][0]["rows"] == 3
    frame = pl.read_parquet(io.BytesIO(emulator.read(function, "doubled.parquet")))
    assert frame["n"].to_list() == [3, 5, 7]
    assert handle(event(attempt=1), None)["skipped"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"task": "add_up"}, "GLC516"),
        ({"run_id": ""}, "GLC518"),
        ({"run_id": "a/b"}, "GLC518"),
        ({"run_id": None}, "GLC518"),
        ({"attempt": "first"}, "GLC518"),
        ({"params": [1]}, "GLC518"),
        ({"logical_date": "soon"}, "GLC518"),
        ({"parms": {}}, "GLC518"),
        ({"params": {"minus": 1}}, "GLC602"),
        ({"params": {"plus": "some"}}, "GLC603"),
    ],
)
def test_what_would_fail_again_is_refused(
    changed: dict[str, Any], code: str, function: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert function
    with pytest.raises(Refused, match=code):
        handle(event(**changed), None)

    line = log_line(capfd)
    assert line["outcome"] == "refused"
    assert [problem["code"] for problem in line["problems"]] == [code]


@pytest.mark.parametrize("nothing", [None, 5, "double", ["double"]])
def test_an_event_that_is_no_document_is_refused(nothing: object, function: str) -> None:
    assert function
    with pytest.raises(Refused, match="GLC518"):
        handle(nothing, None)


def test_data_that_is_missing_is_refused(function: str, emulator: EmulatedS3) -> None:
    emulator.client.delete_object(Bucket=function, Key="raw/numbers.parquet")
    with pytest.raises(Refused, match="GLC501"):
        handle(event(), None)


def test_a_store_that_is_down_is_worth_another_attempt(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert function
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(TryAgain, match="GLC512"):
        handle(event(), None)


def test_a_task_that_raises_has_failed_and_tells_no_secret(
    function: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert function
    handle(event(), None)
    monkeypatch.setenv("GLACIER_TASK", "fail")
    monkeypatch.setattr(
        "glacier_runtime.run_task.running.resolve_secrets", lambda *_: _secret("hush-hush-1234")
    )
    capfd.readouterr()
    with pytest.raises(TaskFailed, match=r"GLC601.*refused \*\*\*") as failure:
        handle(event(task="fail"), None)

    line = log_line(capfd)
    assert line["outcome"] == "task_failed"
    assert failure.value.__cause__ is None
    assert "hush-hush" not in json.dumps(line) + str(failure.value)
    assert "in fail\n" in line["traceback"]


def test_a_function_without_its_plan_is_refused(
    function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert function
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path / "empty"))
    with pytest.raises(Refused, match="GLC515"):
        handle(event(), None)


def test_a_module_that_cannot_be_imported_is_refused_when_the_task_is_asked_for(
    function: str, tmp_path: Path
) -> None:
    assert function
    (tmp_path / "numbers_tasks.py").write_text("import nothing_of_that_name")
    aws_lambda._warm()
    with pytest.raises(Refused, match="GLC702"):
        handle(event(), None)


def _secret(value: str) -> dict[str, Any]:
    from pydantic import SecretStr

    return {"api-token": SecretStr(value)}


def test_a_task_that_is_only_loaded_is_not_run(function: str, emulator: EmulatedS3) -> None:
    before = emulator.keys(function)

    answer = handle({"task": "double", "load_only": True}, None)

    assert answer == {"task": "double", "status": "loaded"}
    assert emulator.keys(function) == before


def test_code_that_cannot_be_imported_is_no_loaded_task(
    function: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert function
    (tmp_path / "numbers_tasks.py").write_text("import a_library_that_was_not_shipped\n")

    with pytest.raises(Refused, match="a_library_that_was_not_shipped"):
        handle({"task": "double", "load_only": True}, None)

    assert log_line(capfd)["problems"][0]["code"] == "GLC702"


def test_a_function_loads_no_task_of_another_one(function: str) -> None:
    assert function
    with pytest.raises(Refused, match="'triple' is asked of the function of task 'double'"):
        handle({"task": "triple", "load_only": True}, None)
