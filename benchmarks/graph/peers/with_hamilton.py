"""The graph in Hamilton: a driver, which reads signatures, joins functions by the names of parameters and checks their types."""

from __future__ import annotations

from itertools import count

from hamilton import ad_hoc_utils, driver
from timing import Stages, reads, report

_made = count()


def _stages(size: int) -> Stages:
    names: dict[str, object] = {}
    lines = ["def step_0() -> dict:\n    return {}", "def step_1() -> dict:\n    return {}"]
    for number in range(size):
        newest, middle = (f"step_{read}" for read in reads(number))
        given = ", ".join(f"{name}: dict" for name in dict.fromkeys((newest, middle)))
        lines.append(f"def step_{number + 2}({given}) -> dict:\n    return {newest}")
    exec("\n".join(lines), names)
    functions = [names[f"step_{number}"] for number in range(size + 2)]
    module = ad_hoc_utils.create_temporary_module(*functions, module_name=f"made_{next(_made)}")
    return None, lambda _: driver.Builder().with_modules(module).build()


report(_stages)
