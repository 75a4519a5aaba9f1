"""The chain in Hamilton."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count

from hamilton import ad_hoc_utils, base, driver
from timing import report

_made = count()


def make(size: int) -> Callable[[], object]:
    """Make a driver, and return what executes it."""
    sys.setrecursionlimit(100_000)
    names: dict[str, object] = {}  # Hamilton joins functions by the names of parameters
    lines = ["def step_0() -> dict:\n    return {}"]
    lines += [
        f"def step_{n}(step_{n - 1}: dict) -> dict:\n    return step_{n - 1}"
        for n in range(1, size)
    ]
    exec("\n".join(lines), names)
    functions = [names[f"step_{n}"] for n in range(size)]
    module = ad_hoc_utils.create_temporary_module(*functions, module_name=f"chain_{next(_made)}")
    made = driver.Builder().with_modules(module).with_adapter(base.DefaultAdapter()).build()
    return lambda: made.execute([f"step_{size - 1}"])


report(make, rounds=15)
