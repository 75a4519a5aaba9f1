"""What the template wrote down when it rendered or updated a project: answers, files, the version of the runtime."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

__all__ = ["ANSWERS", "BESIDE", "FILES", "Recorded", "digest_of", "read_recorded"]

ANSWERS: Final = ".copier-answers.yml"
FILES: Final = ".template-files.json"
# Where `glacier adopt` puts the template's version of a file that was there: noxfile.py.template, beside noxfile.py.
BESIDE: Final = ".template"

_QUOTES: Final = "'\""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a project's origin.

    Attributes:
        answers: Answers of one line, by question; Copier's own begin with an underscore.
        answers_by_hand: Questions whose answers are not those that the files were rendered with.
        files: The SHA-256 of each file of the template as it was rendered, by path.
        runtime: The version of the runtime that the template belongs to; None if nothing says it.
        commit: The commit of the template that the runtime is installed from, if it is.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    answers_by_hand: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    runtime: str | None = None
    commit: str | None = None


def read_recorded(root: Path) -> Recorded:
    """Read `.copier-answers.yml` and `.template-files.json`, as far as they are there and can be understood.

    Args:
        root: The project's folder.

    Raises:
        OSError: If one of them is there and cannot be read.
    """
    chunks = dict(_chunks(_text(root / ANSWERS)))
    answers = {name: _plain(chunk) for name, chunk in chunks.items() if chunk.count("\n") == 1}
    known = _document(root / FILES)
    rendered = _texts(known.get("answers"))
    asked = {name: chunk for name, chunk in chunks.items() if not name.startswith("_")}
    by_hand = [
        name
        for name in sorted(rendered.keys() | asked.keys())
        if rendered.get(name) != sha256(asked.get(name, "").encode()).hexdigest()
    ]
    runtime, commit = known.get("runtime"), known.get("commit")
    return Recorded(
        answers,
        tuple(by_hand) if rendered and chunks else (),
        _texts(known.get("files")),
        runtime if isinstance(runtime, str) else None,
        commit if isinstance(commit, str) else None,
    )


def digest_of(file: Path) -> str | None:
    """Return the SHA-256 of a text as the template would have written it; None if the file is not there.

    Raises:
        OSError: If it cannot be read.
    """
    try:
        # git may write other ends of lines than the template did.
        content = file.read_bytes().replace(b"\r\n", b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return sha256(content).hexdigest()


def _chunks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each key at the top of a YAML document with its lines, as Copier writes them."""
    for found in re.finditer(r"(?m)^([A-Za-z_]\w*):.*\n(?:[ \n-].*\n|\n)*", text):
        yield found[1], found[0]


def _plain(chunk: str) -> str:
    value = chunk.partition(":")[2].strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES
    return value[1:-1] if quoted else value


def _document(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_text(file) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _text(file: Path) -> str:
    try:
        text = file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    return text if not text or text.endswith("\n") else f"{text}\n"
