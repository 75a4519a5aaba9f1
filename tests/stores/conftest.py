"""Each store once a session; for each test, a bucket and an environment of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from glacier_runtime import Provider
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.storage.object_store import ObjectStore
from glacier_runtime.storage.stores import Store, open_store
from tests.run_task.emulated_s3 import EmulatedS3
from tests.stores.emulated_azure import Azurite
from tests.stores.emulated_gcs import EmulatedGcs
from tests.stores.places import CLOUDS, Emulator, Folders, environment

_NUMBERS = count(1)
_OF_CLOUDS = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST", "IDENTITY_", "GLACIER_")


@dataclass(frozen=True)
class Place:
    """A bucket named `lake`, and the one who knows what really is in it.

    Attributes:
        cloud: Its cloud.
        emulator: The store.
        bucket: Its physical name.
        root: The root of the project.
    """

    cloud: str
    emulator: Emulator
    bucket: str
    root: Path

    @property
    def lake(self) -> Bucket:
        return Provider.from_env().bucket("lake")

    @property
    def store(self) -> Store:
        return open_store(self.lake.spec, self.root)

    @property
    def objects(self) -> ObjectStore:
        return cast("ObjectStore", self.store)

    def keys(self, prefix: str = "") -> set[str]:
        return self.emulator.keys(self.bucket, prefix)

    def read(self, key: str) -> bytes:
        return self.emulator.read(self.bucket, key)

    def put(self, key: str, data: bytes) -> None:
        self.emulator.put(self.bucket, key, data)

    def remove(self, key: str) -> None:
        self.emulator.remove(self.bucket, key)


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[str], Emulator]]:
    """Start an emulator when the first test needs it."""
    started: dict[str, Emulator] = {}
    with ExitStack() as stack:
        kinds: dict[str, Callable[[], AbstractContextManager[Emulator]]] = {
            "aws": EmulatedS3().serving,
            "gcp": EmulatedGcs().serving,
            "azure": Azurite.serving,
        }

        def emulator(cloud: str) -> Emulator:
            if cloud not in started:
                started[cloud] = stack.enter_context(kinds[cloud]())
            return started[cloud]

        yield emulator


@pytest.fixture
def place_in(
    running: Callable[[str], Emulator], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], Place]:
    """Make a bucket in a cloud, and let this process find it."""

    def make(cloud: str) -> Place:
        emulator = Folders(tmp_path / "data") if cloud == "local" else running(cloud)
        # Physical names are others than logical ones, but for folders.
        bucket = "lake" if cloud == "local" else f"{cloud}-lake-{next(_NUMBERS)}"
        emulator.make_bucket(bucket)
        for name in [name for name in os.environ if name.startswith(_OF_CLOUDS)]:
            monkeypatch.delenv(name)
        for name, value in environment(cloud, emulator, {"lake": bucket}).items():
            monkeypatch.setenv(name, value)
        return Place(cloud, emulator, bucket, tmp_path)

    return make


@pytest.fixture(params=CLOUDS)
def place(request: pytest.FixtureRequest, place_in: Callable[[str], Place]) -> Place:
    return place_in(request.param)


@pytest.fixture(params=[cloud for cloud in CLOUDS if cloud != "local"])
def place_in_a_cloud(request: pytest.FixtureRequest, place_in: Callable[[str], Place]) -> Place:
    return place_in(request.param)
