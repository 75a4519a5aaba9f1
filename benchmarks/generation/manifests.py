"""Pipelines of any size and shape, as the data that generation starts from."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from glacier_runtime.manifest import Manifest

__all__ = ["SHAPES", "make_manifest"]


def _chain(index: int, _: random.Random) -> list[int]:
    return [index - 1] if index else []


def _layers(index: int, chance: random.Random) -> list[int]:
    if index < 20:
        return []
    return sorted({chance.randrange(max(0, index - 60), index) for _ in range(3)})


def _wide(_: int, __: random.Random) -> list[int]:
    return []


SHAPES: Mapping[str, Callable[[int, random.Random], list[int]]] = {
    "chain": _chain,
    "layers": _layers,
    "side by side": _wide,
}


def make_manifest(shape: str, size: int) -> Manifest:
    """Return a pipeline of so many tasks, each of which makes one table of others."""
    chance = random.Random(7)
    needed = [SHAPES[shape](index, chance) for index in range(size)]
    return Manifest.model_validate(
        {
            "pipeline": "flights",
            "description": "",
            "cloud": "aws",
            "provider": {
                "cloud": "aws",
                "region": "eu-central-1",
                "account_id": None,
                "tags": {},
                "resource_group": None,
            },
            "schedule": {"expression": "0 5 * * *", "timezone": "UTC"},
            "buckets": [
                {
                    "name": "lake",
                    "versioning": True,
                    "protected": True,
                    "config": None,
                    "existing": None,
                }
            ],
            "datasets": [_dataset(index) for index in range(size)],
            "tasks": [_task(index, others) for index, others in enumerate(needed)],
            "parameters": [],
        }
    )


def _dataset(index: int) -> dict[str, Any]:
    return {
        "name": f"table_{index:04}",
        "bucket": "lake",
        "path": f"tables/{index:04}.parquet",
        "format": "parquet",
        "format_options": {},
        "source": False,
        "partition_by": [],
        "unique": [],
        "on_violation": "raise",
        "schema_name": None,
        "columns": [],
        "description": "",
    }


def _task(index: int, others: list[int]) -> dict[str, Any]:
    return {
        "name": f"make_{index:04}",
        "identity": f"flights.tasks:make_{index:04}",
        "description": "Make one table of others.",
        "compute": {"kind": "serverless", "memory_mib": 1024, "timeout_s": 300},
        "retries": index % 2,
        "inputs": [
            {
                "parameter": f"table_{other:04}",
                "dataset": f"table_{other:04}",
                "carrier": "LazyFrame",
                "previous": False,
            }
            for other in others
        ],
        "outputs": [{"dataset": f"table_{index:04}", "carrier": "LazyFrame"}],
        "parameters": [],
        "secrets": [],
        "depends_on": [f"make_{other:04}" for other in others],
    }
