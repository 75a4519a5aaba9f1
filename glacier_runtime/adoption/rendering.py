"""The template, rendered for a project beside it: Copier does so in a process of its own, and nobody has to trust anything."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from glacier_runtime.adoption.repository import is_commit, not_adopted
from glacier_runtime.doctor.recorded import ANSWERS, read_recorded

__all__ = ["Rendered", "render"]

_SHOWN: Final = 300  # characters of what Copier says, the last ones


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the template makes of a project's answers.

    Attributes:
        folder: Where it lies.
        files: Its files, by path.
        version: The release that it is of.
        answers: The answers that are recorded, given and not given.
    """

    folder: Path
    files: tuple[str, ...]
    version: str
    answers: Mapping[str, str]


def render(
    template: str,
    folder: Path,
    *,
    release: str | None,
    answers: Mapping[str, str],
    guesses: Mapping[str, str],
) -> Rendered:
    """Render the template.

    Args:
        template: Its address: `gh:owner/name`, a URL, or a folder.
        folder: Where to; it must not be there yet.
        release: The tag to render; None takes the newest.
        answers: Answers that somebody gave, by question.
        guesses: Answers to what nobody answered; a release that does not ask for one never minds.

    Raises:
        ProjectError: GLC714, if Copier is not here, the template cannot be read, or an answer is refused or to no question.
    """
    if find_spec("copier") is None:
        raise not_adopted("Copier is not installed here", "python -m pip install 'copier~=9.19'")
    # From another folder, a relative address leads elsewhere.
    home = Path(template).expanduser()
    address = str(home.resolve()) if home.is_dir() else template
    given = {**guesses, **answers}
    data = [word for name, answer in given.items() for word in ("--data", f"{name}={answer}")]
    pinned = ["--vcs-ref", release] if release is not None else []
    done = subprocess.run(  # noqa: S603 (no shell)
        [
            *(sys.executable, "-m", "copier", "copy", "--quiet", "--defaults"),
            *(*data, *pinned, "--", address, str(folder)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise not_adopted(
            f"the template at {template} cannot be rendered: {_last_words(done.stderr)}",
            "mend the answer with --data name=value, or the address; copier copy shows all of it",
        )
    recorded = read_recorded(folder).answers
    _check_origin(address, recorded.get("_commit"))
    if unknown := sorted(answers.keys() - recorded.keys()):
        raise not_adopted(
            f"the template does not ask for {', '.join(unknown)}, given the other answers",
            f"it asks for: {', '.join(name for name in recorded if not name.startswith('_'))}",
        )
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    version = re.sub(r"^v(?=\d)", "", recorded["_commit"])
    return Rendered(folder, tuple(sorted(files)), version, recorded)


def _check_origin(address: str, commit: str | None) -> None:
    """Make sure that an update will find what was rendered: it begins by rendering it again."""
    if commit is None:
        raise not_adopted(
            f"{address} is not a git repository, so {ANSWERS} would not say where an update begins",
            "adopt from the repository of the template: gh:owner/name, a URL, or a clone",
        )
    if Path(address).is_dir() and not is_commit(Path(address), commit):
        raise not_adopted(
            f"{address} has changes that are not committed, so no update would know what was rendered",
            "commit them there, or name a release: --release v0.1.0",
        )


def _last_words(said: str) -> str:
    """Return what a traceback ends in, or what there is instead of one."""
    *_, last = re.split(r"(?m)^[\w.]*Error: ", said)
    return " ".join(last.split())[-_SHOWN:] or "Copier said nothing"
