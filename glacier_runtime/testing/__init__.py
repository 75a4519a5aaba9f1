"""For tests of pipelines: run a task or a pipeline on data that a test gives, and make such data from schemas."""

from typing import TYPE_CHECKING

from glacier_runtime.doors import lazy_names

if TYPE_CHECKING:
    from glacier_runtime.testing.examples import example_frame
    from glacier_runtime.testing.outputs import Outputs
    from glacier_runtime.testing.running import run_pipeline, run_task
    from glacier_runtime.testing.strategies import frames

__all__ = [
    "Outputs",
    "example_frame",
    "frames",
    "run_pipeline",
    "run_task",
]

_HOMES = {
    "Outputs": "testing.outputs",
    "example_frame": "testing.examples",
    "frames": "testing.strategies",
    "run_pipeline": "testing.running",
    "run_task": "testing.running",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists
    __getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return list(__all__)
