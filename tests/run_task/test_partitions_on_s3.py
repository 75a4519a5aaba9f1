"""Partitions on S3: each key is a folder, other partitions stay, and the same partition is found again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import StorageError
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.request import Request
from glacier_runtime.run_task.running import run_task
from glacier_runtime.storage.versions import current_version
from glacier_runtime.tasks import AnyTask
from tests.run_task.emulated_s3 import EmulatedS3


class Hourly(BaseModel):
    hour: datetime
    n: int


def test_hours_are_written_and_read_by_their_folders(
    emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    assert emulator.endpoint
    provider = Provider(config=AwsConfig(region="eu-west-1"))
    lake, small = provider.bucket("lake"), provider.serverless()
    hours = Dataset("hours", storage=lake.at("hours/"), schema=Hourly, partition_by="hour")
    kept = Dataset("kept", storage=lake.at("kept/"), schema=Hourly, partition_by="hour")

    @small.task
    def measure(hour: Partition[datetime]) -> Annotated[pl.LazyFrame, hours]:
        return pl.LazyFrame({"hour": [hour], "n": [hour.hour]})

    @small.task
    def keep(
        rows: Annotated[pl.LazyFrame, hours], hour: Partition[datetime]
    ) -> Annotated[pl.LazyFrame, kept]:
        return rows.filter(pl.col("hour") == hour)

    tasks: dict[str, AnyTask] = {"measure": measure, "keep": keep}

    def start(task: str, hour: str) -> int | None:
        found = FoundTask(tasks[task], "hours", {"hour"}, tmp_path)
        return run_task(found, Request(task, "r1", partition=f"hour={hour}")).outputs[0].rows

    assert [start("measure", f"2024-01-01T0{hour}") for hour in (5, 6)] == [1, 2]
    assert start("keep", "2024-01-01T06") == 1
    with pytest.raises(StorageError) as caught:
        start("keep", "2024-01-01T07")

    assert caught.value.codes == ("GLC630",)
    assert hours.storage is not None
    version = current_version(hours.storage, tmp_path)
    assert version is not None
    assert list(version.output.partitions) == ["hour=2024-01-01T05:00Z", "hour=2024-01-01T06:00Z"]
    assert buckets
