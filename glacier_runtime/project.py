"""A pipeline repository: where it is, what `[tool.glacier]` says, and how its pipeline is loaded."""

from __future__ import annotations

import importlib
import sys
import tomllib
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glacier_runtime.errors import Code, GlacierError, Place, Problem, ProjectError

if TYPE_CHECKING:
    from glacier_runtime.pipelines import Pipeline

__all__ = ["Project", "find_root", "load_pipeline", "read_project"]


@dataclass(frozen=True, slots=True)
class Project:
    """A pipeline repository.

    Attributes:
        root: Its folder.
        pipeline: What `[tool.glacier]` names as its pipeline, `package.module:name`.
    """

    root: Path
    pipeline: str | None = None


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, whose pyproject.toml has a `[tool.glacier]` table.

    Args:
        start: Where to begin, usually the working directory.

    Returns:
        The folder; `start` itself if there is none.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file() and "[tool.glacier]" in file.read_text(
            encoding="utf-8", errors="replace"
        ):
            return folder
    return start


def read_project(start: Path) -> Project:
    """Read the project around a folder.

    Raises:
        ProjectError: GLC704, if pyproject.toml is not valid or its table holds something unknown.
    """
    root = find_root(start)
    file = root / "pyproject.toml"
    if not file.is_file():
        return Project(root)
    try:
        table: object = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad_project(file, str(error)) from None
    for name in ("tool", "glacier"):
        table = table.get(name, {}) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise _bad_project(file, "[tool.glacier] is not a table")
    unknown = sorted(set(table) - {"pipeline"})
    if unknown:
        raise _bad_project(file, f"[tool.glacier] has unknown keys: {', '.join(unknown)}")
    pipeline = table.get("pipeline")
    if pipeline is not None and not isinstance(pipeline, str):
        raise _bad_project(file, f"[tool.glacier] pipeline is {pipeline!r}, not a string")
    return Project(root, pipeline)


def load_pipeline(project: Project, named: str | None = None) -> Pipeline:
    """Import a pipeline.

    The project's root and its `src` folder, if it has one, are importable.

    Args:
        project: The project.
        named: `package.module:name`; None takes what the project says.

    Raises:
        ProjectError: GLC701, GLC702 or GLC703.
        DefinitionError: If a declaration in the module is not valid.
    """
    target = named or project.pipeline
    if not target:
        raise ProjectError(
            Problem(
                code=Code.NO_PIPELINE,
                message=f"no pipeline is named, and {project.root / 'pyproject.toml'} names none",
                fix='name it, as package.module:pipeline, or set [tool.glacier] pipeline = "package.module:pipeline"',
            )
        )
    module_name, _, attribute = target.partition(":")
    for folder in (project.root, project.root / "src"):
        if folder.is_dir() and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    module = _import(module_name, target, project.root)
    return _pipeline_in(module, attribute or "pipeline", target)


def _import(module_name: str, target: str, root: Path) -> object:
    try:
        return importlib.import_module(module_name)
    except GlacierError as error:
        raise _placed(error, root) from error
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and _is_within(error.name, module_name):
            raise ProjectError(
                Problem(
                    code=Code.IMPORT_FAILED,
                    message=f"pipeline {target!r:.120} is in no module that can be found",
                    fix="check the name, and run inside the project (or install it: pip install -e .)",
                )
            ) from None
        raise _import_failed(module_name, error, root) from error


def _is_within(missing: str | None, module_name: str) -> bool:
    return missing is not None and f"{module_name}.".startswith(f"{missing}.")


def _import_failed(module_name: str, error: BaseException, root: Path) -> ProjectError:
    return ProjectError(
        Problem(
            code=Code.IMPORT_FAILED,
            message=f"module {module_name!r:.120} cannot be imported: {type(error).__name__}: {error}",
            fix="mend the line, or install what is missing; --traceback shows the whole way there",
            place=_place_of(error, root),
        )
    )


def _placed(error: GlacierError, root: Path) -> GlacierError:
    """Give problems of declarations, which know no line, the one that declares them."""
    place = _place_of(error, root)
    return type(error)(replace(problem, place=problem.place or place) for problem in error.problems)


def _place_of(error: BaseException, root: Path) -> Place | None:
    """Return the innermost line of the project that led to an error."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(error.filename, error.lineno or 0)
    own_folder = Path(__file__).parent
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
        and not Path(frame.filename).is_relative_to(own_folder)
    ]
    within = [
        frame
        for frame in frames
        if Path(frame.filename).is_relative_to(root) and "site-packages" not in frame.filename
    ]
    frame = next(reversed(within or frames), None)
    return Place(frame.filename, frame.lineno or 0) if frame else None


def _pipeline_in(module: object, attribute: str, target: str) -> Pipeline:
    from glacier_runtime.pipelines import Pipeline  # noqa: PLC0415 (loads Polars)

    found = getattr(module, attribute, None)
    if isinstance(found, Pipeline):
        # What made it may be a factory elsewhere; here the dry run's child will find its tasks.
        found.module = str(vars(module)["__name__"])
        return found
    others = [name for name, value in vars(module).items() if isinstance(value, Pipeline)]
    what = "does not exist" if found is None else f"is a {type(found).__name__}, not a Pipeline"
    raise ProjectError(
        Problem(
            code=Code.NOT_A_PIPELINE,
            message=f"{target!r:.120} {what}",
            fix=f"pipelines in that module: {', '.join(others) or 'none'}",
        )
    )


def _bad_project(file: Path, fault: str) -> ProjectError:
    return ProjectError(
        Problem(
            code=Code.BAD_PROJECT,
            message=f"{file}: {fault}",
            fix='mend it; the table is [tool.glacier] with pipeline = "package.module:name"',
            place=Place(str(file), 1),
        )
    )
