"""Where the data of one series of tries lies: a folder, or a bucket of an emulated store."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from tests.run_task.emulated_s3 import EmulatedS3
from tests.stores.places import Emulator, Folders, environment

__all__ = ["KEY", "Place", "bucket", "folder"]

KEY = "canary-77aa01b2c3"
"""The key of the emulated store: a secret, too."""

_OF_CLOUDS = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST", "GLACIER_", "API_TOKEN")


@dataclass(frozen=True)
class Place:
    """A bucket named `lake`, the project around it, and a look at both past Glacier.

    Attributes:
        cloud: `local` or `aws`.
        emulator: The store.
        bucket: Its physical name.
        root: The root of the project.
        more: Variables of the environment beside those that say where the store is.
    """

    cloud: str
    emulator: Emulator
    bucket: str
    root: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """What a run's environment says."""
        return {**environment(self.cloud, self.emulator, {"lake": self.bucket}), **self.more}

    @contextmanager
    def here(self) -> Generator[None]:
        """Let this process find the data."""
        others = {k: v for k, v in os.environ.items() if not k.startswith(_OF_CLOUDS)}
        with patch.dict(os.environ, {**others, **self.variables}, clear=True):
            yield

    @property
    def data(self) -> Path:
        return self.root / "data" / "lake"

    def read(self, key: str) -> bytes | None:
        """Return what a plain reader gets; None for nothing."""
        if self.cloud == "local":
            path = self.data / key
            return path.read_bytes() if path.exists() else None
        if key not in self.emulator.keys(self.bucket, key):
            return None
        return self.emulator.read(self.bucket, key)

    def put(self, key: str, data: bytes) -> None:
        """Put something there in one step, as a careful tool does."""
        if self.cloud != "local":
            self.emulator.put(self.bucket, key, data)
            return
        beside = self.root / "incoming"
        beside.write_bytes(data)
        beside.replace(self.data / key)

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Yield all that lies in the project and in the store."""
        for path in self.root.rglob("*"):
            with suppress(OSError):
                if path.is_file():
                    yield str(path), path.read_bytes()
        if self.cloud != "local":
            for key in self.emulator.keys(self.bucket):
                yield key, self.emulator.read(self.bucket, key)


def folder(root: Path, token: str) -> Place:
    """Make a project with its data beside it."""
    root.mkdir(parents=True)
    place = Place("local", Folders(root / "data"), "lake", root, {"API_TOKEN": token})
    place.emulator.make_bucket("lake")
    _make_project(root)
    return place


def bucket(root: Path, emulator: EmulatedS3, name: str) -> Place:
    """Make a project with its data in a bucket."""
    root.mkdir(parents=True)
    emulator.make_bucket(name)
    _make_project(root)
    return Place("aws", emulator, name, root, {"AWS_SECRET_ACCESS_KEY": KEY})


def _make_project(root: Path) -> None:
    text = '[tool.glacier]\npipeline = "tests.faults.books:pipeline"\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
