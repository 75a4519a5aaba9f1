"""What tasks of another module call."""

from __future__ import annotations

import os


def remember(number: int) -> None:
    assert os.environ["SHOP"] != str(number)
