"""The pipelines in Prefect: a flow that calls tasks, with the server that it starts by itself."""

from __future__ import annotations

from collections.abc import Callable

from prefect import flow, task
from timing import report


@task
def first() -> dict[str, object]:
    """Begin."""
    return {}


@task
def step(given: dict[str, object]) -> dict[str, object]:
    """Pass on."""
    return given


def chain(size: int) -> Callable[[], object]:
    """Return a flow of steps in a row."""

    @flow(name=f"chain-{size}")
    def made() -> dict[str, object]:
        value = first()
        for _ in range(1, size):
            value = step(value)
        return value

    return made


def wide(size: int) -> Callable[[], object]:
    """Return a flow of which all steps read the first."""

    @flow(name=f"wide-{size}")
    def made() -> list[dict[str, object]]:
        value = first()
        return [step(value) for _ in range(1, size)]

    return made


report({"chain": chain, "wide": wide}, rounds=1)
