"""What continuous integration runs: jobs and their commands, read from the files of GitHub's workflows and of GitLab CI.

The files are read by their lines, as the template lays them out: what a person adds may be anything that YAML allows, and no
library for YAML is among the runtime's. A gate that is written in a way that is not understood here counts as lost.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Command", "Job", "Workflow", "default_sessions", "read_workflows"]

_TOLERANT: Final = re.compile(
    r"^\s*(?:- )?(continue-on-error: true|allow_failure: true|when: manual|if: false|if: \$\{\{ false \}\})\s*(?:#.*)?$"
)
_SWALLOWED: Final = re.compile(r"\|\|\s*(?:true|:|exit 0)(?=\W|$)")
_LAUNCHERS: Final = frozenset(
    {"-m", "env", "exec", "pipx", "python", "python3", "run", "uv", "uvx"}
)
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*=")
_NAMED: Final = re.compile(r"( *)([^\s#:-][^:]*):(?:\s|$)")
_KEY: Final = re.compile(r"^\s*(?:- )?(?!run:)[\w-]+:(?:\s|$)")
_GITHUB: Final = (".github/workflows/*.yml", ".github/workflows/*.yaml")
_GITLAB: Final = (".gitlab-ci.yml", ".gitlab/**/*.yml")


@dataclass(frozen=True, slots=True)
class Command:
    """One line that is run.

    Attributes:
        words: Its words.
        line: Where it stands, from 1.
        may_fail: Whether the line itself hides its failure.
    """

    words: tuple[str, ...]
    line: int
    may_fail: bool

    @property
    def sessions(self) -> tuple[str, ...] | None:
        """The sessions of nox that it asks for: none named are nox's own choice; None if it does not call nox."""
        if self.program[:1] != ("nox",):
            return None
        own = self.program[1:]
        names: list[str] = []
        listing = False
        for word in own[: own.index("--")] if "--" in own else own:
            option, equals, value = word.partition("=")
            if option in {"-s", "-e", "--session", "--sessions"}:
                listing = not equals
                names += [value] if equals else []
            elif word.startswith("-"):
                listing = False
            elif listing:
                names.append(word)
        return tuple(names)

    @property
    def program(self) -> tuple[str, ...]:
        """Its words without those that only say how the program is found: `uv run`, `python -m`, variables."""
        start = 0
        while start < len(self.words) and (
            self.words[start] in _LAUNCHERS or _VARIABLE.match(self.words[start])
        ):
            start += 1
        return self.words[start:]


@dataclass(frozen=True, slots=True)
class Job:
    """One job, or what stands outside of jobs.

    Attributes:
        name: Its name.
        commands: What it runs.
        needs: Text that says which jobs it waits for.
        tolerant: What lets it fail without anybody noticing, and the line; None if nothing does.
    """

    name: str
    commands: tuple[Command, ...]
    needs: str
    tolerant: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file of continuous integration.

    Attributes:
        file: The file.
        jobs: Its jobs.
        events: Text that says when it runs; empty if nothing does.
    """

    file: Path
    jobs: tuple[Job, ...]
    events: str


def read_workflows(root: Path, ci: str) -> tuple[Workflow, ...]:
    """Read what there is of continuous integration.

    Args:
        root: The project's folder.
        ci: Whose it is: `github` or `gitlab`.

    Raises:
        OSError: If a file cannot be read.
    """
    patterns = _GITHUB if ci == "github" else _GITLAB
    files = sorted({file for pattern in patterns for file in root.glob(pattern)})
    read = _github if ci == "github" else _gitlab
    return tuple(
        read(file, file.read_text(encoding="utf-8", errors="replace").splitlines())
        for file in files
    )


def default_sessions(noxfile: str) -> tuple[str, ...]:
    """Return the sessions that plain `nox` runs, as far as the text of a noxfile says it.

    Raises:
        SyntaxError: If it is no Python.
    """
    tree = ast.parse(noxfile)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "nox.options.sessions":
            words = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            return tuple(word for word in words if isinstance(word, str))
    # Without a choice, nox runs them all.
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _github(file: Path, lines: list[str]) -> Workflow:
    top = dict(_blocks(lines, 0))
    jobs = tuple(_job(name, part, 4) for name, part in _blocks(top.get("jobs", [])[1:], 2))
    return Workflow(file, jobs, _joined(top.get("on", top.get('"on"', []))))


def _gitlab(file: Path, lines: list[str]) -> Workflow:
    blocks = dict(_blocks(lines, 0))
    jobs = tuple(_job(name, part, 2) for name, part in blocks.items())
    return Workflow(file, jobs, _joined(blocks.get("workflow", [])))


_Lines = list[tuple[int, str]]


def _blocks(lines: list[str] | _Lines, indent: int) -> Iterator[tuple[str, _Lines]]:
    """Yield the keys of one level with the lines below each, and the one that it stands in; comments are left out."""
    name, part = "", _Lines()
    for number, line in _numbered(lines):
        if line.lstrip().startswith("#"):
            continue
        found = _NAMED.match(line)
        if found and len(found[1]) == indent:
            if name:
                yield name, part
            name, part = found[2].strip(), []
        part.append((number, line))
    if name:
        yield name, part


def _numbered(lines: list[str] | _Lines) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        yield line if isinstance(line, tuple) else (number, line)


def _joined(lines: Iterable[tuple[int, str]]) -> str:
    return "\n".join(line for _, line in lines)


def _job(name: str, lines: _Lines, indent: int) -> Job:
    keys = dict(_blocks(lines[1:], indent))
    tolerant = next(
        ((found[1], number) for number, line in lines if (found := _TOLERANT.match(line))), None
    )
    commands = tuple(_commands(lines))
    return Job(name, commands, _joined(keys.get("needs", [])), tolerant)


def _commands(lines: _Lines) -> Iterator[Command]:
    for number, line in lines:
        if _KEY.match(line):
            continue
        text = re.sub(r"^(?:- )?(?:run:\s*)?", "", line.strip())
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]
        try:
            words = shlex.split(text, comments=True)
        except ValueError:  # a quote that another line closes
            words = text.split()
        for part in _apart(words):
            yield Command(part, number, may_fail=bool(_SWALLOWED.search(text)))


def _apart(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the commands of a line that `&&` or `;` joins."""
    part: list[str] = []
    for word in [*words, ";"]:
        if word in {"&&", ";", "||"}:
            if part:
                yield tuple(part)
            part = []
        elif word.endswith(";"):
            yield (*part, word[:-1])
            part = []
        else:
            part.append(word)
