"""What Fargate does not have, and what cannot be started, is refused before a file is written."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import pytest
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig, CloudRunJobConfig
from glacier_runtime.config.compute import ContainerSpec
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.foreign import manifest_of_graph
from tests.generators.graphs import shaped


def test_a_container_that_fargate_does_not_have_is_refused_with_those_it_has() -> None:
    provider = Provider(config=AwsConfig(region="eu-central-1"))
    lake = provider.bucket("lake")
    made = Dataset("made", storage=lake.at("made.parquet"))

    @provider.container(cpu=0.25, memory_mib=2048).task(name="t" * 40)
    def make() -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [1]})

    manifest = Pipeline(name="l" * 20, tasks=[make]).manifest
    entry = manifest.tasks[0]
    odd = ContainerSpec(cpu=3, memory_mib=1000, config=CloudRunJobConfig())
    large = ContainerSpec(cpu=0.25, memory_mib=4096)

    def told(compute: ContainerSpec) -> str:
        task = entry.model_copy(update={"compute": compute})
        with pytest.raises(GenerationError) as caught:
            aws_files(manifest.model_copy(update={"tasks": (task,)}))
        assert set(caught.value.codes) == {"GLC802"}
        return str(caught.value)

    assert "61 characters long; its roles leave 54" in told(odd)
    assert "asks for 3 processors; Fargate has 0.25" in told(odd)
    assert "configured by gcp.cloud_run_job, which is not Fargate" in told(odd)
    assert "asks for 4096 MiB beside 0.25 processors; Fargate has 512 to 2048 there" in told(large)


def test_more_containers_than_one_role_can_start_are_several_state_machines() -> None:
    def of(count: int) -> Manifest:
        manifest = manifest_of_graph(shaped("chain", count))
        tasks = [it.model_copy(update={"compute": ContainerSpec()}) for it in manifest.tasks]
        return manifest.model_copy(update={"tasks": tuple(tasks)})

    files = aws_files(of(240))

    assert (
        len(files["infra/workflow.asl.json"]) < 1_048_576 * 2
    )  # it is encoded anew, without spaces
    assert [path for path in files if "workflow_from" in path] == []
    parts = [path for path in aws_files(of(241)) if "workflow_from" in path]
    assert len(parts) > 1


def test_a_container_that_was_renamed_keeps_what_is_called_by_its_first_name() -> None:
    manifest = manifest_of_graph(shaped("chain", 1))
    (entry,) = manifest.tasks
    changes = {"name": "later", "renamed_from": ("first",), "compute": ContainerSpec()}
    task = entry.model_copy(update=changes)

    files = aws_files(manifest.model_copy(update={"tasks": (task,)}))

    assert 'module "task_later"' in files["infra/tasks.tf"]
    assert '"${local.name}-first"' in files["infra/tasks.tf"]
    assert 'task       = "later"' in files["infra/tasks.tf"]
    assert "module.task_first" in files["infra/moved.tf"]
