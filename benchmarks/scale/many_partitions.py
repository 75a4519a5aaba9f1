"""A dataset of a million partitions: some are made here and now, and what one more takes is followed from there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated, Final

import polars as pl
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.workflow.fan_out import most_keys
from pydantic import BaseModel

from benchmarks.growth import Line, line
from benchmarks.scale.findings import Finding
from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline, Provider
from glacier_runtime.config import AwsConfig, LocalConfig
from glacier_runtime.errors import ParameterError
from glacier_runtime.partitioning.keys import keys_between

__all__ = ["Made", "findings", "keys_at_once", "keys_of_a_run", "made"]

STEPS: Final = (25, 50, 100, 200)
_INPUT_BYTES: Final = 262_144
_STEPS_PAGE: Final = (
    "[Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)"
)
_SECOND_MS: Final = 1000


class Row(BaseModel):
    n: int
    v: int


@dataclass(frozen=True, slots=True)
class Made:
    """What making partitions took.

    Attributes:
        milliseconds: By how many there were, in the middle of a run: CPU time of one more.
        record_bytes: By how many there are: the newest record of the dataset.
    """

    milliseconds: Mapping[int, float]
    record_bytes: Mapping[int, float]

    @property
    def publishing(self) -> Line:
        """What one more takes, in milliseconds."""
        return line(self.milliseconds)

    @property
    def record(self) -> Line:
        """How large the record of a version is."""
        return line(self.record_bytes)


def made(root: Path, steps: tuple[int, ...] = STEPS) -> Made:
    """Make partitions of one row on this disk, in several runs, one partition after the other.

    Args:
        root: A folder.
        steps: How many there are after each run.
    """
    provider = Provider(config=LocalConfig(base_path=root / "data"))
    pipeline = _pipeline(provider)
    times, sizes, before = {}, {}, 0
    for count in steps:
        keys = [f"n={number}" for number in range(before, count)]
        start_s = time.process_time()
        LocalExecutor(root=root, log=False, partitions=keys).execute(pipeline, {})
        times[(before + count) // 2] = (time.process_time() - start_s) / len(keys) * 1e3
        records = (root / "data" / "lake" / "_glacier" / "commits").iterdir()
        sizes[count] = float(max(record.stat().st_size for record in records))
        before = count
    return Made(times, sizes)


def keys_of_a_run() -> int:
    """Return how many partitions one run of the generated workflow makes, of one task that is a function."""
    pipeline = _pipeline(Provider(config=AwsConfig(region="eu-central-1")))
    return most_keys([make_plan(pipeline.manifest).tasks])


def keys_at_once() -> tuple[int, str]:
    """Return how many partitions can be asked for at once, as a power of ten, and the code by which ten times as many are refused."""
    pipeline = _pipeline(Provider(config=LocalConfig()))
    count = 10
    while True:
        try:
            keys_between(pipeline.graph, 1, count)
        except ParameterError as error:
            return count // 10, " ".join(error.codes)
        count *= 10


def findings(found: Made, count: int, of_a_run: int, at_once: tuple[int, str]) -> list[Finding]:
    """Say of each limit what so many partitions take of it.

    Args:
        found: What making some took.
        count: How many partitions there are.
        of_a_run: How many one run in AWS makes.
        at_once: How many can be asked for, and how more are refused.
    """
    publishing, record = found.publishing, found.record
    key_bytes = len(json.dumps(f"n={count}")) + len(", ")
    most, code = at_once
    return [
        Finding(
            limit="partitions of one run in AWS, of what its history holds",
            up_to=of_a_run,
            taken=f"{count / of_a_run:,.0f} runs",
            glacier="refuses more, GLC628; the state machine does, too: `TooManyPartitions`",
            known=f"run; {_STEPS_PAGE}",
        ),
        Finding(
            limit=f"the input of one run in AWS, {_INPUT_BYTES:,} bytes",
            up_to=_INPUT_BYTES / key_bytes,
            taken=f"{count * key_bytes / _INPUT_BYTES:,.0f} inputs",
            glacier="refuses more, GLC628",
            known=f"fitted; {_STEPS_PAGE}",
        ),
        Finding(
            limit="partitions that are asked for at once",
            up_to=most,
            taken=f"{count / most:,.0f} backfills",
            glacier=f"refuses more, {code}",
            known="run",
        ),
        Finding(
            limit="a second of CPU time to publish one more, on a local disk",
            up_to=publishing.size_of(_SECOND_MS),
            taken=f"{publishing.at(count) / 1000:,.0f} s for one more",
            glacier="names the files of all partitions in each version, and looks at them: all together take a time that grows with their square",
            known="fitted",
        ),
        Finding(
            limit="no limit: the record of a version, which names every file",
            up_to=inf,
            taken=f"{record.at(count) / 1e6:,.0f} MB, written for each commit",
            glacier="reads it whole",
            known="fitted",
        ),
    ]


def _pipeline(provider: Provider) -> Pipeline:
    place = provider.bucket("lake").at("made/")
    dataset = Dataset("made", storage=place, schema=Row, partition_by="n")

    @provider.serverless().task
    def make(n: Partition[int]) -> Annotated[pl.LazyFrame, dataset]:
        return pl.LazyFrame({"n": [n], "v": [1]})

    return Pipeline(name="made", tasks=[make])
