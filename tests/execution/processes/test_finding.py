"""Tasks are found in another process wherever they can be, and the others are named before anything runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.processes.workers import Workers
from tests.execution.processes import workloads
from tests.execution.processes.apart_runs import run_apart, write_numbers

ROOT = Path(__file__).parents[3]
numbers = Dataset("local_numbers")

SCRIPT = """
from __future__ import annotations
import sys
from datetime import date
from typing import Annotated
from pydantic import BaseModel
import polars as pl
from pathlib import Path
from glacier_runtime import Dataset, Pipeline, Provider
{imports}

class Day(BaseModel):
    day: date

days = Dataset("days", schema=Day)

def make(number):
    @Provider.from_env({{}}).local().task(name=f"make_{{number}}", timeout_s=60)
    def count() -> Annotated[pl.LazyFrame, days]:
        print("counting", __name__)
        return pl.LazyFrame({{"day": [date(2024, 1, number)]}})
    return count

pipeline = Pipeline(name="counting", tasks=[make(1)])
if sys.argv[1] == "guarded" and __name__ != "__main__":
    pass
else:
    print("validated", pipeline.validate().problems)
    apart({root!r}, pipeline)
"""
HELPER = """
from pathlib import Path
from tests.execution.processes.apart_runs import run_apart

def apart(root, pipeline):
    made = run_apart(pipeline.tasks[0], Path(root), module=pipeline.module)
    print("made", made["days"].value.rows())
"""


@pytest.mark.parametrize("way", ["script", "guarded", "module"])
def test_tasks_of_a_script_are_found(way: str, tmp_path: Path) -> None:
    package = tmp_path / "counting"
    package.mkdir()
    (package / "helping.py").write_text(HELPER)
    imports = "from .helping import apart" if way == "module" else "from helping import apart"
    (package / "main.py").write_text(SCRIPT.format(imports=imports, root=str(tmp_path)))
    command = ["-m", "counting.main"] if way == "module" else [str(package / "main.py")]
    environment = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "PATH": "", "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, *command, way],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "validated ()\nmade [(datetime.date(2024, 1, 1),)]\n", done.stderr
    assert "counting __mp_main__\n" in done.stderr


def test_a_task_inside_a_function_is_named(tmp_path: Path, warm: Workers) -> None:
    @workloads.here.task(timeout_s=5)
    def hidden() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame()

    report = Pipeline(name="hiding", tasks=[hidden]).validate(columns=False)
    with pytest.raises(ExecutionError) as caught:
        run_apart(hidden, tmp_path, workers=warm)

    assert [problem.code.code for problem in report.problems] == ["GLC612"]
    assert caught.value.codes == ("GLC612",)
    assert "task 'hidden' runs in a process of its own, for it has timeout_s=5" in str(caught.value)


def test_a_place_with_workers_asks_for_the_same() -> None:
    @workloads.provider.local(workers=2).task
    def hidden() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame()

    report = Pipeline(name="hiding", tasks=[hidden]).validate(columns=False)

    assert "for it has workers=2" in str(report.problems[0])


def test_a_task_inside_a_function_may_run_in_this_process() -> None:
    @workloads.here.task
    def hidden() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame()

    assert Pipeline(name="hiding", tasks=[hidden]).validate(columns=False).problems == ()


def test_tasks_of_modules_and_of_traced_pipelines_are_no_problem() -> None:
    for pipeline in (workloads.pipeline, workloads.traced):
        assert pipeline.validate(columns=False).problems == ()


def test_a_task_of_a_traced_pipeline_is_the_one_that_was_bound(
    tmp_path: Path, warm: Workers
) -> None:
    write_numbers(tmp_path, [1, 2])
    (task,) = workloads.traced.tasks

    made = run_apart(task, tmp_path, workers=warm)

    value = made["scale"].value
    assert isinstance(value, pl.DataFrame)
    assert value["n"].to_list() == [3, 6]


def test_a_module_that_cannot_be_imported_there_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fickle.py").write_text(
        "import os\nfrom tests.execution.processes.workloads import *\n"
        "if os.environ.get('FICKLE') == 'yes':\n    raise RuntimeError('not here')\n"
        "@here.task(timeout_s=5)\ndef fickle() -> None: ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import fickle  # type: ignore[import-not-found]

    monkeypatch.setenv("FICKLE", "yes")
    with pytest.raises(
        ExecutionError, match="importing its module failed: RuntimeError: not here"
    ) as caught:
        run_apart(fickle.fickle, tmp_path, module="fickle")

    assert caught.value.codes == ("GLC613",)
    assert "fickle.py" in str(caught.value.__cause__)
