"""A change as a developer makes it: a task more, which needs a secret and fails twice before it succeeds; behind it one that
runs in a container, from the image of the project, and one on EMR; beside them one on a machine, and one on Databricks. So there is a task
of each kind.
"""

from __future__ import annotations

from tests.end_to_end.projects import PYTHON, Project

__all__ = [
    "CLUSTER_TASK",
    "CONNECTION",
    "CONTAINER_TASK",
    "DATABRICKS_TASK",
    "IMAGE",
    "JOBS",
    "KEY",
    "MACHINE_TASK",
    "NEW_TASK",
    "WORKSPACE",
    "add_task",
]

NEW_TASK = "count_fleet"
CONTAINER_TASK = "rank_fleet"
CLUSTER_TASK = "chart_fleet"
MACHINE_TASK = "count_carriers"
DATABRICKS_TASK = "count_days"
JOBS = (CONTAINER_TASK, CLUSTER_TASK, MACHINE_TASK, DATABRICKS_TASK)
WORKSPACE = "https://flights.cloud.databricks.com"
CONNECTION = "arn:aws:events:eu-central-1:123456789012:connection/flights/1a2b3c4d"
"""The connection by which the workspace is called, where nobody has made one."""
IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code@sha256:{'c' * 64}"
KEY = "not-to-be-seen-anywhere"

_FLEET = '''\
"""How often each aircraft flew."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import polars as pl
from glacier_runtime import Dataset, Secret
from glacier_runtime.config import DatabricksConfig, EC2Config, EmrConfig
from pydantic import BaseModel, Field

from .datasets import CleanFlights
from .provider import lake, provider, small


class Aircraft(BaseModel):
    """An aircraft."""

    tail_number: str
    flights: int = Field(ge=1)


fleet = Dataset("fleet", storage=lake.at("marts/fleet.parquet"), schema=Aircraft)
Fleet = Annotated[pl.LazyFrame, fleet]


@small.task(retries=2, dry_run=False)
def count_fleet(flights: CleanFlights, key: Annotated[str, Secret("registry-key")]) -> Fleet:
    """Count the flights of each aircraft, once the registry answers."""
    tries = Path(tempfile.gettempdir()) / "tries"
    with tries.open("a") as file:
        file.write("x")
    match tries.stat().st_size:
        case 1:
            raise ConnectionError(f"the registry did not take {key}")
        case 2:
            os._exit(1)
    return flights.group_by("tail_number").agg(flights=pl.len().cast(pl.Int64)).sort("tail_number")


big = provider.container(cpu=1, memory_mib=2048, timeout_s=600)
ranked_fleet = Dataset("ranked_fleet", storage=lake.at("marts/ranked_fleet.parquet"), schema=Aircraft)
RankedFleet = Annotated[pl.LazyFrame, ranked_fleet]


@big.task(retries=1)
def rank_fleet(aircraft: Fleet, most: int = 100) -> RankedFleet:
    """Name the aircraft that flew most."""
    if most == 0:
        raise ValueError("nobody is named")
    return aircraft.sort("flights", "tail_number", descending=[True, False]).head(most)


SPARK = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code:emr-7.5.0-python3.11"
spark = provider.cluster(config=EmrConfig(release="emr-7.5.0", image=SPARK, timeout_s=600))
charted_fleet = Dataset("charted_fleet", storage=lake.at("marts/charted_fleet.parquet"), schema=Aircraft)


@spark.task(retries=1)
def chart_fleet(aircraft: RankedFleet) -> Annotated[pl.LazyFrame, charted_fleet]:
    """Keep the ten that flew most."""
    return aircraft.head(10)


machine = provider.vm(config=EC2Config(instance_type="m6i.large", timeout_s=600))
carriers = Dataset("carriers", storage=lake.at("marts/carriers.parquet"))


@machine.task(retries=1)
def count_carriers(flights: CleanFlights) -> Annotated[pl.LazyFrame, carriers]:
    """Count the flights of each carrier."""
    return flights.group_by("carrier").agg(flights=pl.len()).sort("carrier")


lakehouse = provider.cluster(
    config=DatabricksConfig(
        workspace="@workspace@",
        connection="@connection@",
        spark_version="@runtime@.x-scala2.12",
        instance_type="m6i.large",
        timeout_s=600,
    )
)
flown_days = Dataset("flown_days", storage=lake.at("marts/flown_days.parquet"))


@lakehouse.task(retries=1)
def count_days(flights: CleanFlights) -> Annotated[pl.LazyFrame, flown_days]:
    """Count the flights of each day."""
    return flights.group_by("day").agg(flights=pl.len()).sort("day")
'''
# Each runtime of Databricks has a Python of its own.
_RUNTIME = {"3.11": "15.4", "3.12": "16.4"}


def add_task(project: Project, connection: str = CONNECTION) -> None:
    """Add the tasks to a rendered project, of which one is run by a connection."""
    text = _FLEET.replace("@workspace@", WORKSPACE).replace("@connection@", connection)
    text = text.replace("@runtime@", _RUNTIME[PYTHON])
    (project.root / "src" / "flights" / "fleet.py").write_text(text, encoding="utf-8")
    names = (NEW_TASK, *JOBS)
    project.replace(
        "pipeline.py",
        "from .tasks import",
        f"from .fleet import {', '.join(sorted(names))}\nfrom .tasks import",
    )
    listed = "".join(f"        {name},\n" for name in names)
    project.replace("pipeline.py", "        clean,\n", f"        clean,\n{listed}")
