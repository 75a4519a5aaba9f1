"""The pytest plugin: fixtures for those who use them, and nothing for those who do not."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = "pytester"

MODULE = "glacier_runtime.testing.pytest_plugin"
IS_INSTALLED = any(entry.value == MODULE for entry in entry_points(group="pytest11"))
OPTIONS = () if IS_INSTALLED else ("-p", MODULE)

PROJECT = """
    from typing import Annotated
    import polars as pl
    from pydantic import BaseModel
    from glacier_runtime import Dataset, Pipeline, Provider

    class Number(BaseModel):
        n: int

    provider = Provider.from_env()
    lake = provider.bucket("lake")
    numbers = Dataset("numbers", storage=lake.at("numbers.parquet"), schema=Number, source=True)
    total = Dataset("total", storage=lake.at("total.parquet"), schema=Number)

    @provider.serverless().task
    def add(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, total]:
        return given.sum()

    pipeline = Pipeline(name="adding", tasks=[add])
    """


@pytest.fixture
def project(pytester: pytest.Pytester) -> Iterator[pytest.Pytester]:
    """A project with a pipeline, whose folder data/ holds what no test may touch."""
    pytester.makefile(".toml", pyproject='[tool.glacier]\npipeline = "adding:pipeline"\n')
    (pytester.mkdir("src") / "adding.py").write_text(textwrap.dedent(PROJECT))
    data = pytester.mkdir("data")
    (data / "precious").write_text("precious")
    yield pytester
    assert [path.name for path in data.iterdir()] == ["precious"]


def run(project: pytest.Pytester, test: str, **passed: int) -> pytest.RunResult:
    project.makepyfile(test_it=textwrap.dedent(test))
    result = project.runpytest_subprocess("-p", "no:cacheprovider", *OPTIONS)
    result.assert_outcomes(**(passed or {"passed": 1}))
    return result


def test_tasks_and_the_projects_pipeline_run_on_what_a_test_gives(
    project: pytest.Pytester,
) -> None:
    run(
        project,
        """
        def test_all_of_it(glacier_run_pipeline):
            made = glacier_run_pipeline(inputs={"numbers": [{"n": 1}, {"n": 2}]})
            assert made["total"].item() == 3

        def test_a_task(glacier_run_task, glacier_pipeline):
            (add,) = glacier_pipeline.tasks
            assert glacier_run_task(add, inputs={"given": [{"n": 1}]}).frame.item() == 1

        def test_the_pipeline(glacier_pipeline):
            assert glacier_pipeline.name == "adding"
            assert glacier_pipeline.validate(columns=False).ok
        """,
        passed=3,
    )


def test_whatever_runs_in_a_test_finds_and_leaves_its_data_in_a_folder_of_the_test(
    project: pytest.Pytester,
) -> None:
    run(
        project,
        """
        import os, subprocess, sys, threading
        import polars as pl

        def put(folder, numbers):
            (folder / "lake").mkdir()
            pl.DataFrame({"n": numbers}).write_parquet(folder / "lake/numbers.parquet")

        def total(folder):
            return pl.read_parquet(folder / "lake/total.parquet").item()

        def test_a_run(glacier_pipeline, glacier_data):
            put(glacier_data, [1, 2])
            glacier_pipeline.run()
            assert total(glacier_data) == 3

        def test_a_thread(glacier_pipeline, glacier_data):
            assert list(glacier_data.iterdir()) == []
            put(glacier_data, [3])
            thread = threading.Thread(target=glacier_pipeline.run)
            thread.start()
            thread.join()
            assert total(glacier_data) == 3

        def test_a_command(glacier_data):
            put(glacier_data, [4])
            subprocess.run([sys.executable, "-m", "glacier_runtime", "run"], check=True)
            assert total(glacier_data) == 4
        """,
        passed=3,
    )


def test_it_is_so_for_a_pipeline_of_a_cloud_too(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", "aws")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    run(
        project,
        """
        import polars as pl

        def test_it(glacier_pipeline, glacier_data):
            (glacier_data / "lake").mkdir()
            pl.DataFrame({"n": [7]}).write_parquet(glacier_data / "lake/numbers.parquet")
            made = glacier_pipeline.run()["total"]
            assert made.path == glacier_data / "lake" / "total.parquet"
            assert made.collect().item() == 7
        """,
    )


def test_a_project_without_a_pipeline_is_told_how_to_name_one(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", pyproject="[tool.glacier]\n")

    result = run(pytester, "def test_it(glacier_pipeline): ...", errors=1)

    result.stdout.fnmatch_lines(["*GLC701 no pipeline is named*"])


def test_the_fixtures_are_explained(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest_subprocess(*OPTIONS, "--fixtures", "-k", "nothing").stdout.str()

    for name in ("glacier_pipeline", "glacier_run_pipeline", "glacier_run_task", "glacier_data"):
        assert name in shown
    assert "holds every bucket, of whatever cloud" in shown


def test_a_session_that_uses_none_of_it_loads_nothing(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
        import sys

        def test_it():
            assert {MODULE!r} in sys.modules
            ours = {{name for name in sys.modules if name.startswith("glacier_runtime.")}}
            assert ours <= {{"glacier_runtime.doors", "glacier_runtime.testing", {MODULE!r}}}
            assert not {{"polars", "pydantic", "typer", "hypothesis.strategies"}} & set(sys.modules)
        """,
    )
    assert result.ret == 0


def test_the_plugin_is_declared_for_pytest_to_find() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")

    declared = tomllib.loads(text)["project"]["entry-points"]["pytest11"]

    assert declared == {"glacier": MODULE}


def test_loading_the_plugin_takes_next_to_no_time() -> None:
    program = (
        "import json, sys, time, pytest\n"
        "before = set(sys.modules)\n"
        "start_s = time.perf_counter()\n"
        f"import {MODULE}\n"
        "took_s = time.perf_counter() - start_s\n"
        "print(json.dumps([took_s, sorted(set(sys.modules) - before)]))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    took_s, loaded = json.loads(done.stdout)

    assert took_s < 0.1
    assert all(name.startswith("glacier_runtime") for name in loaded)
