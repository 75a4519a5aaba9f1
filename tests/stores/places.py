"""The four stores as tests meet them: an environment each, and a look at what lies there past Glacier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.run_task.emulated_s3 import EmulatedS3
from tests.stores.emulated_azure import ACCOUNT, PUBLIC_KEY, Azurite
from tests.stores.emulated_gcs import EmulatedGcs

__all__ = ["CLOUDS", "Emulator", "Folders", "environment"]

CLOUDS = ("local", "aws", "gcp", "azure")


class Emulator(Protocol):
    """What a test does to a store as somebody else."""

    def make_bucket(self, name: str) -> None: ...
    def keys(self, bucket: str, prefix: str = "") -> set[str]: ...
    def read(self, bucket: str, key: str) -> bytes: ...
    def put(self, bucket: str, key: str, data: bytes) -> None: ...
    def remove(self, bucket: str, key: str) -> None: ...


@dataclass(frozen=True)
class Folders:
    """Buckets that are folders.

    Attributes:
        root: The folder that holds them.
    """

    root: Path

    def make_bucket(self, name: str) -> None:
        (self.root / name).mkdir(parents=True)

    def keys(self, bucket: str, prefix: str = "") -> set[str]:
        folder = self.root / bucket
        found = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        return {key for key in found if key.startswith(prefix)}

    def read(self, bucket: str, key: str) -> bytes:
        return (self.root / bucket / key).read_bytes()

    def put(self, bucket: str, key: str, data: bytes) -> None:
        path = self.root / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # what Glacier wrote is read-only
        path.write_bytes(data)

    def remove(self, bucket: str, key: str) -> None:
        (self.root / bucket / key).unlink()


def environment(cloud: str, emulator: Emulator, buckets: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which a process finds buckets by their logical names, as a function in the cloud does."""
    bindings = {"version": 1, "cloud": cloud, "buckets": dict(buckets)}
    own: dict[str, str] = {}
    if isinstance(emulator, Folders):
        own = {"GLACIER_DATA": str(emulator.root)}
    elif isinstance(emulator, EmulatedGcs):
        own = {"GOOGLE_CLOUD_PROJECT": "my-project", "STORAGE_EMULATOR_HOST": emulator.endpoint}
    elif isinstance(emulator, EmulatedS3):
        own = {
            "AWS_ENDPOINT_URL": emulator.endpoint,
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    elif isinstance(emulator, Azurite):
        own = {
            "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": PUBLIC_KEY,
            "AZURE_STORAGE_ENDPOINT": emulator.endpoint,
        }
    return {"GLACIER_CLOUD": cloud, "GLACIER_BINDINGS": json.dumps(bindings), **own}
