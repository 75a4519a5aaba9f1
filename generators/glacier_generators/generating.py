"""`glacier generate`: from a manifest to files on disk, or to what would change on disk.

    manifest ──► generator of its cloud ──► files ──► survey (mine, base, theirs) ──► written, or told

Generators are found by entry point (`glacier.generators`), those of others beside ours: under the name of a cloud, which runs them for
every pipeline there, or under any other, by which a project asks for them. One is a function that takes a `Manifest` and returns the
text of files by their path from the project's root.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from glacier_generators.disk import BASE
from glacier_generators.likely_renames import likely_renames
from glacier_generators.merging.conflicts import Choice
from glacier_generators.regenerate import (
    Change,
    FileState,
    apply,
    conflicts,
    survey,
    unified_diff,
)
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["Generated", "Generator", "compiled_files", "generate", "place_terraform"]

Generator = Callable[[Manifest], Mapping[str, str]]

_TERRAFORM: Final = "infra"
_NO_CLOUD: Final = "local"


@dataclass(frozen=True, slots=True)
class Generated:
    """What generation did, or would do.

    Attributes:
        files: Every generated file, as it was before.
        problems: Conflicts with hand edits; while there are any, nothing is written, but for marks of them in the files.
        written: Whether files were brought up to date, as far as nobody has to decide.
    """

    files: tuple[FileState, ...]
    problems: tuple[Problem, ...]
    written: bool

    @property
    def changes(self) -> dict[str, str]:
        """What is done, by path: `write`, `merge`, `mark` or `remove`, or `conflict` where nothing can be done."""
        return {
            file.path: file.change.value for file in self.files if file.change is not Change.NOTHING
        }

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do, for files and what is remembered of them."""
        return not any(
            file.change is not Change.NOTHING or file.base_is_behind for file in self.files
        )

    @property
    def offers(self) -> tuple[str, ...]:
        """What looks like a rename that the code does not declare, and how it does."""
        return tuple(one.text for one in likely_renames(self.files))

    @property
    def diff(self) -> str:
        """What generation changes, as a unified diff."""
        return unified_diff(self.files)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data, for `--json`."""
        return {
            "ok": not self.problems,
            "current": self.is_current,
            "written": self.written,
            "files": [
                {
                    "path": file.path,
                    "state": file.state.value,
                    "change": file.change.value,
                    "left_out": list(file.left_out),
                    "conflicts": [asdict(one) for one in file.conflicts],
                }
                for file in self.files
            ],
            "diff": self.diff,
            "offers": list(self.offers),
            "problems": [problem.to_dict() for problem in self.problems],
        }


def generate(
    root: Path,
    manifest: Manifest,
    *,
    write: bool = True,
    conflict: str = "abort",
    also: Iterable[str] = (),
) -> Generated:
    """Bring a project's generated files up to date.

    Args:
        root: The project's root.
        manifest: The pipeline, as its cloud sees it.
        write: Whether to write; otherwise only look.
        conflict: Who decides where the same thing was changed by hand and in the code: `mine`, what is on disk; `theirs`, what
            is generated; `inline`, people, between marks in the file; `abort`, nobody, and nothing is written.
        also: The generators that the project asks for by name, beside those of its cloud.

    Returns:
        What was done. With problems, nothing was, but for marks of conflicts in the files.

    Raises:
        GenerationError: GLC801, if the manifest contradicts itself; GLC802, if the cloud would refuse the pipeline; GLC804, if nothing generates for its cloud;
            GLC805, GLC806 or GLC809, if files cannot be read or written.
    """
    files = survey(root, compiled_files(manifest, also), choice=Choice(conflict))
    problems = tuple(conflicts(files))
    written = write and all(file.change is not Change.CONFLICT for file in files)
    if written:
        apply(root, files)
    return Generated(files, problems, written)


def place_terraform(
    folder: Path, files: Mapping[str, str], *, keep_edits: bool = False
) -> Generated:
    """Bring a folder to what is Terraform among compiled files; for a project's `infra/`, that is what `generate` does.

    What was written is remembered beside the folder, in `.glacier/base/`, where those of its neighbours are, too.

    Args:
        folder: Where `infra/` is to be.
        files: What `compiled_files` returned.
        keep_edits: Whether what is on disk stays where it was changed by hand and would have to change.

    Returns:
        What was done. With problems, nothing was.

    Raises:
        GenerationError: GLC805 or GLC806, if files cannot be read or written.
    """
    # Not resolved: a link at its end is refused, not followed.
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100
    root, name = absolute.parent, absolute.name
    prefix = f"{_TERRAFORM}/"
    own = {
        f"{name}/{path.removeprefix(prefix)}": text
        for path, text in files.items()
        if path.startswith(prefix)
    }
    states = survey(root, own, name, Choice.MINE if keep_edits else Choice.ABORT)
    problems = tuple(replace(problem, fix=_CARRY_OVER) for problem in conflicts(states))
    if not problems:
        apply(root, states, within=name)
    return Generated(states, problems, written=not problems)


_CARRY_OVER: Final = (
    "carry over what you want of what is compiled, then: .to_terraform(folder, keep_edits=True). Or take what is compiled: "
    f"delete the file, and what {BASE}/ beside the folder remembers of it"
)


def compiled_files(manifest: Manifest, also: Iterable[str] = ()) -> dict[str, str]:
    """Let every generator of the manifest's cloud write, and those that are asked for; no two may write one file.

    Args:
        manifest: The pipeline.
        also: The names of generators that are asked for. With any, a pipeline of no cloud has those alone.

    Raises:
        GenerationError: GLC801, GLC802 and GLC804, as for `generate`; GLC805, if two write one file.
    """
    files: dict[str, str] = {}
    taken = []
    for name, generator in _generators(manifest.cloud, tuple(also)).items():
        written = generator(manifest)
        taken += [_taken(path, name) for path in written if path in files]
        files.update(written)
    if taken:
        raise GenerationError(taken)
    return files


def _generators(cloud: str, also: Sequence[str]) -> dict[str, Generator]:
    """Return generators by their address, ours first; one address may be installed twice, vendored."""
    group = entry_points(group="glacier.generators")
    names = [*([] if also and cloud == _NO_CLOUD else [cloud]), *also]
    if missing := [name for name in names if name not in group.names]:
        raise GenerationError(_not_installed(name, name == cloud, group.names) for name in missing)
    addresses = sorted(
        {point.value: point for name in names for point in group.select(name=name)}.items(),
        key=lambda item: (not item[0].startswith("glacier_generators."), item[0]),
    )
    return {address: _loaded(point) for address, point in addresses}


def _not_installed(name: str, is_cloud: bool, installed: Iterable[str]) -> Problem:
    others = ", ".join(sorted(installed)) or "none"
    if is_cloud:
        message = f"nothing that is installed generates infrastructure for cloud {name!r:.80}"
        fix = f"installed are: {others}; set cloud in [tool.glacier]"
    else:
        message = f"no generator {name!r:.80}, which [tool.glacier] asks for, is installed"
        fix = (
            f"installed are: {others}; mend generators in [tool.glacier], or install what brings it"
        )
    return Problem(code=Code.NO_GENERATOR, message=message, fix=fix)


def _loaded(point: EntryPoint) -> Generator:
    try:
        found: Generator = point.load()
    except ModuleNotFoundError as error:
        raise GenerationError(
            Problem(
                code=Code.NO_GENERATOR,
                message=f"the generator {point.value} needs {error.name!r}, which is not installed",
                fix="pip install 'glacier-runtime[generators]'",
            )
        ) from None
    return found


def _taken(path: str, generator: str) -> Problem:
    return Problem(
        code=Code.UNSAFE_PATH,
        message=f"generator {generator} writes {path!r:.200}, which another generator writes, too",
        fix="uninstall one of the two, or let one write elsewhere",
    )
