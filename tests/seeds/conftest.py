"""A folder, an environment and a module of its own for each story of the seeds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

# Test folders are no packages; the helpers beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.run_task.emulated_s3 import EmulatedS3
from tests.seeds.stories import Story, text
from tests.unit.modules import importable

_REGION = "us-east-1"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in an empty folder, on no cloud, with no account."""
    for variable in ("GLACIER_CLOUD", "GLACIER_DATA", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """Write blocks as a module, import it, and return it."""
    with importable(tmp_path / "modules") as write_and_import:

        def tell(*parts: str) -> ModuleType:
            return write_and_import(text(*parts))

        yield tell


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatedS3]:
    with EmulatedS3().serving() as server:
        yield server


@pytest.fixture
def s3(emulator: EmulatedS3, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Name the buckets of the seeds in an emulated S3; this process, and Polars in it, have its account."""
    physical = {name: f"{name}-{uuid4().hex[:8]}" for name in ("data", "data-lake", "my-data")}
    for bucket in physical.values():
        emulator.client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    bindings = {"version": 1, "cloud": "aws", "region": _REGION, "buckets": physical}
    for name, value in {
        "GLACIER_BINDINGS": json.dumps(bindings),
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": _REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return physical
