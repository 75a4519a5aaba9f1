"""Bring this repository to a newer version of its template without losing an edit.

`copier update` merges three ways, but in two cases it exits 0 without a word: where an edit and the template's change
collide, and where the template renamed or removed a file that was edited here. This script fails with the list of the
first, and keeps the second next to its place as `<file>.yours`. With `--dry-run` it does so in a copy, and only tells.

It stays within the major version that the project was rendered by (until 1.0, by custom: the minor one); `--major` goes
on to the next.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

# An update wants everything committed, which what Python keeps of imported modules is not.
sys.dont_write_bytecode = True

from nearby_edits import settle  # noqa: E402
from template_releases import (  # noqa: E402
    ANSWERS,
    UnreadableError,
    next_major,
    recorded,
    release_in,
    releases,
)

COPIER = (sys.executable, "-m", "copier")
UNREADABLE = f"""\
Look at _src_path and _commit in {ANSWERS}. A commit that exists nowhere was rendered from uncommitted changes of the
template: put the tag that is nearest to it in its place, commit, and update again."""


@dataclass(frozen=True)
class Goal:
    """Where an update is to lead.

    Attributes:
        version: The release, for people.
        pinned: What tells Copier to go there and not to the newest.
        beyond: The newest release, if it is of a later major version.
    """

    version: str
    pinned: tuple[str, ...] = ()
    beyond: str | None = None


@dataclass(frozen=True)
class Update:
    """What an update did, or would do.

    Attributes:
        obstacle: Why nothing was done, with a way out.
        nothing_to_do: Why there is nothing to update to.
        version: The release that it leads to.
        changed: Files that it changes, adds or removes.
        collide: Files in which edits and the template's changes collide.
        set_apart: Edited files that the template no longer has.
        beyond: The newest release, if it is of a later major version than the one that is reached.
    """

    obstacle: str | None = None
    nothing_to_do: str | None = None
    version: str | None = None
    changed: tuple[str, ...] = ()
    collide: tuple[str, ...] = ()
    set_apart: tuple[str, ...] = ()
    beyond: str | None = None

    @property
    def is_left_to_somebody(self) -> bool:
        """Whether a person has to do something now."""
        stands_still = self.nothing_to_do is not None and self.beyond is not None
        return self.obstacle is not None or bool(self.collide) or stands_still


def main() -> int:
    """Update, and return 1 when something is left for a person to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", metavar="VERSION", help="a tag of the template, not the newest")
    parser.add_argument("--major", action="store_true", help="on to the next major version")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would")
    parser.add_argument("--json", action="store_true", help="with --dry-run: say it as JSON")
    asked = parser.parse_args()

    if asked.dry_run:
        done = tried(asked.to, major=asked.major)
        if asked.json:
            print(json.dumps(asdict(done)))
        else:
            tell_of_trial(done)
    else:
        done = what_prevents_an_update() or update(asked.to, major=asked.major)
        tell(done)
    return 1 if done.is_left_to_somebody else 0


def update(version: str | None, *, major: bool = False, quiet: bool = False) -> Update:
    """Update the repository in the working directory."""
    try:
        goal = newest_goal(major=major) if version is None else named_goal(version, major=major)
    except UnreadableError as error:
        last = "".join(str(error).splitlines()[-1:])
        return Update(f"The template cannot be read: {last}\n{UNREADABLE}")
    if isinstance(goal, Update):
        return goal

    # Questions that are new in the template are asked, where there is someone to ask.
    unattended = ["--defaults"] if quiet or not sys.stdin.isatty() else []
    silent = ["--quiet"] if quiet else []
    run = subprocess.run(
        [*COPIER, "update", "--skip-answered", *unattended, *silent, *goal.pinned],
        stdout=sys.stderr if quiet else None,
    )
    if run.returncode != 0:
        return Update("Nothing was updated.\n`git restore .` tidies up.")
    kept = keep_edits_of_removed_files()
    for path in files_in_conflict():
        settle(path)
    return Update(
        version=goal.version,
        changed=changed_files(),
        collide=files_in_conflict(),
        set_apart=kept,
        beyond=goal.beyond,
    )


def newest_goal(*, major: bool) -> Goal | Update:
    """Return the newest release that may be gone to, or why there is none."""
    check = subprocess.run(
        [*COPIER, "check-update", "--output-format", "json"], capture_output=True, text=True
    )
    if check.returncode != 0:
        raise UnreadableError(check.stderr)
    state = json.loads(check.stdout)
    current, latest = str(state["current_version"]), str(state["latest_version"])
    if not state["update_available"]:
        return Update(nothing_to_do=f"Nothing to do at {current}, newest is {latest}.")
    here, newest = release_in(current), release_in(latest)
    if here is None or newest is None or here.major == newest.major:
        return Goal(latest)
    published = releases()
    wanted = next_major(here, published) if major else here.major
    goal = max((release for release in published if release.major == wanted), default=here)
    beyond = str(newest) if newest.major > goal.major else None
    if goal.numbers <= here.numbers:
        said = f"Nothing to do at {current}, the newest of its major version."
        return Update(nothing_to_do=said, beyond=beyond)
    return Goal(str(goal), ("--vcs-ref", goal.tag), beyond)


