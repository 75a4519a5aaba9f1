"""`glacier adopt`: what was added to a project, and what of the template its own files lack."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from glacier_runtime.adoption.adopting import Adoption, adopt
from glacier_runtime.adoption.joining import Kept
from glacier_runtime.cli.reporting import (
    print_json,
    reporting,
    standard_output,
)
from glacier_runtime.quantities import counted

__all__ = ["run"]

_SHOWN = 12


def run(
    template: str,
    data: list[str],
    release: str | None,
    *,
    dry_run: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Adopt the project in the working directory."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        answers = _answers(data)
        done = adopt(Path.cwd(), template, answers, release=release, write=not dry_run)
        if as_json:
            print_json({**done.to_dict(), "dry_run": dry_run}, output)
        else:
            _print(done, dry_run=dry_run)


def _answers(pairs: list[str]) -> dict[str, str]:
    answers = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{pair!r:.80} is no NAME=VALUE", param_hint="--data")
        answers[name] = value
    return answers


def _print(done: Adoption, *, dry_run: bool) -> None:
    console = standard_output()
    would = "would be " if dry_run else ""
    console.print(f"answers, of which --data name=value changes each (template {done.version}):")
    for name, answer in done.answers.items():
        if not name.startswith("_"):
            console.print(Text(f"  {name} = {answer}", style="dim"))
    added = done.join.added
    console.print(f"{would}added: {counted(len(added), 'file')}")
    for path in added[:_SHOWN]:
        console.print(Text(f"  {path}"))
    if len(added) > _SHOWN:
        console.print(f"  and {len(added) - _SHOWN} more, which git status shows; --json names all")
    for kept in done.join.kept:
        console.print(Text(f"{would}kept as it is: {_described(kept)}"))
    if not dry_run:
        console.print(
            "next: carry over what you want of each *.template and delete it, then glacier doctor, and commit"
        )


def _described(kept: Kept) -> str:
    if kept.beside is None:
        return f"{kept.path}, which is yours anyway"
    lacks = f"; lacks {', '.join(kept.lacks)}" if kept.lacks else ""
    return f"{kept.path} (the template's: {kept.beside}){lacks}"
