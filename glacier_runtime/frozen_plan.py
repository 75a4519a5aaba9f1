"""The frozen plan: what is shipped with the code of a pipeline, so that a task is found by importing one module.

It is read wherever a task starts, so this module imports neither Polars nor anything that does.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.errors import Code, Problem, ProjectError

if TYPE_CHECKING:
    from glacier_runtime.manifest import Manifest

__all__ = ["PLAN_FILE", "FrozenPlan", "FrozenTask", "freeze", "read_plan"]

PLAN_FILE: Final = "glacier_plan.json"


class FrozenTask(BaseModel):
    """How a task is found: `package.module:name`; and how long it may run, if anybody sees to that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    identity: str
    timeout_s: int | None = None


class FrozenPlan(BaseModel):
    """What one process needs to know of a whole pipeline to run one of its tasks.

    Attributes:
        plan_version: The version of this format.
        pipeline: The pipeline's name.
        manifest_sha256: The digest of the manifest it was frozen from.
        parameters: What may be given for a run, by name: the run parameters of all tasks, and their partition keys.
        tasks: Its tasks, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_version: Literal[1] = 1
    pipeline: str
    manifest_sha256: str
    parameters: tuple[str, ...]
    tasks: dict[str, FrozenTask]


def freeze(manifest: Manifest) -> FrozenPlan:
    """Take from a manifest what a process that runs one task needs to know."""
    return FrozenPlan(
        pipeline=manifest.pipeline,
        manifest_sha256=sha256(manifest.model_dump_json().encode()).hexdigest(),
        parameters=tuple(
            dict.fromkeys(
                (
                    *(parameter.name for parameter in manifest.parameters),
                    *(key.parameter for task in manifest.tasks for key in task.partitions),
                )
            )
        ),
        tasks={
            task.name: FrozenTask(
                identity=task.identity, timeout_s=getattr(task.compute, "timeout_s", None)
            )
            for task in manifest.tasks
        },
    )


def read_plan(file: Path) -> FrozenPlan:
    """Read the plan that was shipped with the code.

    Raises:
        ProjectError: GLC515, if it is not there or cannot be read.
    """
    try:
        return FrozenPlan.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        fault = f"there is no frozen plan at {file}"
    except OSError as error:
        fault = f"the frozen plan cannot be read: {error}"
    except ValidationError as error:
        first = error.errors()[0]
        fault = f"the frozen plan {file} is not valid: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    raise ProjectError(
        Problem(
            code=Code.NO_PLAN,
            message=fault,
            fix="`glacier build` ships one with the code; in a project, name --pipeline package.module:pipeline instead",
        )
    )
