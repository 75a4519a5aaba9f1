"""An emulated S3 for all tests of a session; for each test, buckets and an environment of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.run_task.emulated_s3 import EmulatedS3

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatedS3]:
    with EmulatedS3().serving() as server:
        yield server


@pytest.fixture
def buckets(emulator: EmulatedS3, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two buckets, known to this process by their logical names: its environment is that of a function in AWS."""
    number = next(_NUMBERS)
    names = {name: f"{name}-{number}" for name in ("lake", "mart")}
    for physical in names.values():
        emulator.make_bucket(physical)
    for name, value in environment(emulator, names).items():
        monkeypatch.setenv(name, value)
    return names


def environment(emulator: EmulatedS3, buckets: dict[str, str]) -> dict[str, str]:
    bindings = {"version": 1, "cloud": "aws", "region": "eu-central-1", "buckets": buckets}
    return {
        "GLACIER_CLOUD": "aws",
        "GLACIER_BINDINGS": json.dumps(bindings),
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
