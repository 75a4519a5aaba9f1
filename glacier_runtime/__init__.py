"""Glacier: typed Python functions become a data pipeline and the infrastructure that runs it.

What every pipeline needs is importable from here, configurations from `glacier_runtime.config`; all of it is loaded when it
is first used, so that `import glacier_runtime` and `glacier --help` cost nothing.
"""

from typing import TYPE_CHECKING

from glacier_runtime.doors import lazy_names

__version__ = "0.1.0"

if TYPE_CHECKING:
    from glacier_runtime.arrivals import OnArrival
    from glacier_runtime.cloud_runs.asked import CloudRun
    from glacier_runtime.cloud_runs.aws.executor import AwsExecutor
    from glacier_runtime.datasets import Dataset, dataset_of
    from glacier_runtime.decorators import pipeline, task
    from glacier_runtime.execution.local import LocalExecutor
    from glacier_runtime.executors import Executor
    from glacier_runtime.grants import Grant
    from glacier_runtime.partition_mappings import Same, Whole, Window
    from glacier_runtime.partition_parameters import Partition
    from glacier_runtime.pipelines import Pipeline
    from glacier_runtime.provider import Provider
    from glacier_runtime.schedules import Cron
    from glacier_runtime.secrets import Secret
    from glacier_runtime.signatures import Previous
    from glacier_runtime.sources import Source, SourceMetadata
    from glacier_runtime.storage.columnar_formats import IpcFormat, ParquetFormat
    from glacier_runtime.storage.lake_formats import DeltaFormat, IcebergFormat
    from glacier_runtime.storage.moments import AsOf
    from glacier_runtime.storage.text_formats import CsvFormat
    from glacier_runtime.targets import AwsTarget
    from glacier_runtime.tasks import Task
    from glacier_runtime.watermarks import Watermark

__all__ = [
    "AsOf",
    "AwsExecutor",
    "AwsTarget",
    "CloudRun",
    "Cron",
    "CsvFormat",
    "Dataset",
    "DeltaFormat",
    "Executor",
    "Grant",
    "IcebergFormat",
    "IpcFormat",
    "LocalExecutor",
    "OnArrival",
    "ParquetFormat",
    "Partition",
    "Pipeline",
    "Previous",
    "Provider",
    "Same",
    "Secret",
    "Source",
    "SourceMetadata",
    "Task",
    "Watermark",
    "Whole",
    "Window",
    "dataset_of",
    "pipeline",
    "task",
]

_HOMES = {
    "AsOf": "storage.moments",
    "AwsExecutor": "cloud_runs.aws.executor",
    "AwsTarget": "targets",
    "CloudRun": "cloud_runs.asked",
    "Cron": "schedules",
    "CsvFormat": "storage.text_formats",
    "Dataset": "datasets",
    "DeltaFormat": "storage.lake_formats",
    "Executor": "executors",
    "Grant": "grants",
    "IcebergFormat": "storage.lake_formats",
    "IpcFormat": "storage.columnar_formats",
    "LocalExecutor": "execution.local",
    "OnArrival": "arrivals",
    "ParquetFormat": "storage.columnar_formats",
    "Partition": "partition_parameters",
    "Pipeline": "pipelines",
    "Previous": "signatures",
    "Provider": "provider",
    "Same": "partition_mappings",
    "Secret": "secrets",
    "Source": "sources",
    "SourceMetadata": "sources",
    "Task": "tasks",
    "Watermark": "watermarks",
    "Whole": "partition_mappings",
    "Window": "partition_mappings",
    "dataset_of": "datasets",
    "pipeline": "decorators",
    "task": "decorators",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists
    __getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
