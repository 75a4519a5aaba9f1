"""What EMR Serverless does not have, and engines that nothing is generated for, are refused before a file is written."""

from __future__ import annotations

from typing import Any

import pytest
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime.config import (
    DaskConfig,
    EmrConfig,
    RayConfig,
    SparkConfig,
)
from glacier_runtime.config.compute import ClusterSpec
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.pipelines import SPARK, manifest_of


def on(*configs: Any, name: str = "score") -> Manifest:
    """Return a pipeline whose first tasks run on clusters."""
    manifest = manifest_of("chain")
    tasks = [
        task.model_copy(update={"compute": ClusterSpec(config=config)})
        for task, config in zip(manifest.tasks, configs, strict=False)
    ]
    tasks[0] = tasks[0].model_copy(update={"name": name})
    rest = manifest.tasks[len(tasks) :]
    renamed = [
        task.model_copy(
            update={"depends_on": tuple(name if it == "clean" else it for it in task.depends_on)}
        )
        for task in (*tasks[1:], *rest)
    ]
    return manifest.model_copy(update={"tasks": (tasks[0], *renamed)})


def told(*configs: Any, name: str = "score") -> str:
    with pytest.raises(GenerationError) as caught:
        aws_files(on(*configs, name=name))
    assert set(caught.value.codes) == {"GLC802"}
    return str(caught.value)


def emr(**options: Any) -> EmrConfig:
    return EmrConfig.model_validate({"release": "emr-7.5.0", "image": SPARK} | options)


def test_what_emr_serverless_has_is_generated() -> None:
    files = aws_files(on(emr()))

    assert 'source = "./modules/emr_task"' in files["infra/tasks.tf"]
    assert 'source = "./modules/emr_application"' in files["infra/clusters.tf"]


@pytest.mark.parametrize(
    ("options", "fault", "way_out"),
    [
        ({"cluster_id": "j-1A2B3C"}, "runs on cluster j-1A2B3C", "leave cluster_id= out"),
        ({"instance_type": "m5.xlarge"}, "machines of type m5.xlarge", "driver_cpu="),
        ({"num_workers": 4}, "asks for 4 workers", "make partitions"),
        ({"release": None}, "names no release", 'release="emr-7.5.0"'),
        ({"release": "emr-6.15.0"}, "runs on emr-6.15.0", "emr-7.0.0 or newer"),
        ({"image": None}, "names no image", "docs/clusters.md"),
        (
            {"driver_cpu": 1, "driver_memory_mib": 16_384},
            "16384 MiB beside 1 processors",
            "ask for one of 2048, 3072",
        ),
        ({"driver_cpu": 8, "driver_memory_mib": 17_408}, "17408 MiB beside 8", "16384, 20480"),
    ],
)
def test_what_emr_serverless_lacks_is_refused_with_the_way_out(
    options: dict[str, Any], fault: str, way_out: str
) -> None:
    text = told(emr(**options))

    assert fault in text
    assert way_out in text


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = told(EmrConfig(cluster_id="j-1A2B3C", instance_type="m5.xlarge", num_workers=2))

    assert text.count("GLC802") == 5


def test_an_application_has_one_image_and_an_archive_one_kind_of_processor() -> None:
    assert "another image than task 'score'" in told(emr(), emr(image=f"{SPARK[:-1]}c"))
    assert "asks for ARM64, and task 'score' for X86_64" in told(
        emr(), emr(release="emr-7.9.0", architecture="ARM64")
    )
    assert aws_files(on(emr(), emr(release="emr-7.9.0", image=f"{SPARK[:-1]}c")))


def test_a_role_has_no_name_longer_than_iam_takes() -> None:
    manifest = on(emr(), name="s" * 40).model_copy(update={"pipeline": "l" * 30})

    with pytest.raises(GenerationError, match=r"71 characters long; IAM takes 64"):
        aws_files(manifest)


@pytest.mark.parametrize("config", [SparkConfig(), RayConfig(), DaskConfig()])
def test_engines_that_nothing_is_generated_for_are_refused_with_those_that_there_are(
    config: Any,
) -> None:
    text = told(config)

    assert f"runs on {config.type!r}, which is not generated for AWS yet" in text
    assert "provider.serverless(" in text
    assert "EmrConfig(release=..., image=...)" in text
    assert "DatabricksConfig(workspace=..., connection=...)" in text
