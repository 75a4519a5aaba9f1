"""What children need: imported once, by the process that forks them."""

from __future__ import annotations

from glacier_runtime.execution import local
from glacier_runtime.run_task import running
from tests.faults import books

__all__ = ["books", "local", "running"]
