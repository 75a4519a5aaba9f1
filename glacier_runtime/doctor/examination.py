"""Everything that `glacier doctor` looks at, together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from glacier_runtime.doctor.acceptances import Accepted, sorted_by_acceptance
from glacier_runtime.doctor.gates import look_at_gates
from glacier_runtime.doctor.generated import look_at_generated_files
from glacier_runtime.doctor.recorded import read_recorded
from glacier_runtime.doctor.template_files import look_at_template_files
from glacier_runtime.doctor.updates import TriedUpdate, try_update
from glacier_runtime.doctor.versions import look_at_versions
from glacier_runtime.errors import Code, Problem, ProjectError
from glacier_runtime.project import Project

__all__ = ["Diagnosis", "OwnFile", "examine"]


@dataclass(frozen=True, slots=True)
class OwnFile:
    """One file that is not as its owner wrote it, which is no fault.

    Attributes:
        path: The file.
        owner: Who wrote it: `template` or `generator`.
        state: `edited` or `deleted`.
    """

    path: str
    owner: str
    state: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        problems: What somebody should mend.
        files: Files that were edited or deleted by hand in ways that updates and generation can live with.
        update: What an update to the newest release of the template would do; None if none was tried.
        accepted: What was found and is meant, as `[tool.glacier.doctor]` says.
    """

    problems: tuple[Problem, ...]
    files: tuple[OwnFile, ...]
    update: TriedUpdate | None
    accepted: tuple[Accepted, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data, for `--json`."""
        update = self.update
        return {
            "ok": not self.problems,
            "problems": [problem.to_dict() for problem in self.problems],
            "accepted": [finding.to_dict() for finding in self.accepted],
            "files": [
                {"path": file.path, "owner": file.owner, "state": file.state} for file in self.files
            ],
            "update": (
                None
                if update is None
                else {"version": update.version, "changed": list(update.changed)}
            ),
        }


def examine(project: Project, *, with_update: bool = False) -> Diagnosis:
    """Look at a project rendered from the template, as it lies on disk.

    Args:
        project: The project.
        with_update: Whether to try an update to the template's newest release, in a copy; it needs the template.

    Raises:
        ProjectError: GLC704, if a file cannot be read.
    """
    root = project.root
    try:
        recorded = read_recorded(root)
        template = look_at_template_files(root, recorded)
        problems = [
            *template.problems,
            *_without_pipeline(project),
            *look_at_versions(root, recorded),
            *look_at_gates(root, recorded),
        ]
    except OSError as error:
        raise ProjectError(
            Problem(
                code=Code.BAD_PROJECT,
                message=f"a file of the project cannot be read: {error}",
                fix="mend its permissions, or take it back from git",
            )
        ) from error
    generated = look_at_generated_files(project)
    update = try_update(root) if with_update else None
    files = (
        *(OwnFile(path, "template", "edited") for path in template.edited),
        *(OwnFile(path, "template", "deleted") for path in template.deleted),
        *(OwnFile(path, "generator", "edited") for path in generated.edited),
        *(OwnFile(path, "generator", "deleted") for path in generated.deleted),
    )
    found = (*problems, *generated.problems, *(update.problems if update else ()))
    apart = sorted_by_acceptance(root, found, with_update=with_update)
    return Diagnosis(apart.problems, files, update, apart.accepted)


def _without_pipeline(project: Project) -> Iterator[Problem]:
    """Say so if the pipeline is gone; what generates imports it anyway, and says more."""
    if project.is_generated:
        return
    if project.pipeline is None:
        yield Problem(
            code=Code.PIECE_MISSING,
            message=f"{project.root / 'pyproject.toml'} names no pipeline",
            fix='write [tool.glacier] with pipeline = "package.module:pipeline"',
        )
        return
    module = project.pipeline.partition(":")[0]
    path = module.replace(".", "/")
    homes = (project.root / "src" / path, project.root / path)
    if not any(home.with_suffix(".py").is_file() or home.is_dir() for home in homes):
        yield Problem(
            code=Code.PIECE_MISSING,
            message=f"there is no module {module}, where pyproject.toml says that the pipeline is",
            fix="name the one that there is below [tool.glacier], or take it back from git",
        )
