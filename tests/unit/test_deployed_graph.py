"""Local tasks in a pipeline that is deployed: what they become there, and that nothing changes here."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import AwsTarget, Dataset, Pipeline, Provider, compute, pipeline
from glacier_runtime.config import AwsConfig, GcpConfig, LambdaConfig
from glacier_runtime.errors import DefinitionError, InvalidPipelineError, Problem
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import codes, stored, task

AWS = Provider(config=AwsConfig(region="eu-west-1"))
TARGET = AwsTarget(region="eu-west-1")
STAND_IN = compute.container(cpu=2, memory_mib=4096)


def of_aws(name: str) -> Dataset:
    return Dataset(name, storage=AWS.bucket("lake").at(f"{name}.parquet"), schema=None)


def washing(stand_in: ComputeResource | None) -> Pipeline:
    """Return a local task before a function, in AWS."""
    clean, report = of_aws("clean"), of_aws("report")
    wash = task("wash", writes=[clean], on=AWS.local())
    add = task("add", reads=[clean], writes=[report], on=AWS.serverless())
    return Pipeline([wash, add], name="washing", deploy_local_as=stand_in)


def kinds(pipeline: Pipeline) -> dict[str, str]:
    return {task.name: task.compute.kind for task in pipeline.manifest.tasks}


def problems(pipeline: Pipeline) -> tuple[Problem, ...]:
    return pipeline.validate(columns=False).problems


def test_local_tasks_become_what_stands_in_for_them_and_others_stay() -> None:
    given = washing(STAND_IN)

    assert problems(given) == ()
    assert kinds(given) == {"wash": "container", "add": "serverless"}
    assert [entry.depends_on for entry in given.manifest.tasks] == [(), ("wash",)]


def test_the_pipeline_itself_still_says_local() -> None:
    given = washing(STAND_IN)
    _ = given.manifest

    assert [task.compute.kind for task in given.tasks] == ["local", "serverless"]
    assert given.graph.tasks == given.tasks


def test_without_it_each_local_task_is_refused_with_the_line_to_write() -> None:
    one, two = of_aws("one"), of_aws("two")
    local = AWS.local()
    given = Pipeline(
        [task("wash", writes=[one], on=local), task("dry", writes=[two], on=local)], name="washing"
    )

    found = problems(given)

    assert [(p.code.code, p.task) for p in found] == [("GLC310", "wash"), ("GLC310", "dry")]
    line = "Pipeline(name='washing', ..., deploy_local_as=compute.serverless(memory_mib=1024))"
    assert all(line in problem.fix for problem in found)


def test_a_pipeline_of_this_machine_is_mapped_where_it_is_compiled_for_a_cloud() -> None:
    @compute.local().task
    def count() -> None: ...

    given = Pipeline([count], name="counting", deploy_local_as=compute.serverless(memory_mib=512))

    assert kinds(given) == {"count": "local"}
    assert "lambda_task" in given.compile(TARGET).files["infra/tasks.tf"]
    with pytest.raises(InvalidPipelineError) as caught:
        Pipeline([count], name="counting").compile(TARGET)
    assert caught.value.codes == ("GLC310",)


def test_a_run_on_this_machine_does_not_care() -> None:
    numbers = Dataset("numbers")

    @compute.local().task
    def count() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1, 2]})

    too_large = compute.serverless(memory_mib=99_999)

    assert Pipeline([count], deploy_local_as=too_large).run()[numbers].rows == 2


def test_what_stands_in_is_held_against_the_limits_of_the_cloud() -> None:
    (found,) = problems(washing(compute.serverless(memory_mib=99_999)))

    assert (found.code.code, found.task) == ("GLC311", "wash")


def test_data_that_two_local_tasks_hand_over_in_memory_is_lost_between_two_functions() -> None:
    (numbers,), kept = (Dataset("numbers"),), of_aws("kept")
    local = AWS.local()
    tasks: list[AnyTask] = [
        task("make", writes=[numbers], on=local),
        task("use", reads=[numbers], writes=[kept], on=local),
    ]

    found = problems(Pipeline(tasks, name="handing", deploy_local_as=compute.serverless()))

    assert [(p.code.code, p.dataset) for p in found] == [("GLC309", "numbers")]


def test_what_stands_in_belongs_to_the_cloud_of_the_pipeline() -> None:
    elsewhere = Provider(config=AwsConfig(region="us-east-1")).serverless()

    assert codes(problems(washing(elsewhere))) == ["GLC308"]


def test_what_stands_in_does_not_hide_that_a_task_belongs_elsewhere() -> None:
    elsewhere = Provider(config=GcpConfig(project_id="my-project")).local()
    given = Pipeline(
        [task("wash", writes=[of_aws("clean")], on=elsewhere)],
        name="washing",
        deploy_local_as=AWS.serverless(),
    )

    assert "GLC308" in codes(problems(given))


def test_what_stands_in_has_a_configuration_for_the_cloud() -> None:
    config = LambdaConfig(memory_mib=512)
    given = washing(compute.serverless(config=config))
    wash = next(entry for entry in given.manifest.tasks if entry.name == "wash")

    assert wash.compute.model_dump()["memory_mib"] == 512
    google = Provider(config=GcpConfig(project_id="my-project"))
    there = Pipeline(
        [task("wash", on=google.local())],
        name="washing",
        deploy_local_as=compute.serverless(config=config),
    )
    assert codes(problems(there)) == ["GLC108"]


@pytest.mark.parametrize("given", ["serverless", compute.local(), 4, stored("clean")])
def test_glc765_what_no_cloud_runs_tasks_on_is_refused_where_it_stands(given: Any) -> None:
    with pytest.raises(DefinitionError) as caught:
        Pipeline(name="washing", deploy_local_as=given)

    assert caught.value.codes == ("GLC765",)
    assert "deploy_local_as=compute.serverless(memory_mib=1024)" in str(caught.value)


def test_a_traced_pipeline_says_it_at_its_decorator() -> None:
    @AWS.local().task
    def count() -> Annotated[pl.LazyFrame, of_aws("numbers")]:
        return pl.LazyFrame({"n": [1]})

    @pipeline(name="counting", deploy_local_as=STAND_IN)
    def counting() -> object:
        return count()

    assert kinds(counting) == {"count": "container"}
