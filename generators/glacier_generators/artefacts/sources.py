"""The code that is shipped beside the dependencies: the project's, and the part of the runtime that tasks need."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["imported_modules", "missing_code", "project_files", "runtime_files"]

Files = dict[str, Path]

# What talks to people, reads a pipeline for its cloud, tests or type-checks one. The rest is small, and reachable from the public names.
_NOT_FOR_TASKS: Final = (
    "__main__.py",
    "adoption",
    "cli",
    "deployed.py",
    "doctor",
    "mypy_plugin.py",
    "observers",
    "testing",
)

_LEFT_OUT: Final = (
    ".*",
    "*.egg-info",
    "*.dist-info",
    "*.py[co]",
    "*~",
    "__pycache__",
    "conftest.py",
    "tests",
)
# Never the home of a module, in a repository that keeps its packages at the top.
_NO_PACKAGES: Final = frozenset(
    {"build", "data", "dist", "infra", "noxfile", "scripts", "tests", "vendor"}
)


def runtime_files() -> Files:
    """Return the files of the runtime that a task may need, by their names in the archive."""
    spec = find_spec("glacier_runtime")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    return {
        f"glacier_runtime/{name}": path
        for name, path in _files_below(folder)
        if name.partition("/")[0] not in _NOT_FOR_TASKS
    }


def project_files(root: Path, manifest: Manifest, pipeline: str | None) -> Files:
    """Return the project's code and package data, by their names in the archive.

    All that lies below `src`; of a project without it, the packages that hold the tasks and the pipeline, and those
    beside them that these import.

    Args:
        root: The project's folder.
        manifest: Its pipeline.
        pipeline: What `[tool.glacier]` names as the pipeline, `package.module:name`.

    Raises:
        GenerationError: GLC829, if there is no code; GLC805, for links that lead out of the project.
    """
    source = root / "src"
    files: Files = dict(_files_below(source)) if source.is_dir() else {}
    wanted = {_module(task.identity).partition(".")[0] for task in manifest.tasks}
    wanted |= {_module(pipeline or "").partition(".")[0]}
    pending = sorted(wanted | imported_modules(files))
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen or name in _NO_PACKAGES or _holds_module(files, name):
            continue
        seen.add(name)
        found = dict(_top_level(root, name))
        files.update(found)
        pending.extend(sorted(imported_modules(found)))
    if not files:
        raise GenerationError(
            Problem(
                code=Code.CODE_MISSING,
                message=f"pipeline {manifest.pipeline!r} has no code below {root / 'src'} or {root}",
                fix="run glacier build inside the project, and keep its packages below src/",
            )
        )
    if outside := [name for name, path in sorted(files.items()) if _leads_out(path, root)]:
        raise GenerationError(_linked(name, files[name]) for name in outside)
    return dict(sorted(files.items()))


def _leads_out(path: Path, root: Path) -> bool:
    """Whether a file lies elsewhere: a link to somebody's credentials must not be shipped as code."""
    return not path.resolve().is_relative_to(root.resolve())


def _linked(name: str, path: Path) -> Problem:
    return Problem(
        code=Code.UNSAFE_PATH,
        message=f"{path} is a link out of the project, and would be shipped as {name}",
        fix="put a copy in place of the link, or move it out of the code",
    )


def missing_code(manifest: Manifest, names: Iterable[str]) -> list[Problem]:
    """Find tasks whose modules are not part of an archive.

    Args:
        manifest: The pipeline.
        names: The names of all files in the archive.
    """
    there = frozenset(names)
    return [
        Problem(
            code=Code.CODE_MISSING,
            message=f"task {task.name!r} is defined in {_module(task.identity)}, which would not be shipped",
            fix="move the module below src/ (folders named tests are left out), or declare its distribution",
            task=task.name,
        )
        for task in manifest.tasks
        if not _holds_module(there, _module(task.identity))
    ]


def imported_modules(files: Files) -> frozenset[str]:
    """Return the top-level modules that Python files import, anywhere in them."""
    found: set[str] = set()
    for name, path in files.items():
        if not name.endswith(".py"):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (
            SyntaxError,
            ValueError,
        ):  # a template, not a module; a module would not have been loaded
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return frozenset(found)


def _module(identity: str) -> str:
    return identity.partition(":")[0]


def _holds_module(names: Iterable[str], module: str) -> bool:
    path = module.replace(".", "/")
    there = names if isinstance(names, dict | frozenset) else frozenset(names)
    return f"{path}.py" in there or f"{path}/__init__.py" in there


def _top_level(root: Path, name: str) -> Iterator[tuple[str, Path]]:
    module, package = root / f"{name}.py", root / name
    if module.is_file():
        yield module.name, module
    elif package.is_dir() and any(package.glob("*.py")):
        yield from ((f"{name}/{inner}", path) for inner, path in _files_below(package))


def _files_below(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[tuple[str, Path]]:
    """List files, links followed; a folder that links to one of its parents is not entered again."""
    above = (*above, folder.resolve())
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatchcase(path.name, pattern) for pattern in _LEFT_OUT):
            continue
        if path.is_file():
            yield path.name, path
        elif path.is_dir() and path.resolve() not in above:
            yield from ((f"{path.name}/{inner}", file) for inner, file in _files_below(path, above))
