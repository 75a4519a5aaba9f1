"""What starts a pipeline when it arrives: which files are listened for, and what is said of a bucket that is somebody else's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.pipelines import lake, manifest_of, provider


def moved(path: str, suffixes: tuple[str, ...] = (), **options: Any) -> Manifest:
    """Return the manifest of a pipeline whose files lie elsewhere."""
    manifest = manifest_of("arriving")
    assert manifest.arrival is not None
    datasets = tuple(
        item.model_copy(update={"path": path, **options}) if item.name == "weather" else item
        for item in manifest.datasets
    )
    arrival = manifest.arrival.model_copy(update={"suffixes": suffixes})
    return manifest.model_copy(update={"datasets": datasets, "arrival": arrival})


@pytest.mark.parametrize(
    ("path", "suffixes", "keys"),
    [
        ("inbox/weather.csv", (".csv",), ("inbox/weather.csv",)),
        ("inbox/weather/", (".csv",), ("inbox/weather/*.csv",)),
        ("inbox/weather/", (".parquet", ".pq"), ("inbox/weather/*.parquet", "inbox/weather/*.pq")),
        ("inbox/weather/", (), ("inbox/weather/*",)),
    ],
)
def test_what_is_listened_for_is_what_a_task_would_read(
    path: str, suffixes: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    arrival = make_plan(moved(path, suffixes)).arrival

    assert arrival is not None
    assert (arrival.keys, arrival.columns) == (keys, {})


def test_a_column_is_read_only_where_a_task_makes_partitions_by_it() -> None:
    without, keyed = (
        make_plan(manifest).arrival
        for manifest in (
            moved("in/deep/down/", (".csv",), partition_by=("region", "day")),
            manifest_of("arriving_days"),
        )
    )

    assert without is not None
    assert keyed is not None
    assert (without.keys, without.columns) == (("in/deep/down/region=*/day=*/*.csv",), {})
    assert keyed.columns == {"day": 2}


def test_runs_that_wait_are_one_unless_each_has_a_partition_of_its_own() -> None:
    overlaps = []
    for name in ("arriving", "arriving_days"):
        manifest = manifest_of(name)
        assert manifest.arrival is not None
        for overlap in ("queue", "allow"):
            entry = manifest.arrival.model_copy(update={"overlap": overlap})
            plan = make_plan(manifest.model_copy(update={"arrival": entry}))
            assert plan.arrival is not None
            overlaps.append(plan.arrival.overlap)

    assert overlaps == ["latest", "allow", "queue", "allow"]


def test_a_bucket_of_somebody_else_is_left_alone_and_its_owner_is_told_what_to_do() -> None:
    theirs = provider.bucket(
        SimpleNamespace(urn="urn:pulumi:…", _type="aws:s3/bucket:Bucket", _name="lake")
    )
    manifest = manifest_of("arriving")
    buckets = tuple(
        bucket.model_copy(update={"existing": theirs.at("x").bucket.existing})
        for bucket in manifest.buckets
    )
    assert {bucket.name for bucket in buckets} == {lake.name}

    ours, files = aws_files(manifest), aws_files(manifest.model_copy(update={"buckets": buckets}))

    assert "tells_of_objects = true" in ours["infra/storage.tf"]
    assert "tells_of_objects" not in files["infra/storage.tf"]
    assert "must tell EventBridge of its objects" in files["infra/README.md"]
    assert "must tell EventBridge" not in ours["infra/README.md"]


@pytest.mark.parametrize(
    ("dataset", "fault"),
    [("nothing", "which is no dataset in a bucket"), ("hourly", "which it writes itself")],
)
def test_a_manifest_that_contradicts_itself_is_refused(dataset: str, fault: str) -> None:
    manifest = manifest_of("arriving")
    assert manifest.arrival is not None
    entry = manifest.arrival.model_copy(update={"dataset": dataset})

    with pytest.raises(GenerationError, match=fault):
        make_plan(manifest.model_copy(update={"arrival": entry}))


def test_a_column_whose_name_no_rule_takes_is_refused_before_a_file_is_written() -> None:
    with pytest.raises(GenerationError, match=r"letters, digits and \._=- alone"):
        aws_files(moved("inbox/", (".csv",), partition_by=("größe",)))
