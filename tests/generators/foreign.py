"""Manifests that no Glacier made: of any graph, and with any text where text may stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glacier_runtime.manifest import Manifest

__all__ = ["bucket", "data_of", "manifest_of_graph"]


def data_of(graph: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the data of a manifest whose tasks each write one dataset, and read those of the tasks they wait for."""
    return {
        "manifest_version": 1,
        "pipeline": "foreign",
        "description": "",
        "cloud": "aws",
        "provider": {
            "cloud": "aws",
            "region": "eu-central-1",
            "account_id": None,
            "tags": {},
            "resource_group": None,
        },
        "schedule": None,
        "buckets": [bucket("lake")],
        "datasets": [_dataset(f"of_{task}") for task in graph],
        "tasks": [_task(task, needed) for task, needed in graph.items()],
        "parameters": [],
    }


def manifest_of_graph(graph: Mapping[str, Sequence[str]]) -> Manifest:
    """Return a manifest of a graph."""
    return Manifest.model_validate(data_of(graph))


def bucket(name: str) -> dict[str, Any]:
    """Return the data of a bucket that is to be made."""
    neutral = {"name": name, "versioning": False, "protected": True}
    return {**neutral, "config": None, "existing": None}


def _dataset(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "bucket": "lake",
        "path": f"{name}.parquet",
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


def _task(name: str, needed: Iterable[str]) -> dict[str, Any]:
    needed = list(needed)
    return {
        "name": name,
        "identity": f"foreign.tasks:{name}",
        "description": "",
        "compute": {"kind": "serverless", "memory_mib": 512, "timeout_s": 60},
        "retries": 0,
        "inputs": [
            {
                "parameter": f"p_{i}",
                "dataset": f"of_{other}",
                "carrier": "LazyFrame",
                "previous": False,
            }
            for i, other in enumerate(needed)
        ],
        "outputs": [{"dataset": f"of_{name}", "carrier": "LazyFrame"}],
        "parameters": [],
        "secrets": [],
        "depends_on": needed,
    }
