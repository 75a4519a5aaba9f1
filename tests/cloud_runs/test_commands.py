"""`glacier run --target aws` and `glacier runs follow | stop`, as people and machines call them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from glacier_runtime.cli.app import app
from tests.cloud_runs.accounts import ARN, Workshop

_CODE = "from tests.cloud_runs.accounts import shop\n\npipeline = shop()\n"


@pytest.fixture
def deployed(workshop: Workshop, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A project whose pipeline is deployed."""
    (root / "pyproject.toml").write_text(
        '[tool.glacier]\npipeline = "shop_code:pipeline"\ncloud = "aws"\n\n'
        '[tool.glacier.aws]\nregion = "eu-central-1"\n',
        encoding="utf-8",
    )
    (root / "shop_code.py").write_text(_CODE, encoding="utf-8")
    monkeypatch.setenv("GLACIER_STATE_MACHINE", ARN)
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    yield workshop
    sys.modules.pop("shop_code", None)


def glacier(*arguments: str, expects: int = 0) -> Result:
    done = CliRunner().invoke(app, arguments, prog_name="glacier")
    assert done.exit_code == expects, done.output
    return done


@pytest.mark.usefixtures("deployed")
def test_a_run_ends_with_the_table_of_a_local_run() -> None:
    done = glacier("run", "--target", "aws", "--run-id", "r1", "--param", "rows=5")

    head, numbers, doubled, last = done.stdout.splitlines()
    assert head.split() == ["dataset", "rows", "size", "version", "path"]
    assert numbers.split()[:2] == ["numbers", "5"]
    assert doubled.split()[:2] == ["doubled", "5"]
    assert last.startswith("shop: 2 tasks ran, 2 datasets published (10 rows, ")
    assert last.endswith("; run r1")
    assert "run r1 in the cloud; Ctrl-C leaves it, and does not stop it" in done.stderr
    assert "1/2 count  2.00 s" in done.stderr


@pytest.mark.usefixtures("deployed")
def test_machines_get_one_document() -> None:
    document = json.loads(glacier("run", "--target", "aws", "--json").stdout)

    assert document["ok"]
    assert document["datasets"]["doubled"]["rows"] == 3


@pytest.mark.usefixtures("deployed")
def test_a_task_that_failed_is_told_with_its_log_and_exit_code_one() -> None:
    done = glacier("run", "--target", "aws", "--param", "least=9", expects=1)

    assert "GLC601 task 'count'" in done.stderr
    assert "the log of task count:\ntask count of " in done.stderr


def test_a_run_is_left_listed_followed_and_stopped(deployed: Workshop) -> None:
    started = glacier("run", "--target", "aws", "--detach", "--run-id", "r1")
    assert "run r1 started in the cloud" in started.stdout
    assert "glacier runs follow r1" in started.stdout

    glacier("runs", "follow", "r1")

    listed = glacier("runs").stdout.splitlines()
    assert [line.split()[:3] for line in listed[1:]] == [["r1", "shop", "done"]]
    assert f"in the cloud: {ARN.replace(':stateMachine:', ':execution:')}:r1" in (
        glacier("runs", "show", "latest").stdout
    )
    assert glacier("runs", "stop", "r1").stdout == "r1 had ended before\n"
    deployed.aws.stuck = True
    glacier("run", "--target", "aws", "--detach", "--run-id", "r2")
    assert glacier("runs", "stop", "r2").stdout.startswith("stopped r2; ")
    assert "GLC638 run r2 was stopped" in glacier("runs", "follow", "r2", expects=1).stderr


def test_ctrl_c_says_that_the_run_goes_on(deployed: Workshop) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    deployed.aws.interrupt = interrupt

    done = glacier("run", "--target", "aws", "--run-id", "r1", expects=130)

    assert "run r1 goes on in the cloud: `glacier runs follow r1` follows it" in done.stderr


def test_options_of_this_machine_are_refused_together(deployed: Workshop) -> None:
    arguments = ("--resume", "--no-fuse", "--hybrid", "--detach")

    done = glacier("run", "--target", "aws", *arguments, expects=1)

    assert done.stderr.count("GLC628") == 3
    assert "a run in a cloud knows no --resume" in done.stderr
    assert deployed.aws.asked == []


@pytest.mark.usefixtures("deployed")
def test_an_executor_that_runs_nothing_in_a_cloud_is_refused() -> None:
    done = glacier("run", "--target", "generate", expects=1)

    assert "GLC628 executor 'generate' runs nothing in a cloud" in done.stderr
