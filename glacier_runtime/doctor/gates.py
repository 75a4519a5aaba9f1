"""What continuous integration asks of a change before anybody may rely on it, and whether it still asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.doctor.ci_reading import (
    Command,
    Job,
    Workflow,
    default_sessions,
    read_workflows,
)
from glacier_runtime.doctor.recorded import Recorded
from glacier_runtime.errors import Code, Place, Problem

__all__ = ["look_at_gates"]

_NOXFILE: Final = "noxfile.py"
_PLAIN: Final = ("lint", "typecheck", "tests")
# In the words of each: what lets a workflow look at a change before it is merged.
_CHANGES: Final = {"github": "pull_request", "gitlab": "merge_request_event"}
_NO: Final = frozenset({"none", "false"})
_HOMES: Final = {"github": ".github/workflows/ci.yml", "gitlab": ".gitlab-ci.yml"}


@dataclass(frozen=True, slots=True)
class _Gate:
    """One thing that is asked.

    Attributes:
        what: What it holds, for people.
        how: The command that asks.
        is_asked: Whether a command asks, given the sessions that plain `nox` runs.
        only_with: The question whose answer `none` or `false` takes it away; empty for none.
    """

    what: str
    how: str
    is_asked: Callable[[Command, tuple[str, ...]], bool]
    only_with: str = ""


def _by_nox(session: str, *directly: str) -> Callable[[Command, tuple[str, ...]], bool]:
    """Return what knows a session of nox, or a program that does the same without it."""

    def is_asked(command: Command, by_default: tuple[str, ...]) -> bool:
        sessions = command.sessions
        if sessions is None:
            return bool(directly) and command.program[: len(directly)] == directly
        return session in (sessions or by_default)

    return is_asked


def _without_drift(command: Command, by_default: tuple[str, ...]) -> bool:
    generates = _by_nox("infra", "glacier", "generate")(command, by_default)
    return generates and "--check" in command.words


def _with_pages(command: Command, by_default: tuple[str, ...]) -> bool:
    return _by_nox("docs")(command, by_default) and "--check" in command.words


def _by_terraform(*asked: str) -> Callable[[Command, tuple[str, ...]], bool]:
    def is_asked(command: Command, _: tuple[str, ...]) -> bool:
        # Such a line may stand in a loop of the shell.
        words = {*command.words}
        return bool(words & {"terraform", "tofu"}) and words >= {*asked}

    return is_asked


_GATES: Final = (
    _Gate("style and format", "nox -s lint", _by_nox("lint", "ruff", "check")),
    _Gate("types", "nox -s typecheck", _by_nox("typecheck", "mypy")),
    _Gate("the tests", "nox -s tests", _by_nox("tests", "pytest")),
    _Gate("glacier doctor", "nox -s doctor", _by_nox("doctor", "glacier", "doctor")),
    _Gate("infra/ against the code", "nox -s infra -- --check", _without_drift, only_with="cloud"),
    _Gate(
        "docs/reference/ against the code",
        "nox -s docs -- --check",
        _with_pages,
        only_with="with_docs",
    ),
    _Gate(
        "the format of infra/",
        "terraform fmt -check -recursive infra",
        _by_terraform("fmt", "-check"),
        only_with="cloud",
    ),
    _Gate(
        "that Terraform accepts infra/",
        "terraform -chdir=infra validate",
        _by_terraform("validate"),
        only_with="cloud",
    ),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command that asks something: of which gate, where."""

    gate: _Gate
    workflow: Workflow
    job: Job
    command: Command


def look_at_gates(root: Path, recorded: Recorded) -> Iterator[Problem]:
    """Yield what continuous integration does not ask any more, or asks without minding the answer.

    Args:
        root: The project's folder.
        recorded: What the template wrote down; without an answer about continuous integration, there is none.

    Raises:
        OSError: If a file cannot be read.
    """
    ci = recorded.answers.get("ci", "none")
    if ci not in _HOMES:
        return
    by_default = _plain_nox(root)
    gates = [
        gate
        for gate in _GATES
        if not gate.only_with or recorded.answers.get(gate.only_with, "none") not in _NO
    ]
    workflows = read_workflows(root, ci)
    asked = tuple(
        _Asked(gate, workflow, job, command)
        for workflow in workflows
        for job in workflow.jobs
        for command in job.commands
        for gate in gates
        if gate.is_asked(command, by_default)
    )
    home = root / _HOMES[ci]
    for gate in gates:
        yield from _lost(gate, [one for one in asked if one.gate is gate], home)
    yield from _blind({one.workflow.file: one.workflow for one in asked}.values(), ci)
    yield from _hasty(workflows, asked)


def _plain_nox(root: Path) -> tuple[str, ...]:
    try:
        return default_sessions((root / _NOXFILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, SyntaxError, UnicodeDecodeError):
        return _PLAIN  # that it is broken is another fault, and hides no gate


def _lost(gate: _Gate, asked: list[_Asked], home: Path) -> Iterator[Problem]:
    if not asked:
        yield _gate_lost(
            f"nothing in CI asks for {gate.what}",
            f"let a job run: {gate.how}",
            Place(str(home), 1) if home.is_file() else None,
        )
        return
    if any(not one.command.may_fail and one.job.tolerant is None for one in asked):
        return
    one = asked[0]
    what, line = one.job.tolerant or ("|| true", one.command.line)
    yield _gate_lost(
        f"CI asks for {gate.what} and does not mind the answer: {what}, in job {one.job.name}",
        f"take {what} out; what may fail belongs in a job of its own",
        Place(str(one.workflow.file), line),
    )


def _blind(workflows: Iterable[Workflow], ci: str) -> Iterator[Problem]:
    """A change that is only looked at when it is merged already."""
    for workflow in workflows:
        said = workflow.events
        # Without rules, GitLab runs for every branch; GitHub never runs without events.
        if _CHANGES[ci] not in said and (said or ci == "github"):
            yield _gate_lost(
                f"{workflow.file.name} does not run for changes before they are merged",
                f"add {_CHANGES[ci]} to what it runs for",
                Place(str(workflow.file), 1),
            )


def _hasty(workflows: Iterable[Workflow], asked: Iterable[_Asked]) -> Iterator[Problem]:
    """A deployment that does not wait for what is asked in the same file."""
    for workflow in workflows:
        waited_for = {one.job.name for one in asked if one.workflow is workflow}
        for job in workflow.jobs:
            if not any(_by_nox("deploy")(command, ()) for command in job.commands):
                continue
            missing = sorted(name for name in waited_for if not _names(job.needs, name))
            if missing:
                yield _gate_lost(
                    f"job {job.name} deploys without waiting for {', '.join(missing)}",
                    f"let it need them: needs: [{', '.join(sorted(waited_for))}]",
                    Place(str(workflow.file), job.commands[0].line),
                )


def _names(needs: str, job: str) -> bool:
    return job in needs.replace(",", " ").replace("[", " ").replace("]", " ").split()


def _gate_lost(message: str, fix: str, place: Place | None) -> Problem:
    return Problem(code=Code.GATE_LOST, message=message, fix=fix, place=place)
