"""The road of a rendered README, from clone to the first scheduled run: every command names what is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.session  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs
from botocore import xform_name
from typer.testing import CliRunner

from glacier_runtime.cli.app import app
from tests.template.rendering import ROOT

PROJECT = ROOT / "examples" / "flights-on-aws"
HEADING = "## From here to the first scheduled run"
WORKFLOW = PROJECT / ".github" / "workflows" / "ci.yml"


def steps(readme: str) -> list[str]:
    """Return the commands of the road, one by one: those of a pipe, and those that stand in another's place, too."""
    road = readme.partition(HEADING)[2].partition("\n## ")[0]
    lines = re.findall(r"(?m)^\$ (.+)$", road)
    commands = [command for line in lines for command in _apart(line)]
    return [part.strip() for command in commands for part in re.split(r" && | \| ", command)]


def _apart(command: str) -> Iterator[str]:
    """Yield a command with `…` for each `$(…)`, and what is in them."""
    start = command.find("$(")
    if start < 0:
        yield command
        return
    depth, end = 1, start + 2
    while depth:
        depth += {"(": 1, ")": -1}.get(command[end], 0)
        end += 1
    yield from _apart(command[start + 2 : end - 1])
    yield from _apart(f"{command[:start]}…{command[end:]}")


def glacier_of(readme: Path) -> list[str]:
    """Return the calls of glacier that a README shows, without the comment behind; those with others in them are of the road."""
    lines = re.findall(r"(?m)^\$ (glacier [a-z][^$\n]*)$", readme.read_text(encoding="utf-8"))
    return [shlex.join(shlex.split(line, comments=True)) for line in lines]


READMES = sorted((ROOT / "examples").glob("*/README.md"))
COMMANDS = steps((PROJECT / "README.md").read_text(encoding="utf-8"))


def of(program: str) -> list[str]:
    """Return the calls of a program."""
    return sorted({command for command in COMMANDS if command.split()[0] == program})


def test_each_program_of_the_road_is_looked_at() -> None:
    programs = {command.split()[0] for command in COMMANDS}

    assert programs - {"echo", "git", "jq"} == {"terraform", "aws", "gh", "glacier"}


@pytest.mark.parametrize("command", of("terraform"))
def test_terraform_is_run_in_a_root_on_files_and_outputs_that_are_there(command: str) -> None:
    words = shlex.split(command.partition(">")[0])
    (chdir,) = [word for word in words if word.startswith("-chdir=")]
    root = PROJECT / chdir.removeprefix("-chdir=")
    assert (root / "versions.tf").is_file()
    for word in words:
        if word.startswith("-var-file="):
            assert (root / word.removeprefix("-var-file=")).is_file()
        if word.startswith("-target=module."):
            assert f'module "{word.removeprefix("-target=module.")}"' in _text(root)
    if "output" in words:
        assert f'output "{words[-1]}"' in _text(root)
    if ">" in command:
        written = command.partition(">")[2].strip()
        assert (PROJECT / written).parent.is_dir()


@pytest.mark.parametrize("command", sorted({*of("glacier")}.union(*map(glacier_of, READMES))))
def test_glacier_takes_what_is_typed(command: str) -> None:
    words = shlex.split(command)[1:]

    done = CliRunner().invoke(app, [*words, "--help"])

    assert (done.exit_code, done.output.split()[:3]) == (0, ["Usage:", "glacier", words[0]])


@pytest.mark.parametrize("command", of("aws"))
def test_aws_knows_the_call_and_its_options(command: str) -> None:
    _, service, operation, *options = shlex.split(command)
    if (service, operation) == ("s3", "cp"):
        assert options[0] == "--recursive"
        assert list((PROJECT / options[1]).iterdir())
        return
    model = botocore.session.get_session().get_service_model(service)
    named = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(named[operation]).input_shape
    members = {f"--{xform_name(name, '-')}" for name in (shape.members if shape else ())}
    general = {"--query", "--output", "--max-items"}
    members |= {"--notification-endpoint"} if "--endpoint" in members else set()
    assert {word for word in options if word.startswith("--")} <= members | general


@pytest.mark.parametrize("command", of("gh"))
def test_what_github_is_told_is_what_the_workflow_asks_for(command: str) -> None:
    words = shlex.split(command)
    workflow = WORKFLOW.read_text(encoding="utf-8")
    if words[1:3] == ["variable", "set"]:
        assert f"vars.{words[3]}" in workflow
    for word in words:
        if found := re.search(r"/environments/([^/]+)", word):
            assert yaml.safe_load(workflow)["jobs"]["deploy"]["environment"] == found[1]
            assert f'default     = "{found[1]}"' in _text(PROJECT / "infra" / "bootstrap")
    assert words[1] in {"api", "repo", "run", "variable"}


def test_what_bootstrap_is_told_it_has_a_variable_for() -> None:
    (told,) = re.findall(r'echo "(\w+) = .*> (\S+)$', "\n".join(COMMANDS), re.MULTILINE)

    assert told == ("github_subject", "infra/bootstrap/ci.auto.tfvars")
    assert f'variable "{told[0]}"' in _text(PROJECT / "infra" / "bootstrap")


def test_without_github_nothing_of_it_is_said(rendered: Callable[..., Path]) -> None:
    project = rendered(ci="none")

    road = (project / "README.md").read_text(encoding="utf-8").partition(HEADING)[2]

    assert "gh " not in road
    assert "GitHub" not in road.partition("\n## ")[0]
    numbers = re.findall(r"(?m)^\*\*(\d)\. ", road)
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    assert "$ glacier deploy" in road


def test_on_gitlab_its_pipelines_are_told_what_they_ask_for(
    rendered: Callable[..., Path],
) -> None:
    project = rendered(ci="gitlab")

    readme = (project / "README.md").read_text(encoding="utf-8")
    pipeline = (project / ".gitlab-ci.yml").read_text(encoding="utf-8")
    calls = [shlex.split(step) for step in steps(readme) if step.startswith("glab ")]
    told = [words[3] for words in calls if words[1:3] == ["variable", "set"]]
    assert [f"${name}" in pipeline for name in told] == [True, True]
    assert {words[1] for words in calls} == {"api", "ci", "repo", "variable"}
    (named,) = re.findall(r'echo "(\w+) = .*> infra/bootstrap/ci.auto.tfvars', readme)
    assert f'variable "{named}"' in _text(project / "infra" / "bootstrap")
    road = readme.partition(HEADING)[2].partition("\n## ")[0]
    assert "GitHub" not in road
    numbers = re.findall(r"(?m)^\*\*(\d)\. ", road)
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))


def test_without_a_cloud_there_is_no_road() -> None:
    readme = (ROOT / "examples" / "flights" / "README.md").read_text(encoding="utf-8")

    assert HEADING not in readme


def _text(root: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(root.glob("*.tf")))
