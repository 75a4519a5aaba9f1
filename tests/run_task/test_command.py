"""`python -m glacier_runtime.run_task`, on files and on S3: what it prints, how it exits, what it imports."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import polars as pl
import pytest

from tests.run_task.conftest import environment
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.project import run, write_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_project(tmp_path)
    return tmp_path


def numbers(root: Path, file: str) -> list[int]:
    path = root / "data/lake" / file
    frame = pl.read_csv(path) if file.endswith(".csv") else pl.read_parquet(path)
    return sorted(frame["n"])


def test_tasks_run_one_after_the_other_with_nothing_but_files_between_them(root: Path) -> None:
    for number, run_id in enumerate(("r1", "r2"), start=1):
        done = run(root, "--task", "double", "--run-id", run_id, "--param", "plus=1")
        assert done.code == 0, done.stderr
        assert done.document["outputs"][0]["version"] == number
        assert run(root, "--task", "add_up", "--run-id", run_id).code == 0

    assert numbers(root, "doubled.parquet") == [3, 5, 7]
    assert numbers(root, "total.csv") == [15, 15]
    stored = root / "data/lake/_glacier/runs/r2/add_up.json"
    assert json.loads(stored.read_text())["status"] == "done"


def test_parameters_come_from_the_environment_of_the_task_unless_they_are_given(root: Path) -> None:
    environment = {"GLACIER_CLOUD": "local", "GLACIER_PARAM_PLUS": "10"}
    for given, made in (((), [12, 14, 16]), (("--param", "plus=1"), [3, 5, 7])):
        assert run(root, "--task", "double", *given, environment=environment).code == 0
        assert numbers(root, "doubled.parquet") == made
    # The parameter is another task's.
    assert run(root, "--task", "add_up", environment=environment).code == 0

    refused = run(root, "--task", "double", environment={**environment, "GLACIER_PARAM_PLSU": "10"})
    assert refused.document["problems"][0]["code"] == "GLC602"


def test_what_a_task_prints_is_no_part_of_the_document(root: Path) -> None:
    done = run(root, "--task", "double", "--run-id", "r1")

    assert done.document["status"] == "done"
    assert "a line of the task" in done.stderr
    assert "a line of a child" in done.stderr


def test_what_is_printed_while_the_process_ends_is_no_part_of_the_document(root: Path) -> None:
    tasks = root / "numbers_tasks.py"
    tasks.write_text(tasks.read_text() + "\nimport atexit\natexit.register(print, 'good night')\n")
    done = run(root, "--task", "double", "--run-id", "r1")

    assert done.document["status"] == "done"
    assert "good night" in done.stderr


def test_a_task_that_this_run_has_published_is_skipped(root: Path) -> None:
    first = run(root, "--task", "double", "--run-id", "r1").document
    (root / "data/lake/raw/numbers.parquet").unlink()
    again = run(root, "--task", "double", "--run-id", "r1", "--attempt", "1")

    assert again.code == 0
    assert (first["skipped"], again.document["skipped"]) == (False, True)
    assert again.document["outputs"] == first["outputs"]
    assert "a line of the task" not in again.stderr


def test_a_pipeline_needs_no_plan(root: Path) -> None:
    (root / "glacier_plan.json").unlink()
    target = ("--pipeline", "numbers_pipeline:pipeline")

    assert run(root, "--task", "double", *target).code == 0
    assert run(root, "--task", "double").document["problems"][0]["code"] == "GLC515"
    assert run(root, "--task", "halve", *target).document["problems"][0]["code"] == "GLC516"


def test_a_plan_may_lie_elsewhere(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "data").rename(elsewhere / "data")
    plan = str(root / "glacier_plan.json")

    assert run(elsewhere, "--task", "double", "--plan", plan).code == 0


def test_a_task_made_by_a_factory_is_found_by_its_name(root: Path) -> None:
    run(root, "--task", "double")
    done = run(root, "--task", "made_by_factory")

    assert done.code == 0, done.stderr
    assert "made_by_factory" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--task", "halve"), "GLC516"),
        (("--task", "double", "--run-id", "../up"), "GLC518"),
        (("--task", "double", "--attempt", "-1"), "GLC518"),
        (("--task", "double", "--logical-date", "soon"), "GLC518"),
        (("--task", "double", "--param", "plus=some"), "GLC603"),
        (("--task", "double", "--param", "minus=1"), "GLC602"),
        (("--task", "add_up"), "GLC501"),
        (("--task", "fail", "--param", "token=x"), "GLC501"),
    ],
)
def test_what_would_fail_again_exits_with_65(
    arguments: tuple[str, ...], code: str, root: Path
) -> None:
    done = run(root, *arguments)

    assert done.code == 65
    assert done.document["status"] == "failed"
    if arguments[1] != "fail":
        assert [problem["code"] for problem in done.document["problems"]] == [code]
        assert code in done.stderr


def test_parameters_may_come_as_one_object_as_a_workflow_has_them(root: Path) -> None:
    given = ("--task", "double", "--params", '{"plus": 10, "minus": 1}')
    assert run(root, *given).document["problems"][0]["code"] == "GLC602"

    given = ("--task", "double", "--params", '{"plus": 10}')
    assert run(root, *given).code == 0
    assert numbers(root, "doubled.parquet") == [12, 14, 16]
    assert run(root, *given, "--param", "plus=1", "--force").code == 0
    assert numbers(root, "doubled.parquet") == [3, 5, 7]


@pytest.mark.parametrize("given", [("--params", "[1]"), ("--params", "{"), ("--timeout-s", "0")])
def test_what_cannot_be_read_is_wrong_usage(given: tuple[str, str], root: Path) -> None:
    assert run(root, "--task", "double", *given).code == 2


def test_who_takes_too_long_is_ended_wherever_it_is_and_says_where_that_was(root: Path) -> None:
    tasks = root / "numbers_tasks.py"
    tasks.write_text(tasks.read_text() + "\nimport time\ntime.sleep(60)\n")
    done = run(root, "--task", "double", "--timeout-s", "1")

    assert done.code == 1
    assert done.stdout == ""
    assert "Timeout" in done.stderr
    assert "numbers_tasks.py" in done.stderr


@pytest.mark.parametrize("text", ["", "{", '{"plan_version": 2}', '{"plan_version": 1}'])
def test_a_plan_that_cannot_be_read_is_said_to_be(text: str, root: Path) -> None:
    (root / "glacier_plan.json").write_text(text)
    done = run(root, "--task", "double")

    assert done.code == 65
    assert done.document["problems"][0]["code"] == "GLC515"


def test_a_plan_of_other_code_is_found_out(root: Path) -> None:
    plan = json.loads((root / "glacier_plan.json").read_text())
    plan["tasks"]["double"]["identity"] = "numbers_tasks:gone"
    plan["tasks"]["add_up"]["identity"] = "gone:add_up"
    (root / "glacier_plan.json").write_text(json.dumps(plan))

    assert run(root, "--task", "double").code == 0  # by its name
    assert run(root, "--task", "add_up").document["problems"][0]["code"] == "GLC702"


def test_without_a_cloud_nothing_is_guessed(root: Path) -> None:
    done = run(root, "--task", "double", environment={})

    assert done.code == 65
    assert done.document["problems"][0]["code"] == "GLC517"
    assert done.stderr.startswith("GLC517")  # what is refused needs no traceback


def test_what_another_run_is_writing_is_worth_another_attempt(root: Path) -> None:
    run(root, "--task", "double")
    with (root / "data/lake/_glacier/doubled.parquet/lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(root, "--task", "double")

    assert done.code == 75
    assert done.document["outcome"] == "try_again"
    assert done.document["problems"][0]["code"] == "GLC505"


def test_a_secret_is_in_nothing_that_is_printed_or_stored(root: Path) -> None:
    run(root, "--task", "double")
    secret = {"GLACIER_CLOUD": "local", "API_TOKEN": "hush-hush-1234"}
    done = run(root, "--task", "fail", "--run-id", "r1", environment=secret)
    stored = (root / "data/lake/_glacier/runs/r1/fail.json").read_text()

    assert done.code == 70
    assert done.document["outcome"] == "task_failed"
    assert done.document["problems"][0]["code"] == "GLC601"
    for text in (done.stdout, done.stderr, stored):
        assert "hush-hush" not in text
        assert "refused ***" in text


def test_the_logical_date_goes_to_the_parameter_of_that_name(root: Path) -> None:
    asked = ("--task", "stamped", "--logical-date", "2024-01-01T05:00:00Z")
    assert run(root, *asked).code == 0
    assert json.loads((root / "data/lake/stamp.json").read_text())["day"] == "2024-01-01"

    assert run(root, *asked, "--param", "logical_date=2023-12-31").code == 0
    assert json.loads((root / "data/lake/stamp.json").read_text())["day"] == "2023-12-31"

    assert run(root, "--task", "stamped").code == 0
    assert json.loads((root / "data/lake/stamp.json").read_text())["day"] is None


def test_a_task_is_found_without_graph_checks_or_command_line(root: Path) -> None:
    run(root, "--task", "stamped")
    loaded = set(json.loads((root / "data/lake/stamp.json").read_text())["loaded"])

    unneeded = {
        "boto3",
        "glacier_runtime.checks.dry_run",
        "glacier_runtime.checks.structure",
        "glacier_runtime.cli",
        "glacier_runtime.deployed",
        "glacier_runtime.execution.diagnosis",
        "glacier_runtime.execution.local",
        "glacier_runtime.execution.memory.estimates",
        "glacier_runtime.execution.memory.sharing",
        "glacier_runtime.execution.run",
        "glacier_runtime.graph",
        "glacier_runtime.history",
        "glacier_runtime.manifest",
        "glacier_runtime.pipelines",
        "glacier_runtime.schedules",
        "glacier_runtime.storage.clouds.aws",
        "numbers_pipeline",
        "obstore",
        "rich",
        "tomllib",
        "typer",
    }
    assert loaded & unneeded == set()
    assert "numbers_tasks" in loaded


def test_the_same_project_runs_on_s3(
    root: Path, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    lake = buckets["lake"]
    emulator.put(lake, "raw/numbers.parquet", (root / "data/lake/raw/numbers.parquet").read_bytes())
    aws = environment(emulator, buckets)
    for task in ("double", "add_up"):
        done = run(root, "--task", task, "--run-id", "r1", environment=aws)
        assert done.code == 0, done.stderr

    assert emulator.read(lake, "total.csv") == b"n\n12\n"
    assert not (root / "data/lake/total.csv").exists()
    down = {**aws, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    assert run(root, "--task", "double", environment=down).code == 75
