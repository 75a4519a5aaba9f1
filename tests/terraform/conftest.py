"""One emulator a session. Everything here needs Terraform, and says so where it is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Test folders are no packages; the modules beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.terraform import emulator
from tests.terraform.harness import Plan, init, plan_json
from tests.terraform.roots import lay_out


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of an emulated AWS."""
    with emulator.running() as address:
        yield address


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised root that uses every module."""
    folder = lay_out(tmp_path_factory.mktemp("every_module"), "every_module")
    init(folder)
    return folder


@pytest.fixture(scope="session")
def plan(root: Path, endpoint: str) -> Plan:
    """What Terraform would make of every module."""
    return plan_json(root, endpoint=endpoint)


@pytest.fixture(scope="session")
def executing() -> Iterator[str]:
    """The address of an emulated AWS that runs state machines, each under its own role."""
    with emulator.running(Path(sys.executable)) as address:
        yield address
