"""Fixtures for pytest. Loaded in every session where Glacier is installed, so nothing is imported until one is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from glacier_runtime.pipelines import Pipeline
    from glacier_runtime.testing.outputs import Outputs

__all__ = ["glacier_data", "glacier_pipeline", "glacier_run_pipeline", "glacier_run_task"]


@pytest.fixture(scope="session")
def glacier_pipeline(pytestconfig: pytest.Config) -> Pipeline:
    """The pipeline that `[tool.glacier]` in the project's pyproject.toml names."""
    from glacier_runtime.project import load_pipeline, read_project  # noqa: PLC0415

    return load_pipeline(read_project(pytestconfig.rootpath))


@pytest.fixture
def glacier_run_task() -> Callable[..., Outputs]:
    """`glacier_runtime.testing.run_task`: run one task on data that the test gives."""
    from glacier_runtime.testing.running import run_task  # noqa: PLC0415

    return run_task


@pytest.fixture
def glacier_run_pipeline(glacier_pipeline: Pipeline) -> Callable[..., Outputs]:
    """Run the project's pipeline on data that the test gives; see `glacier_runtime.testing.run_pipeline`."""
    from functools import partial  # noqa: PLC0415

    from glacier_runtime.testing.running import run_pipeline  # noqa: PLC0415

    return partial(run_pipeline, glacier_pipeline)


@pytest.fixture
def glacier_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder that holds every bucket, of whatever cloud, while the test runs.

    Whatever runs meanwhile (`pipeline.run()`, a thread, `glacier run` in another process) reads and writes there, and neither
    `data/` nor a cloud. The bucket `lake` is its folder `lake`, where a test can put sources.
    """
    from glacier_runtime.storage.stores import TEST_FOLDER  # noqa: PLC0415

    folder = tmp_path / "glacier_data"
    folder.mkdir()
    monkeypatch.setenv(TEST_FOLDER, str(folder))
    return folder
