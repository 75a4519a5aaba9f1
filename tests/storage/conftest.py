"""Helpers beside the tests are found from the repository's root: test folders are no packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.storage.killing import Killer


@pytest.fixture(scope="session")
def killer() -> Iterator[Killer]:
    """Runs pipelines in children that die when they are told to."""
    with Killer() as started:
        yield started
