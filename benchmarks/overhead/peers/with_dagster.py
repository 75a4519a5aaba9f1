"""The pipelines in Dagster, in one process."""

import logging
from collections.abc import Callable
from typing import Any

from dagster import job, mem_io_manager, op
from timing import report

logging.disable(logging.CRITICAL)


@op
def first() -> dict[str, object]:
    """Begin."""
    return {}


@op
def step(given: Any) -> Any:
    """Pass on."""
    return given


def chain(size: int) -> Callable[[], object]:
    """Make a job of steps in a row, and return what executes it."""

    @job(resource_defs={"io_manager": mem_io_manager}, name=f"chain_{size}")
    def made() -> None:
        value = first()
        for number in range(1, size):
            value = step.alias(f"step_{number}")(value)

    return made.execute_in_process


def wide(size: int) -> Callable[[], object]:
    """Make a job of which all steps read the first, and return what executes it."""

    @job(resource_defs={"io_manager": mem_io_manager}, name=f"wide_{size}")
    def made() -> None:
        value = first()
        for number in range(1, size):
            step.alias(f"step_{number}")(value)

    return made.execute_in_process


report({"chain": chain, "wide": wide}, rounds=1)
