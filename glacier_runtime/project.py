"""A pipeline repository: where it is, what `[tool.glacier]` says, and how its pipeline is loaded."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from glacier_runtime.config.clouds import (
    AWS_REGION,
    AZURE_LOCATION,
    AZURE_RESOURCE_GROUP,
    AZURE_SUBSCRIPTION,
    GCP_PROJECT,
    GCP_REGION,
)
from glacier_runtime.errors import Code, GlacierError, Place, Problem, ProjectError
from glacier_runtime.roots import find_root

if TYPE_CHECKING:
    from glacier_runtime.pipelines import Pipeline

__all__ = ["Project", "import_user_module", "load_pipeline", "read_project"]


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the table of a cloud must say.

    Attributes:
        pattern: Its form.
        example: What it looks like.
        variable: Where `Provider.from_env` finds it.
        entry: What it is called in a manifest's `provider`.
    """

    pattern: str
    example: str
    variable: str
    entry: str = "region"


_CLOUDS: Final = {
    "aws": {"region": _Setting(AWS_REGION, "eu-central-1", "AWS_REGION")},
    "gcp": {
        "project_id": _Setting(GCP_PROJECT, "my-project", "GOOGLE_CLOUD_PROJECT", "account_id"),
        "region": _Setting(GCP_REGION, "europe-west1", "GOOGLE_CLOUD_REGION"),
    },
    "azure": {
        "subscription_id": _Setting(
            AZURE_SUBSCRIPTION,
            "00000000-0000-0000-0000-000000000000",
            "AZURE_SUBSCRIPTION_ID",
            "account_id",
        ),
        "resource_group": _Setting(
            AZURE_RESOURCE_GROUP, "analytics", "AZURE_RESOURCE_GROUP", "resource_group"
        ),
        "location": _Setting(AZURE_LOCATION, "westeurope", "AZURE_LOCATION"),
    },
}
_OTHERS_KEYS: Final = {
    "build",
    "doctor",
    "keep_days",
    "keep_versions",
}  # read, and checked, by who builds


@dataclass(frozen=True, slots=True)
class Project:
    """A pipeline repository.

    Attributes:
        root: Its folder.
        pipeline: What `[tool.glacier]` names as its pipeline, `package.module:name`.
        cloud: What `[tool.glacier]` names as the cloud that infrastructure is generated for.
        settings: What the table of that cloud says: for `aws`, `region`; for `gcp`, `project_id` and `region`; for `azure`,
            `subscription_id`, `resource_group` and `location`.
        observers: The observers of runs that `[tool.glacier]` switches on.
        generators: The generators that it asks for by name, beside those of its cloud.
    """

    root: Path
    pipeline: str | None = None
    cloud: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    observers: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()

    @property
    def is_generated(self) -> bool:
        """Whether anything is generated from its pipeline: for a cloud, or because it asks for it."""
        return self.cloud is not None or bool(self.generators)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make `Provider.from_env` the configured cloud, in an environment that says nothing else.

        Raises:
            ProjectError: GLC705, if no cloud is configured.
        """
        if self.cloud is None:
            raise ProjectError(
                Problem(
                    code=Code.NO_CLOUD,
                    message=f"no cloud is configured in {self.root / 'pyproject.toml'}",
                    fix=f"inside a project, add two lines: {_example('aws')}",
                )
            )
        variables = {
            setting.variable: self.settings[key] for key, setting in _CLOUDS[self.cloud].items()
        }
        return {"GLACIER_CLOUD": self.cloud, **variables}

    @property
    def provider_entries(self) -> dict[str, tuple[str, str]]:
        """What the provider of the manifest must say, by its field: the setting's name, and its value."""
        if self.cloud is None:
            return {}
        known = _CLOUDS[self.cloud]
        settings = {known[key].entry: (key, value) for key, value in self.settings.items()}
        return {"cloud": ("cloud", self.cloud), **settings}


