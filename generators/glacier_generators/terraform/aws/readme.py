"""`infra/README.md`: what runs, when, and what it may touch, for a reader who has never heard of Glacier."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from glacier_generators.hcl.strings import visible
from glacier_generators.plan.model import Access, Flow, Parallel, Plan, Sequence, Step
from glacier_generators.plan.roles import Right
from glacier_generators.terraform.aws.descriptions import one_line
from glacier_generators.terraform.aws.existing import export_name
from glacier_generators.terraform.aws.hand_rights import hand_rights
from glacier_generators.terraform.aws.kinds import KINDS, kind_name, kind_of, reached_services

__all__ = ["readme"]

_HERE: Final = "glacier_generators.terraform.aws"
_LONGEST_CELL: Final = 200
_OVERLAPPING: Final = {
    "queue": "If another run is going on then, it waits.",
    "skip": "If another run is going on then, it is left out.",
    "allow": "It starts though another run be going on then.",
}
_ARRIVING: Final = {
    "latest": "If another run is going on then, it waits, and takes along what arrives until it starts.",
    "queue": "If another run is going on then, it waits for its turn.",
    "allow": "It starts though another run be going on then.",
}
_PLACES: Final = {
    "serverless": "a function",
    "container": "a container",
    "vm": "a job on a machine",
    "aws.emr": "a job run of EMR Serverless",
    "databricks": "a run of Databricks",
}
_STANDING: Final = {
    "container": "containers",
    "vm": "machines",
    "aws.emr": "job runs of EMR Serverless",
}
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>&#|~$])")


def readme(plan: Plan) -> str:
    """Write the page that explains a plan's infrastructure."""
    kinds = {"serverless", *map(kind_name, plan.tasks)}
    return _template().render(
        plan=plan,
        order=list(_order(plan.flow)),
        sources=_sources(plan),
        found=[bucket for bucket in plan.buckets if bucket.existing is not None],
        hosted=[
            (task, _statements(KINDS["existing"].role(task, plan).rights))
            for task in plan.tasks
            if task.entry.compute.kind == "existing"
        ],
        granted=[
            (task, _statements(hand_rights(task))) for task in plan.tasks if task.entry.grants
        ],
        services=reached_services(plan),
        places=_spoken([name for kind, name in _PLACES.items() if kind in kinds], "or"),
        standing=_spoken([name for kind, name in _STANDING.items() if kind in kinds], "and"),
        built=any(
            kind_name(task) in {"container", "vm"}
            and getattr(task.entry.compute, "image", None) is None
            for task in plan.tasks
        ),
        summaries={task.name: kind_of(task).summary(task) for task in plan.tasks},
    )


def _spoken(words: list[str], last: str) -> str:
    """Return words as a part of a sentence."""
    *first, end = words or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


def _opening(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _template() -> Template:
    # Brackets in place of braces, so that a template of a template is still one file: Copier leaves it alone.
    environment = Environment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (Markdown, not HTML; `plain` escapes what comes from outside)
    )
    environment.filters["opening"] = _opening
    environment.filters["plain"] = _plain
    environment.filters["places"] = _places
    environment.filters["records"] = _records
    environment.filters["export_name"] = export_name
    environment.filters["right"] = _right
    environment.filters["visible"] = visible
    environment.filters["overlapping"] = _OVERLAPPING.__getitem__
    environment.filters["arriving"] = _ARRIVING.__getitem__
    text = files(_HERE).joinpath("readme.md.j2").read_text(encoding="utf-8")
    return environment.from_string(text)


def _sources(plan: Plan) -> list[str]:
    read = (access for task in plan.tasks for access in task.reads)
    return sorted({f"{access.bucket}:{access.path}" for access in read if access.source})


def _plain(text: str) -> str:
    """Return text of a user as one line in which nothing is Markdown."""
    return _MARKUP.sub(r"\\\1", one_line(text, _LONGEST_CELL))


def _places(accesses: tuple[Access, ...]) -> str:
    shown = (f"`{access.bucket}:{access.path}`" for access in accesses)
    return "<br>".join(shown) or "nothing"


def _records(buckets: Iterable[str]) -> str:
    return "".join(f"<br>`{bucket}:_glacier/commits/`" for bucket in buckets)


def _statements(rights: Iterable[Right]) -> list[list[Right]]:
    """Return rights by what is one statement of a policy: where there are prefixes, one for each bucket."""
    found: dict[tuple[str, str], list[Right]] = {}
    for right in rights:
        scope = str(right.resource) if right.resource.kind == "bucket" else ""
        found.setdefault((right.statement, scope), []).append(right)
    return list(found.values())


def _right(statement: list[Right]) -> str:
    first = statement[0]
    where = "<br>".join(sorted({_place(right) for right in statement}))
    actions = "<br>".join(f"`{action}`" for action in first.actions)
    prefixes = ""
    if first.resource.kind == "bucket":
        values = sorted(right.condition.value for right in statement if right.condition)
        prefixes = f", prefix {', '.join(f'`{value}`' for value in values)}"
    return f"| {actions} | {where}{prefixes} |"


def _place(right: Right) -> str:
    match right.resource.kind:
        case "key":
            return f"the key of {right.resource.name}, if it has one"
        case "object":
            return f"`{right.resource}`"
        case _:
            return f"`{right.resource.name}`"


def _order(flow: Flow) -> list[str]:
    """Return the steps of a flow as lines: one after the other, with what runs side by side in one line."""
    parts = flow.parts if isinstance(flow, Sequence) else (flow,)
    return [_shown(part) for part in parts]


def _shown(flow: Flow) -> str:
    match flow:
        case Step(task):
            return f"`{task}`"
        case Sequence(parts):
            return " → ".join(map(_bracketed, parts))
        case Parallel(branches):
            return " ∥ ".join(map(_bracketed, branches))


def _bracketed(flow: Flow) -> str:
    return _shown(flow) if isinstance(flow, Step) else f"({_shown(flow)})"
