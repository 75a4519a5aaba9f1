"""A compiled pipeline: the files that its infrastructure consists of, before any is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from glacier_runtime.errors import GenerationError, Problem
from glacier_runtime.manifest import Manifest
from glacier_runtime.workshop import workshop

__all__ = ["Compiled", "GeneratedFile", "Generation", "compile_manifest", "settled"]


class GeneratedFile(Protocol):
    """One generated file: where it lies, and whether it is `clean`, `edited`, `deleted` or `new`."""

    @property
    def path(self) -> str:
        """Its path."""
        ...

    @property
    def state(self) -> str:
        """What it was on disk, against what was last generated."""
        ...

    @property
    def left_out(self) -> Sequence[str]:
        """Addresses of blocks that were deleted by hand and stay so, though they are generated otherwise than before."""
        ...


class Generation(Protocol):
    """What generation did, or would do."""

    @property
    def files(self) -> Iterable[GeneratedFile]:
        """Every generated file, as it was before."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Conflicts with hand edits; with any, nothing was written."""
        ...

    @property
    def changes(self) -> Mapping[str, str]:
        """What was done, by path: `write`, `merge`, `mark` or `remove`."""
        ...

    @property
    def written(self) -> bool:
        """Whether files were brought up to date, as far as nobody has to decide."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether there was nothing to do."""
        ...

    @property
    def offers(self) -> tuple[str, ...]:
        """What looks like a rename that the code does not declare, and how it does."""
        ...

    @property
    def diff(self) -> str:
        """What changed, as a unified diff."""
        ...

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        ...


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pipeline as files; made by `Pipeline.compile`.

    Attributes:
        manifest: The pipeline as data, for its target.
        files: What every installed generator for that cloud writes, by path from a project's root.
    """

    manifest: Manifest
    files: Mapping[str, str]

    def to_terraform(
        self, folder: str | os.PathLike[str], *, keep_edits: bool = False
    ) -> Generation:
        """Write the Terraform; files in the folder that were edited by hand stay.

        In a project, `to_terraform("infra")` does what `glacier generate` does. What was written is remembered beside the
        folder, in `.glacier/base/`: commit that with it.

        Args:
            folder: Where; made if it is missing.
            keep_edits: Whether what was edited by hand stays where the same thing would have to change, and counts as an edit of
                what is written now.

        Returns:
            What was written or removed, by path from the folder's parent.

        Raises:
            GenerationError: GLC803 or GLC807, if what was edited by hand would have to change, and nothing was written; GLC805 or
                GLC806, if files cannot be read or written.
        """
        place = workshop("terraform", "Compiled.to_terraform")
        return settled(place(Path(folder), self.files, keep_edits=keep_edits))


def compile_manifest(manifest: Manifest) -> Compiled:
    """Let the installed generators write a pipeline down as files.

    Raises:
        GenerationError: GLC802, with everything that its cloud would refuse; GLC804, if no generators are installed, or none for
            that cloud.
    """
    return Compiled(manifest, workshop("compile", "Pipeline.compile")(manifest))


def settled(done: Generation) -> Generation:
    """Return what generation did.

    Raises:
        GenerationError: GLC803 or GLC807, if it did nothing, because of hand edits.
    """
    if done.problems:
        raise GenerationError(done.problems)
    return done
