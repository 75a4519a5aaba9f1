"""`glacier generate`: infrastructure and pages from the pipeline, and what hand edits mean for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from glacier_runtime.cli.reporting import (
    print_json,
    print_problems,
    reporting,
    standard_output,
)
from glacier_runtime.compiled import GeneratedFile, Generation
from glacier_runtime.deployed import read_deployed
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest
from glacier_runtime.project import read_project
from glacier_runtime.quantities import counted
from glacier_runtime.workshop import workshop

__all__ = ["Wanted", "generate"]

_DONE: Final = {
    "write": "wrote",
    "merge": "merged",
    "mark": "marked conflicts in",
    "remove": "removed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `glacier generate` is asked for.

    Attributes:
        check: Write nothing; fail if something would be written.
        status: Write nothing; say what each file is.
        diff: Write nothing; show what would change.
        conflict: Who decides where the same thing was changed by hand and in the code: `abort`, `mine`, `theirs`, `inline`.
    """

    check: bool
    status: bool
    diff: bool
    conflict: str

    @property
    def only_looks(self) -> bool:
        """Whether nothing is to be written."""
        return self.check or self.status or self.diff


def generate(
    target: str | None, manifest: Path | None, wanted: Wanted, *, as_json: bool, traceback: bool
) -> None:
    """Generate, or say what generation would do."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        make = workshop("generate", "glacier generate")
        project = read_project(Path.cwd())
        if manifest is None:
            pipeline = read_deployed(project, target, anywhere=bool(project.generators))
        else:
            pipeline = _read_manifest(manifest)
        done: Generation = make(
            project.root,
            pipeline,
            write=not wanted.only_looks,
            conflict=wanted.conflict,
            also=project.generators,
        )
        if as_json:
            print_json(done.to_dict(), output)
        else:
            _print(done, wanted)
    failed = bool(done.problems) and not (wanted.status or wanted.diff)
    if failed or (wanted.check and not done.is_current):
        raise typer.Exit(1)


def _print(done: Generation, wanted: Wanted) -> None:
    console = standard_output()
    files = tuple(done.files)
    if wanted.diff or wanted.check:
        _print_diff(done.diff, console)
    if wanted.status:
        _print_states(files, done.changes, console)
    if done.written:
        for path, change in done.changes.items():
            console.print(Text(f"{_DONE[change]} {path}"))
    if not wanted.diff:
        for offer in done.offers:
            console.print(Text(offer))
    if not (wanted.status or wanted.diff):
        _print_edits(files, done.changes, console)
        print_problems(done.problems)
    if not done.problems:
        _print_sum(done, wanted, console)


def _print_sum(done: Generation, wanted: Wanted, console: Console) -> None:
    files = tuple(done.files)
    changes = len(done.changes)
    if done.is_current:
        by_hand = sum(file.state in {"edited", "deleted"} for file in files)
        edits = f"; {by_hand} changed by hand" if by_hand else ""
        console.print(f"{counted(len(files), 'generated file')}, all up to date{edits}")
    elif wanted.only_looks:
        what = counted(changes, "file") if changes else "what is remembered in .glacier/base"
        console.print(f"{what} would change; glacier generate changes them")
    elif not changes:
        console.print("remembered in .glacier/base what is generated")


def _print_diff(diff: str, console: Console) -> None:
    if console.is_terminal:
        console.print(Syntax(diff, "diff", background_color="default", word_wrap=True))
    else:
        console.out(diff, end="")


def _print_states(
    files: Iterable[GeneratedFile], changes: Mapping[str, str], console: Console
) -> None:
    for file in files:
        change = changes.get(file.path)
        if file.state == "clean" and change is None:
            continue
        shown = "conflict" if change == "conflict" else file.state
        to_do = f", to {change}" if change in _DONE else ""
        console.print(Text(f"{shown:<9}{file.path}{to_do}"))


def _print_edits(
    files: Iterable[GeneratedFile], changes: Mapping[str, str], console: Console
) -> None:
    for file in files:
        if file.state in {"edited", "deleted"} and file.path not in changes:
            console.print(Text(f"left as it is ({file.state} by hand): {file.path}", style="dim"))
        for address in file.left_out:
            console.print(Text(f"left out (deleted by hand): {address} in {file.path}"))


def _read_manifest(file: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except OSError as error:
        faults = [str(error)]
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    raise GenerationError(
        Problem(
            code=Code.BAD_MANIFEST,
            message=f"manifest {file}: {fault}",
            fix="write it as docs/manifest-v1.schema.json says; `glacier analyze --json` makes one",
        )
        for fault in faults
    )
