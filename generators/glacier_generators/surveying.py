"""What is found before anything is generated: every file in its three versions, with its blocks where they belong by now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from glacier_generators.disk import (
    BASE,
    Note,
    digest,
    is_noted,
    is_within,
    noted_base,
    read,
    remembered,
    resumed,
)
from glacier_generators.file_states import Change, FileState
from glacier_generators.merging.conflicts import Choice
from glacier_generators.merging.files import merge_file
from glacier_generators.merging.marking import has_marks
from glacier_generators.merging.roots import may_differ, settle
from glacier_generators.merging.torn_bases import UnpairedError, unmarked_base
from glacier_generators.merging.versions import Versions
from glacier_generators.undecided import Undecided, read_undecided
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["not_done", "survey"]

_TERRAFORM: Final = ".tf"


def survey(
    root: Path,
    generated: Mapping[str, str],
    within: str | None = None,
    choice: Choice = Choice.ABORT,
) -> tuple[FileState, ...]:
    """Look at every file that is generated now, or was before, and at those to which its blocks were moved.

    Args:
        root: The project's root.
        generated: What would be generated now, by path from the root.
        within: The only folder of the root that is looked at; None looks at all of them.
        choice: Who decides where a file was changed by hand and would have to change.

    Returns:
        The files, by path.

    Raises:
        GenerationError: GLC805, for paths that lead out of the project; GLC806, if a file cannot be read; GLC809, if git left
            marks in what is remembered of one that do not belong together.
    """
    try:
        note, pending = resumed(root)
    except OSError as error:
        raise GenerationError(not_done(error)) from error
    undecided = read_undecided(root)
    paths = sorted(
        path
        for path in remembered(root) | generated.keys() | note.keys() | undecided.keys()
        if is_within(path, within)
    )
    problems = [problem for path in paths if (problem := _unsafe(root, path)) is not None]
    if problems:
        raise GenerationError(problems)
    look = _Look(root, generated, note, pending, undecided)
    try:
        found = {path: look.at(path) for path in paths}
        if problems := [problem for one in found.values() for problem in one.problems]:
            raise GenerationError(problems)
        # A file that a killed generation meant to make may be nobody's, or somebody else's, by now.
        ours = {
            path: one
            for path, one in found.items()
            if {one.versions.base, one.versions.theirs} != {None}
            or not one.is_recorded
            or (path in undecided and has_marks(one.versions.mine))
        }
        states = tuple(_states(look, ours, choice))
    except OSError as error:
        raise GenerationError(not_done(error)) from error
    return states


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found of one file."""

    versions: Versions
    is_recorded: bool = True
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known before files are looked at, one by one."""

    root: Path
    generated: Mapping[str, str]
    note: Note
    pending: Mapping[str, str | None]
    undecided: Mapping[str, Undecided]

    def at(self, path: str) -> _Seen:
        """Find the three versions of a file."""
        mine = self._on_disk(path)
        recorded, theirs = read(self.root / BASE / path), self.generated.get(path)
        base = recorded
        problems: tuple[Problem, ...] = ()
        waiting = self.undecided.get(path)
        if is_noted(self.note, path, mine):
            base = noted_base(self.note, path, mine)
        elif recorded is not None and has_marks(recorded):
            try:
                base = unmarked_base(path, recorded, mine, theirs)
            except UnpairedError:
                problems = (_torn_base(path),)
        elif waiting is not None and digest(mine) != waiting.before:
            base = waiting.generated
        return _Seen(Versions(base, mine, theirs), base == recorded, problems)

    def beside(self, folder: PurePosixPath, generated: Container[str]) -> dict[str, Versions]:
        """Find the files of a folder that people wrote, and to which they may have moved blocks."""
        files = (self.root / folder).glob(f"*{_TERRAFORM}")
        paths = {file.relative_to(self.root).as_posix(): file for file in files}
        return {
            path: Versions(None, self._on_disk(path), None)
            for path, file in sorted(paths.items())
            if path not in generated and file.is_file() and not file.is_symlink()
        }

    def _on_disk(self, path: str) -> str | None:
        return self.pending[path] if path in self.pending else read(self.root / path)


def _states(look: _Look, seen: Mapping[str, _Seen], choice: Choice) -> Iterator[FileState]:
    folders: dict[PurePosixPath, dict[str, Versions]] = {}
    for path, one in seen.items():
        place = PurePosixPath(path)
        if place.suffix == _TERRAFORM:
            folders.setdefault(place.parent, {})[path] = one.versions
    settled: dict[str, Versions] = {}
    own: dict[str, Versions] = {}
    for folder, files in folders.items():
        if may_differ(files):
            beside = look.beside(folder, files.keys())
            own |= beside
            settled |= settle({**files, **beside})
    for path in sorted({*seen, *settled}):
        one = seen[path] if path in seen else _Seen(own[path])
        now = settled.get(path)
        merged = merge_file(path, now or one.versions, choice)
        three = (one.versions.base, one.versions.mine, one.versions.theirs)
        state = FileState(path, *three, one.is_recorded, choice, merged, now)
        if path in seen or state.change is not Change.NOTHING:
            yield state


def _torn_base(path: str) -> Problem:
    return Problem(
        code=Code.TORN_BASE,
        message=f"{BASE}/{path} holds marks of a git conflict that do not belong together; nothing was written",
        fix=f"take it from one of the two branches: git checkout --theirs -- {BASE}/{path} (or --ours), and generate again",
    )


def _unsafe(root: Path, path: str) -> Problem | None:
    """Refuse paths that leave the project, and links on the way: what lies behind them is not the project's."""
    parts = PurePosixPath(path).parts
    linked = None
    if path != "/".join(parts) or not parts or {"/", ".."} & {*parts} or {"\\", "\0"} & {*path}:
        problem = f"generated file {path!r:.200} would lie outside the project"
    elif linked := next(filter(Path.is_symlink, _way_to(root, path)), None):
        problem = f"generated file {path!r:.200} would lie behind the link {linked}"
    else:
        return None
    fix = "put a file or folder in place of the link" if linked else "mend the generator"
    return Problem(code=Code.UNSAFE_PATH, message=problem, fix=fix)


def _way_to(root: Path, path: str) -> Iterable[Path]:
    """Yield a generated file, what is remembered of it, and every folder on the way there."""
    for whole in (PurePosixPath(path), PurePosixPath(BASE, path)):
        yield from (root / step for step in (*reversed(whole.parents), whole) if step.parts)


def not_done(error: OSError) -> Problem:
    """Report that files cannot be read or written."""
    return Problem(
        code=Code.GENERATE_FAILED,
        message=f"generated files cannot be read or written: {error}",
        fix="mend it and generate again; what was written stands, and the rest follows",
    )
