"""An update to the template's newest release, tried in a copy of the repository: which edits would collide with it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from glacier_runtime.doctor.recorded import ANSWERS
from glacier_runtime.errors import Code, Place, Problem

__all__ = ["TriedUpdate", "try_update"]

SCRIPT: Final = "scripts/update_from_template.py"
_SHOWN_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class TriedUpdate:
    """What an update would do.

    Attributes:
        version: The release that was tried; None if there is nothing newer, or nothing could be tried.
        changed: Files that it would change, add or remove.
        problems: What it could not merge, or why it was not tried.
    """

    version: str | None = None
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def try_update(root: Path) -> TriedUpdate:
    """Let the project's own script update a copy of what is here, edits that are not committed included.

    Args:
        root: The project's folder.
    """
    python = _with_copier(root)
    if not (root / SCRIPT).is_file():
        return TriedUpdate()  # which is said elsewhere
    if python is None:
        fix = "nox -s doctor -- --update brings it; or: python -m pip install 'copier~=9.19'"
        return TriedUpdate(problems=(_not_tried("Copier is not installed here", fix),))
    done = subprocess.run(  # noqa: S603 (the project's own script, and no shell)
        [python, SCRIPT, "--dry-run", "--json"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        told: Any = json.loads(done.stdout)
    except ValueError:
        said = "; ".join(done.stderr.strip().splitlines()[-_SHOWN_LINES:])
        fix = f"python {SCRIPT} --dry-run shows all of it"
        return TriedUpdate(problems=(_not_tried(said or "the script said nothing", fix),))
    if told["obstacle"] is not None:
        what, _, fix = told["obstacle"].partition("\n")
        return TriedUpdate(problems=(_not_tried(what, fix or "mend that, and look again"),))
    version = told["version"]
    beyond = told.get("beyond")  # which the script of an older release does not know
    later = [_later(root, beyond)] if beyond is not None else []
    collisions = [_collision(root, path, version) for path in told["collide"]]
    apart = [_set_apart(root, path, version) for path in told["set_apart"]]
    return TriedUpdate(version, tuple(told["changed"]), (*collisions, *apart, *later))


def _with_copier(root: Path) -> str | None:
    if find_spec("copier") is not None:
        return sys.executable
    own = root / ".nox" / "update" / "bin" / "python"
    return str(own) if own.exists() else None


def _collision(root: Path, path: str, version: str) -> Problem:
    return Problem(
        code=Code.TEMPLATE_COLLISION,
        message=f"{path} was edited where {version} of the template changes it, too",
        fix="undo what you need no longer; what you need, you decide at the update, between marked lines",
        place=Place(str(root / path), 1),
    )


def _later(root: Path, beyond: str) -> Problem:
    return Problem(
        code=Code.OUT_OF_STEP,
        message=f"the template has {beyond}, of a later major version than this project's",
        fix="nox -s update, read what breaks in the template's CHANGELOG.md, then: nox -s update -- --major",
        place=Place(str(root / ANSWERS), 1),
    )


def _set_apart(root: Path, path: str, version: str) -> Problem:
    return Problem(
        code=Code.TEMPLATE_COLLISION,
        message=f"{path} was edited, and {version} of the template no longer has it",
        fix=f"move your edits to a file of your own; the update keeps them as {path}.yours",
        place=Place(str(root / path), 1),
    )


def _not_tried(why: str, fix: str) -> Problem:
    return Problem(
        code=Code.TEMPLATE_COLLISION, message=f"no update could be tried: {why}", fix=fix
    )
