"""Roots of Terraform for tests, laid out as the generator lays out a project's `infra/`."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "generators/glacier_generators/terraform/aws/modules"
ROOTS = ROOT / "tests/terraform/roots"


def lay_out(folder: Path, root: str | None = None) -> Path:
    """Put the static modules into a folder, and beside them the files of one of the roots here.

    Args:
        folder: Where; made if it is missing.
        root: A folder of `roots/`; None for a test that writes the root itself.
    """
    shutil.copytree(MODULES, folder / "modules", dirs_exist_ok=True)
    if root is not None:
        shutil.copytree(ROOTS / root, folder, dirs_exist_ok=True)
    return folder
