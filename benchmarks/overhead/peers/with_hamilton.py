"""The pipelines in Hamilton."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from itertools import count

from hamilton import ad_hoc_utils, base, driver
from timing import report

_made = count()


def make(
    read: Callable[[int], int], wanted: Callable[[int], list[str]], size: int
) -> Callable[[], object]:
    """Make a driver, and return what executes it; `read` says which step a step reads."""
    sys.setrecursionlimit(100_000)
    names: dict[str, object] = {}  # Hamilton joins functions by the names of parameters
    lines = ["def step_0() -> dict:\n    return {}"]
    lines += [
        f"def step_{n}(step_{read(n)}: dict) -> dict:\n    return step_{read(n)}"
        for n in range(1, size)
    ]
    exec("\n".join(lines), names)
    functions = [names[f"step_{n}"] for n in range(size)]
    module = ad_hoc_utils.create_temporary_module(*functions, module_name=f"made_{next(_made)}")
    made = driver.Builder().with_modules(module).with_adapter(base.DefaultAdapter()).build()
    return lambda: made.execute(wanted(size))


report(
    {
        "chain": partial(make, lambda n: n - 1, lambda size: [f"step_{size - 1}"]),
        "wide": partial(make, lambda _: 0, lambda size: [f"step_{n}" for n in range(size)]),
    },
    rounds=15,
)