def read_project(start: Path) -> Project:
    """Read the project around a folder.

    Raises:
        ProjectError: GLC704, if pyproject.toml is not valid or its table holds something unknown; GLC706, if what it says
            about a cloud cannot be meant.
    """
    root = find_root(start)
    file = root / "pyproject.toml"
    if not file.is_file():
        return Project(root)
    import tomllib  # noqa: PLC0415 (a task that is found by its plan reads no project)

    try:
        table: object = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad_project(file, str(error)) from None
    for name in ("tool", "glacier"):
        table = table.get(name, {}) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise _bad_project(file, "[tool.glacier] is not a table")
    unknown = sorted(
        set(table) - {"pipeline", "cloud", "observers", "generators", *_CLOUDS, *_OTHERS_KEYS}
    )
    if unknown:
        raise _bad_project(file, f"[tool.glacier] has unknown keys: {', '.join(unknown)}")
    pipeline = table.get("pipeline")
    if pipeline is not None and not isinstance(pipeline, str):
        raise _bad_project(file, f"[tool.glacier] pipeline is {pipeline!r}, not a string")
    observers, generators = _names(file, table, "observers"), _generators(file, table)
    cloud = table.get("cloud")
    settings = {name: _settings(file, name, table[name]) for name in _CLOUDS if name in table}
    if cloud is None:
        return Project(root, pipeline, observers=observers, generators=generators)
    if not isinstance(cloud, str) or cloud not in _CLOUDS:
        fault = (
            f"[tool.glacier] cloud is {cloud!r:.80}, which is no cloud that Glacier generates for"
        )
        raise _bad_cloud(file, fault, f"known are: {', '.join(_CLOUDS)}")
    if cloud not in settings:
        raise _bad_cloud(file, f"[tool.glacier.{cloud}] is missing", f"write {_example(cloud)}")
    return Project(root, pipeline, cloud, settings[cloud], observers, generators)


def _generators(file: Path, table: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of generators beside that of the cloud."""
    names = _names(file, table, "generators")
    if clouds := [name for name in names if name in _CLOUDS]:
        fault = f"[tool.glacier] generators has {clouds[0]!r}, which is a cloud: say cloud = ..."
        raise _bad_project(file, fault)
    return names


def _names(file: Path, table: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Return the names of what is found by entry point: who is told of runs, who generates."""
    names = table.get(key, [])
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(names)
    raise _bad_project(file, f"[tool.glacier] {key} is {names!r:.80}, not a list of names")


def _settings(file: Path, cloud: str, table: object) -> dict[str, str]:
    """Check what the table of one cloud says; every setting is needed, and each is one word."""
    named, wanted = f"[tool.glacier.{cloud}]", _CLOUDS[cloud]
    if not isinstance(table, dict):
        raise _bad_cloud(file, f"{named} is not a table", f"write {_example(cloud)}")
    settings: dict[str, str] = {}
    for key in dict.fromkeys([*wanted, *table]):
        value = table.get(key)
        if key not in wanted:
            raise _bad_cloud(
                file, f"{named} has unknown key {key!r:.80}", f"known are: {', '.join(wanted)}"
            )
        if not isinstance(value, str) or re.fullmatch(wanted[key].pattern, value) is None:
            fault = f"has {key} = {value!r:.80}" if key in table else f"says no {key}"
            raise _bad_cloud(file, f"{named} {fault}", f"write {_example(cloud)}")
        settings[key] = value
    return settings


def _example(cloud: str) -> str:
    lines = " and ".join(f'{key} = "{setting.example}"' for key, setting in _CLOUDS[cloud].items())
    return f'cloud = "{cloud}" below [tool.glacier], and {lines} below [tool.glacier.{cloud}]'


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
    module = import_user_module(module_name, target, project.root)
    return _pipeline_in(module, attribute or "pipeline", target)


def import_user_module(module_name: str, target: str, root: Path) -> object:
    """Import a module of a project, whose root and `src` folder are made importable.

    Args:
        module_name: The module.
        target: What is looked for in it, for messages.
        root: The project's root.

    Raises:
        ProjectError: GLC702.
        DefinitionError: If a declaration in the module is not valid.
    """
    for folder in (root, root / "src"):
        if folder.is_dir() and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
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


def _bad_cloud(file: Path, fault: str, fix: str) -> ProjectError:
    return ProjectError(
        Problem(
            code=Code.CLOUD_SETTINGS,
            message=f"{file}: {fault}",
            fix=fix,
            place=Place(str(file), 1),
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