def named_goal(version: str, *, major: bool) -> Goal | Update:
    """Return a release that was asked for, or why it may not be gone to."""
    goal = Goal(version, ("--vcs-ref", version))
    here, asked = release_in(recorded("_commit")), release_in(version)
    if here is None or asked is None or asked.major <= here.major:
        return goal
    if not major:
        return Update(
            f"{version} is of a later major version than {here}, where this project is.\n"
            f"Read what it changes, and say that you mean it: nox -s update -- --major --to {version}"
        )
    if asked.major != (step := next_major(here, releases())):
        return Update(
            f"From {here} to {version} there is a major version in between, and each is gone to by itself.\n"
            f"First: nox -s update -- --major, which leads to {'.'.join(map(str, step))}"
        )
    return goal


def tell(done: Update) -> None:
    """Say what was done, and what is left to do."""
    if done.obstacle is not None:
        print(done.obstacle, file=sys.stderr)
    elif done.nothing_to_do is not None:
        print(done.nothing_to_do)
    for path in done.set_apart:
        print(f"The template no longer has {path}; your edits of it are in {path}.yours.")
    if done.collide:
        print("Your edits and the template's changes collide in:", file=sys.stderr)
        for path in done.collide:
            print(f"  {path}", file=sys.stderr)
        print("Resolve the marked lines, `git add` the files, run `nox -s tests`.", file=sys.stderr)
    tell_of_what_is_beyond(done)


def tell_of_what_is_beyond(done: Update) -> None:
    """Show the way over a major version."""
    if done.beyond is None:
        return
    print(f"""\
{done.beyond} of the template is out, a later major version: it may ask something of you, so no update goes there by itself.
  1. read what breaks, in the template's CHANGELOG.md
  2. nox -s update -- --major --dry-run   # what the next major version changes, and what collides with edits
  3. nox -s update -- --major             # go there; one major version at a time""")


def tell_of_trial(done: Update) -> None:
    """Say what an update would do."""
    if done.obstacle is not None:
        print(done.obstacle, file=sys.stderr)
    elif done.nothing_to_do is not None:
        print(done.nothing_to_do)
    else:
        print(f"An update to {done.version} would change {len(done.changed)} files:")
    for path in done.changed:
        word = "collide " if path in done.collide else ""
        print(f"  {word}{path}")
    for path in done.set_apart:
        print(f"  {path}, which you edited, would go; your edits would stay in {path}.yours")
    tell_of_what_is_beyond(done)


def tried(version: str | None, *, major: bool = False) -> Update:
    """Update a copy of this repository, edits that are not committed included, and say what became of it."""
    if (obstacle := what_prevents_an_update(clean=False)) is not None:
        return obstacle
    with copy_of_the_repository():
        return update(version, major=major, quiet=True)


@contextmanager
def copy_of_the_repository() -> Iterator[None]:
    """Work in a clone of the repository, at what is here now."""
    top = output_of("git", "rev-parse", "--show-toplevel").rstrip("\n")
    below = output_of("git", "rev-parse", "--show-prefix").rstrip("\n")
    # Files that git does not know yet are no part of it: an update leaves them alone anyway.
    state = output_of("git", "stash", "create").strip() or "HEAD"
    commit = output_of("git", "rev-parse", state).strip()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "copy"
        subprocess.run(
            ["git", "clone", "--quiet", "--shared", "--no-checkout", top, clone], check=True
        )
        subprocess.run(["git", "-C", clone, "checkout", "--quiet", "--detach", commit], check=True)
        os.chdir(clone / below)
        try:
            yield
        finally:
            os.chdir(here)


def what_prevents_an_update(*, clean: bool = True) -> Update | None:
    """Return why the update cannot start, as a sentence with a way out."""
    if not ANSWERS.is_file():
        return Update(
            f"{ANSWERS} is missing, so nothing says which template this repository came from."
        )
    inside = subprocess.run(["git", "rev-parse", "--verify", "HEAD"], capture_output=True)
    if inside.returncode != 0:
        return Update(
            "This is not a git repository with a commit: `git init`, commit everything, then update."
        )
    if clean and output_of("git", "status", "--porcelain", "--", "."):
        return Update("There are uncommitted changes: commit or stash them, then update.")
    return None


def keep_edits_of_removed_files() -> tuple[str, ...]:
    """Write `<file>.yours` for each file that the update removed although it was edited here.

    The tree was clean before the update, so git's HEAD still holds every file as it was here, and the template at the
    version that HEAD records says what it looked like before anybody edited it.
    """
    removed = [Path(path) for path in paths_of("git", "ls-files", "--deleted", "-z")]
    if not removed:
        return ()
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        pristine = Path(folder)
        (pristine / ANSWERS).write_bytes(committed(ANSWERS))
        as_recorded = ("--skip-answered", "--defaults", "--vcs-ref", ":current:")
        subprocess.run([*COPIER, "recopy", "--quiet", *as_recorded, folder], check=True)
        for path in removed:
            original = pristine / path
            if not original.is_file() or original.read_bytes() != committed(path):
                kept.append(path.as_posix())
                beside = path.with_name(f"{path.name}.yours")
                beside.parent.mkdir(parents=True, exist_ok=True)
                beside.write_bytes(committed(path))
    return tuple(kept)


def files_in_conflict() -> tuple[str, ...]:
    """Return the files with unmerged index entries or conflict markers."""
    unmerged = paths_of("git", "diff", "--name-only", "--diff-filter=U", "--relative", "-z")
    marked = paths_of("git", "grep", "--untracked", "-lz", "^<<<<<<< before updating$")
    return tuple(sorted({*unmerged, *marked}))


def changed_files() -> tuple[str, ...]:
    """Return the files that are not as they were committed, but for those that were set apart."""
    changed = paths_of("git", "diff", "HEAD", "--name-only", "--relative", "-z")
    added = paths_of("git", "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted({*changed, *(path for path in added if not path.endswith(".yours"))}))


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
