"""`glacier deploy`: planned, agreed to, applied as planned, and loaded where it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glacier_generators.deploying.applying import Tell, apply_saved
from glacier_generators.deploying.images import push, require_docker
from glacier_generators.deploying.loaded import Loaded
from glacier_generators.deploying.page import Rights, page
from glacier_generators.deploying.plan_reading import Action
from glacier_generators.deploying.planning import Observe, Planned, PlanOptions, planned
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["Deployed", "PlanPage", "deploy", "plan"]

RightsBetween = Callable[[Manifest | None, Manifest], Rights]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan that was looked at, and is gone.

    Attributes:
        text: The page.
        data: The same as plain data.
        has_changes: Whether a deployment would do anything.
    """

    text: str
    data: dict[str, object]
    has_changes: bool


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment did.

    Attributes:
        page: What was planned.
        applied: Whether anything was to do.
        loaded: What came of loading the code of new and changed tasks.
        next_steps: What to do next.
    """

    page: PlanPage
    applied: bool
    loaded: Loaded
    next_steps: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "ok": not self.loaded.faults,
            "plan": self.page.data,
            "applied": self.applied,
            "code": self.loaded.to_dict(),
            "next": list(self.next_steps),
        }


def plan(
    root: Path,
    manifest: Manifest,
    rights: RightsBetween,
    *,
    observe: Observe = lambda _: None,
    **asked: Any,
) -> PlanPage:
    """Plan, and say what was planned.

    Args:
        root: The project's folder.
        manifest: Its pipeline.
        rights: Says what roles gain and lose from one pipeline to the other.
        observe: Told what takes time.
        asked: Fields of `PlanOptions`, from a command line that comes through an entry point and knows no types.

    Raises:
        GenerationError: GLC810 to GLC819 and GLC821 to GLC833, as for `planned`.
    """
    with planned(root, manifest, PlanOptions(**asked), observe=observe) as made:
        return _page(made, rights)


def deploy(
    root: Path,
    manifest: Manifest,
    rights: RightsBetween,
    approve: Callable[[PlanPage], None],
    *,
    load: bool = True,
    observe: Observe = lambda _: None,
    tell: Tell = lambda _: None,
    **asked: Any,
) -> Deployed:
    """Bring a deployment up to date.

    Args:
        root: The project's folder.
        manifest: Its pipeline.
        rights: Says what roles gain and lose from one pipeline to the other.
        approve: Shown the page before anything changes; raises if nobody agrees.
        load: Whether to load the code of new and changed tasks in the cloud afterwards.
        observe: Told what takes time.
        tell: Told of each resource that is done.
        asked: Fields of `PlanOptions`, from a command line that comes through an entry point and knows no types.

    Returns:
        What was done.

    Raises:
        GenerationError: What `planned` raises, and nothing was changed; GLC814, if Terraform fails half way; GLC816, if code does
            not load, and what was made stands.
        KeyboardInterrupt: If a signal stopped it; what was made stands.
    """
    with planned(root, manifest, PlanOptions(**asked), observe=observe) as made:
        shown = _page(made, rights)
        nothing = Loaded((), {}, {})
        if not made.has_changes:
            return Deployed(shown, applied=False, loaded=nothing, next_steps=())
        if made.image is not None:
            require_docker(made.image, made.region)
        approve(shown)
        outputs = _apply(made, tell)
        observe("loading the code of tasks")
        loaded = _load(made) if load else nothing
    done = Deployed(shown, applied=True, loaded=loaded, next_steps=tuple(_next(made, outputs)))
    if loaded.faults:
        raise GenerationError(map(_not_loaded, loaded.faults.items()))
    return done


def _apply(made: Planned, tell: Tell) -> dict[str, Any]:
    """Make the places for code, bring the image there, and apply the rest; return the outputs."""
    if made.bootstrap is not None:
        apply_saved(*made.bootstrap, "glacier deploy", tell)
    if made.image is not None:
        push(made.image, made.cloud.registry(made.region), tell)
    return apply_saved(made.root, made.saved, "glacier deploy", tell)


def _page(made: Planned, rights: RightsBetween) -> PlanPage:
    between = rights(made.previous, made.manifest)
    data = {
        **made.to_dict(),
        "rights": {
            "gained": list(between.gained),
            "lost": list(between.lost),
            "note": between.note,
        },
    }
    return PlanPage(page(made, between), data, made.has_changes)


def _load(made: Planned) -> Loaded:
    touched = made.saved.plan.changed(Action.CREATE, Action.CHANGE, Action.REPLACE)
    addresses = {change.address for change in touched}
    resources = tuple(it for it in made.saved.plan.planned if it.address in addresses)
    loaded = made.cloud.load(resources, made.region)
    others = {
        task.name: f"it runs on {task.compute.kind}, which loads code only to run it"
        for task in made.manifest.tasks
        if task.compute.kind not in made.cloud.loaded_kinds
    }
    return replace(loaded, not_tried={**loaded.not_tried, **others})


def _not_loaded(fault: tuple[str, str]) -> Problem:
    task, said = fault
    return Problem(
        code=Code.CODE_NOT_LOADED,
        message=f"task {task!r} is deployed, and its code cannot be loaded there: {said}",
        fix="a dependency that is not shipped, or code that fails when it is imported, is the usual cause: mend it, then glacier deploy",
        task=task,
    )


def _next(made: Planned, outputs: dict[str, Any]) -> Iterator[str]:
    """Say what is left to do by hand, before the first run above all."""
    new = {it.address for it in made.saved.plan.changed(Action.CREATE)}
    secrets = sorted({secret.secret for task in made.manifest.tasks for secret in task.secrets})
    if any(".aws_secretsmanager_secret." in address for address in new):
        yield f"put values into the new secrets ({', '.join(secrets)}): infra/README.md shows how"
    if any(".aws_s3_bucket." in address for address in new):
        sources = [item.name for item in made.manifest.datasets if item.source and item.bucket]
        if sources:
            yield f"bring the sources that no task makes: {', '.join(sources)}"
    if any(".aws_sns_topic." in address for address in new):
        yield f"subscribe to {outputs.get('failure_topic_arn')}, which hears of runs that fail"
    if machine := outputs.get("state_machine_arn"):
        start = f"aws stepfunctions start-execution --state-machine-arn {machine}"
        schedule, arrival = made.manifest.schedule, made.manifest.arrival
        wait = f", or wait for the schedule {schedule.expression}" if schedule else ""
        wait += f", or bring files of {arrival.dataset}" if arrival else ""
        yield f"start a run: {start}{wait}"
