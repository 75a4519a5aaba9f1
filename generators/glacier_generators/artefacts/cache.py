"""The dependencies of a build, installed, checked, compiled and packed once for each set of versions and target.

An entry appears by renaming a finished folder, and is used only if its archive has the digest that its report names:
whatever was killed, truncated or edited is made anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from packaging.requirements import Requirement

from glacier_generators.artefacts.archives import digest, write_archive
from glacier_generators.artefacts.bytecode import compile_below, compiler, source_of
from glacier_generators.artefacts.dependencies import Pin
from glacier_generators.artefacts.inspection import delivered, delivery_faults
from glacier_generators.artefacts.installation import install
from glacier_generators.artefacts.targets import Target
from glacier_runtime.errors import GenerationError

__all__ = ["Order", "PackedDependencies", "Part", "packed_dependencies"]

_RECIPE: Final = 1  # of what is left out, compiled and packed; a change makes all entries anew
_ARCHIVE: Final = "dependencies.zip"
_REPORT: Final = "report.json"
_KEPT_ENTRIES: Final = 4

# Written by the installer about this machine, or for a folder of programs that a function does not have.
_NOT_SHIPPED_RECORDS: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
_PROGRAMS: Final = "bin"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be installed: the versions, the requirements they follow from, and the target."""

    pins: tuple[Pin, ...]
    start: tuple[Requirement, ...]
    exclude: frozenset[str]
    target: Target

    @property
    def key(self) -> str:
        """The name of its entry: the same for the same bytes."""
        recipe = {
            "recipe": _RECIPE,
            "pins": [str(pin) for pin in self.pins],
            "start": sorted(f"{item.name}{sorted(item.extras)}" for item in self.start),
            "exclude": sorted(self.exclude),
            "python": self.target.python,
            "platforms": self.target.platforms,
            "compiler": compiler(self.target),
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
        }
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Part:
    """A distribution in an archive, and the bytes that its files take unpacked."""

    name: str
    version: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PackedDependencies:
    """An archive of dependencies, which other files are added to.

    Attributes:
        archive: Where it is.
        sha256: Its digest.
        parts: The distributions in it, by name.
        names: The names of its files.
        size_bytes: What they take unpacked.
    """

    archive: Path
    sha256: str
    parts: tuple[Part, ...]
    names: frozenset[str]
    size_bytes: int


def packed_dependencies(
    order: Order, cache: Path, scratch: Path, observe: Callable[[str], None]
) -> PackedDependencies:
    """Return the archive of an order, from the cache if it is there and whole.

    Args:
        order: What is to be in it.
        cache: The folder of finished entries; its owner holds a lock on it.
        scratch: A folder for unfinished ones, on the same file system.
        observe: Told what takes time.

    Raises:
        GenerationError: With everything that pip could not deliver, or delivered wrongly.
    """
    entry = cache / order.key
    found = _read(entry)
    if found is None:
        observe(f"installing {len(order.pins)} dependencies")
        fresh = scratch / order.key
        _make(order, fresh, observe)
        shutil.rmtree(entry, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        fresh.rename(entry)
        found = _read(entry)
        assert found is not None
    (entry / _REPORT).touch()
    by_age = sorted(cache.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [path for path in by_age if path != entry][_KEPT_ENTRIES - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
    return found


def _make(order: Order, entry: Path, observe: Callable[[str], None]) -> None:
    tree = entry / "tree"
    tree.parent.mkdir(parents=True)
    install(order.pins, order.target, tree)
    faults = delivery_faults(tree, order.pins, order.start, order.target, order.exclude)
    if faults:
        raise GenerationError(faults)
    owners = _owners(tree)
    _prune(tree)
    if compiler(order.target):
        observe("compiling the dependencies")
        compile_below(tree)
    observe("packing the dependencies")
    files = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*") if path.is_file()}
    write_archive(entry / _ARCHIVE, files)
    report = {
        "sha256": digest(entry / _ARCHIVE),
        "parts": [asdict(part) for part in _parts(order.pins, files, owners)],
    }
    (entry / _REPORT).write_text(json.dumps(report), encoding="utf-8")
    shutil.rmtree(tree)


def _owners(tree: Path) -> dict[str, str]:
    """Say which distribution each file belongs to, while the installer's records are there."""
    return {
        file.as_posix(): name
        for name, found in delivered(tree).items()
        for file in found.files or ()
    }


def _prune(tree: Path) -> None:
    shutil.rmtree(tree / _PROGRAMS, ignore_errors=True)
    for path in sorted(tree.rglob("*")):
        is_record = path.name in _NOT_SHIPPED_RECORDS and path.parent.suffix == ".dist-info"
        if is_record and path.parent.parent == tree:
            path.unlink()
        elif path.name == "__pycache__":
            shutil.rmtree(path, ignore_errors=True)


def _parts(
    pins: tuple[Pin, ...], files: Mapping[str, Path], owners: Mapping[str, str]
) -> list[Part]:
    sizes = dict.fromkeys((pin.name for pin in pins), 0)
    for name, path in files.items():
        if (owner := owners.get(source_of(name))) in sizes:
            sizes[owner] += path.stat().st_size
    return [Part(pin.name, pin.version, sizes[pin.name]) for pin in pins]


def _read(entry: Path) -> PackedDependencies | None:
    try:
        report: Any = json.loads((entry / _REPORT).read_text(encoding="utf-8"))
        archive = entry / _ARCHIVE
        if digest(archive) != report["sha256"]:
            return None
        with ZipFile(archive) as packed:
            infos = packed.infolist()
        return PackedDependencies(
            archive=archive,
            sha256=report["sha256"],
            parts=tuple(Part(**part) for part in report["parts"]),
            names=frozenset(info.filename for info in infos),
            size_bytes=sum(info.file_size for info in infos),
        )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile):
        return None
