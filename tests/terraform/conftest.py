"""One emulator a session. Everything here needs Terraform, and says so where it is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Test folders are no packages; the modules beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.terraform import emulator


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of an emulated AWS."""
    with emulator.running() as address:
        yield address
