"""`glacier doctor`: what a project that lives for years would trip over, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from glacier_runtime.cli.reporting import (
    print_json,
    print_problems,
    reporting,
    standard_output,
)
from glacier_runtime.doctor.examination import Diagnosis, examine
from glacier_runtime.project import read_project
from glacier_runtime.quantities import counted

__all__ = ["doctor"]


def doctor(*, with_update: bool, as_json: bool, traceback: bool) -> None:
    """Examine the project around the working directory.

    Raises:
        typer.Exit: With 1, if something is to be mended.
    """
    with reporting(as_json=as_json, traceback=traceback) as output:
        found = examine(read_project(Path.cwd()), with_update=with_update)
        if as_json:
            print_json(found.to_dict(), output)
        else:
            _print(found)
    if found.problems:
        raise typer.Exit(1)


def _print(found: Diagnosis) -> None:
    console = standard_output()
    print_problems(found.problems)
    for meant in found.accepted:
        told = f"accepted: {meant.problem.code} {meant.problem.message}, because {meant.because}"
        console.print(Text(told, style="dim"))
    for file in found.files:
        console.print(Text(f"{file.state} by hand ({file.owner}): {file.path}", style="dim"))
    update = found.update
    if update is None and any(file.owner == "template" for file in found.files):
        console.print("whether the next update collides with these: glacier doctor --update")
    if update is not None and update.version is not None:
        changes = counted(len(update.changed), "file")
        console.print(f"an update to {update.version} would change {changes}")
    elif update is not None and not update.problems:
        console.print("the template has nothing newer")
    if not found.problems:
        console.print("nothing to mend")
