"""The queries in Hamilton: lazy frames go from function to function, and each result is written by itself."""

from __future__ import annotations

from pathlib import Path
from types import FunctionType

from clock import report
from flow import FLOW, RESULTS, scanned
from hamilton import ad_hoc_utils, base, driver


def _run(tables: Path, results: Path) -> None:
    # Hamilton knows a function by its name.
    functions = [FunctionType(made.__code__, made.__globals__, name) for name, made in FLOW.items()]
    for function, made in zip(functions, FLOW.values(), strict=True):
        function.__annotations__ = made.__annotations__
    module = ad_hoc_utils.create_temporary_module(*functions, module_name="tpch")
    made = driver.Builder().with_modules(module).with_adapter(base.DictResult()).build()
    for name, frame in made.execute(list(RESULTS), inputs=scanned(tables)).items():
        frame.sink_parquet(results / f"{name}.parquet")


report(_run)
