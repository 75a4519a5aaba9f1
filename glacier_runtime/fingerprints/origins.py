"""Where code comes from: the project, whose every function counts, or a library, which counts by its version."""

from __future__ import annotations

import json
import sys
import sysconfig
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Final

__all__ = ["ALWAYS", "UNKNOWN_VERSION", "is_project", "library_of", "version_of"]

_OWN: Final = frozenset({"glacier_runtime", "glacier_generators"})
_SITES: Final = frozenset({"site-packages", "dist-packages"})
_STANDARD: Final = tuple(
    dict.fromkeys(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
)
_INFO: Final = (".dist-info", ".egg-info", "EGG-INFO")
UNKNOWN_VERSION: Final = "unknown"
_KNOWN: dict[str, bool] = {}
ALWAYS: Final = ("glacier_runtime", "polars", "pydantic")
"""The libraries whose versions matter to every task."""


def is_project(module: str) -> bool:
    """Say whether a module is code of the project: whatever is no library.

    A library is part of Python, of Glacier (a copy inside the project, too), or installed. What is installed so that
    it can be edited in place is the project's, for its version does not say what it does.

    Args:
        module: Its full name.
    """
    found = _KNOWN.get(module)
    if found is None:
        found = _is_project(module)
        if module in sys.modules:  # for good, then
            _KNOWN[module] = found
    return found


def _is_project(module: str) -> bool:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in _OWN or top == "builtins":
        return False
    known = sys.modules.get(module)
    file = getattr(known, "__file__", None)
    if file is None and known is not None:
        file = next(iter(getattr(known, "__path__", ())), None)
    return _is_project_file(top, file) if isinstance(file, str) else known is not None


@lru_cache(maxsize=4096)
def _is_project_file(top: str, file: str) -> bool:
    if _SITES & set(Path(file).parts) or file.startswith(tuple(f"{item}/" for item in _STANDARD)):
        return False
    return not _is_installed_at(top, file)


@cache
def _is_installed_at(top: str, file: str) -> bool:
    """Say whether a distribution put a file where it is: libraries of a function in a cloud lie beside its code."""
    above = Path(file).parents
    folders = {above[0], *(folder.parent for folder in above if folder.name == top)}
    if not any(map(_holds_distributions, folders)):
        return False
    try:
        distribution = metadata.distribution(_distribution_of(top))
        direct = json.loads(distribution.read_text("direct_url.json") or "{}")
        if direct.get("dir_info", {}).get("editable"):
            return False
        place = Path(str(distribution.locate_file(top)))
    except (metadata.PackageNotFoundError, OSError, ValueError):
        return False
    return Path(file) == place.with_suffix(".py") or Path(file).is_relative_to(place)


@cache
def _holds_distributions(folder: Path) -> bool:
    """Say whether anything is installed in a folder: much quicker to find out than what is installed anywhere."""
    try:
        return any(item.name.endswith(_INFO) for item in folder.iterdir())
    except OSError:
        return True  # in an archive, where only the distributions know


def library_of(module: str) -> str | None:
    """Return the library that a module belongs to, by the name it is imported by; None for a part of Python."""
    top = module.partition(".")[0]
    return None if top in sys.stdlib_module_names or top == "builtins" else top


@cache
def version_of(library: str) -> tuple[str, str]:
    """Return the distribution that a library came in, and its version; the library itself and "unknown" without one.

    Example:
        >>> version_of("polars")[0]
        'polars'
    """
    if library == "glacier_runtime":
        return "glacier-runtime", _own_version()
    name = _distribution_of(library)
    try:
        return name, metadata.version(name)
    except metadata.PackageNotFoundError:
        return library, str(getattr(sys.modules.get(library), "__version__", UNKNOWN_VERSION))


def _own_version() -> str:
    module: ModuleType = sys.modules["glacier_runtime"]
    return str(getattr(module, "__version__", UNKNOWN_VERSION))


@cache
def _distribution_of(library: str) -> str:
    """Return the name of the distribution that an import name belongs to."""
    try:
        distribution = metadata.distribution(library)
    except (metadata.PackageNotFoundError, ValueError):
        found = [d.metadata["Name"] for d in metadata.distributions() if _brings(d, library)]
        return min((str(name) for name in found if name), default=library)
    return str(distribution.metadata["Name"] or library)


def _brings(distribution: metadata.Distribution, library: str) -> bool:
    """Say whether a distribution has a library, as `packages_distributions` would, which takes every line of all apart."""
    declared = distribution.read_text("top_level.txt")
    if declared and declared.split():
        return library in declared.split()
    record = f"\n{distribution.read_text('RECORD') or ''}"
    return f"\n{library}/" in record or f"\n{library}.py," in record
