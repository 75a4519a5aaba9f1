"""What a function depends on: what it does, the globals and cells it uses, its defaults, and what it imports."""

from __future__ import annotations

import builtins
import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec, resolve_name
from types import FunctionType, ModuleType
from typing import Any, Final

from glacier_runtime.fingerprints.origins import is_project
from glacier_runtime.fingerprints.references import Imported, Shape, shape
from glacier_runtime.fingerprints.unseen import INTROSPECTION, Doubt, doubt_of
from glacier_runtime.static_analysis.dangers import BUCKET_METHODS, CONTENT_METHODS, UNDECLARED
from glacier_runtime.storage.locations import Location

__all__ = ["Constant", "FromLibrary", "function_contents", "home_of"]

_SQL: Final = frozenset({"sql", "SQLContext", "register_globals"})  # finds frames by their names


@dataclass(frozen=True, slots=True)
class Constant:
    """What a name in a module stands for.

    Attributes:
        key: The module and the name.
        value: What it stands for.
    """

    key: str
    value: object


@dataclass(frozen=True, slots=True)
class FromLibrary:
    """Something of a library: it counts by the library's version.

    Attributes:
        name: Its dotted name.
    """

    name: str


def home_of(function: FunctionType) -> str:
    """Return the module that a function's code was written in, whatever a decorator has made it look like."""
    return str(function.__globals__.get("__name__", ""))


def function_contents(function: Any, added: Mapping[str, tuple[object, ...]]) -> Iterator[object]:
    """Yield what a function depends on, as values to be digested, and doubts about what is not seen.

    Args:
        function: The function.
        added: What the project put into the classes of libraries, by the attribute's name.
    """
    home = home_of(function)
    registry = getattr(function, "registry", None)
    if home == "functools" and isinstance(
        registry, Mapping
    ):  # singledispatch: its cells are caches
        yield [(repr(kind), made) for kind, made in registry.items()]
        return
    if is_project(home):
        found = shape(function.__code__)
        yield from _written(function, found)
        for name in sorted(found.attributes & added.keys()):
            yield from added[name]
    else:
        yield FromLibrary(f"{home}.{function.__code__.co_qualname}")
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name
        try:
            yield cell.cell_contents
        except ValueError:
            yield "empty"
    yield function.__defaults__
    yield function.__kwdefaults__
    yield dict(sorted(vars(function).items()))


def _written(function: FunctionType, found: Shape) -> Iterator[object]:
    yield found.digest
    scope = function.__globals__
    for name in found.changes:
        yield Doubt(
            f"changes the global {name!r}",
            "return what it makes, for a task that is left out changes nothing",
        )
    for chain in found.chains:
        yield ".".join(chain)
        yield from _chained(scope, chain)
    for item in found.imports:
        yield from _imported(scope, item)
    for chain in found.imported_chains:
        yield from _doubts(".".join(chain[: end + 1]) for end in range(len(chain)))
    for name in sorted(found.attributes & CONTENT_METHODS):
        yield Doubt(f"{UNDECLARED.what} ({name})", UNDECLARED.fix, is_file=True)
    for name in sorted(found.attributes & INTROSPECTION):
        yield Doubt(f"looks at code itself ({name})", "use values instead")
    if _SQL & (found.attributes | {name for chain in found.chains for name in chain}):
        yield from _named_in_texts(scope, found.texts)


def _chained(scope: dict[str, Any], chain: tuple[str, ...]) -> Iterator[object]:
    """Yield what a global stands for, or what is taken from it if it is a module."""
    name, *rest = chain
    if name not in scope:
        known = hasattr(builtins, name)
        yield FromLibrary(f"builtins.{name}") if known else "unbound"
        yield from _doubts([f"builtins.{name}"] if known else [])
        return
    value: Any = scope[name]
    holder = scope.get("__name__")
    is_there = scope is getattr(sys.modules.get(str(holder)), "__dict__", None)
    key = f"{holder}.{name}" if is_there else ""
    while isinstance(value, ModuleType) and rest:
        if not is_project(value.__name__):
            yield from _of_library(value, rest)
            return
        name = rest.pop(0)
        key = f"{value.__name__}.{name}"
        try:
            value = getattr(value, name)
        except AttributeError:
            yield "unbound"
            return
    yield Constant(key, value) if key else value
    if rest and rest[0] in BUCKET_METHODS and isinstance(value, Location):
        yield Doubt(f"{UNDECLARED.what} ({'.'.join(chain)})", UNDECLARED.fix)
    origin = _dotted(value)
    if origin:
        names = [".".join((origin, *rest[:end])) for end in range(len(rest) + 1)]
        yield from _doubts([*names, f"{origin.partition('.')[0]}.{origin.rpartition('.')[2]}"])


def _of_library(module: ModuleType, names: list[str]) -> Iterator[object]:
    yield FromLibrary(".".join((module.__name__, *names)))
    yield from _doubts(".".join((module.__name__, *names[:end])) for end in range(len(names) + 1))
    put_there = vars(module).get(names[0])
    if isinstance(put_there, type | FunctionType) and is_project(put_there.__module__ or ""):
        yield put_there


def _dotted(value: object) -> str:
    """Return the full name of a function or class of a library; empty for anything else."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(value, ModuleType):
        return "" if is_project(value.__name__) else value.__name__
    if not isinstance(module, str) or not isinstance(name, str) or is_project(module):
        return ""
    return f"{'io' if module == '_io' else module}.{name}"


@lru_cache(maxsize=4096)
def _doubt(name: str) -> Doubt | None:
    return doubt_of(name)


def _doubts(names: Any) -> Iterator[Doubt]:
    yield from filter(None, map(_doubt, names))


def _imported(scope: Mapping[str, Any], item: Imported) -> Iterator[object]:
    """Yield what an import inside a function brings: it is imported now, if the project has it, to be looked at."""
    package = str(scope.get("__package__") or str(scope.get("__name__", "")).rpartition(".")[0])
    try:
        name = resolve_name("." * item.level + item.module, package)
    except ImportError:
        yield "unbound"
        return
    yield name
    if not _may_be_project(name):
        yield FromLibrary(name)
        return
    try:
        module = importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 (whatever a module of the project raises)
        yield Doubt(f"imports {name}, which fails ({type(error).__name__})", "mend the import")
        return
    if not item.names:
        yield module
    for taken in item.names:
        if taken == "*" or not hasattr(module, taken):
            yield from _submodule(module, name, taken)
        else:
            yield Constant(f"{name}.{taken}", getattr(module, taken))


def _submodule(package: ModuleType, name: str, taken: str) -> Iterator[object]:
    try:
        yield package if taken == "*" else importlib.import_module(f"{name}.{taken}")
    except ImportError:
        yield "unbound"


def _may_be_project(name: str) -> bool:
    """Say whether a module is one of the project, without importing one of a library."""
    if name in sys.modules:
        return is_project(name)
    top = name.partition(".")[0]
    if top in sys.modules or top in sys.stdlib_module_names:
        return is_project(top)
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None and "-packages" not in spec.origin


def _named_in_texts(scope: Mapping[str, Any], texts: tuple[str, ...]) -> Iterator[object]:
    """Yield the globals whose names occur in texts: SQL reaches frames by the names of variables."""
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    for name in sorted(words & scope.keys()):
        if type(scope[name]).__module__.startswith(("polars", "pandas")):
            yield Constant(f"{scope.get('__name__')}.{name}", scope[name])
