"""Glacier: typed Python functions become a data pipeline and the infrastructure that runs it.

Everything public is importable from here and is loaded when it is first used, so that `import glacier_runtime` and
`glacier --help` cost nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from glacier_runtime.config.clouds import AwsConfig, LocalConfig
    from glacier_runtime.datasets import Dataset, dataset_of
    from glacier_runtime.execution.local import LocalExecutor
    from glacier_runtime.pipelines import Pipeline
    from glacier_runtime.provider import Provider
    from glacier_runtime.schedules import Cron
    from glacier_runtime.secrets import Secret
    from glacier_runtime.signatures import Previous
    from glacier_runtime.storage.formats import CsvFormat
    from glacier_runtime.tasks import Task

__all__ = [
    "AwsConfig",
    "Cron",
    "CsvFormat",
    "Dataset",
    "LocalConfig",
    "LocalExecutor",
    "Pipeline",
    "Previous",
    "Provider",
    "Secret",
    "Task",
    "dataset_of",
]

_HOMES = {
    "AwsConfig": "config.clouds",
    "Cron": "schedules",
    "CsvFormat": "storage.formats",
    "Dataset": "datasets",
    "LocalConfig": "config.clouds",
    "LocalExecutor": "execution.local",
    "Pipeline": "pipelines",
    "Previous": "signatures",
    "Provider": "provider",
    "Secret": "secrets",
    "Task": "tasks",
    "dataset_of": "datasets",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
