"""Configuration of clusters: engines that run tasks on many machines, or on one that is somebody else's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field

from glacier_runtime.config.models import ResourceConfig
from glacier_runtime.config.specs import PartitionsAtOnce, Spec

__all__ = [
    "ClusterConfig",
    "ClusterSpec",
    "DaskConfig",
    "DatabricksConfig",
    "DataprocConfig",
    "EmrConfig",
    "RayConfig",
    "SparkConfig",
]

_Workers = Annotated[int, Field(ge=1, le=10_000)]
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)]
# https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_ImageConfiguration.html
_ECR_IMAGE = (
    r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9]+([._/-][a-z0-9]+)*"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$"
)
# On AWS, on Azure and on Google Cloud, each with a host of its own, and without a path.
_WORKSPACE = (
    r"^https://[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.(databricks\.(com|us|mil)|azuredatabricks\.net)$"
)
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Connection.html
_CONNECTION = (
    r"^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:connection/[A-Za-z0-9._-]{1,64}/[A-Za-z0-9-]+$"
)
_DATABRICKS_RELEASE = re.compile(r"([1-9][0-9]{0,2})\.(?:x|[0-9]{1,3})(?:\.x)?-.+")
# The system environment of each: https://docs.databricks.com/aws/en/release-notes/runtime/
_DATABRICKS_PYTHONS = {15: "python3.11", 16: "python3.12", 17: "python3.12"}
_SPARK_SIZE = re.compile(r"([1-9][0-9]{0,6})([mg])b?", re.IGNORECASE)


def _mib(size: object) -> object:
    """Read what Spark writes as `4g` or `512m`."""
    if isinstance(size, str) and (match := _SPARK_SIZE.fullmatch(size)) is not None:
        return int(match[1]) * (1024 if match[2] in "gG" else 1)
    return size


class DatabricksConfig(ResourceConfig):
    """Databricks, in whichever cloud its workspace is; what is generated runs each task on one machine of a workspace on AWS.

    Args:
        cluster_id: A cluster that exists; None makes one for each run.
        instance_type: The type of its machines, such as `m6i.xlarge`.
        num_workers: How many, 1 to 10,000; None for the driver alone.
        spark_version: Its runtime, such as `16.4.x-scala2.12`.
        workspace: The address of the workspace, such as `https://dbc-1a2b3c4d-5e6f.cloud.databricks.com`.
        connection: The ARN of the connection of EventBridge by which a workflow on AWS calls the workspace.
        disk_gib: Size of the machine's disk there, 100 to 4,096.
        timeout_s: Seconds after which the task ends itself there, up to a week.
        partitions_at_once: How many partitions of a task one run makes at once there, 1 to 40; None for 10.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> DatabricksConfig(cluster_id="cluster-123", instance_type="i3.xlarge", num_workers=4).num_workers
        4
    """

    type: Literal["databricks"] = "databricks"
    cluster_id: _Word | None = None
    instance_type: _Word | None = None
    num_workers: _Workers | None = None
    spark_version: _Word | None = None
    workspace: Annotated[str, Field(max_length=200, pattern=_WORKSPACE)] | None = None
    connection: Annotated[str, Field(max_length=400, pattern=_CONNECTION)] | None = None
    disk_gib: Annotated[int, Field(ge=100, le=4096)] = 100
    timeout_s: Annotated[int, Field(ge=1, le=604_800)] = 3600
    partitions_at_once: PartitionsAtOnce | None = None

    @property
    def release(self) -> int | None:
        """The number of its runtime; None if none is said, or not as Databricks writes them."""
        found = _DATABRICKS_RELEASE.fullmatch(self.spark_version or "")
        return int(found[1]) if found else None

    @property
    def runtime(self) -> str | None:
        """The Python of its runtime, as Lambda calls it; None of one that is newer than this library."""
        return _DATABRICKS_PYTHONS.get(self.release or 0)


class EmrConfig(ResourceConfig):
    """Amazon EMR: on machines of a cluster, or without any, on EMR Serverless, which is what is generated.

    Args:
        cluster_id: A cluster that exists, `j-…`; None makes one for each run.
        release: Its release, such as `emr-7.5.0`.
        instance_type: The type of its machines, such as `m5.xlarge`.
        num_workers: How many, 1 to 10,000.
        image: The image in ECR that EMR Serverless runs: made from the one that EMR has for the release, with the Python of the project.
        architecture: Its processors on EMR Serverless.
        driver_cpu: How many processors the driver has there, which runs the task: 1, 2, 4, 8 or 16.
        driver_memory_mib: The memory of the driver in MiB, in whole GiB.
        timeout_s: Seconds after which the task ends itself there, up to a week.
        partitions_at_once: How many partitions of a task one run makes at once there, 1 to 40; None for 10.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> EmrConfig(release="emr-7.5.0", instance_type="m5.xlarge").cloud
        'aws'
    """

    cloud: ClassVar[str | None] = "aws"

    type: Literal["aws.emr"] = "aws.emr"
    cluster_id: Annotated[str, Field(pattern=r"^j-[A-Z0-9]{1,20}$")] | None = None
    release: Annotated[str, Field(pattern=r"^emr-[0-9]+\.[0-9]+\.[0-9]+$")] | None = None
    instance_type: _Word | None = None
    num_workers: _Workers | None = None
    image: Annotated[str, Field(max_length=1024, pattern=_ECR_IMAGE)] | None = None
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    driver_cpu: Literal[1, 2, 4, 8, 16] = 4
    driver_memory_mib: Annotated[int, Field(ge=2048, le=122_880, multiple_of=1024)] = 16_384
    timeout_s: Annotated[int, Field(ge=1, le=604_800)] = 3600
    partitions_at_once: PartitionsAtOnce | None = None


class DataprocConfig(ResourceConfig):
    """Google Cloud Dataproc.

    Args:
        cluster_name: A cluster that exists; None makes one for each run.
        image_version: Its image, such as `2.2-debian12`.
        machine_type: The type of its machines, such as `n2-standard-4`.
        num_workers: How many, 1 to 10,000.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> DataprocConfig(image_version="2.2-debian12", machine_type="n2-standard-4").cloud
        'gcp'
    """

    cloud: ClassVar[str | None] = "gcp"

    type: Literal["gcp.dataproc"] = "gcp.dataproc"
    cluster_name: Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,49}[a-z0-9])?$")] | None = (
        None
    )
    image_version: _Word | None = None
    machine_type: _Word | None = None
    num_workers: _Workers | None = None


class SparkConfig(ResourceConfig):
    """A Spark cluster that exists; `executor_memory` is accepted too, as MiB or as Spark writes it (`4g`).

    Args:
        master: Its address: `local[*]`, `spark://host:7077`, `yarn`, `k8s://https://host:443`.
        num_executors: How many executors, 1 to 10,000.
        executor_memory_mib: Memory of each in MiB, from 512.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range, or is given in both spellings.

    Example:
        >>> SparkConfig(master="local[2]", executor_memory="4g").executor_memory_mib
        4096
    """

    spellings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"executor_memory": "executor_memory_mib"}
    )

    type: Literal["spark"] = "spark"
    master: Annotated[
        str,
        Field(
            max_length=300,
            pattern=r"^(local(\[(\*|[0-9]+)\])?|yarn|(spark|k8s|mesos)://[A-Za-z0-9._:/,-]+)$",
        ),
    ] = "local[*]"
    num_executors: _Workers | None = None
    executor_memory_mib: Annotated[int, Field(ge=512), BeforeValidator(_mib)] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            master: str = "local[*]",
            num_executors: int | None = None,
            executor_memory_mib: int | None = None,
            executor_memory: int | str | None = None,
        ) -> None: ...


class RayConfig(ResourceConfig):
    """A Ray cluster.

    Args:
        address: Its address: `ray://host:10001`, `auto`; None starts Ray on the machine that runs the pipeline.
        num_workers: How many tasks at once, 1 to 10,000.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> RayConfig(address="ray://head:10001").address
        'ray://head:10001'
    """

    type: Literal["ray"] = "ray"
    address: (
        Annotated[
            str,
            Field(max_length=300, pattern=r"^(auto|local|(ray://)?[A-Za-z0-9._-]+:[0-9]{1,5})$"),
        ]
        | None
    ) = None
    num_workers: _Workers | None = None


class DaskConfig(ResourceConfig):
    """A Dask cluster.

    Args:
        address: Its scheduler: `tcp://host:8786`, `tls://host:8786`; None starts one on the machine that runs the pipeline.
        num_workers: How many workers, 1 to 10,000.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> DaskConfig(address="tcp://scheduler:8786").address
        'tcp://scheduler:8786'
    """

    type: Literal["dask"] = "dask"
    address: (
        Annotated[str, Field(max_length=300, pattern=r"^(tcp|tls)://[A-Za-z0-9._-]+:[0-9]{1,5}$")]
        | None
    ) = None
    num_workers: _Workers | None = None


ClusterConfig = DatabricksConfig | EmrConfig | DataprocConfig | SparkConfig | RayConfig | DaskConfig


class ClusterSpec(Spec):
    """An engine that runs tasks on many machines; on a laptop they run in the local process.

    Args:
        config: Which engine, and how large.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(ClusterConfig)
    needs_config: ClassVar[bool] = True

    kind: Literal["cluster"] = "cluster"
    config: Annotated[ClusterConfig, Field(discriminator="type")] | None = None
