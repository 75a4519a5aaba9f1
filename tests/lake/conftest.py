"""Helpers beside the tests are found from the repository's root: test folders are no packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.lake.ledger import Kind, Ledger
from tests.run_task.conftest import buckets, emulator

__all__ = ["buckets", "emulator", "kind", "ledger"]


@pytest.fixture(params=["delta", "iceberg"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def ledger(kind: Kind, tmp_path: Path) -> Ledger:
    return Ledger(tmp_path, kind)
