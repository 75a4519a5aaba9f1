"""Document 003, the correct architecture: one provider class, resources as objects, tasks bound to them."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from glacier_runtime import Provider
from glacier_runtime.storage.stores import TEST_FOLDER
from tests.run_task.emulated_s3 import EmulatedS3
from tests.seeds.documents import named
from tests.seeds.renames import renamed
from tests.seeds.stories import Story, edges, level_names, names

AWS = 'provider = Provider(config=AwsConfig(region="us-east-1"))'


def test_there_is_no_provider_class_for_each_cloud(story: Story) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"glacier_runtime\.providers"):
        story("003/1")


def test_one_provider_class_stands_for_every_cloud(story: Story) -> None:
    code = renamed(named("003/2"))
    told = story("003/2")

    assert code.count("Provider(config=") == 3
    assert type(told.provider) is Provider
    assert told.provider.cloud == "azure"


WRONG = [
    pytest.param(piece, id=f"{block} {number}")
    for block in ("003/3", "003/9", "004/9", "004/11")
    for number, piece in enumerate(re.split(r"(?m)^# .+ WRONG: .+$", renamed(named(block))))
    if piece.strip()
]


@pytest.mark.parametrize("piece", WRONG)
def test_there_is_no_environment_and_no_executor_by_name(story: Story, piece: str) -> None:
    with pytest.raises(
        (AttributeError, NameError, TypeError),
        match=r"'Provider' object has no attribute 'task'|unexpected keyword argument 'executor'|'GlacierEnv'",
    ):
        story(AWS, "env = provider", piece)


def test_a_cluster_is_an_object_that_tasks_are_bound_to(story: Story) -> None:
    told = story(AWS, "003/4")

    assert told.my_task.compute is told.databricks_exec.spec
    assert told.my_task.compute.kind == "cluster"
    assert told.my_task.cloud == "aws"


def test_a_provider_makes_storage_and_execution_resources(story: Story) -> None:
    told = story("003/5")

    assert [made.spec.kind for made in resources(told)] == [
        "local",
        "serverless",
        "cluster",
        "cluster",
        "vm",
    ]
    assert str(told.bucket) == "my-data:file.parquet"
    assert names(told.my_pipeline.tasks) == ["process_data"]
    assert told.my_pipeline.to_dict()["sources"] == ["file"]


def resources(told: ModuleType) -> list[Any]:
    """Return the execution resources of a story, in the order in which the seeds make them."""
    made = ("local_exec", "lambda_exec", "databricks_exec", "spark_exec", "vm_exec", "ec2_exec")
    return [getattr(told, name) for name in made if hasattr(told, name)]


def test_one_bucket_method_makes_what_its_config_says(story: Story, any_cloud: Path) -> None:
    write(any_cloud / "my-container" / "data.parquet", value=[1, 2])

    told = story("003/6")

    assert told.data.collect()["value"].to_list() == [1, 2]
    assert told.bucket.spec.scope.cloud == "azure"
    assert told.bucket.spec.config_for("azure").tier == "hot"


@pytest.fixture
def any_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let every bucket, of whatever cloud, be a folder here, as the runtime does for tests."""
    monkeypatch.setenv(TEST_FOLDER, str(tmp_path / "buckets"))
    return tmp_path / "buckets"


def write(file: Path, **columns: list[object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(columns).write_parquet(file)


def test_execution_resources_carry_what_their_config_says(story: Story) -> None:
    told = story(AWS, "003/7")

    local, function, cluster, machine = (item.spec.resolved("aws") for item in resources(told))
    assert local.kind == "local"
    assert (function.memory_mib, function.timeout_s) == (1024, 300)
    assert function.config.runtime == "python3.11"
    assert (cluster.config.cluster_id, cluster.config.num_workers) == ("cluster-123", 4)
    assert (machine.config.instance_type, machine.config.ami) == ("t3.large", "ami-12345")


def test_tasks_are_bound_to_resources_and_stay_functions(story: Story) -> None:
    told = story("003/8")

    assert told.ml_inference(pl.LazyFrame({"x": [1]})).collect().rows() == [(1, 0.85)]
    assert told.save_results(pl.LazyFrame({"x": [1]})) is None
    assert pl.read_parquet("output.parquet").rows() == [(1,)]
    assert told.ml_inference.compute.kind == "cluster"
    assert told.load_data.compute.kind == "local"


def test_a_traced_pipeline_reads_and_writes_s3(
    story: Story, s3: dict[str, str], emulator: EmulatedS3
) -> None:
    put(emulator, s3["data"], "raw.parquet", value=[-1, 2])

    told = story("003/10")

    assert level_names(told.etl_pipeline) == [{"extract"}, {"transform"}, {"load"}]
    assert told.result.collect()["value"].to_list() == [2]
    assert pl.read_parquet(emulator.read(s3["data"], "output.parquet"))["value"].to_list() == [2]


def put(emulator: EmulatedS3, bucket: str, key: str, **columns: list[object]) -> None:
    write(Path("local.parquet"), **columns)
    emulator.put(bucket, key, Path("local.parquet").read_bytes())


@pytest.mark.parametrize("cloud", ["local", "aws", "azure", "gcp"])
def test_the_cloud_is_chosen_by_configuration_alone(
    story: Story, monkeypatch: pytest.MonkeyPatch, any_cloud: Path, cloud: str
) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", cloud)
    write(any_cloud / "data" / "file.parquet", value=[7])

    told = story("003/11")

    assert told.provider.cloud == told.bucket.spec.scope.cloud == cloud
    assert told.process.compute.kind == "local"
    assert told.process(told.bucket).collect()["value"].to_list() == [7]


def test_a_local_pipeline_runs_and_prints_its_rows(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    write(Path("data/data/input.parquet"), value=[-1, 5])

    told = story("003/12")

    assert edges(told.simple_pipeline) == {("load", "transform")}
    assert capsys.readouterr().out == f"{pl.DataFrame({'value': [5]})}\n"


def test_one_pipeline_runs_on_resources_of_every_kind(
    story: Story, s3: dict[str, str], emulator: EmulatedS3
) -> None:
    put(emulator, s3["data-lake"], "raw/data.parquet", value=[1, None])

    told = story("003/13")

    assert [task.compute.kind for task in told.ml_pipeline.get_execution_order()] == [
        "local",
        "serverless",
        "cluster",
        "local",
    ]
    assert told.result.collect().rows() == [(1, 0.9)]
    assert pl.read_parquet("output.parquet").rows() == [(1, 0.9)]
