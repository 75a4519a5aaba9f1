"""Projects on disk whose pipelines change, as a user's do, read in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PIPELINE", "Done", "Project", "git", "make_project"]

PIPELINE = '''"""A pipeline."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider

provider = Provider.from_env()
lake = provider.bucket("lake")
small = provider.serverless()

raw = Dataset("raw", storage=lake.at("raw.csv"), source=True)
clean = Dataset("clean", storage=lake.at("clean.parquet"))
counts = Dataset("counts", storage=lake.at("counts.parquet"))


@small.task(name="clean")
def wash(raw: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, clean]:
    """Wash it."""
    return raw


@small.task
def count(rows: Annotated[pl.LazyFrame, clean]) -> Annotated[pl.LazyFrame, counts]:
    """Count it."""
    return rows


pipeline = Pipeline(name="laundry", tasks=[wash, count])
'''

_SETTINGS = """[tool.glacier]
pipeline = "laundry:pipeline"
cloud = "aws"

[tool.glacier.aws]
region = "eu-central-1"
"""


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, and what it printed."""

    code: int
    output: str
    errors: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed, as JSON."""
        found: dict[str, Any] = json.loads(self.output)
        return found


@dataclass(frozen=True)
class Project:
    """A project on disk."""

    root: Path

    def write(self, source: str) -> None:
        """Write the pipeline's module anew."""
        (self.root / "laundry.py").write_text(source, encoding="utf-8")

    def glacier(self, *arguments: str, python: tuple[str, ...] = ()) -> Done:
        """Run a command of `glacier` in the project."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GLACIER_", "AWS_"))
        }
        done = subprocess.run(
            [sys.executable, *(python or ("-m", "glacier_runtime")), *arguments],
            cwd=self.root,
            env=environment | {"XDG_CACHE_HOME": str(self.root.parent / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def make_project(root: Path, source: str = PIPELINE) -> Project:
    """Make a project."""
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(_SETTINGS, encoding="utf-8")
    project = Project(root)
    project.write(source)
    return project


def git(folder: Path, *arguments: str) -> str:
    """Run git, as somebody without settings of their own, and return what it prints."""
    author = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for role in ("AUTHOR", "COMMITTER"):
        author |= {f"GIT_{role}_NAME": "somebody", f"GIT_{role}_EMAIL": "somebody@example.org"}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=os.environ | author,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
