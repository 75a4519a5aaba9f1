"""The commands that run tasks, and that show and remove what runs leave. What they do is imported when one is called."""

from __future__ import annotations

from typing import Annotated

import typer

from glacier_runtime.cli.options import (
    EPILOG,
    HELP_NAMES,
    CloudRunId,
    CloudRunName,
    Commands,
    Detach,
    Json,
    OfPipeline,
    Only,
    Parallel,
    Param,
    Partition,
    RunName,
    RunsIn,
    Target,
    Traceback,
    Where,
)

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Let an application have these commands."""
    for command in (run, backfill, clean):
        app.command(epilog=EPILOG)(command)
    app.add_typer(_runs, name="runs", epilog=EPILOG)
    app.command(epilog=EPILOG)(diff)


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
    target: RunsIn = "local",
    hybrid: Annotated[
        bool,
        typer.Option(
            "--hybrid",
            help="With --target aws: run local tasks here, and have AWS run the others one by one.",
        ),
    ] = False,
    run_id: CloudRunId = None,
    detach: Detach = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Check the pipeline and run what is not current."""
    if target != "local" or hybrid or run_id or detach:
        from glacier_runtime.cli import cloud_running  # noqa: PLC0415 (loads Polars)

        wanted = cloud_running.Wanted(
            target=target,
            hybrid=hybrid,
            run_id=run_id,
            detach=detach,
            only=tuple(only or ()),
            start_from=tuple(start_from or ()),
            force=force,
            partitions=tuple(partition or ()),
            logical_date=logical_date,
            of_this_machine=tuple(
                name
                for name, given in (
                    ("--resume", resume),
                    ("--parallel", parallel is not None),
                    ("--memory-budget-mib", memory_budget_mib is not None),
                    ("--no-fuse", no_fuse),
                    ("--explain", explain),
                )
                if given
            ),
        )
        cloud_running.run(pipeline, param or [], wanted, as_json=json, traceback=traceback)
        return
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
    target: RunsIn = "local",
    run_id: CloudRunId = None,
    detach: Detach = False,
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
    if target != "local" or run_id or detach:
        backfilling.backfill_in_cloud(
            pipeline,
            param or [],
            asked,
            backfilling.InCloud(target, run_id, detach, explain),
            as_json=json,
            traceback=traceback,
        )
        return
    backfilling.backfill(
        pipeline, param or [], asked, explain=explain, as_json=json, traceback=traceback
    )


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


_runs = typer.Typer(cls=Commands, rich_markup_mode=None, context_settings=HELP_NAMES)


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


@_runs.command(epilog=EPILOG)
def show(run: RunName, json: Json = False, traceback: Traceback = False) -> None:
    """Show which groups of a run ran or were left out and why, what they made, and what failed."""
    from glacier_runtime.cli import history  # noqa: PLC0415 (loads pydantic)

    history.show(run, as_json=json, traceback=traceback)


@_runs.command(epilog=EPILOG)
def follow(
    run: CloudRunName,
    pipeline: OfPipeline = None,
    where: Where = "aws",
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Follow a run in a cloud to its end, whoever started it, and show what it made."""
    from glacier_runtime.cli import cloud_running  # noqa: PLC0415 (loads Polars)

    cloud_running.follow(run, pipeline, where, as_json=json, traceback=traceback)


@_runs.command(epilog=EPILOG)
def stop(
    run: CloudRunName,
    pipeline: OfPipeline = None,
    where: Where = "aws",
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Stop a run in a cloud; what its tasks have published stands."""
    from glacier_runtime.cli import cloud_running  # noqa: PLC0415 (loads Polars)

    cloud_running.stop(run, pipeline, where, as_json=json, traceback=traceback)


def diff(before: RunName, after: RunName, json: Json = False, traceback: Traceback = False) -> None:
    """Show how one run differs from another: parameters, code, columns, rows, bytes, time."""
    from glacier_runtime.cli import history  # noqa: PLC0415 (loads pydantic)

    history.diff(before, after, as_json=json, traceback=traceback)
