"""The commands, their options and their help. What they do is imported when one is called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption

import glacier_runtime

__all__ = ["app"]

_EPILOG = (
    "Exit codes: 0 done · 1 problems found, or the run failed · 2 wrong usage · 130 interrupted."
)


class _Commands(TyperGroup):
    """Commands whose `--help` has a plain default: without one, typer would load pydantic to convert it."""

    def get_help_option(self, ctx: Any) -> TyperOption | None:  # typer hides the type of ctx
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


app = typer.Typer(
    name="glacier",
    cls=_Commands,
    help="Typed Python functions become a data pipeline and the infrastructure that runs it.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="PIPELINE",
        help="package.module:name; by default what [tool.glacier] in pyproject.toml names.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for machines.")]
Traceback = Annotated[
    bool, typer.Option("--traceback", help="On an error, show the whole traceback.")
]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "--param", "-p", metavar="NAME=VALUE", help="A run parameter; repeat for several."
    ),
]


class GraphFormat(StrEnum):
    """How `glacier graph` draws."""

    TEXT = "text"
    MERMAID = "mermaid"


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


Only = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A task, or the task that makes this dataset, and no other; repeatable.",
    ),
]
Partition = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=VALUE", help="The partition to make, as day=2024-01-31; repeatable."
    ),
]
Parallel = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="How many groups may run at once; at most 4 by default."),
]


@app.command(epilog=_EPILOG)
def run(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    param: Param = None,
    only: Only = None,
    start_from: Annotated[
        list[str] | None,
        typer.Option(
            "--from", metavar="NAME", help="A task, or a dataset's, and all after it; repeatable."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run what is current, too.")] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the last run that ended early, as it was asked for."
        ),
    ] = False,
    partition: Partition = None,
    logical_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The moment that the run stands for, in ISO 8601."),
    ] = None,
    parallel: Parallel = None,
    memory_budget_mib: Annotated[
        int | None,
        typer.Option(
            metavar="MIB",
            min=1,
            help="What fused queries may keep; by default a share of what is free.",
        ),
    ] = None,
    no_fuse: Annotated[
        bool, typer.Option("--no-fuse", help="Run task by task instead of fusing lazy neighbours.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what would run and why, and run nothing.")
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Check the pipeline and run what is not current."""
    from glacier_runtime.cli import running  # noqa: PLC0415 (loads Polars)

    asked = running.Asked(
        only=tuple(only or ()),
        start_from=tuple(start_from or ()),
        force=force,
        resume=resume,
        partitions=tuple(partition or ()),
        logical_date=logical_date,
        parallel=parallel,
        memory_budget_mib=memory_budget_mib,
        fuse=not no_fuse,
    )
    running.run(pipeline, param or [], asked, explain=explain, as_json=json, traceback=traceback)


@app.command(epilog=_EPILOG)
def backfill(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    param: Param = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="VALUE", help="The first day, hour or number to make."),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="VALUE", help="The last one, which is made, too."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="A partition to make, as day=2024-01-31/region=eu; with --from, values of other columns; repeatable.",
        ),
    ] = None,
    only: Only = None,
    force: Annotated[bool, typer.Option("--force", help="Make what is current, too.")] = False,
    parallel: Parallel = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            "--explain",
            help="Show which partitions are missing, stale or current, and make none.",
        ),
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Make the partitions of a range, or those that are named: what is missing or stale."""
    from glacier_runtime.cli import backfilling  # noqa: PLC0415 (loads Polars)

    asked = backfilling.Asked(
        first=first,
        last=last,
        partitions=tuple(key or ()),
        only=tuple(only or ()),
        force=force,
        parallel=parallel,
    )
    backfilling.backfill(
        pipeline, param or [], asked, explain=explain, as_json=json, traceback=traceback
    )


@app.command(epilog=_EPILOG)
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


@app.command(epilog=_EPILOG)
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


@app.command(epilog=_EPILOG)
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


@app.command(epilog=_EPILOG)
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
    keep_edits: Annotated[
        bool, typer.Option("--keep-edits", help="Where a file was edited by hand, keep the edit.")
    ] = False,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help="Read this manifest, and no code."),
    ] = None,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Write the infrastructure that runs the pipeline."""
    from glacier_runtime.cli import generating  # noqa: PLC0415 (loads pydantic)

    wanted = generating.Wanted(check=check, status=status, diff=diff, keep_edits=keep_edits)
    generating.generate(pipeline, manifest, wanted, as_json=json, traceback=traceback)


@app.command(epilog=_EPILOG)
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


@app.command(epilog=_EPILOG)
def clean(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Remove nothing; list what would be removed.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Keep the newest N versions of each dataset; by default 3."
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Beyond them, remove only versions older than 30m, 7d…"),
    ] = None,
    dropped: Annotated[
        bool,
        typer.Option("--dropped", help="Remove versions of datasets that the code dropped, too."),
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Remove old versions, and what killed runs left."""
    from glacier_runtime.cli import cleaning  # noqa: PLC0415 (loads Polars)

    cleaning.clean_up(
        pipeline,
        keep=keep,
        older_than=older_than,
        dropped=dropped,
        dry_run=dry_run,
        as_json=json,
        traceback=traceback,
    )


_runs = typer.Typer(
    cls=_Commands, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(_runs, name="runs", epilog=_EPILOG)
RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="An id, the beginning of one, latest, or latest~1 for the one before.",
        show_default=False,
    ),
]


@_runs.callback(invoke_without_command=True)
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")] = 20,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """List what was run here, and beside the data in the cloud; or show one run."""
    if context.invoked_subcommand is None:
        from glacier_runtime.cli import history  # noqa: PLC0415 (loads pydantic)

        history.runs(limit=limit, as_json=json, traceback=traceback)


@_runs.command(epilog=_EPILOG)
def show(run: RunName, json: Json = False, traceback: Traceback = False) -> None:
    """Show which groups of a run ran or were left out and why, what they made, and what failed."""
    from glacier_runtime.cli import history  # noqa: PLC0415 (loads pydantic)

    history.show(run, as_json=json, traceback=traceback)


@app.command(epilog=_EPILOG)
def diff(before: RunName, after: RunName, json: Json = False, traceback: Traceback = False) -> None:
    """Show how one run differs from another: parameters, code, columns, rows, bytes, time."""
    from glacier_runtime.cli import history  # noqa: PLC0415 (loads pydantic)

    history.diff(before, after, as_json=json, traceback=traceback)
