"""Compute that no provider made, and what `compute=` takes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from glacier_runtime import AwsTarget, Pipeline, Provider, compute, task
from glacier_runtime.config import AwsConfig, EC2Config, GCSConfig, LambdaConfig, SparkConfig
from glacier_runtime.errors import DefinitionError, InvalidPipelineError
from glacier_runtime.resources.compute import ComputeResource

AWS = Provider(config=AwsConfig(region="eu-west-1"))
FUNCTION = SimpleNamespace(urn="urn", _type="aws:lambda/function:Function", _name="my-function")
BUCKET = SimpleNamespace(urn="urn", _type="aws:s3/bucket:Bucket", _name="my-data")
NEUTRAL = [
    compute.local(),
    compute.serverless(memory_mib=512),
    compute.container(image="analytics:1.4", cpu=4),
    compute.vm(config=EC2Config(instance_type="t3.large")),
    compute.cluster(config=SparkConfig(master="local[*]")),
]


def bound(resource: Any) -> Any:
    @task(compute=resource)
    def work() -> None: ...

    return work


@pytest.mark.parametrize("resource", NEUTRAL, ids=lambda resource: resource.spec.kind)
def test_neutral_compute_takes_the_cloud_of_its_pipeline(resource: ComputeResource) -> None:
    @AWS.serverless().task
    def anchor() -> None: ...

    alone = Pipeline([bound(resource)]).graph.scope
    together = Pipeline([bound(resource), anchor]).graph.scope

    assert (alone.cloud, together.cloud) == ("local", "aws")


@pytest.mark.parametrize("resource", NEUTRAL, ids=lambda resource: resource.spec.kind)
def test_on_this_machine_every_kind_runs(resource: ComputeResource) -> None:
    ran: list[str] = []

    @task(compute=resource, dry_run=False)
    def work() -> None:
        ran.append("here")

    Pipeline([work]).run()

    assert ran == ["here"]


def test_both_spellings_mean_one_thing() -> None:
    assert compute.container(image="a", memory=4096, timeout=60) == compute.container(
        image="a", memory_mib=4096, timeout_s=60
    )
    with pytest.raises(DefinitionError, match="GLC107"):
        compute.serverless(memory=1, memory_mib=1)


def test_a_task_without_compute_is_a_function_with_the_usual_memory_and_time() -> None:
    assert bound(None).compute == AWS.serverless().spec


def test_serverless_of_a_cloud_is_configured_by_its_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    made = compute.Serverless(memory=512, timeout=300, provider="aws")

    assert made.scope == Provider(config=AwsConfig(region="eu-central-1")).config.scope
    assert compute.Serverless(memory=512, provider=AWS).scope == AWS.config.scope
    assert compute.Serverless(memory=512).scope is None
    with pytest.raises(DefinitionError, match="no cloud that Glacier knows"):
        compute.Serverless(provider="ovh")


def test_what_one_cloud_adds_waits_for_the_cloud() -> None:
    resource = compute.serverless(config=LambdaConfig(ephemeral_storage_mib=2048))
    manifest = Pipeline([bound(resource)]).compile(AwsTarget(region="eu-west-1")).manifest

    (entry,) = manifest.tasks
    assert entry.compute.model_dump()["config"]["ephemeral_storage_mib"] == 2048


def test_a_function_of_pulumi_runs_tasks() -> None:
    assert bound(FUNCTION).compute.resource.name == "my-function"


@pytest.mark.parametrize("given", ["databricks", 512, BUCKET, AWS, GCSConfig()])
def test_what_runs_no_tasks_is_refused_where_it_is_given(given: Any) -> None:
    with pytest.raises(DefinitionError, match="GLC213"):
        bound(given)


def test_a_local_task_of_a_pipeline_for_a_cloud_is_reported_there_and_runs_here() -> None:
    pipeline = Pipeline([bound(compute.local())])

    assert pipeline.validate().ok
    with pytest.raises(InvalidPipelineError, match="GLC310"):
        pipeline.compile(AwsTarget(region="eu-west-1"))
