"""The executor behind `Pipeline.run(mode="generate")`: infrastructure for the project around the working directory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from glacier_runtime.compiled import Generation, settled
from glacier_runtime.manifest import Manifest
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import Project, read_project
from glacier_runtime.provider import Provider
from glacier_runtime.targets import Target
from glacier_runtime.workshop import workshop

__all__ = ["InfrastructureExecutor", "manifest_for"]

_SCRIPT: Final = "__main__:"


class _Own:
    """The target that a pipeline's resources name themselves."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.scope = pipeline.graph.scope


class InfrastructureExecutor:
    """Writes a pipeline's infrastructure; runs no task."""

    runs_tasks: ClassVar[bool] = False

    def execute(self, pipeline: Pipeline, _params: Mapping[str, object], /) -> Generation:
        """Write what `glacier generate` writes: for the cloud of `[tool.glacier]`, or else of the pipeline's resources.

        Without either, that is what the project asks for by name.

        Args:
            pipeline: The pipeline, as it is in this process.

        Returns:
            What was written or removed, by path from the project's root.

        Raises:
            ProjectError: GLC704 or GLC706, if pyproject.toml cannot be understood; GLC705, if neither it nor the pipeline names a cloud.
            InvalidPipelineError: With everything that the checks find; GLC308, if the pipeline's resources belong somewhere else.
            GenerationError: GLC802, if the cloud would refuse the pipeline; GLC803 or GLC807, if what was edited by hand would have
                to change, and nothing was written; GLC804, if no generators are installed.
        """
        project = read_project(Path.cwd())
        here = project.cloud is None and pipeline.graph.scope.cloud == "local"
        if here and project.generators:
            pipeline.validate(use_memory=True).raise_for_problems()
            manifest = _importable(pipeline.manifest, project.root)
        else:
            manifest = manifest_for(project, pipeline)
        generate = workshop("generate", 'Pipeline.run(mode="generate")')
        return settled(generate(project.root, manifest, also=project.generators))


def manifest_for(project: Project, pipeline: Pipeline, target: Target | None = None) -> Manifest:
    """Return a pipeline of this process as others read it who import its tasks.

    Args:
        project: The project around it.
        pipeline: The pipeline.
        target: The part of a cloud; None takes what the project says, or else the pipeline.

    Raises:
        ProjectError: GLC705, if nobody names a cloud.
        InvalidPipelineError: With everything that the checks find.
        GenerationError: GLC802, if the cloud would refuse it.
    """
    compiled = pipeline.compile(target or _target(project, pipeline))
    return _importable(compiled.manifest, project.root)


def _importable(manifest: Manifest, root: Path) -> Manifest:
    """Call tasks of the script that runs, `__main__`, by the name under which others import it."""
    name = _name_of_script(root)
    if name is None:
        return manifest
    tasks = tuple(
        (
            task.model_copy(update={"identity": f"{name}:{task.identity.removeprefix(_SCRIPT)}"})
            if task.identity.startswith(_SCRIPT)
            else task
        )
        for task in manifest.tasks
    )
    return manifest.model_copy(update={"tasks": tasks})


def _name_of_script(root: Path) -> str | None:
    script = sys.modules["__main__"]
    if script.__spec__ is not None:  # python -m package.module
        return script.__spec__.name
    file = Path(getattr(script, "__file__", None) or "").absolute()
    for folder in (root / "src", root):
        if file.suffix == ".py" and file.is_relative_to(folder):
            return ".".join(file.relative_to(folder).with_suffix("").parts)
    return None


def _target(project: Project, pipeline: Pipeline) -> Target:
    if project.cloud is None and pipeline.graph.scope.cloud != "local":
        return _Own(pipeline)
    return Provider.from_env(project.environment).config
