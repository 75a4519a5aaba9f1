"""Whether what pip delivered is what was ordered: names, versions, completeness, and the processor it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from glacier_generators.artefacts.dependencies import Pin, close
from glacier_generators.artefacts.targets import Target
from glacier_runtime.errors import Code, Problem

__all__ = ["binary_faults", "delivered", "delivery_faults"]

_ELF: Final = b"\x7fELF"
_ELF_MACHINE: Final = slice(18, 20)
# What Python imports. Other libraries may lie in a wheel for several processors side by side, and be chosen there.
_EXTENSION_MODULE: Final = re.compile(r"\.(?:abi3|cpython-\d.*)\.so$|\.pyd$")


def delivered(folder: Path) -> dict[str, Distribution]:
    """Return the distributions in a folder by canonical name."""
    return {
        canonicalize_name(found.metadata["Name"]): found
        for found in distributions(path=[str(folder)])
    }


def delivery_faults(
    folder: Path,
    pins: tuple[Pin, ...],
    start: Iterable[Requirement],
    target: Target,
    exclude: frozenset[str],
) -> list[Problem]:
    """Compare a folder of distributions with what was ordered.

    Args:
        folder: What pip has filled.
        pins: What it was asked for.
        start: The requirements that the pins follow from. Wheels for the target may need more than those installed here.
        target: What for.
        exclude: Names that are left out on purpose.
    """
    found = delivered(folder)
    ordered = {pin.name: pin.version for pin in pins}
    present = {name: item.version for name, item in found.items()}
    problems = [
        _other_version(name, ordered.get(name), present.get(name))
        for name in sorted(ordered.keys() | present.keys())
        if ordered.get(name) != present.get(name)
    ]
    if not problems:
        problems += close(start, target, found.get, exclude).problems
    problems += binary_faults(
        ((path.relative_to(folder).as_posix(), path) for path in _files(folder)), target
    )
    return problems


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _other_version(name: str, ordered: str | None, present: str | None) -> Problem:
    if ordered is None:
        message = f"pip delivered {name} {present}, which nobody asked for"
    elif present is None:
        message = f"pip was asked for {name} {ordered} and did not deliver it"
    else:
        message = f"pip was asked for {name} {ordered} and delivered {present}"
    return Problem(
        code=Code.DEPENDENCY_VERSION,
        message=message,
        fix="look at the index and at PIP_FIND_LINKS, which hold a wheel under a wrong name or version",
    )


def binary_faults(files: Iterable[tuple[str, Path]], target: Target) -> list[Problem]:
    """Find compiled files that the target cannot load.

    Args:
        files: Their names, as shipped, and where they are.
        target: What they shall run on.
    """
    return [
        Problem(
            code=Code.WRONG_BINARY,
            message=f"{name} is compiled for {foreign}, not for {target.architecture} Linux",
            fix="take a wheel for that processor, or leave the file out of src/",
        )
        for name, path in files
        if (foreign := _foreign(path, target)) is not None
    ]


def _foreign(path: Path, target: Target) -> str | None:
    if _EXTENSION_MODULE.search(path.name) is None:
        return None
    with path.open("rb") as file:
        head = file.read(_ELF_MACHINE.stop)
    if not head.startswith(_ELF):
        return "another system"
    machine = int.from_bytes(head[_ELF_MACHINE], "little")
    return None if machine == target.elf_machine else f"another processor (ELF machine {machine})"
