"""Helpers beside the tests are found from the repository's root (test folders are no packages); signals as at a terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glacier_runtime.execution.processes.cancelling import _set_handler

sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises here, whatever started the tests."""
    before = signal.getsignal(signal.SIGINT)
    _set_handler(signal.SIGINT, signal.default_int_handler)
    yield
    _set_handler(signal.SIGINT, before)
