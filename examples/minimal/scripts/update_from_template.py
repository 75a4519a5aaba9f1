"""Bring this repository to a newer version of its template without losing an edit.

`copier update` merges three ways, but in two cases it exits 0 without a word: where an edit and the template's change
collide, and where the template renamed or removed a file that was edited here. This script fails with the list of the
first, and keeps the second next to its place as `<file>.yours`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ANSWERS = Path(".copier-answers.yml")
COPIER = (sys.executable, "-m", "copier")
UNREADABLE = f"""\
Look at _src_path and _commit in {ANSWERS}. A commit that exists nowhere was rendered from uncommitted changes of the
template: put the tag that is nearest to it in its place, commit, and update again."""


def main() -> int:
    """Update, and return 1 when something is left for a person to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", metavar="VERSION", help="a tag of the template, not the newest")
    version: str | None = parser.parse_args().to

    if (obstacle := what_prevents_an_update()) is not None:
        print(obstacle, file=sys.stderr)
        return 1
    if version is None:
        check = subprocess.run(
            [*COPIER, "check-update", "--output-format", "json"], capture_output=True, text=True
        )
        if check.returncode != 0:
            print("The template cannot be read:", *check.stderr.splitlines()[-1:], file=sys.stderr)
            print(UNREADABLE, file=sys.stderr)
            return 1
        state = json.loads(check.stdout)
        if not state["update_available"]:
            print(
                f"Nothing to do at {state['current_version']}, newest is {state['latest_version']}."
            )
            return 0

    # Questions that are new in the template are asked, where there is someone to ask.
    unattended = [] if sys.stdin.isatty() else ["--defaults"]
    pinned = [] if version is None else ["--vcs-ref", version]
    update = subprocess.run([*COPIER, "update", "--skip-answered", *unattended, *pinned])
    if update.returncode != 0:
        print("Nothing was updated, `git restore .` tidies up.", file=sys.stderr)
        return update.returncode

    for kept in keep_edits_of_removed_files():
        print(f"The template no longer has {kept.stem}; your edits of it are in {kept}.")
    conflicts = files_in_conflict()
    if conflicts:
        print("Your edits and the template's changes collide in:", file=sys.stderr)
        for path in conflicts:
            print(f"  {path}", file=sys.stderr)
        print("Resolve the marked lines, `git add` the files, run `nox -s tests`.", file=sys.stderr)
        return 1
    return 0


def what_prevents_an_update() -> str | None:
    """Return why the update cannot start, as a sentence with a way out."""
    if not ANSWERS.is_file():
        return f"{ANSWERS} is missing, so nothing says which template this repository came from."
    inside = subprocess.run(["git", "rev-parse", "--is-inside-work-tree"], capture_output=True)
    if inside.returncode != 0:
        return "This is not a git repository: `git init`, commit everything, then update."
    if output_of("git", "status", "--porcelain", "--", "."):
        return "There are uncommitted changes: commit or stash them, then update."
    return None


def keep_edits_of_removed_files() -> list[Path]:
    """Write `<file>.yours` for each file that the update removed although it was edited here.

    The tree was clean before the update, so git's HEAD still holds every file as it was here, and the template at the
    version that HEAD records says what it looked like before anybody edited it.
    """
    removed = [Path(path) for path in paths_of("git", "ls-files", "--deleted", "-z")]
    if not removed:
        return []
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        pristine = Path(folder)
        (pristine / ANSWERS).write_bytes(committed(ANSWERS))
        as_recorded = ("--skip-answered", "--defaults", "--vcs-ref", ":current:")
        subprocess.run([*COPIER, "recopy", "--quiet", *as_recorded, folder], check=True)
        for path in removed:
            original = pristine / path
            if not original.is_file() or original.read_bytes() != committed(path):
                kept.append(path.with_name(f"{path.name}.yours"))
                kept[-1].parent.mkdir(parents=True, exist_ok=True)
                kept[-1].write_bytes(committed(path))
    return kept


def files_in_conflict() -> list[str]:
    """Return the files with unmerged index entries or conflict markers."""
    unmerged = paths_of("git", "diff", "--name-only", "--diff-filter=U", "--relative", "-z")
    marked = paths_of("git", "grep", "--untracked", "-lz", "^<<<<<<< before updating$")
    return sorted({*unmerged, *marked})


def committed(path: Path) -> bytes:
    """Return what a file held in the last commit."""
    return subprocess.run(
        ["git", "show", f"HEAD:./{path.as_posix()}"], capture_output=True, check=True
    ).stdout


def paths_of(*command: str) -> Sequence[str]:
    """Return the paths that a git command prints with a NUL behind each."""
    # `git grep` exits 1 when it finds nothing, which is no failure here.
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return [path for path in found.stdout.split("\0") if path]


def output_of(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
