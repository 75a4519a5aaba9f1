"""Which tasks share a kind of machine, how many of it there may be at once, and what is refused before a file is written."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Annotated

import polars as pl
import pytest
from glacier_generators.terraform.aws.target import aws_files
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Pipeline, Provider
from glacier_runtime.config import AwsConfig, AzureVmConfig, EC2Config
from glacier_runtime.config.compute import VmSpec
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.foreign import manifest_of_graph
from tests.generators.graphs import shaped


def on(*specs: VmSpec, name: str = "letters") -> Manifest:
    """Return a chain of tasks, each on a machine."""
    manifest = manifest_of_graph(shaped("chain", len(specs)))
    tasks = [
        task.model_copy(update={"compute": spec})
        for task, spec in zip(manifest.tasks, specs, strict=True)
    ]
    return manifest.model_copy(update={"tasks": tuple(tasks), "pipeline": name})


def vm(**said: object) -> VmSpec:
    return VmSpec(config=EC2Config.model_validate({"instance_type": "m6i.large", **said}))


def machines_in(manifest: Manifest) -> dict[str, int]:
    """Return how many processors there may be at once, by the module of a machine."""
    text = aws_files(manifest)["infra/machines.tf"]
    found = re.findall(r'module "(\w+)".*?max_vcpus\s+= (\d+)', text, re.DOTALL)
    return {name: int(most) for name, most in found}


def test_tasks_share_a_kind_of_machine_whatever_they_take_of_it() -> None:
    alike = machines_in(on(vm(), vm(cpu=1, memory_mib=1024, timeout_s=60)))
    other = machines_in(on(vm(), vm(disk_gib=100), vm(spot=True)))

    assert alike == {"machine_m6i_large": 4}
    assert len(other) == 3
    assert set(other.values()) == {2}


def test_each_partition_that_is_made_beside_others_may_have_a_machine() -> None:
    class Numbers(BaseModel):
        day: date

    provider = Provider(config=AwsConfig(region="eu-central-1"))
    storage = provider.bucket("lake").at("made/")
    made = Dataset("made", storage=storage, schema=Numbers, partition_by="day")
    config = EC2Config(instance_type="m6i.large", partitions_at_once=3)

    @provider.vm(config=config).task
    def count(day: Partition[date]) -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"day": [day]})

    files = aws_files(Pipeline(name="numbers", tasks=[count]).manifest)

    assert re.search(r"max_vcpus += 6\n", files["infra/machines.tf"])
    definition = json.loads(files["infra/workflow.asl.json"])
    assert "'--partition', $.partition" in json.dumps(definition)


def test_what_batch_and_iam_do_not_take_is_refused_with_the_way_out() -> None:
    def told(*specs: VmSpec, name: str = "letters") -> str:
        with pytest.raises(GenerationError) as caught:
            aws_files(on(*specs, name=name))
        assert set(caught.value.codes) == {"GLC802"}
        return str(caught.value)

    azure = AzureVmConfig(size="Standard_D4s_v5")
    assert "configured by azure.vm, which is no machine of EC2" in told(VmSpec(config=azure))
    assert "has no machine" in told(VmSpec())
    assert "its roles leave 54" in told(vm(disk_gib=40), name="l" * 37)
    assert "not known here what it has" in told(vm(instance_type="x2idn.16xlarge"))
    assert "17 processors of r6i.4xlarge" in told(vm(instance_type="r6i.4xlarge", cpu=17))
