"""`infra/README.md`: what runs, when, and what it may touch, for a reader who has never heard of Glacier."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from glacier_generators.hcl.strings import visible
from glacier_generators.plan.model import Access, Flow, Parallel, Plan, Sequence, Step
from glacier_generators.terraform.aws.descriptions import one_line
from glacier_generators.terraform.aws.existing import export_name
from glacier_generators.terraform.aws.existing_function.rights import Right, rights
from glacier_generators.terraform.aws.kinds import KINDS

__all__ = ["readme"]

_HERE: Final = "glacier_generators.terraform.aws"
_LONGEST_CELL: Final = 200
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>&#|~$])")


def readme(plan: Plan) -> str:
    """Write the page that explains a plan's infrastructure."""
    return _template().render(
        plan=plan,
        order=list(_order(plan.flow)),
        sources=_sources(plan),
        found=[bucket for bucket in plan.buckets if bucket.existing is not None],
        hosted=[
            (task, rights(task, plan))
            for task in plan.tasks
            if task.entry.compute.kind == "existing"
        ],
        summaries={task.name: KINDS[task.entry.compute.kind].summary(task) for task in plan.tasks},
    )


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
    environment.filters["plain"] = _plain
    environment.filters["places"] = _places
    environment.filters["records"] = _records
    environment.filters["export_name"] = export_name
    environment.filters["right"] = _right
    environment.filters["visible"] = visible
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


def _records(buckets: tuple[str, ...]) -> str:
    return "".join(f"<br>`{bucket}:_glacier/commits/`" for bucket in buckets)


def _right(right: Right) -> str:
    where = "<br>".join(place if " " in place else f"`{place}`" for place in right.places)
    prefixes = f", prefix {', '.join(f'`{prefix}`' for prefix in right.prefixes)}"
    actions = "<br>".join(f"`{action}`" for action in right.actions)
    return f"| {actions} | {where}{prefixes if right.prefixes else ''} |"


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
