"""The queries as assets of Dagster, materialized in one process."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from dagster import AssetsDefinition, DagsterInstance, IOManager, asset, materialize
from flow import FLOW, inputs_of, scanned

logging.disable(logging.CRITICAL)


def run(
    tables: Path, keeper: IOManager, carrier: type, pass_on: Callable[[pl.LazyFrame], Any]
) -> None:
    """Materialize all assets.

    Args:
        tables: Where the sources are, which assets read themselves.
        keeper: What keeps assets.
        carrier: The type of frames that they are given, and return.
        pass_on: What makes one of the frame that a query is.
    """
    read = scanned(tables)
    assets = [_asset(name, made, read, carrier, pass_on) for name, made in FLOW.items()]
    with DagsterInstance.ephemeral() as instance:
        done = materialize(assets, resources={"io_manager": keeper}, instance=instance)
    assert done.success


def _asset(
    name: str,
    made: Callable[..., pl.LazyFrame],
    read: dict[str, pl.LazyFrame],
    carrier: type,
    pass_on: Callable[[pl.LazyFrame], Any],
) -> AssetsDefinition:
    given = [parameter for parameter in inputs_of(made) if parameter in FLOW]

    def work(**frames: Any) -> Any:
        own = {parameter: read[parameter] for parameter in inputs_of(made) if parameter in read}
        return pass_on(made(**own, **{key: frame.lazy() for key, frame in frames.items()}))

    # Dagster reads names and types of a function's signature.
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(key, kind, annotation=carrier) for key in given]
    work.__signature__ = inspect.Signature(parameters, return_annotation=carrier)  # type: ignore[attr-defined]
    work.__annotations__ = dict.fromkeys((*given, "return"), carrier)
    return asset(name=name)(work)
