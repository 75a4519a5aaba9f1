"""Helpers are found from the repository's root."""

from __future__ import annotations

import sys
from pathlib import Path

# Test folders are no packages.
sys.path.insert(0, str(Path(__file__).parents[2]))
