"""The commands that change what is in the cloud. What they do is imported when one is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glacier_runtime.cli.options import EPILOG, Json, Target, Traceback

__all__ = ["add_deploy_commands"]

_PLAN_EPILOG = (
    "Exit codes: 0 done · 1 problems found · 2 wrong usage, or with --exit-code: there are changes · "
    "130 interrupted."
)

Python = Annotated[
    str | None,
    typer.Option(
        metavar="VERSION",
        help="Python of the functions, as 3.12; by default the oldest in requires-python.",
    ),
]
Architecture = Annotated[
    str, typer.Option(metavar="NAME", help="Processor of the functions: x86_64 or arm64.")
]
ImageUri = Annotated[
    str | None,
    typer.Option(metavar="URI", help="Deploy this pushed image, REGISTRY/NAME@sha256:DIGEST."),
]
VarFile = Annotated[
    list[Path] | None,
    typer.Option(
        "--var-file",
        metavar="FILE",
        help="Variables for Terraform, beside those in infra/; repeatable.",
    ),
]
Costs = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Prices and assumptions, as TOML, in place of those that come along."
    ),
]


def add_deploy_commands(app: typer.Typer) -> None:
    """Let an application have these commands."""
    app.command(epilog=_PLAN_EPILOG)(plan)
    for command in (deploy, destroy):
        app.command(epilog=EPILOG)(command)


def plan(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    python: Python = None,
    architecture: Architecture = "x86_64",
    image_uri: ImageUri = None,
    var_file: VarFile = None,
    costs: Costs = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 2 if a deployment would change something.")
    ] = False,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Show on one page what a deployment would change, and what it costs."""
    from glacier_runtime.cli import deploying  # noqa: PLC0415 (loads pydantic)

    asked = deploying.Asked(python, architecture, image_uri, tuple(var_file or ()), costs)
    deploying.plan(pipeline, asked, exit_code=exit_code, as_json=json, traceback=traceback)


def deploy(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Apply the plan without asking, as CI does.")
    ] = False,
    load: Annotated[
        bool,
        typer.Option(
            "--load/--no-load",
            help="Afterwards, let each new or changed task load its code in the cloud, without running it.",
        ),
    ] = True,
    python: Python = None,
    architecture: Architecture = "x86_64",
    image_uri: ImageUri = None,
    var_file: VarFile = None,
    costs: Costs = None,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Build, show what would change, ask, and apply exactly that."""
    from glacier_runtime.cli import deploying  # noqa: PLC0415 (loads pydantic)

    asked = deploying.Asked(python, architecture, image_uri, tuple(var_file or ()), costs)
    deploying.deploy(pipeline, asked, yes=yes, load=load, as_json=json, traceback=traceback)


def destroy(  # noqa: PLR0917 (a command's options)
    pipeline: Target = None,
    yes: Annotated[bool, typer.Option("--yes", help="Destroy without asking; no data.")] = False,
    delete_data: Annotated[
        bool,
        typer.Option(
            "--delete-data",
            help="Delete data and secrets, too, but for protected buckets; asks for the pipeline's name.",
        ),
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The pipeline's name, typed here; for --delete-data without a terminal.",
        ),
    ] = None,
    var_file: VarFile = None,
    json: Json = False,
    traceback: Traceback = False,
) -> None:
    """Destroy what was deployed; data stays, unless told otherwise in words."""
    from glacier_runtime.cli import deploying  # noqa: PLC0415 (loads pydantic)

    wanted = deploying.Wanted(yes, delete_data, confirm, tuple(var_file or ()))
    deploying.destroy(pipeline, wanted, as_json=json, traceback=traceback)
