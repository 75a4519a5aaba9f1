"""What the generators' tests share: one option, patience, and helpers that are found from the repository's root."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Test folders are no packages.
sys.path.insert(0, str(Path(__file__).parents[2]))

# A busy machine is no counterexample; CI tries the same examples every time.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write the golden trees anew, instead of comparing"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden trees are written anew."""
    # When more than this folder is collected, the option may not be known.
    return bool(request.config.getoption("--update", default=False))
