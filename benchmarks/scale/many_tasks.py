"""A pipeline of 10,000 tasks, generated here and now, and what it takes of what AWS and Terraform hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final
from unittest.mock import patch

from glacier_generators.artefacts.built import LIMIT_BYTES
from glacier_generators.plan.model import Plan
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws import limits
from glacier_generators.terraform.aws.target import aws_files
from glacier_generators.terraform.aws.workflow import parts
from glacier_generators.terraform.aws.workflow.parts import LIMITS, Limits, Size, size_of
from glacier_generators.terraform.aws.workflow.states import Machines, state_machines

from benchmarks.generation.manifests import make_manifest
from benchmarks.growth import Line, line, power_law
from benchmarks.scale.findings import Finding
from glacier_runtime.errors import GenerationError
from glacier_runtime.frozen_plan import freeze

__all__ = ["Figures", "Generated", "findings", "generated", "refusal"]

SHAPE: Final = "layers"
_HOUR_S: Final = 3600
_TOO_FEW: Final = Limits(policies=1)  # what one role may start is as little as an account allows

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLES: Final = 1_000
_MOST_ROLES: Final = 10_000
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_CODE_BYTES: Final = 75 * 10**9

_IAM: Final = "[IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)"
_LAMBDA: Final = "[Lambda](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)"
_STEPS: Final = (
    "[Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)"
)


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of generating a pipeline.

    Attributes:
        tasks: How many it has.
        seconds: How long it took, from the manifest to the text of all files.
        text_bytes: How large they are.
        manifest_bytes: And the manifest.
        plan_bytes: And what is shipped of it with the code.
        whole: How large one state machine of all tasks would be.
        parts: How large those are that it is cut into.
    """

    tasks: int
    seconds: float
    text_bytes: int
    manifest_bytes: int
    plan_bytes: int
    whole: Size
    parts: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the model takes from other questions; None where they were not measured here.

    Attributes:
        archive_bytes: A function's archive, packed.
        unpacked_bytes: The same, unpacked.
        terraform: Seconds of Terraform's steps, by step and number of tasks.
        graph_us: CPU microseconds a task from functions to a checked graph, by number of tasks.
    """

    archive_bytes: int | None
    unpacked_bytes: int | None
    terraform: Mapping[str, Mapping[int, float]]
    graph_us: Mapping[int, float]


def generated(tasks: int) -> Generated:
    """Generate a pipeline of so many tasks, and measure it."""
    manifest = make_manifest(SHAPE, tasks)
    start_s = time.perf_counter()
    files = aws_files(manifest)
    seconds = time.perf_counter() - start_s
    plan = make_plan(manifest)
    machines = state_machines(plan)
    return Generated(
        tasks=tasks,
        seconds=seconds,
        text_bytes=sum(len(text.encode()) for text in files.values()),
        manifest_bytes=len(manifest.model_dump_json().encode()),
        plan_bytes=len(freeze(manifest).model_dump_json().encode()),
        whole=_uncut(plan),
        parts=_sizes(plan, machines),
    )


def refusal(tasks: int) -> str:
    """Return the code by which a pipeline is refused that needs more parts than one role can start.

    That many tasks would take minutes, so one role is said to hold less here.
    """
    with patch.object(parts, "LIMITS", _TOO_FEW), patch.object(limits, "LIMITS", _TOO_FEW):
        try:
            aws_files(make_manifest("side by side", tasks))
        except GenerationError as error:
            return " ".join(dict.fromkeys(error.codes))
    return ""


def findings(made: Generated, figures: Figures, refused: str) -> list[Finding]:
    """Say of each limit what a pipeline takes of it.

    Args:
        made: The pipeline, generated.
        figures: What was measured.
        refused: The code by which too many parts are refused.
    """
    return [
        *_of_an_account(made, figures),
        *_of_machines(made, refused),
        *_of_an_archive(made, figures),
        *_of_time(made, figures),
    ]


def _of_an_account(made: Generated, figures: Figures) -> list[Finding]:
    roles = made.tasks + len(made.parts)
    quota = "nothing: the apply ends there, and begins again where it was when the quota is raised"
    found = [
        Finding(
            limit=f"roles of an account, {_ROLES:,} before the quota is raised",
            up_to=_ROLES,
            taken=f"{roles:,} roles",
            glacier=quota,
            known=_IAM,
        ),
        Finding(
            limit=f"roles of an account, {_MOST_ROLES:,} at most",
            up_to=_MOST_ROLES * made.tasks / roles,
            taken=f"{roles:,} roles",
            glacier="nothing: each task has a role of its own, so it is two accounts",
            known=_IAM,
        ),
    ]
    if figures.archive_bytes is not None:
        size = figures.archive_bytes
        found.append(
            Finding(
                limit="archives of all functions, 75 GB before the quota is raised",
                up_to=_CODE_BYTES / size,
                taken=f"{made.tasks * size / 1e9:,.0f} GB",
                glacier="nothing: each function counts a copy; an image is kept once, elsewhere",
                known=_LAMBDA,
            )
        )
    return found


def _of_machines(made: Generated, refused: str) -> list[Finding]:
    largest = max(made.parts, key=lambda part: part.definition_bytes)
    a_task = made.whole.definition_bytes / made.tasks
    events = made.whole.events / made.tasks
    into = f"cuts it into parts: {len(made.parts)}"
    a_part = made.tasks / len(made.parts)
    return [
        Finding(
            limit=f"one role starts {LIMITS.functions:,} functions",
            up_to=LIMITS.functions,
            taken=f"{max(part.functions for part in made.parts):,} in a part",
            glacier=into,
            known=f"run; {_IAM}",
        ),
        Finding(
            limit=f"a definition of {LIMITS.definition_bytes:,} bytes",
            up_to=LIMITS.definition_bytes / a_task,
            taken=f"{largest.definition_bytes:,} bytes in a part",
            glacier=into,
            known=f"run; {_STEPS}",
        ),
        Finding(
            limit=f"a history of {LIMITS.events:,} entries",
            up_to=LIMITS.events / events,
            taken=f"{max(part.events for part in made.parts):,} in a part",
            glacier=into,
            known=f"run; {_STEPS}",
        ),
        Finding(
            limit=f"one workflow starts {LIMITS.jobs:,} parts",
            up_to=LIMITS.jobs * a_part,
            taken=f"{len(made.parts)} parts",
            glacier=f"refuses it, {refused}",
            known="run, with a lower limit",
        ),
    ]


def _of_an_archive(made: Generated, figures: Figures) -> list[Finding]:
    if figures.unpacked_bytes is None:
        return []
    left = LIMIT_BYTES - figures.unpacked_bytes
    return [
        Finding(
            limit=f"an archive of {LIMIT_BYTES / 1e6:,.0f} MB unpacked, of which {left / 1e6:,.0f} MB are left",
            up_to=left / (made.plan_bytes / made.tasks),
            taken=f"{made.plan_bytes / 1e6:.1f} MB of plan, which says where tasks are",
            glacier="makes an image instead",
            known=f"run; {_LAMBDA}",
        )
    ]


def _of_time(made: Generated, figures: Figures) -> list[Finding]:
    found = [
        Finding(
            limit="no limit: manifest and files",
            up_to=inf,
            taken=f"{made.manifest_bytes / 1e6:.1f} MB and {made.text_bytes / 1e6:.1f} MB, in {made.seconds:.1f} s",
            glacier="generates them",
            known="run",
        )
    ]
    if figures.graph_us:
        law = power_law({n: n * taken / 1e6 for n, taken in figures.graph_us.items()})
        found.append(
            Finding(
                limit="no limit: the graph, checked",
                up_to=inf,
                taken=f"{law.at(made.tasks):.2f} s of CPU time, exponent {law.exponent:.2f}",
                glacier="checks it before anything runs",
                known="fitted",
            )
        )
    for step, growth in _lines(figures.terraform).items():
        found.append(
            Finding(
                limit=f"an hour for `terraform {step}`, without the account's answers",
                up_to=growth.size_of(_HOUR_S),
                taken=f"{growth.at(made.tasks) / 60:,.0f} min",
                glacier="nothing: it is one root module",
                known="fitted, if it stays linear",
            )
        )
    return found


def _lines(terraform: Mapping[str, Mapping[int, float]]) -> dict[str, Line]:
    """Return how steps grow, as lines: what is taken once would hide the growth of small sizes from a power law."""
    return {
        step: line(dict(sorted(points.items())[-2:]))
        for step, points in terraform.items()
        if step != "init" and len(points) > 1
    }


def _uncut(plan: Plan) -> Size:
    boundless = Limits(definition_bytes=2**62, policies=2**31, events=2**62)
    with patch.object(parts, "LIMITS", boundless):
        return size_of(plan, plan.tasks, state_machines(plan).workflow)


def _sizes(plan: Plan, machines: Machines) -> tuple[Size, ...]:
    if not machines.parts:
        return (size_of(plan, plan.tasks, machines.workflow),)
    return tuple(size_of(plan, part.tasks, machine) for part, machine in machines.parts.values())


def measured_terraform(figures: Mapping[str, Any]) -> dict[str, dict[int, float]]:
    """Return the medians that the question "terraform" has found, by step and number of tasks."""
    found: dict[str, dict[int, float]] = {}
    for key, interval in figures.get("s", {}).items():
        step, _, size = key.partition("|")
        found.setdefault(step, {})[int(size.replace(",", ""))] = interval[0]
    return found
