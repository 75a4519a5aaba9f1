"""The commands, their options and their help. What they do is imported when one is called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import glacier_runtime
from glacier_runtime.cli.cloud_commands import add_cloud_commands
from glacier_runtime.cli.deploy_commands import add_deploy_commands
from glacier_runtime.cli.options import (
    EPILOG,
    HELP_NAMES,
    Commands,
    Json,
    Param,
    Target,
    Traceback,
)
from glacier_runtime.cli.run_commands import add_commands

__all__ = ["app"]

app = typer.Typer(
    name="glacier",
    cls=Commands,
    help="Typed Python functions become a data pipeline and the infrastructure that runs it.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
)


class GraphFormat(StrEnum):
    """How `glacier graph` draws."""

    TEXT = "text"
    MERMAID = "mermaid"


class Conflict(StrEnum):
    """Who decides for `glacier generate` where the same thing was changed by hand and in the code."""

    ABORT = "abort"
    MINE = "mine"
    THEIRS = "theirs"
    INLINE = "inline"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"glacier {glacier_runtime.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    del version  # its callback has answered


add_commands(app)
add_cloud_commands(app)


@app.command(epilog=EPILOG)
def validate(
    pipeline: Target = None,
    param: Param = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail, too.")] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Check everything before any data moves."""
    from glacier_runtime.checks import child  # noqa: PLC0415 (only here)

    child.start_early()  # it loads Polars while the next line does
    from glacier_runtime.cli import inspection  # noqa: PLC0415

    inspection.validate(pipeline, param or [], strict=strict, as_json=json, traceback=traceback)


@app.command(epilog=EPILOG)
def analyze(
    pipeline: Target = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the manifest, which generators read.")
    ] = False,
    json_schema: Annotated[
        bool, typer.Option("--json-schema", help="Print the JSON Schema of the manifest.")
    ] = False,
    static: Annotated[
        bool,
        typer.Option("--static", help="Import nothing: read the files of PIPELINE, here a path."),
    ] = False,
    traceback: Traceback = False,
) -> None:
    """Show tasks, datasets and parameters."""
    if static:
        from glacier_runtime.cli import static_reading  # noqa: PLC0415 (loads no Polars)

        static_reading.analyze(pipeline, as_json=json, traceback=traceback)
        return
    from glacier_runtime.cli import inspection  # noqa: PLC0415 (loads Polars)

    inspection.analyze(pipeline, as_json=json, json_schema=json_schema, traceback=traceback)


@app.command(epilog=EPILOG)
def graph(
    pipeline: Target = None,
    form: Annotated[
        GraphFormat, typer.Option("--format", help="How to draw it.")
    ] = GraphFormat.TEXT,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Draw the graph of tasks and datasets."""
    from glacier_runtime.cli import inspection  # noqa: PLC0415 (loads Polars)

    inspection.graph(
        pipeline, mermaid=form is GraphFormat.MERMAID, as_json=json, traceback=traceback
    )


@app.command(epilog=EPILOG)
def generate(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Write nothing; list files that are not as generated.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change.")
    ] = False,
    conflict: Annotated[
        Conflict,
        typer.Option(
            help="Where hand and code changed the same: keep mine, take theirs, mark them inline, or stop."
        ),
    ] = Conflict.ABORT,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help="Read this manifest, and no code."),
    ] = None,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Write the infrastructure that runs the pipeline, and what else the project has generated."""
    from glacier_runtime.cli import generating  # noqa: PLC0415 (loads pydantic)

    wanted = generating.Wanted(check=check, status=status, diff=diff, conflict=conflict.value)
    generating.generate(pipeline, manifest, wanted, as_json=json, traceback=traceback)


@app.command(epilog=EPILOG)
def build(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    python: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Python of the functions, as 3.12; by default the oldest in requires-python.",
        ),
    ] = None,
    architecture: Annotated[
        str, typer.Option(metavar="NAME", help="Processor of the functions: x86_64 or arm64.")
    ] = "x86_64",
    image: Annotated[
        bool, typer.Option("--image", help="Write the content of an image instead of an archive.")
    ] = False,
    image_uri: Annotated[
        str | None,
        typer.Option(metavar="URI", help="Record this pushed image, REGISTRY/NAME@sha256:DIGEST."),
    ] = None,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Pack the pipeline's code and its dependencies for the cloud."""
    from glacier_runtime.cli import building  # noqa: PLC0415 (loads pydantic)

    asked = building.Asked(
        python=python, architecture=architecture, image=image, image_uri=image_uri
    )
    building.build(pipeline, asked, as_json=json, traceback=traceback)


@app.command(epilog=EPILOG)
def doctor(
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Try the template's newest release in a copy, too; needs Copier, and the template.",
        ),
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Find what the next update would trip over, what is missing or out of step, and how to mend it."""
    from glacier_runtime.cli import doctoring  # noqa: PLC0415 (loads pydantic)

    doctoring.doctor(with_update=update, as_json=json, traceback=traceback)


@app.command(epilog=EPILOG)
def adopt(  # noqa: PLR0917 (a command's options)
    template: Annotated[
        str,
        typer.Argument(
            metavar="TEMPLATE",
            help="Where the template is: gh:owner/name, a URL, or a folder.",
            show_default=False,
        ),
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="An answer that is not to be guessed; repeat for several."
        ),
    ] = None,
    release: Annotated[
        str | None, typer.Option(metavar="TAG", help="The template's release, not the newest.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be added and kept.")
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Bring the project in this folder under the template; no file that is there is changed. Needs Copier."""
    from glacier_runtime.cli import adopting  # noqa: PLC0415 (only here)

    adopting.run(template, data or [], release, dry_run=dry_run, as_json=json, traceback=traceback)


add_deploy_commands(app)
