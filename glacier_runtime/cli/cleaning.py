"""`glacier clean`: what nobody needs any more is removed, or only listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import typer
from rich.text import Text

from glacier_runtime.cli.reporting import (
    print_json,
    print_problems,
    reporting,
    standard_output,
)
from glacier_runtime.errors import Code, ParameterError, Problem, StorageError
from glacier_runtime.project import load_pipeline, read_project
from glacier_runtime.quantities import counted, readable_size
from glacier_runtime.storage.cleaning import Cleaning, Cleared, clean
from glacier_runtime.storage.faults import write_failed
from glacier_runtime.storage.retention import Retention, read_retention

__all__ = ["clean_up"]

_AGE: Final = re.compile(r"(\d{1,6})(m|h|d|w)")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def clean_up(
    target: str | None,
    *,
    keep: int | None,
    older_than: str | None,
    dropped: bool,
    dry_run: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Clear up what a pipeline's datasets no longer need, and say what and how much that is.

    Raises:
        typer.Exit: With 1, if a dataset could not be looked at.
    """
    with reporting(as_json=as_json, traceback=traceback) as output:
        project = read_project(Path.cwd())
        retention = _retention(read_retention(project.root), keep, older_than)
        pipeline = load_pipeline(project, target)
        places = [d.storage for d in pipeline.graph.datasets if d.storage is not None]
        try:
            found = clean(
                pipeline.name, places, project.root, retention, dry_run=dry_run, dropped=dropped
            )
        except OSError as error:
            raise StorageError(write_failed(error)) from error
        if as_json:
            print_json(_document(found, dry_run=dry_run), output)
        else:
            _print(found, dry_run=dry_run)
    if found.problems:
        raise typer.Exit(1)


def _retention(said: Retention, keep: int | None, older_than: str | None) -> Retention:
    """Let options of the command win over what the project says."""
    if keep is not None:
        said = replace(said, versions=keep)
    if older_than is None:
        return said
    match = _AGE.fullmatch(older_than)
    if match is None:
        raise ParameterError(
            Problem(
                code=Code.PARAMETER_INVALID,
                message=f"--older-than {older_than!r:.80} is no age",
                fix="write a number and m, h, d or w, as in --older-than 7d",
            )
        )
    return replace(said, age=timedelta(**{_UNITS[match[2]]: int(match[1])}))


def _document(found: Cleaning, *, dry_run: bool) -> dict[str, object]:
    return {
        "ok": not found.problems,
        "dry_run": dry_run,
        "cleared": [asdict(item) for item in found.cleared],
        "dropped": [asdict(item) for item in found.dropped],
        "problems": [problem.to_dict() for problem in found.problems],
        "size_bytes": _total(found.cleared) + _total([i for i in found.dropped if i.removed]),
    }


def _print(found: Cleaning, *, dry_run: bool) -> None:
    console = standard_output()
    would = "would remove" if dry_run else "removed"
    for item in found.cleared:
        console.print(f"{would} {item.what}, {readable_size(item.size_bytes)}")
        console.print(Text(f"  {item.address}", style="dim"))
    for item in found.dropped:
        verb = "removed" if item.removed else "left alone"
        console.print(f"{verb} {item.what}, {readable_size(item.size_bytes)}")
        console.print(Text(f"  {item.address}", style="dim"))
    print_problems(found.problems)
    gone = [*found.cleared, *(item for item in found.dropped if item.removed)]
    total = readable_size(_total(gone))
    console.print(
        f"{would} {counted(len(gone), 'thing')}, {total}" if gone else "nothing to remove"
    )


def _total(items: Sequence[Cleared]) -> int:
    return sum(item.size_bytes for item in items)
