"""`glacier adopt`: from a repository and a template's address to a project of the template.

    last commit ─► answers ─► Copier, beside the project ─► what is missing, what is kept ─► written, the answers last

Until the answers are written the project is not under the template, and a second attempt goes on where the first was cut off.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glacier_runtime.adoption.guessing import guessed_answers
from glacier_runtime.adoption.joining import Join, joined
from glacier_runtime.adoption.rendering import render
from glacier_runtime.adoption.repository import not_adopted, open_repository
from glacier_runtime.adoption.writing import put
from glacier_runtime.doctor.recorded import ANSWERS

__all__ = ["Adoption", "adopt"]


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was done, or would be.

    Attributes:
        version: The release of the template.
        answers: The answers that it was rendered with.
        join: Files that are new, and files that were kept.
    """

    version: str
    answers: Mapping[str, str]
    join: Join

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data, for `--json`."""
        return {
            "ok": True,
            "version": self.version,
            "answers": {name: text for name, text in self.answers.items() if name[0] != "_"},
            "added": list(self.join.added),
            "kept": [
                {"path": one.path, "beside": one.beside, "lacks": list(one.lacks)}
                for one in self.join.kept
            ],
        }


def adopt(
    root: Path,
    template: str,
    answers: Mapping[str, str],
    *,
    release: str | None = None,
    write: bool = True,
) -> Adoption:
    """Bring a project under the template without changing a file of it.

    Args:
        root: The project's folder, in a git repository in which everything is committed.
        template: The template's address: `gh:owner/name`, a URL, or a folder.
        answers: Answers that are not to be guessed, by question.
        release: The tag to render; None takes the newest.
        write: Whether to write, or only to say what would be.

    Raises:
        ProjectError: GLC714, with why it cannot be; nothing is written then.
    """
    repository = open_repository(root)
    if (root / ANSWERS).exists():
        raise not_adopted(
            f"{ANSWERS} is there: this project is of a template already",
            "nox -s update brings it to the newest release",
        )
    scratch = repository.scratch
    shutil.rmtree(scratch, ignore_errors=True)  # of an attempt that was cut off
    try:
        scratch.mkdir(parents=True)
        rendered = render(
            template,
            scratch / "rendered",
            release=release,
            answers=answers,
            guesses=guessed_answers(repository),
        )
        join = joined(repository, rendered)
        if write:
            put(join.copies, root, scratch)
    except OSError as error:
        raise not_adopted(
            f"a file could not be written: {error}",
            "mend that, and adopt again; what was added is gone again",
        ) from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: what was added is gone again") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Adoption(rendered.version, rendered.answers, join)
