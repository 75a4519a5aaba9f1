"""`glacier build`: what is shipped to a cloud, and what is inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Protocol

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glacier_runtime.cli.progress import progress
from glacier_runtime.cli.reporting import print_json, reporting, standard_output
from glacier_runtime.deployed import read_deployed
from glacier_runtime.project import read_project
from glacier_runtime.quantities import counted, readable_size
from glacier_runtime.workshop import workshop

__all__ = ["Asked", "build"]

_SHOWN_PARTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `glacier build` is asked for.

    Attributes:
        python: The Python of the function; None takes the oldest that the project supports.
        architecture: Its processor.
        image: Whether to make an image's content.
        image_uri: An image that was pushed, to be recorded.
    """

    python: str | None
    architecture: str
    image: bool
    image_uri: str | None


class _Part(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


class _Built(Protocol):
    """What the generators' `Built` says, as far as it is shown to people."""

    @property
    def ok(self) -> bool: ...
    @property
    def pipeline(self) -> str: ...
    @property
    def runtime(self) -> str: ...
    @property
    def architecture(self) -> str: ...
    @property
    def archive(self) -> Path | None: ...
    @property
    def image(self) -> Path | None: ...
    @property
    def image_uri(self) -> str | None: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def unpacked_bytes(self) -> int: ...
    @property
    def own_bytes(self) -> int: ...
    @property
    def files(self) -> int: ...
    @property
    def parts(self) -> Sequence[_Part]: ...
    @property
    def left_out(self) -> Sequence[str]: ...
    @property
    def settings(self) -> Path | None: ...
    @property
    def removed(self) -> Sequence[Path]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def next_steps(self) -> Sequence[str]: ...
    def shown(self, path: Path) -> str: ...
    def to_dict(self) -> dict[str, object]: ...


def build(target: str | None, asked: Asked, *, as_json: bool, traceback: bool) -> None:
    """Build, and say what was built."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        make = workshop("build", "glacier build")
        project = read_project(Path.cwd())
        with progress() as observe:
            observe("reading the pipeline")
            manifest = read_deployed(project, target)
            made: _Built = make(project.root, manifest, observe=observe, **asdict(asked))
        if as_json:
            print_json(made.to_dict(), output)
        else:
            _print(made)
    if not made.ok:
        raise typer.Exit(1)


def _print(made: _Built) -> None:
    console = standard_output()
    console.print(
        f"{made.pipeline} for {made.runtime} on {made.architecture}: {counted(made.files, 'file')}, "
        f"{readable_size(made.size_bytes)} packed, {readable_size(made.unpacked_bytes)} unpacked"
    )
    console.print(_table(made))
    if made.left_out:
        _dim(console, f"left out, only the workshop needs them: {', '.join(made.left_out)}")
    for note in made.notes:
        _dim(console, f"note: {note}")
    for path in made.removed:
        _dim(console, f"removed {made.shown(path)}")
    console.print(f"sha256 {made.sha256}")
    for place in (made.archive, made.image):
        if place is not None:
            console.print(f"made {made.shown(place)}")
    if made.settings is not None:
        console.print(f"{made.shown(made.settings)} names {made.image_uri or 'it'}")
    if not made.ok:
        console.print("too large for a function's archive, so it has to be an image:")
    elif made.next_steps:
        console.print("next:")
    for step in made.next_steps:
        console.print(Text(f"  {step}"))


def _table(made: _Built) -> Table:
    largest = sorted(made.parts, key=lambda part: (-part.size_bytes, part.name))
    rest = largest[_SHOWN_PARTS:]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("project, runtime and plan", readable_size(made.own_bytes))
    for part in largest[:_SHOWN_PARTS]:
        table.add_row(f"{part.name} {part.version}", readable_size(part.size_bytes))
    if rest:
        table.add_row(
            f"{len(rest)} smaller dependencies",
            readable_size(sum(part.size_bytes for part in rest)),
        )
    return table


def _dim(console: Console, line: str) -> None:
    console.print(Text(line, style="dim"))
