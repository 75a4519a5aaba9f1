"""How results and problems reach the terminal, or a machine."""

from __future__ import annotations

import gc
import json
import signal
import sys
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.text import Text

from glacier_runtime.errors import Code, GlacierError, ParameterError, Place, Problem

__all__ = [
    "parse_params",
    "print_json",
    "print_problems",
    "print_warnings",
    "reporting",
    "seen_from_here",
    "standard_output",
]

_UNBROKEN = 1000  # columns; who reads a pipe does not want lines folded


def standard_output() -> Console:
    """Return a console on standard output: colour and line breaks only on a terminal."""
    width = None if sys.stdout.isatty() else _UNBROKEN
    return Console(width=width, highlight=False, markup=False, emoji=False)


@contextmanager
def reporting(*, as_json: bool, traceback: bool) -> Generator[TextIO]:
    """Turn errors of Glacier into readable ones and exit code 1.

    While inside, whatever user code prints goes to standard error if a machine reads standard output.

    Yields:
        The real standard output.
    """
    _look_for_garbage()
    output = sys.stdout
    try:
        with redirect_stdout(sys.stderr if as_json else output), _plain_warnings():
            yield output
    except GlacierError as error:
        if traceback:
            raise
        if as_json:
            problems = [problem.to_dict() for problem in error.problems]
            print_json({"ok": False, "problems": problems}, output)
        else:
            print_problems(error.problems)
        raise typer.Exit(1) from None
    except KeyboardInterrupt as error:
        # A run says what it has published, and which signal stopped it.
        line = str(error) or "interrupted: what was published stands, the rest was not published"
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(line)
        raise typer.Exit(128 + getattr(error, "number", signal.SIGINT)) from None


def _look_for_garbage() -> None:
    """Look for garbage from now on if `glacier` began without, but never among the modules that it loaded.

    That, mostly at the end of the process, was a quarter of the CPU time of a run of three small tasks.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


@contextmanager
def _plain_warnings() -> Generator[None]:
    """Let Python's warnings that carry a problem be read as one: without the line of Glacier that warns."""
    shown = warnings.showwarning

    def show(message: Warning | str, *arguments: Any, **options: Any) -> None:
        problem = getattr(message, "problem", None)
        if isinstance(problem, Problem):
            print_warnings((problem,))
        else:
            shown(message, *arguments, **options)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = shown


def print_json(data: Mapping[str, object], output: TextIO) -> None:
    """Print one JSON document."""
    output.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")


def print_warnings(warnings: tuple[Problem, ...]) -> None:
    """Print warnings to standard error, with paths as seen from here."""
    _print(warnings, "warning ", "bold yellow")


def print_problems(problems: tuple[Problem, ...]) -> None:
    """Print problems to standard error, with paths as seen from here."""
    _print(problems, "", "bold red")


def _print(problems: tuple[Problem, ...], kind: str, style: str) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for problem in problems:
        shown = replace(problem, place=seen_from_here(problem.place))
        head, *rest = str(shown).split("\n")
        text = Text(f"{kind}{head[:6]}", style=style) + Text(head[6:])
        console.print(text, *(Text(f"\n{line}", style="dim") for line in rest), sep="")


def parse_params(pairs: list[str]) -> dict[str, object]:
    """Read `NAME=VALUE` pairs.

    Raises:
        ParameterError: GLC603, for each pair without a name or an equals sign, and for each name that occurs twice.
    """
    params: dict[str, object] = {}
    problems = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            problems.append(
                Problem(
                    code=Code.PARAMETER_INVALID,
                    message=f"--param {pair!r:.80} is no NAME=VALUE",
                    fix="write it as --param since=2024-01-01",
                )
            )
        if name.strip() in params:
            problems.append(
                Problem(
                    code=Code.PARAMETER_INVALID,
                    message=f"--param {name.strip()!r:.80} is given twice",
                    fix="give it once; a list is written as JSON: --param days='[1, 2]'",
                )
            )
        params[name.strip()] = value
    if problems:
        raise ParameterError(problems)
    return params


def seen_from_here(place: Place | None) -> Place | None:
    """Return a place with its path as seen from the working directory."""
    if place is None:
        return None
    path = Path(place.file)
    try:
        return Place(str(path.relative_to(Path.cwd())), place.line)
    except ValueError:
        return place
