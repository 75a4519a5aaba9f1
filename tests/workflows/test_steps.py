"""What steps of rendered workflows do, run as GitHub's runner runs them, with stand-ins for nox and GitHub's own command."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs

WORKFLOWS = Path(__file__).parents[2] / "examples" / "flights-on-aws" / ".github" / "workflows"
# Answers what a test lays beside it, through jq as `gh` has it, and writes down what it is called with.
GH = """#!/usr/bin/env python3
import json, pathlib, subprocess, sys
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
body = next((w.partition("@")[2] for w in words if w.startswith("body=@")), None)
if "--body-file" in words:
    body = words[words.index("--body-file") + 1]
if "--jq" in words:
    expression = words[words.index("--jq") + 1]
    sys.exit(subprocess.call(["jq", "--raw-output", expression, str(here / "answer.json")]))
with (here / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps([words, body and pathlib.Path(body).read_text()]) + "\\n")
"""
NOX = """#!/bin/sh
cat "$(dirname "$0")/said"
exit "$(cat "$(dirname "$0")/code")"
"""
HOSTILE = "```\n$(touch ran) `touch ran` ${PATH} \"'\\n %s <!-- the plan -->\nEOF"


@dataclass(frozen=True)
class Runner:
    """A folder to run steps in, and what stands in for programs."""

    folder: Path
    programs: Path

    def run(
        self, workflow: str, job: str, name: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        step = step_of(workflow, job, name)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                **variables,
            },
            capture_output=True,
            text=True,
        )

    def nox_says(self, text: str, code: int = 0) -> None:
        (self.programs / "said").write_text(text)
        (self.programs / "code").write_text(str(code))

    def github_answers(self, answer: object) -> None:
        (self.programs / "answer.json").write_text(json.dumps(answer))

    @property
    def calls(self) -> list[tuple[list[str], str]]:
        lines = (self.programs / "calls.jsonl").read_text().splitlines()
        return [(words, body) for words, body in map(json.loads, lines)]

    def output(self) -> Mapping[str, str]:
        """Return what the step says to other jobs, read as GitHub reads it."""
        found, lines = {}, iter((self.folder / "output").read_text().splitlines())
        for line in lines:
            name, _, end = line.partition("<<")
            found[name] = "\n".join(iter(lambda: next(lines), end))
        return found


def step_of(workflow: str, job: str, name: str) -> dict[str, Any]:
    jobs = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text())["jobs"]
    found: dict[str, Any] = next(
        s for s in jobs[job]["steps"] if s.get("name", "").startswith(name)
    )
    assert "${{" not in found["run"]  # what others write reaches a script as a variable only
    return found


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    if shutil.which("jq") is None:
        pytest.skip("jq is missing: apt-get install jq")
    runner = Runner(tmp_path / "work", tmp_path / "programs")
    for folder in (runner.folder, runner.programs):
        folder.mkdir()
    for name, text in (("gh", GH), ("nox", NOX)):
        (runner.programs / name).write_text(text)
        (runner.programs / name).chmod(0o755)
    (runner.folder / "output").touch()
    return runner


def test_the_page_of_a_plan_reaches_the_summary_and_the_next_job_whole(runner: Runner) -> None:
    runner.nox_says(HOSTILE)

    done = runner.run("ci", "plan", "Plan")

    assert done.returncode == 0, done.stderr
    assert runner.output() == {"page": HOSTILE}
    assert HOSTILE in (runner.folder / "summary").read_text()


def test_a_plan_that_fails_says_nothing_to_the_next_job(runner: Runner) -> None:
    runner.nox_says("half a page", code=1)

    assert runner.run("ci", "plan", "Plan").returncode == 1
    assert runner.output() == {}


def test_a_plan_is_one_comment_that_is_brought_up_to_date(runner: Runner) -> None:
    told = {"COMMENTS": "repos/x/y/issues/7/comments", "PAGE": HOSTILE}
    others = [{"body": "Looks good", "url": "c/1"}, {"body": "> <!-- the plan -->", "url": "c/2"}]
    runner.github_answers(others)
    assert runner.run("ci", "comment", "Comment", **told).returncode == 0
    ((words, body),) = runner.calls
    assert words == ["api", "--silent", told["COMMENTS"], "--field", "body=@comment.md"]
    assert f"````text\n{HOSTILE}\n````\n" in body

    runner.github_answers([*others, {"body": body, "url": "c/3"}])
    assert runner.run("ci", "comment", "Comment", **told | {"PAGE": "another"}).returncode == 0

    words, body = runner.calls[-1]
    assert words[:5] == ["api", "--silent", "--method", "PATCH", "c/3"]
    assert "another" in body
    assert not (runner.folder / "ran").exists()


@pytest.mark.parametrize(
    ("said", "code", "page"),
    [
        ("An update to v0.2.0 would change 2 files:\n  noxfile.py\n", 0, "An update to v0.2.0"),
        ("An update to v0.2.0 would change 1 files:\n  collide noxfile.py\n", 1, "collide noxfile"),
        ("Nothing to do at 0.1.0, newest is 0.1.0.\n", 0, None),
        ("Nothing to do at 0.1.4.\n1.2.0 is out, a later major version\n", 1, "1.2.0 is out"),
    ],
)
def test_a_newer_release_is_told_and_its_absence_is_not(
    runner: Runner, said: str, code: int, page: str | None
) -> None:
    runner.nox_says(said, code)

    done = runner.run("template", "look", "Try the update")

    assert done.returncode == 0, done.stderr
    assert (page is None) == (runner.output() == {})
    assert page is None or page in runner.output()["page"]


def test_a_template_that_cannot_be_read_fails_the_weekly_look(runner: Runner) -> None:
    runner.nox_says("", code=1)

    assert runner.run("template", "look", "Try the update").returncode != 0


def test_a_newer_release_is_one_issue_that_is_brought_up_to_date(runner: Runner) -> None:
    told = {"PAGE": HOSTILE}
    runner.github_answers([{"number": 3, "title": "Another"}])
    assert runner.run("template", "tell", "Open the issue", **told).returncode == 0
    runner.github_answers([{"number": 9, "title": "The template has a newer release"}])
    assert runner.run("template", "tell", "Open the issue", **told).returncode == 0

    (opened, body), (edited, _) = runner.calls
    assert opened[:4] == ["issue", "create", "--title", "The template has a newer release"]
    assert edited[:3] == ["issue", "edit", "9"]
    assert HOSTILE in body
    assert not (runner.folder / "ran").exists()
