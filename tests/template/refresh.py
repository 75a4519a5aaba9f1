"""Bring what follows from the template and the runtime up to date: the file list in copier.yml, and examples/.

`python -m tests.template.refresh` rewrites what is stale; with `--check` it only names it and exits 1.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.template.rendering import (
    ROOT,
    Repository,
    files_of,
    recorded_answers,
    render,
    snapshot,
    without_origin,
)

QUESTIONS = ROOT / "copier.yml"
EXAMPLE = ROOT / "examples" / "flights"
_RUNTIME_LIST = re.compile(
    r"(?<=\nruntime_files:\n)((?:  .*\n)*?  default: \|-\n)((?:    - .*\n)*)"
)


def runtime_files() -> dict[str, bytes]:
    """Return the runtime's files on disk, without what Python leaves between them."""
    files = files_of(ROOT / "glacier_runtime")
    return {name: files[name] for name in files if "__pycache__" not in name}


def questions_with_runtime_files(questions: str) -> str:
    """Return the text of copier.yml with the runtime's files as they are on disk."""
    listed = "".join(f"    - glacier_runtime/{file}\n" for file in runtime_files())
    refreshed, found = _RUNTIME_LIST.subn(lambda match: match[1] + listed, questions)
    if found != 1:
        raise ValueError("copier.yml has no list of runtime_files to refresh")
    return refreshed


def render_example(destination: Path) -> dict[str, bytes]:
    """Render the example from its recorded answers, free of where and when that happened."""
    with tempfile.TemporaryDirectory() as folder:
        template = snapshot(Path(folder) / "glacier", tag="v0.1.0")
        render(template, destination, **recorded_answers(EXAMPLE))
    answers = destination / ".copier-answers.yml"
    answers.write_bytes(without_origin(answers.read_bytes()))
    return files_of(destination)


def committed_example() -> dict[str, bytes]:
    """Return the example's files, without what running it leaves behind."""
    listed = Repository(EXAMPLE).git("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return {
        name: (EXAMPLE / name).read_bytes()
        for name in sorted(listed.split("\0"))
        if name and (EXAMPLE / name).is_file()
    }


def main(arguments: list[str]) -> int:
    """Rewrite or check, and return the exit code."""
    stale = []
    questions = QUESTIONS.read_text(encoding="utf-8")
    refreshed = questions_with_runtime_files(questions)
    if refreshed != questions:
        stale.append(QUESTIONS)
        if "--check" not in arguments:
            QUESTIONS.write_text(refreshed, encoding="utf-8")
    committed = committed_example()
    with tempfile.TemporaryDirectory() as folder:
        fresh = render_example(Path(folder) / "example")
        for name in sorted(committed.keys() | fresh.keys()):
            if committed.get(name) == fresh.get(name):
                continue
            stale.append(EXAMPLE / name)
            if "--check" in arguments:
                continue
            if name in fresh:
                (EXAMPLE / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(Path(folder) / "example" / name, EXAMPLE / name)
            else:
                (EXAMPLE / name).unlink()
    for path in stale:
        print(path.relative_to(ROOT))  # noqa: T201
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
