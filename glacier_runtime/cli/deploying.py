"""`glacier plan`, `deploy`, `destroy`: what would change in the cloud, who agreed, and what was done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import typer
from rich.console import Console
from rich.text import Text

from glacier_runtime.cli.progress import progress
from glacier_runtime.cli.reporting import print_json, reporting, standard_output
from glacier_runtime.deployed import read_deployed
from glacier_runtime.deployment import Deployed, PlanPage, ask_before, rights_between
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.project import read_project
from glacier_runtime.quantities import counted
from glacier_runtime.workshop import workshop

__all__ = ["Asked", "Wanted", "deploy", "destroy", "plan"]

_STYLES: Final = {
    "  +": "green",
    "  -": "red",
    "  ~": "yellow",
    "  ±": "bold red",
    "!!!": "bold red",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked for: the fields of the generators' `PlanOptions`."""

    python: str | None
    architecture: str
    image_uri: str | None
    var_files: tuple[Path, ...]
    costs: Path | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `glacier destroy` is asked for.

    Attributes:
        yes: Whether to ask nobody, as long as no data goes.
        delete_data: Whether data goes, too.
        confirm: The pipeline's name, for those who cannot type it at a terminal.
        var_files: Further files of variables for Terraform.
    """

    yes: bool
    delete_data: bool
    confirm: str | None
    var_files: tuple[Path, ...]


class _Destruction(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def kept(self) -> Sequence[Any]: ...


class _Destroyed(Protocol):
    @property
    def destruction(self) -> _Destruction: ...
    @property
    def applied(self) -> bool: ...
    @property
    def objects(self) -> int: ...
    def to_dict(self) -> dict[str, object]: ...


def plan(
    target: str | None, asked: Asked, *, exit_code: bool, as_json: bool, traceback: bool
) -> None:
    """Print what a deployment would change."""
    changes = False
    with reporting(as_json=as_json, traceback=traceback) as output:
        make = workshop("plan", "glacier plan")
        project = read_project(Path.cwd())
        with progress() as observe:
            observe("reading the pipeline")
            manifest = read_deployed(project, target)
            made: PlanPage = make(
                project.root, manifest, rights_between, observe=observe, **asdict(asked)
            )
        changes = made.has_changes
        if as_json:
            print_json({"ok": True, **made.data}, output)
        else:
            _print_page(made.text, standard_output())
    if exit_code and changes:
        raise typer.Exit(2)


def deploy(
    target: str | None, asked: Asked, *, yes: bool, load: bool, as_json: bool, traceback: bool
) -> None:
    """Deploy, and say what was done and what is next."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        make = workshop("deploy", "glacier deploy")
        project = read_project(Path.cwd())
        # Who is asked reads standard error, for a machine may read standard output.
        console = _error_console()

        def approve(page: PlanPage) -> None:
            _print_page(page.text, console)
            if not yes:
                ask_before(
                    'Type "yes" to apply this plan:',
                    instead="glacier deploy --yes applies without asking",
                )

        _say(console, "reading the pipeline, building, planning")
        manifest = read_deployed(project, target)
        done: Deployed = make(
            project.root,
            manifest,
            rights_between,
            approve,
            load=load,
            tell=lambda line: _say(console, line),
            **asdict(asked),
        )
        if as_json:
            print_json(done.to_dict(), output)
        else:
            _print_deployed(done, standard_output())


def destroy(target: str | None, wanted: Wanted, *, as_json: bool, traceback: bool) -> None:
    """Destroy, and say what stays."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        undo = workshop("destroy", "glacier destroy")
        project = read_project(Path.cwd())
        manifest = read_deployed(project, target, columns=False)
        console = _error_console()

        def approve(page: _Destruction) -> None:
            _print_page(page.text, console)
            _agree(wanted, manifest.pipeline)

        _check_name(wanted, manifest.pipeline)
        done: _Destroyed = undo(
            project.root,
            manifest,
            approve,
            delete_data=wanted.delete_data,
            files=wanted.var_files,
            tell=lambda line: _say(console, line),
        )
        if as_json:
            print_json(done.to_dict(), output)
        else:
            _print_destroyed(done, standard_output())


def _agree(wanted: Wanted, pipeline: str) -> None:
    if wanted.delete_data:
        if wanted.confirm is None:
            ask_before(
                f"This deletes data. Type the pipeline's name, {pipeline}, to delete it:",
                instead=f"glacier destroy --delete-data --confirm {pipeline} asks nobody",
                wanted=pipeline,
            )
    elif not wanted.yes:
        ask_before(
            'Type "yes" to destroy this; data stays:', instead="glacier destroy --yes asks nobody"
        )


def _check_name(wanted: Wanted, pipeline: str) -> None:
    if wanted.confirm is not None and wanted.confirm != pipeline:
        raise GenerationError(
            Problem(
                code=Code.DATA_NOT_NAMED,
                message=f"--confirm {wanted.confirm!r:.80} is not the name of the pipeline; nothing was changed",
                fix=f"the pipeline in this folder is {pipeline!r}: is it the one whose data is to go?",
            )
        )


def _print_deployed(done: Deployed, console: Console) -> None:
    if not done.applied:
        console.print("nothing to deploy: the cloud is as the code says")
        return
    if done.loaded.tasks:
        console.print(
            f"deployed; the code of {counted(len(done.loaded.tasks), 'task')} was loaded there"
        )
    else:
        console.print("deployed")
    for task, reason in done.loaded.not_tried.items():
        console.print(
            Text(f"not loaded, so nobody knows whether it can be: {task}: {reason}", style="yellow")
        )
    for step in done.next_steps:
        console.print(Text(f"next: {step}"))


def _print_destroyed(done: _Destroyed, console: Console) -> None:
    console.print("destroyed" if done.applied else "nothing to destroy")
    if done.objects:
        console.print(f"{counted(done.objects, 'version')} of objects deleted")
    for kept in done.destruction.kept:
        console.print(Text(f"stays: {kept.name} ({kept.kind}: {kept.why})"))


def _print_page(text: str, console: Console) -> None:
    for line in text.splitlines():
        console.print(Text(line, style=_STYLES.get(line[:3], "")))


def _error_console() -> Console:
    width = None if sys.stderr.isatty() else 1000
    return Console(stderr=True, width=width, highlight=False, markup=False, emoji=False)


def _say(console: Console, line: str) -> None:
    console.print(Text(line, style="dim"))
