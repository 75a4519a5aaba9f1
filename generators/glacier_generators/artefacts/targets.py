"""What a build is for: a Python, a processor, and the C library that the function's operating system has."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import SpecifierSet

from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["ARCHITECTURES", "PYTHONS", "Target", "asked_python", "choose_target"]

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
ARCHITECTURES: Final = ("x86_64", "arm64")
_MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
_ELF_MACHINES: Final = {"x86_64": 62, "arm64": 183}

# The function's system: Amazon Linux 2 up to Python 3.11, Amazon Linux 2023 after it. A wheel for a newer C library
# than these would install here and fail there, on import.
_GLIBC_MINORS: Final = {"3.11": 26}
_NEWEST_GLIBC_MINOR: Final = 34
_OLDEST_GLIBC_MINOR: Final = 17


@dataclass(frozen=True, slots=True)
class Target:
    """Where the archive will run.

    Attributes:
        python: Its Python, "3.12".
        architecture: Its processor as Lambda calls it, "x86_64" or "arm64".
    """

    python: str
    architecture: str

    @property
    def runtime(self) -> str:
        """The name of the runtime in Lambda."""
        return f"python{self.python}"

    @property
    def machine(self) -> str:
        """The processor as wheels and `platform.machine()` call it."""
        return _MACHINES[self.architecture]

    @property
    def elf_machine(self) -> int:
        """The processor as compiled files call it."""
        return _ELF_MACHINES[self.architecture]

    @property
    def platforms(self) -> tuple[str, ...]:
        """The tags of wheels that work there, the best first.

        pip takes a tag by the letter: without the ones in between, a wheel for `manylinux_2_24` is not found.
        """
        newest = _GLIBC_MINORS.get(self.python, _NEWEST_GLIBC_MINOR)
        minors = range(newest, _OLDEST_GLIBC_MINOR - 1, -1)
        return (
            *(f"manylinux_2_{minor}_{self.machine}" for minor in minors),
            f"manylinux2014_{self.machine}",
        )

    @property
    def is_this_python(self) -> bool:
        """Whether the running interpreter is of that minor version, so that its bytecode fits."""
        return self.python == running_python() and sys.implementation.name == "cpython"

    def marker_environment(self) -> dict[str, str]:
        """Return what environment markers are evaluated against.

        The patch version is one that no real one exceeds: Lambda keeps its runtimes at the latest.
        """
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.99",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.99",
            "python_version": self.python,
            "sys_platform": "linux",
        }


def running_python() -> str:
    """Return the minor version of the running interpreter."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def asked_python(python: str | None, manifest: Manifest) -> str | None:
    """Return the version that is asked for: by who builds, by the tasks, or by nobody.

    Args:
        python: What who builds asks for.
        manifest: The pipeline, whose tasks may ask by their `runtime`.

    Raises:
        GenerationError: GLC821, if two of them ask for different ones.
    """
    asking: dict[str, list[str]] = {}
    for task in manifest.tasks:
        runtime = getattr(getattr(task.compute, "config", None), "runtime", None)
        if runtime is not None:
            asking.setdefault(runtime.removeprefix("python"), []).append(task.name)
    chosen = python or next(iter(asking), None)
    if not {*asking} <= {chosen}:
        told = [f"{version} by {', '.join(tasks)}" for version, tasks in sorted(asking.items())]
        told += [f"{python} by who builds"] if python else []
        raise GenerationError(
            Problem(
                code=Code.BUILD_TARGET,
                message=f"one archive is for one Python, and asked for are {'; '.join(told):.1000}",
                fix="say the same in every LambdaConfig(runtime=...) and in --python, or say it once",
            )
        )
    return chosen


def choose_target(python: str | None, architecture: str, requires_python: str | None) -> Target:
    """Return the target of a build.

    Args:
        python: The version asked for; None takes the oldest that the project supports.
        architecture: The processor asked for.
        requires_python: What the project says it supports, as in its pyproject.toml.

    Raises:
        GenerationError: GLC821, for a version or a processor that cannot be built for.
    """
    supported = SpecifierSet(requires_python or "")
    fitting = tuple(v for v in PYTHONS if supported.contains(f"{v}.99"))
    default = fitting[:1] if requires_python else (running_python(),)
    chosen = python or next(iter(default), "")
    problems = []
    if chosen not in fitting:
        asked = f"Python {chosen!r:.40}" if chosen else "no Python"
        range_of_project = f" with requires-python {requires_python!r}" if requires_python else ""
        problems.append(_refused(f"{asked} cannot be built for{range_of_project}", fitting))
    if architecture not in ARCHITECTURES:
        problems.append(
            _refused(f"{architecture!r:.40} is no processor to build for", ARCHITECTURES)
        )
    if problems:
        raise GenerationError(problems)
    return Target(chosen, architecture)


def _refused(message: str, possible: tuple[str, ...]) -> Problem:
    return Problem(
        code=Code.BUILD_TARGET,
        message=message,
        fix=(
            f"choose {' or '.join(possible)}"
            if possible
            else f"widen requires-python in pyproject.toml; functions run {', '.join(PYTHONS)}"
        ),
    )
