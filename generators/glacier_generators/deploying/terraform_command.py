"""Terraform, or OpenTofu, as a command: found, old enough or not, run, and interrupted as we are.

What it needs of this machine's environment it gets; of Glacier's own variables it gets none, for one may hold a secret.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from glacier_generators.deploying.interrupts import passing_on_interrupts
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["VARIABLE", "Ended", "Terraform", "find_terraform", "interrupted"]

VARIABLE: Final = "GLACIER_TERRAFORM"
_NAMES: Final = ("terraform", "tofu")
_OLDEST: Final = (1, 9)
_VERSION: Final = re.compile(r"(OpenTofu|Terraform) v([0-9]+)\.([0-9]+)\.([0-9]+)")
_QUESTION_S: Final = 60.0
_SHOWN_CHARACTERS: Final = 4000
_INSTALL: Final = (
    "install Terraform 1.9 or newer (https://developer.hashicorp.com/terraform/install) or OpenTofu 1.9 or newer "
    f"(https://opentofu.org/docs/intro/install), or name it in {VARIABLE}"
)

Tell = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        exit_code: As it said.
        output: What it printed as its result.
        messages: What it said beside it.
        faults: What it said is wrong, each in one text, if it told of events.
        interrupted_by: The signal that stopped it; None if none did.
    """

    exit_code: int
    output: str
    messages: str
    faults: tuple[str, ...]
    interrupted_by: int | None = None


@dataclass(frozen=True, slots=True)
class Terraform:
    """A command that applies Terraform's language.

    Attributes:
        path: Where it is.
        product: What it calls itself.
        version: Its version.
    """

    path: str
    product: str
    version: tuple[int, int, int]

    def run(self, folder: Path, *arguments: str, tell: Tell | None = None) -> Ended:
        """Run it in a folder, and wait for its end, whatever that is.

        Args:
            folder: The root to work in.
            arguments: The command and its options.
            tell: Told of each event, if the command was asked for `-json`.

        Raises:
            KeyboardInterrupt: If it was stopped by a signal and is not an apply, which has something to say of what it did.
        """
        lines: list[str] = []
        child: subprocess.Popen[str] | None = None
        with (
            TemporaryFile("w+", encoding="utf-8", errors="replace") as messages,
            passing_on_interrupts(lambda: child) as heard,
        ):
            child = subprocess.Popen(  # noqa: S603 (found on the PATH, or named by the user)
                [self.path, *arguments],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # or a terminal would interrupt it beside us
            )
            with child:
                assert child.stdout is not None
                for line in child.stdout:
                    lines.append(line)
                    if tell is not None and (event := _event(line)) is not None:
                        tell(event)
            messages.seek(0)
            said = messages.read()
        faults = () if tell is None else _faults(lines)
        return Ended(child.returncode, "".join(lines), said, faults, heard.number)

    def succeed(self, folder: Path, *arguments: str) -> str:
        """Run a command that changes nothing, and return what it printed.

        Raises:
            GenerationError: GLC813, with what it said.
            KeyboardInterrupt: If a signal stopped it.
        """
        return self.expect((0,), folder, *arguments).output

    def expect(self, codes: Iterable[int], folder: Path, *arguments: str) -> Ended:
        """Run a command that changes nothing, and that may end in several ways.

        Raises:
            GenerationError: GLC813, with what it said.
            KeyboardInterrupt: If a signal stopped it.
        """
        ended = self.run(folder, *arguments)
        if ended.interrupted_by is not None:
            raise interrupted("interrupted: nothing was changed", ended.interrupted_by)
        if ended.exit_code in codes:
            return ended
        raise GenerationError(
            Problem(
                code=Code.TERRAFORM_FAILED,
                message=f"{self.product} {arguments[0]} failed in {folder.name}/: {fault}",
                fix="mend what it says, and try again; nothing was changed",
            )
            for fault in ended.faults or (_end_of(ended.messages or ended.output),)
        )


def interrupted(message: str, number: int) -> KeyboardInterrupt:
    """Return what ends a command that a signal stopped; whoever reports it makes an exit code of the number."""
    error = KeyboardInterrupt(message)
    error.number = number  # type: ignore[attr-defined]
    return error


def find_terraform() -> Terraform:
    """Return the command that the environment names, or else the one on the PATH.

    Raises:
        GenerationError: GLC810, if there is none, or it is too old.
    """
    named = os.environ.get(VARIABLE)
    candidates = [named] if named else list(_NAMES)
    found = next(filter(None, map(shutil.which, candidates)), None)
    if found is None:
        where = f"{VARIABLE}={named!r:.200} is no command" if named else "neither is on the PATH"
        raise _missing(f"Terraform or OpenTofu is needed, and {where}")
    try:
        said = subprocess.run(  # noqa: S603 (found on the PATH, or named by the user)
            [found, "version"],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_QUESTION_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _missing(f"{found} does not say its version: {error}") from None
    match = _VERSION.search(said)
    if match is None:
        raise _missing(f"{found} says {said.strip()!r:.120} for its version, which is none")
    version = (int(match[2]), int(match[3]), int(match[4]))
    if version < _OLDEST:
        shown = ".".join(map(str, version))
        raise _missing(f"{found} is {match[1]} {shown}, and 1.9 is needed")
    return Terraform(found, match[1], version)


def _missing(message: str) -> GenerationError:
    return GenerationError(Problem(code=Code.TERRAFORM_MISSING, message=message, fix=_INSTALL))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GLACIER_")}
    return {**kept, "TF_IN_AUTOMATION": "true", "TF_INPUT": "0"}


def _event(line: str) -> Mapping[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _faults(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the errors among events; of a command that prints none, nothing."""
    events = filter(None, map(_event, lines))
    found = [event.get("diagnostic", {}) for event in events if event.get("@level") == "error"]
    return tuple(_described(fault) for fault in found if fault)


def _described(fault: Mapping[str, Any]) -> str:
    snippet = fault.get("snippet") or {}
    address = fault.get("address") or snippet.get("context")
    parts = (address, fault.get("summary"), fault.get("detail"))
    return " ".join(": ".join(part for part in parts if part).split())[:_SHOWN_CHARACTERS]


def _end_of(output: str) -> str:
    text = "\n".join(line.strip("│╷╵ ") for line in output.splitlines()).strip()
    return "\n    ".join(filter(None, text[-_SHOWN_CHARACTERS:].splitlines())) or "it said nothing"
