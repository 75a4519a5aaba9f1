"""What options of several commands are called, and what they mean."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption

__all__ = [
    "EPILOG",
    "HELP_NAMES",
    "CloudRunId",
    "CloudRunName",
    "Commands",
    "Detach",
    "Json",
    "OfPipeline",
    "Only",
    "Parallel",
    "Param",
    "Partition",
    "RunName",
    "RunsIn",
    "Target",
    "Traceback",
    "Where",
]

EPILOG = (
    "Exit codes: 0 done · 1 problems found, or the run failed · 2 wrong usage · 130 interrupted."
)
HELP_NAMES = {"help_option_names": ["-h", "--help"]}


class Commands(TyperGroup):
    """Commands whose `--help` has a plain default: without one, typer would load pydantic to convert it."""

    def get_help_option(self, ctx: Any) -> TyperOption | None:  # typer hides the type of ctx
        """Return the option `--help`, with a plain default."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


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
RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="An id, the beginning of one, latest, or latest~1 for the one before.",
        show_default=False,
    ),
]
CloudRunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="An id, the beginning of one of a run that was started here, latest, or what the cloud calls it.",
        show_default=False,
    ),
]
OfPipeline = Annotated[
    str | None,
    typer.Option(
        "--pipeline",
        metavar="PIPELINE",
        help="package.module:name; by default what [tool.glacier] in pyproject.toml names.",
        show_default=False,
    ),
]
RunsIn = Annotated[
    str,
    typer.Option(
        "--target",
        metavar="WHERE",
        help="Where it runs: local, or aws, where it is deployed; or another installed executor.",
    ),
]
CloudRunId = Annotated[
    str | None,
    typer.Option(metavar="ID", help="With --target aws: the run's id, by which it starts once."),
]
Detach = Annotated[
    bool, typer.Option("--detach", help="With --target aws: start the run, and leave it.")
]
Where = Annotated[str, typer.Option("--target", metavar="WHERE", help="Which cloud it runs in.")]
