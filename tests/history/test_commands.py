"""`glacier runs` and `glacier diff`, as people and machines call them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from glacier_runtime.cli.app import app
from glacier_runtime.errors import ExecutionError
from glacier_runtime.history.files import LOG_NAME, log_folders
from tests.history.recorded import execute, numbers_pipeline, quiet


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with three runs: one that is done, one with other parameters, and one that failed."""
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\n")
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    pipeline = numbers_pipeline(tmp_path)
    execute(pipeline, tmp_path, quiet(tmp_path), rows=3)
    execute(pipeline, tmp_path, quiet(tmp_path), rows=1200, least=-1, column="double")
    with pytest.raises(ExecutionError):
        execute(pipeline, tmp_path, quiet(tmp_path), fail="boom")
    return tmp_path


def glacier(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="glacier")


def asked(*arguments: str) -> dict[str, Any]:
    done = glacier(*arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.usefixtures("project")
def test_runs_are_listed_the_newest_first() -> None:
    done = glacier("runs")
    assert done.exit_code == 0
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["run", "pipeline", "status", "began", "time", "tasks", "rows"]
    assert [row.split()[2] for row in rows] == ["failed", "done", "done"]
    assert [" ".join(row.split()[-4:]) for row in rows] == ["1 of 2 3", "2 of 2 2,400", "2 of 2 6"]


@pytest.mark.usefixtures("project")
def test_a_limit_limits_and_machines_get_one_document() -> None:
    answer = asked("runs", "--limit", "2")
    assert [run["status"] for run in answer["runs"]] == ["failed", "done"]
    assert answer["damage"] == []
    assert answer["runs"][1]["params"]["rows"] == 1200
    assert glacier("runs", "--limit", "0").exit_code == 2


def test_damage_is_said_and_hides_nothing(project: Path) -> None:
    log = log_folders(project)[1] / LOG_NAME
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([first, b"not json\n", *rest]))
    done = glacier("runs")
    assert len(done.stdout.splitlines()) == 4
    assert f"damaged: {log}: line 2 is no event of a run" in done.stderr
    assert asked("runs")["damage"] == [{"path": str(log), "fault": "line 2 is no event of a run"}]


def test_without_runs_the_way_to_one_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "`glacier run` makes one" in glacier("runs").stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("project")
def test_one_run_is_shown_with_groups_reasons_and_what_it_made() -> None:
    shown = glacier("runs", "show", "latest~1").stdout
    for part in (
        "doubling: 2 tasks ran, 2 datasets published (2,400 rows",
        "numbers: 1 row breaks n: ge=0",
        "--param rows=1200",
        "it reads no dataset",
        "count runs",
    ):
        assert part in shown
    [made] = [line for line in shown.splitlines() if line.startswith("doubled")]
    assert made.split() == ["doubled", "1,200", *made.split()[2:4], "2", "2"]


@pytest.mark.usefixtures("project")
def test_a_run_that_failed_is_shown_with_its_problem() -> None:
    shown = glacier("runs", "show", "latest")
    assert shown.exit_code == 0  # showing it worked
    assert "GLC601" in shown.stdout
    assert "boom" in shown.stdout
    answer = asked("runs", "show", "latest")
    assert answer["error"]["problems"][0]["code"] == "GLC601"
    assert [group["outcome"] for group in answer["groups"]] == ["ran", "failed"]


@pytest.mark.usefixtures("project")
def test_two_runs_are_held_against_each_other() -> None:
    shown = glacier("diff", "latest~2", "latest~1").stdout
    for line in (
        "parameter rows: 3 → 1,200",
        "dataset doubled (version 1 → 2)",
        "  column twice is gone: Int64",
        "  column double is new: Int64",
        "  breaks n: ge=0: none → 1",
    ):
        assert line in shown.splitlines()
    answer = asked("diff", "latest~2", "latest~1")
    assert answer["params"]["rows"] == {"before": 3, "after": 1200}
    assert "nothing else differs" in glacier("diff", "latest", "latest").stdout


@pytest.mark.usefixtures("project")
def test_what_only_one_run_made_is_one_line() -> None:
    assert "made by the first run alone: doubled" in glacier("diff", "latest~1", "latest").stdout
    assert "made by the second run alone: doubled" in glacier("diff", "latest", "latest~1").stdout


def test_what_goes_wrong_with_the_log_is_a_warning_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\n")
    (tmp_path / "counting.py").write_text(
        "from glacier_runtime import Pipeline, task\n\n\n@task\ndef count() -> None: ...\n\n\n"
        'pipeline = Pipeline(name="counting", tasks=[count])\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLACIER_OBSERVERS", "nobody")
    command = [sys.executable, "-m", "glacier_runtime", "run", "counting:pipeline"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "warning GLC617 no observer named 'nobody' is installed" in done.stderr
    assert "log.py" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [("runs", "show", "nobody"), ("diff", "latest", "nobody"), ("diff", "2", "latest")]
)
@pytest.mark.usefixtures("project")
def test_a_run_that_is_unknown_or_not_the_only_one_is_a_problem(arguments: tuple[str, ...]) -> None:
    done = glacier(*arguments)
    assert done.exit_code == 1
    assert "GLC616" in done.stderr
    told = glacier(*arguments, "--json")
    assert json.loads(told.stdout)["problems"][0]["code"] == "GLC616"


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["runs"], {"polars"}),
        (["runs", "show", "latest"], {"polars"}),
        (["diff", "latest~1", "latest"], {"polars"}),
        (["runs", "--help"], {"polars", "pydantic"}),
        (["runs", "show", "--help"], {"polars"}),
    ],
)
def test_reading_loads_no_polars_and_listing_help_not_even_pydantic(
    arguments: list[str], absent: set[str], project: Path
) -> None:
    code = (
        "import sys\n"
        "from glacier_runtime.cli import main\n"
        f"sys.argv = ['glacier', *{arguments!r}]\n"
        "try:\n    main()\n"
        "finally:\n    sys.stderr.write(' '.join(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert absent.isdisjoint(done.stderr.split())
    assert done.stdout
