"""The commands about a pipeline in its cloud. What they do is imported when one is called."""

from __future__ import annotations

from typing import Annotated

import typer

from glacier_runtime.cli.options import EPILOG, Json, Target, Traceback

__all__ = ["add_cloud_commands"]


def add_cloud_commands(app: typer.Typer) -> None:
    """Let an application have these commands."""
    app.command(epilog=EPILOG)(iam)


def iam(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    task: Annotated[
        str | None, typer.Option("--task", metavar="NAME", help="Only the role of this task.")
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option(
            "--diff",
            metavar="REV",
            help="Show what is gained and lost since this revision of git.",
        ),
    ] = None,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="With --diff: exit 1 if something is gained."),
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Show who may do what in the cloud, and why."""
    from glacier_runtime.cli import granting  # noqa: PLC0415 (loads pydantic)

    asked = granting.Asked(task=task, since=diff, exit_code=exit_code)
    granting.iam(pipeline, asked, as_json=json, traceback=traceback)
