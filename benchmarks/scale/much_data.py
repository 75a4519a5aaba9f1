"""10 TB a day, as queries like those of TPC-H would read them: what one task can do of it, and how many partitions that makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from benchmarks.scale.findings import Finding
from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.checks.limits import limit_problems
from glacier_runtime.config import AwsConfig

__all__ = ["Reading", "at_once", "findings", "reading", "refused"]

DAY_S: Final = 86_400
_MIB: Final = 2**20
_PER_CPU_MIB: Final = (
    1_769  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
)
_LAMBDA_MIB, _LAMBDA_S = 10_240, 900
_FARGATE_MIB: Final = 122_880
_LAMBDA: Final = "[Lambda](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)"
_FARGATE: Final = (
    "[Fargate](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the fused pipeline reads Parquet on this machine.

    Attributes:
        bytes_a_second: By the clock, with all processors.
        bytes_a_cpu_second: Of one processor.
        memory: Bytes of memory for each byte that is read, without a budget.
    """

    bytes_a_second: float
    bytes_a_cpu_second: float
    memory: float


def reading(figures: Mapping[str, Any]) -> Reading:
    """Return how the fused pipeline reads, from the figures of the question "tpch"."""
    fused, size = figures["contenders"]["fused"], figures["bytes"]
    return Reading(
        bytes_a_second=size / fused["wall_s"][0],
        bytes_a_cpu_second=size / fused["cpu_s"][0],
        memory=fused["peak_mib"][0] * _MIB / size,
    )


def refused(memory_mib: int, timeout_s: int) -> str:
    """Return the code by which a function of such a size is refused; nothing if it is not."""
    provider = Provider(config=AwsConfig(region="eu-central-1"))
    made = Dataset("made", storage=provider.bucket("lake").at("made.json"), format="json")

    @provider.serverless(memory_mib=memory_mib, timeout_s=timeout_s).task
    def make() -> Annotated[dict[str, int], made]:
        return {}

    graph = Pipeline(name="made", tasks=[make]).graph
    return " ".join(
        dict.fromkeys(str(it.code) for it in limit_problems(graph, "aws", "made", None))
    )


def at_once(how: Reading) -> float:
    """Return how many bytes one function reads before its memory or its time ends."""
    return min(_of_memory(how), _of_time(how))


def findings(how: Reading, day_bytes: float, of_a_run: int) -> list[Finding]:
    """Say of each limit what a day takes of it.

    Args:
        how: How the fused pipeline reads.
        day_bytes: What comes in a day, as Parquet.
        of_a_run: How many partitions one run in AWS makes.
    """
    memory, most_memory = refused(_LAMBDA_MIB + 1, 300), _of_memory(how)
    piece = at_once(how)
    return [
        Finding(
            limit=f"memory of a function, {_LAMBDA_MIB:,} MiB, everything held at once",
            up_to=most_memory / 1e9,
            taken=f"{day_bytes / most_memory:,.0f} partitions of {most_memory / 1e9:.1f} GB",
            glacier=f"runs one query after the other within the memory there is; a function with more is refused, {memory}",
            known=f"fitted, run; {_LAMBDA}",
        ),
        Finding(
            limit=f"time of a function, {_LAMBDA_S} s",
            up_to=_of_time(how) / 1e9,
            taken=f"{day_bytes / _of_time(how):,.0f} partitions of {_of_time(how) / 1e9:.0f} GB",
            glacier=f"nothing before it runs: size is not known then; a function with more time is refused, {refused(1024, _LAMBDA_S + 1)}",
            known=f"fitted, run; {_LAMBDA}",
        ),
        Finding(
            limit=f"memory of a container, {_FARGATE_MIB:,} MiB, everything held at once",
            up_to=_FARGATE_MIB * _MIB / how.memory / 1e9,
            taken=f"{day_bytes * how.memory / _FARGATE_MIB / _MIB:,.0f} partitions",
            glacier="the same as of a function",
            known=f"fitted; {_FARGATE}",
        ),
        Finding(
            limit="this machine, all day",
            up_to=how.bytes_a_second * DAY_S / 1e9,
            taken=f"{day_bytes / how.bytes_a_second / 3600:.0f} of 24 hours",
            glacier="runs it, if the disk is there",
            known="fitted",
        ),
        Finding(
            limit=f"{of_a_run:,} partitions of a run, an hourly run, one function each",
            up_to=24 * of_a_run * piece / 1e9,
            taken=f"{day_bytes / piece / 24:,.0f} partitions an hour, {day_bytes / piece * 365:,.0f} a year",
            glacier="refuses more partitions in a run, GLC628",
            known="fitted, run",
        ),
    ]


def _of_memory(how: Reading) -> float:
    return _LAMBDA_MIB * _MIB / how.memory


def _of_time(how: Reading) -> float:
    return _LAMBDA_S * _LAMBDA_MIB / _PER_CPU_MIB * how.bytes_a_cpu_second
