"""A root of Terraform on disk: prepared, planned, and read; and where its state is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_generators.deploying.plan_reading import SavedPlan, read_plan
from glacier_generators.deploying.terraform_command import Terraform

__all__ = ["Root", "Saved", "StateHome", "var_files"]

_QUIET: Final = ("-input=false", "-no-color")
_CHANGES: Final = 2  # of plan -detailed-exitcode


@dataclass(frozen=True, slots=True)
class StateHome:
    """Where a root's state is.

    Attributes:
        backend: The kind of backend, `local` for a file on this machine.
        workspace: Terraform's workspace.
    """

    backend: str
    workspace: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan on disk, to be applied as it is.

    Attributes:
        file: Where.
        plan: What it says.
        has_changes: Whether applying it does anything, for outputs count as well.
    """

    file: Path
    plan: SavedPlan
    has_changes: bool


@dataclass(frozen=True, slots=True)
class Root:
    """A root of Terraform.

    Attributes:
        folder: Where its files are.
        terraform: What applies it.
        options: What its plans are given: `-var-file=…`.
        data_kinds: Types of resources that hold data of the user's.
    """

    folder: Path
    terraform: Terraform
    options: tuple[str, ...]
    data_kinds: frozenset[str]

    def prepare(self) -> None:
        """Install its provider and modules, and reach its state.

        Raises:
            GenerationError: GLC813, with what Terraform said.
        """
        self.terraform.succeed(self.folder, "init", *_QUIET)

    def plan(self, file: Path, *more: str) -> Saved:
        """Plan, and keep the plan.

        Args:
            file: Where to; in a folder of its own that only this user reads, for a plan holds what variables say.
            more: Further options.

        Raises:
            GenerationError: GLC813, with what Terraform said.
        """
        options = (*_QUIET, "-detailed-exitcode", f"-out={file}", *self.options, *more)
        ended = self.terraform.expect((0, _CHANGES), self.folder, "plan", *options)
        shown = self.terraform.succeed(self.folder, "show", "-json", str(file))
        return Saved(file, read_plan(shown, self.data_kinds), ended.exit_code == _CHANGES)

    @property
    def home(self) -> StateHome:
        """Where its state is, once it is prepared."""
        data = self.folder / os.environ.get("TF_DATA_DIR", ".terraform")
        try:
            said = json.loads((data / "terraform.tfstate").read_text(encoding="utf-8"))
            backend = str(said["backend"]["type"])
        except (OSError, ValueError, KeyError, TypeError):
            backend = "local"
        try:
            workspace = (data / "environment").read_text(encoding="utf-8").strip()
        except OSError:
            workspace = ""
        return StateHome(backend, os.environ.get("TF_WORKSPACE") or workspace or "default")


def var_files(files: Iterable[Path]) -> tuple[str, ...]:
    """Return options that name files of variables; absolute, for Terraform runs elsewhere."""
    return tuple(f"-var-file={file.absolute()}" for file in files)
