"""Python files, parsed and never imported, and which of them an import statement means."""

from __future__ import annotations

import ast
import gc
import os
import sys
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Place, Problem, ProjectError
from glacier_runtime.static_analysis.bindings import Scope, scope_of

__all__ = ["Module", "Tree", "parse_file", "read_tree", "without_collecting"]

# Glacier itself, which a project may carry a copy of.
_OURS: Final = frozenset({"glacier_runtime", "glacier_generators"})
_WORDS: Final = (b"Dataset(", b"Pipeline(", b".task", b"@task", b"@pipeline")
_SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})


@dataclass(frozen=True, eq=False)
class Module:
    """One file of Python.

    Attributes:
        path: Where it is, absolute.
        data: Its bytes.
    """

    path: Path
    data: bytes

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the syntax of others
            return ast.parse(self.data, str(self.path))

    @property
    def may_declare(self) -> bool:
        """Whether it may declare something of Glacier, going by single words."""
        return any(word in self.data for word in _WORDS)

    @cached_property
    def may_make_places(self) -> bool:
        """Whether it may make temporary files, or files in memory, going by single words."""
        return any(word in self.data for word in (b"tempfile", b"BytesIO", b"StringIO"))

    def may_declare_in(self, node: ast.AST) -> bool:
        """Whether one statement may, together with its decorators."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([getattr(node, "lineno", 1), *(each.lineno for each in decorators)])
        lines = self._lines[first - 1 : getattr(node, "end_lineno", None)]
        return any(word in line for line in lines for word in _WORDS)

    @cached_property
    def _lines(self) -> list[bytes]:
        return self.data.replace(b"\f", b" ").splitlines()

    @cached_property
    def scope(self) -> Scope:
        """The names that it binds."""
        return scope_of(self.tree.body, has_global=b"global " in self.data)

    def place(self, node: ast.AST) -> Place:
        """Return where a node is."""
        return Place(str(self.path), getattr(node, "lineno", 1))


def parse_file(path: Path) -> Module | Problem:
    """Parse one file.

    Returns:
        The module; or GLC430, if the file cannot be read or is no Python.
    """
    try:
        module = Module(path, path.read_bytes())
        # Syntax is kept where something is in it: that of a thousand other files would fill the memory.
        return module if module.tree.body and module.may_declare else Module(path, module.data)
    except SyntaxError as error:
        fault, line = str(error.msg), error.lineno or 1
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        fault, line = str(error) or type(error).__name__, 1
    version = ".".join(map(str, sys.version_info[:2]))
    return Problem(
        code=Code.SOURCE_UNREADABLE,
        message=f"{path.name} cannot be read as Python {version}: {fault}",
        fix="mend it, or leave it out; the other files were read",
        place=Place(str(path), line),
    )


@contextmanager
def without_collecting() -> Generator[None]:
    """Keep the garbage collector from walking over syntax trees, which takes longer than to make them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Tree:
    """Files of Python and how they import each other.

    Args:
        modules: Those read so far, by path.
        on_demand: Whether a file of the same project that is imported is read when it is asked for.
    """

    def __init__(self, modules: dict[Path, Module], *, on_demand: bool = False) -> None:
        self.modules = modules
        self.problems: list[Problem] = []
        self._on_demand = on_demand
        self._folders = {folder for path in modules for folder in path.parents}
        self._roots: dict[Path, Path] = {}
        self._projects: dict[Path, Path | None] = {}
        self._tops: dict[tuple[Path, str], list[Path]] = {}

    def module_at(self, path: Path) -> Module | None:
        """Return the module in a file, if it belongs to what is read."""
        if path in self.modules or not self._on_demand or not _is_readable(path):
            return self.modules.get(path)
        parsed = parse_file(path)
        if isinstance(parsed, Problem):
            self.problems.append(parsed)
            return None
        self.modules[path] = parsed
        return parsed

    def has_folder(self, path: Path) -> bool:
        """Whether a folder holds files of what is read."""
        return path in self._folders or (
            self._on_demand and path.is_dir() and not _SKIPPED & set(path.parts)
        )

    def within(self, folder: Path, parts: list[str]) -> Module | Path | None:
        """Return the module, or the folder without `__init__.py`, that a dotted name means below a folder."""
        target = folder.joinpath(*parts)
        found = self.module_at(target / "__init__.py")
        if found is None and parts:
            found = self.module_at(target.with_name(f"{target.name}.py"))
        return found or (target if self.has_folder(target) else None)

    def homes(self, importer: Module, top: str) -> list[Path]:
        """Return the folders in which an absolute import finds a top-level name: none, one, or several that it may be."""
        root = self.root_of(importer.path)
        key = (root, top)
        if key not in self._tops:
            self._tops[key] = self._find_homes(importer, root, top)
        return self._tops[key]

    def _find_homes(self, importer: Module, root: Path, top: str) -> list[Path]:
        if top in sys.stdlib_module_names or top in _OURS:
            return []
        project = self._project_of(importer.path.parent)
        near = [root, *([project, project / "src"] if project else [])]
        found = [folder for folder in near if self.within(folder, [top]) is not None]
        if found or self._on_demand:
            return found[:1]
        everywhere = {
            home
            for path in self.modules
            for home in (self.root_of(path), self._project_of(path.parent))
            if home is not None
        }
        everywhere |= {folder / "src" for folder in everywhere}
        return sorted(home for home in everywhere if self.within(home, [top]) is not None)

    def root_of(self, path: Path) -> Path:
        """Return the folder from which a file is imported: the first above its packages."""
        folder = path.parent
        if folder not in self._roots:
            is_package = (folder / "__init__.py").is_file() and folder.parent != folder
            self._roots[folder] = self.root_of(folder) if is_package else folder
        return self._roots[folder]

    def _project_of(self, folder: Path) -> Path | None:
        if folder not in self._projects:
            if (folder / "pyproject.toml").is_file():
                self._projects[folder] = folder
            else:
                is_top = folder.parent == folder
                self._projects[folder] = None if is_top else self._project_of(folder.parent)
        return self._projects[folder]


def read_tree(path: Path) -> Tree:
    """Read every Python file of a folder, or one file.

    Folders of tools (hidden ones, virtual environments, caches) and copies of Glacier are left out.

    Returns:
        What was read; files that are no Python are among its problems.

    Raises:
        ProjectError: GLC438, if there is nothing to read.
    """
    root = path.resolve()
    files = [root] if root.is_file() else list(_python_files(root))
    if not files:
        raise ProjectError(
            Problem(
                code=Code.NOTHING_TO_READ,
                message=f"{path} {'holds no file of Python' if root.exists() else 'does not exist'}",
                fix="give a folder or a file: glacier analyze --static src",
            )
        )
    parsed = [parse_file(file) for file in files]
    tree = Tree({module.path: module for module in parsed if isinstance(module, Module)})
    tree.problems += [problem for problem in parsed if isinstance(problem, Problem)]
    return tree


def _python_files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED | _OURS
            and not Path(folder, name, "pyvenv.cfg").is_file()
        )
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _is_readable(path: Path) -> bool:
    return not (_SKIPPED | _OURS) & set(path.parts) and path.is_file()
