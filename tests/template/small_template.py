"""A template of few files, with the scripts of ours: Copier takes its time for each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.template.rendering import ROOT, Repository, new_repository

__all__ = ["run_update", "small_template", "write"]

_SCRIPTS = ("nearby_edits.py", "template_releases.py", "update_from_template.py")
_ALWAYS = {
    "copier.yml": "_subdirectory: project\n",
    "project/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
    **{
        f"project/scripts/{name}": (ROOT / "template" / "scripts" / name).read_text("utf-8")
        for name in _SCRIPTS
    },
}


def small_template(folder: Path, files: Mapping[str, str], *, tag: str) -> Repository:
    """Make a template that renders some files, and release it."""
    template = new_repository(folder)
    write(folder, {**_ALWAYS, **{f"project/{name}": text for name, text in files.items()}})
    template.commit(f"Release {tag}", tag=tag)
    return template


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run_update(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what `nox -s update` runs."""
    return subprocess.run(
        [sys.executable, "scripts/update_from_template.py", *arguments],
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
