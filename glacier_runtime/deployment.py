"""Deploying a pipeline: what the command line, `Pipeline.run(mode="deploy")` and `AwsExecutor.deploy` have in common.

The generators plan and apply, and are found by entry point; here is what they are told of rights, and who is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from glacier_runtime.errors import Code, GenerationError, GlacierError, Problem, ProjectError
from glacier_runtime.generation import manifest_for
from glacier_runtime.manifest import Manifest
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import read_project
from glacier_runtime.roles import Permission, compared, read_roles
from glacier_runtime.targets import Target
from glacier_runtime.workshop import workshop

__all__ = [
    "Approve",
    "DeployExecutor",
    "Deployed",
    "PlanPage",
    "Rights",
    "ask_before",
    "deploy_pipeline",
    "rights_between",
]


class PlanPage(Protocol):
    """What a deployment would do."""

    @property
    def text(self) -> str:
        """A page, for a person."""
        ...

    @property
    def data(self) -> Mapping[str, object]:
        """The same as plain data."""
        ...

    @property
    def has_changes(self) -> bool:
        """Whether it would do anything."""
        ...


class LoadedCode(Protocol):
    """What came of loading the code of tasks where it runs."""

    @property
    def tasks(self) -> Sequence[str]:
        """Tasks whose code was loaded."""
        ...

    @property
    def not_tried(self) -> Mapping[str, str]:
        """Why others were not, by task: nothing is known of them."""
        ...


class Deployed(Protocol):
    """What a deployment did."""

    @property
    def page(self) -> PlanPage:
        """What was planned."""
        ...

    @property
    def applied(self) -> bool:
        """Whether anything was to do."""
        ...

    @property
    def loaded(self) -> LoadedCode:
        """Which tasks were loaded where they run, without being run."""
        ...

    @property
    def next_steps(self) -> Sequence[str]:
        """What to do next."""
        ...

    def to_dict(self) -> Mapping[str, object]:
        """Return it as plain data."""
        ...


Approve = Callable[[PlanPage], None]


@dataclass(frozen=True, slots=True)
class Rights:
    """What roles gain and lose.

    Attributes:
        gained: What they may do, and could not before.
        lost: What they could do before, and may not any more.
        note: Why nothing can be said; empty if something can.
    """

    gained: Sequence[Permission]
    lost: Sequence[Permission]
    note: str = ""


def rights_between(before: Manifest | None, after: Manifest) -> Rights:
    """Say what roles gain and lose from one pipeline to another, both read by today's Glacier.

    Args:
        before: What is deployed; None if nothing is, or nobody knows.
        after: What is to be.

    Raises:
        GenerationError: GLC801, GLC802 and GLC804, of what is to be.
    """
    now = read_roles(after)
    try:
        then = read_roles(before) if before else []
    except GlacierError:
        return Rights((), (), "cannot be compared: today's Glacier would refuse what is deployed")
    gained, lost = compared(then, now)
    return Rights(gained, lost)


def ask_before(question: str, *, instead: str, wanted: str = "yes") -> None:
    """Ask somebody at the terminal, and go on only if they type what is wanted.

    Args:
        question: What is asked; it says what to type.
        instead: How to agree where nobody can be asked.
        wanted: What they have to type, whole.

    Raises:
        GenerationError: GLC812, if nobody can be asked, or they type something else; nothing was changed.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise _not_agreed("there is no terminal to ask at", instead)
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != wanted:
        raise _not_agreed(
            "nobody agreed", "type what is asked for, once you have read what would happen"
        )


def _not_agreed(fault: str, fix: str) -> GenerationError:
    return GenerationError(
        Problem(code=Code.NOT_CONFIRMED, message=f"{fault}, so nothing was changed", fix=fix)
    )


class DeployExecutor:
    """Deploys a pipeline as `glacier deploy` does: shows what would happen, asks, and applies it; runs no task."""

    runs_tasks: ClassVar[bool] = False

    def execute(self, pipeline: Pipeline, _params: Mapping[str, object], /) -> Deployed:
        """Deploy to the cloud of `[tool.glacier]`, or else of the pipeline's resources.

        Raises:
            GenerationError: GLC812 where nobody can be asked; and GLC810 to GLC833, as for `glacier deploy`.
        """
        return deploy_pipeline(pipeline, instead=_ELSEWHERE)


_ELSEWHERE = "glacier deploy --yes, or AwsExecutor(region=…).deploy(pipeline, yes=True)"


def deploy_pipeline(
    pipeline: Pipeline,
    target: Target | None = None,
    *,
    yes: bool = False,
    instead: str,
    **options: Any,  # those of `glacier deploy`, which the generators know
) -> Deployed:
    """Deploy a pipeline of this process for the project around the working directory.

    Args:
        pipeline: The pipeline.
        target: The part of a cloud; None takes what the project says, or else the pipeline.
        yes: Whether somebody has agreed to whatever is planned.
        instead: How to agree where nobody can be asked.
        options: What else is asked of it.

    Raises:
        InvalidPipelineError: With everything that the checks find.
        GenerationError: GLC810 to GLC833, as for `glacier deploy`.
    """
    deploy = workshop("deploy", 'Pipeline.run(mode="deploy")')
    project = read_project(Path.cwd())
    manifest = manifest_for(project, pipeline, target)
    if manifest.cloud == "local":
        raise ProjectError(_no_cloud())

    def approve(page: PlanPage) -> None:
        sys.stderr.write(page.text)
        if not yes:
            ask_before('Type "yes" to apply this plan:', instead=instead)

    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    made: Deployed = deploy(project.root, manifest, rights_between, approve, tell=tell, **options)
    return made


def _no_cloud() -> Problem:
    return Problem(
        code=Code.NO_CLOUD,
        message="the pipeline belongs to this machine, and no cloud is named that it could be deployed to",
        fix='write cloud = "aws" below [tool.glacier] in pyproject.toml, and region below [tool.glacier.aws]',
    )
