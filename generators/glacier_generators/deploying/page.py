"""A plan on one page, for a person: what matters most is said first, and what is long is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol, TypedDict

from glacier_generators.deploying.comparison import Difference
from glacier_generators.deploying.costs import Estimate
from glacier_generators.deploying.plan_reading import Action, Change
from glacier_generators.deploying.planning import Planned

__all__ = ["Permission", "Rights", "page"]

_MOST_LINES: Final = 12
_MOST_DETAILS: Final = 6
_LABEL: Final = 11
_CENT: Final = 0.01
_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}
_ACTIONS: Final = {
    Action.CREATE: "+",
    Action.CHANGE: "~",
    Action.REPLACE: "±",
    Action.DESTROY: "-",
    Action.FORGET: ".",
}
_LOST: Final = {Action.REPLACE: "REPLACED by an empty one", Action.DESTROY: "DESTROYED"}


class Permission(TypedDict):
    """One action on one resource, as `glacier iam --diff` has it; what it has beside does not matter here."""

    role: str
    action: str
    resource: str
    condition: str | None
    by_hand: bool


class Rights(Protocol):
    """What is gained and lost."""

    @property
    def gained(self) -> Sequence[Permission]:
        """What roles may do, and could not before."""
        ...

    @property
    def lost(self) -> Sequence[Permission]:
        """What they could do before, and may not any more."""
        ...

    @property
    def note(self) -> str:
        """Why nothing can be said; empty if something can."""
        ...


def page(plan: Planned, rights: Rights) -> str:
    """Write a plan down.

    Args:
        plan: The plan.
        rights: What roles gain and lose by it.
    """
    return "\n".join((*_head(plan), *_data_at_risk(plan), *_body(plan, rights))) + "\n"


def _head(plan: Planned) -> Iterator[str]:
    manifest = plan.manifest
    where = f"{manifest.cloud}, {manifest.provider.region}, workspace {plan.home.workspace}"
    yield f"{manifest.pipeline} in {where}; compared to {_before(plan)}"
    if plan.home.backend == "local":
        yield (
            "The state is a file on this machine, which nobody else has: infra/README.md shows how to keep it in a bucket."
        )


def _before(plan: Planned) -> str:
    return "what is deployed" if plan.previous is not None else f"nothing: {plan.no_previous}"


def _data_at_risk(plan: Planned) -> Iterator[str]:
    """Shout, before anything else, what takes data with it."""
    for change in plan.changes:
        if change.loses_data:
            why = f" (because of {', '.join(change.attributes)})" if change.attributes else ""
            yield f"!!! DATA WILL BE LOST: {change.address} is to be {_LOST[change.action]}{why}"


def _body(plan: Planned, rights: Rights) -> Iterator[str]:
    yield ""
    yield from _tasks(plan)
    yield from _section(
        "datasets", f"{len(plan.comparison.datasets)} with other columns", plan.comparison.datasets
    )
    yield from _rights(rights)
    yield from _code(plan)
    yield from _resources(plan)
    yield from _costs(plan.estimate)


def _tasks(plan: Planned) -> Iterator[str]:
    found = plan.comparison.tasks
    counts = {kind: sum(it.kind == kind for it in found) for kind in _SIGNS}
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    yield from _section("tasks", f"{said}, {plan.comparison.same_tasks} as before", found)
    if plan.comparison.schedule:
        yield f"  ~ {plan.comparison.schedule}"


def _section(label: str, summary: str, differences: Sequence[Difference]) -> Iterator[str]:
    yield _labelled(label, summary)
    lines = [f"  {_SIGNS[it.kind]} {it.name}  {_details(it.details)}" for it in differences]
    yield from _shortened(lines, "glacier plan --json has all of them")


def _details(details: Sequence[str]) -> str:
    more = f"; and {len(details) - _MOST_DETAILS} more" if len(details) > _MOST_DETAILS else ""
    return "; ".join(details[:_MOST_DETAILS]) + more


def _rights(rights: Rights) -> Iterator[str]:
    if rights.note:
        yield _labelled("rights", rights.note)
        return
    yield _labelled("rights", f"{len(rights.gained)} gained, {len(rights.lost)} lost")
    lines = [*(_right("+", it) for it in rights.gained), *(_right("-", it) for it in rights.lost)]
    yield from _shortened(lines, "glacier iam shows who may do what, and why")


def _right(sign: str, right: Permission) -> str:
    condition = f", {right['condition']}" if right["condition"] else ""
    by_hand = "  BY HAND" if right["by_hand"] else ""
    return f"  {sign} {right['role']}  {right['action']}  {right['resource']}{condition}{by_hand}"


def _code(plan: Planned) -> Iterator[str]:
    built = plan.built
    what = f"build/{built.archive.name}" if built.archive else built.image_uri or "none"
    standing = (
        it for it in plan.saved.plan.standing if it.address.startswith("aws_s3_object.code")
    )
    deployed = any(it.values.get("source_hash") == built.sha256 for it in standing)
    yield _labelled("code", f"{what}, {'as deployed' if deployed else 'new'}")
    if plan.image is not None:
        state = "is there" if plan.image.is_pushed else "to be built by docker, and pushed"
        yield _labelled("image", f"{plan.image.address}, {state}")


def _resources(plan: Planned) -> Iterator[str]:
    changes = plan.changes
    counts = {action: sum(it.action is action for it in changes) for action in Action}
    said = ", ".join(
        f"{count} to {action.value}"
        for action, count in counts.items()
        if count or action is not Action.FORGET
    )
    yield _labelled("resources", said)
    if plan.bootstrap is not None and plan.bootstrap[1].has_changes:
        yield "  + among them, once: the places for code and states (infra/bootstrap)"
    # What only comes is no surprise where everything is new.
    lines = [_change(it) for it in sorted(changes, key=_by_weight)]
    yield from _shortened(lines, "terraform -chdir=infra plan shows all of them")
    if not changes and plan.has_changes:
        yield "  ~ only outputs: what is recorded of the deployment"


def _by_weight(change: Change) -> tuple[int, str]:
    order = (Action.DESTROY, Action.REPLACE, Action.FORGET, Action.CHANGE, Action.CREATE)
    return order.index(change.action), change.address


def _change(change: Change) -> str:
    attributes = f"  ({', '.join(change.attributes[:_MOST_DETAILS])})" if change.attributes else ""
    lost = "  !!! WITH ITS DATA" if change.loses_data else ""
    return f"  {_ACTIONS[change.action]} {change.address}{attributes}{lost}"


def _costs(costs: Estimate) -> Iterator[str]:
    yield _labelled("costs", f"{_dollars(costs.low)} to {_dollars(costs.high)} a month")
    yield from (f"    {line.what}: {_range(line.low, line.high)}" for line in costs.lines)
    yield from (f"    assumed: {line}" for line in costs.assumptions)
    yield from (f"    not in it: {line}" for line in costs.unknown)
    yield f"    prices: {costs.prices}"


def _range(low: float, high: float) -> str:
    shown = _dollars(low), _dollars(high)
    return shown[0] if shown[0] == shown[1] else " to ".join(shown)


def _dollars(amount: float) -> str:
    """Return an amount with as many digits as it deserves."""
    return f"${amount:.2f}" if amount >= _CENT or amount == 0 else "less than $0.01"


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"


def _shortened(lines: Iterable[str], where: str) -> Iterator[str]:
    found = list(lines)
    yield from found[:_MOST_LINES]
    if len(found) > _MOST_LINES:
        yield f"    and {len(found) - _MOST_LINES} more: {where}"
