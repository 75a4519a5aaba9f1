"""A pipeline and the doors that lead on from it: report, manifest, executors."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, LocalExecutor, Pipeline, executors
from glacier_runtime.checks.report import NotCheckable, Report
from glacier_runtime.errors import Code, InvalidPipelineError, Place, Problem, ProjectError
from glacier_runtime.execution.results import RunResult
from tests.unit.builders import LOCAL, codes, in_memory, stored, task

NUMBERS = Dataset("numbers")


@LOCAL.task
def count(up_to: int = 3) -> Annotated[pl.LazyFrame, NUMBERS]:
    return pl.LazyFrame({"n": range(up_to)})


COUNTING = Pipeline(name="counting", tasks=[count])


class Recorder:
    """An executor that runs nothing."""

    def __init__(self) -> None:
        self.given: list[Mapping[str, object]] = []

    def execute(self, pipeline: Pipeline, params: Mapping[str, object]) -> RunResult:
        self.given.append(params)
        return RunResult(pipeline.name, "recorded", {}, (), seconds=0)


def test_a_pipeline_shows_its_name_and_tasks() -> None:
    assert repr(COUNTING) == "Pipeline(name='counting', tasks=[count])"


def test_a_pipeline_keeps_its_tasks_whatever_becomes_of_the_list() -> None:
    tasks = [count]
    pipeline = Pipeline(name="counting", tasks=tasks)
    tasks.clear()

    assert pipeline.tasks == (count,)


def test_a_parameter_of_several_tasks_is_there_once() -> None:
    @LOCAL.task
    def first(limit: int = 3) -> None: ...

    @LOCAL.task
    def second(limit: int = 3, mode: str = "fast") -> None: ...

    pipeline = Pipeline(name="asking", tasks=[first, second])

    assert [parameter.name for parameter in pipeline.parameters] == ["limit", "mode"]


def test_an_executor_is_given_the_pipeline_and_every_parameter() -> None:
    executor = Recorder()

    result = COUNTING.run(executor=executor, params={"up_to": "5"})

    assert (result.pipeline, result.run) == ("counting", "recorded")
    assert executor.given == [{"up_to": 5}]


def test_an_executor_is_not_asked_to_run_a_pipeline_with_problems() -> None:
    executor = Recorder()
    broken = Pipeline(name="broken", tasks=[task("find", reads=[stored("lost")])])

    with pytest.raises(InvalidPipelineError):
        broken.run(executor=executor)

    assert executor.given == []


def test_a_mode_is_an_installed_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("recording", f"{__name__}:Recorder", "glacier.executors")
    monkeypatch.setattr(executors, "entry_points", lambda **_: EntryPoints([entry]))

    assert COUNTING.run(mode="recording").run == "recorded"


@pytest.mark.parametrize("mode", ["mars", "", "{{ mode }}\n"])
def test_a_mode_that_nobody_installed_is_refused_with_those_there_are(mode: str) -> None:
    with pytest.raises(ProjectError) as caught:
        COUNTING.run(mode=mode)

    (problem,) = caught.value.problems
    assert problem.code is Code.NO_EXECUTOR
    assert repr(mode) in problem.message
    assert problem.fix == "installed are: aws, deploy, generate, local"


def test_the_default_mode_and_the_local_executor_give_the_same() -> None:
    by_mode = COUNTING.run(params={"up_to": 2})
    by_object = COUNTING.run(executor=LocalExecutor(fuse=False), params={"up_to": 2})

    assert by_mode[NUMBERS].collect().equals(by_object[NUMBERS].collect())


def test_without_columns_no_task_is_called() -> None:
    @LOCAL.task
    def explode() -> Annotated[pl.LazyFrame, NUMBERS]:
        raise AssertionError

    report = Pipeline(name="explosive", tasks=[explode]).validate(columns=False)

    assert report == Report("explosive", ())


def test_columns_are_not_checked_while_the_structure_is_broken() -> None:
    pipeline = Pipeline(name="broken", tasks=[count, task("find", reads=[stored("lost")])])

    report = pipeline.validate()

    assert codes(report.problems) == ["GLC303"]
    assert report.checked == ()


def test_the_graph_and_the_manifest_are_made_once() -> None:
    assert COUNTING.graph is COUNTING.graph
    assert COUNTING.manifest is COUNTING.manifest


PROBLEM = Problem(
    code=Code.NO_PRODUCER,
    message="task 'find' reads dataset 'lost', which no task of the pipeline makes",
    fix="add the task that makes it",
    place=Place("tasks.py", 7),
    task="find",
    dataset="lost",
)
REPORT = Report("shop", (PROBLEM,), ("wash",), (NotCheckable("pivot", "IndexError"),))


def test_a_report_reads_as_a_list_of_what_was_found() -> None:
    assert str(REPORT).splitlines() == [
        "GLC303 task 'find' reads dataset 'lost', which no task of the pipeline makes",
        "  at tasks.py:7",
        "  fix: add the task that makes it",
        "not checked: pivot: IndexError",
        "shop: problems: 1, tasks whose columns were checked: 1",
    ]


def test_a_report_as_data_has_all_that_was_found() -> None:
    assert REPORT.to_dict() == {
        "pipeline": "shop",
        "ok": False,
        "problems": [PROBLEM.to_dict()],
        "checked": ["wash"],
        "not_checkable": {"pivot": "IndexError"},
        "warnings": [],
        "not_read": {},
    }


def test_a_report_raises_only_for_problems() -> None:
    Report("shop", (), ("wash",), (NotCheckable("pivot", "IndexError"),)).raise_for_problems()

    with pytest.raises(InvalidPipelineError) as caught:
        REPORT.raise_for_problems()

    assert caught.value.problems == (PROBLEM,)


def test_a_pipeline_may_hold_tasks_that_share_nothing() -> None:
    one, other = in_memory("one", "other")
    pipeline = Pipeline(
        name="apart", tasks=[task("make-one", writes=[one]), task("make-other", writes=[other])]
    )

    assert pipeline.validate(columns=False).ok


def test_an_executor_that_is_called_by_hand_checks_first_and_takes_defaults() -> None:
    assert LocalExecutor().execute(COUNTING)["numbers"].rows == 3

    with pytest.raises(InvalidPipelineError, match="GLC314"):
        LocalExecutor().execute(Pipeline(name="empty"))
