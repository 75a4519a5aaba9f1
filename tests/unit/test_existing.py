"""Buckets that Pulumi made: known by what they look like, referred to, never created again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig, GcpConfig, LocalConfig
from glacier_runtime.config.existing import existing_resource
from glacier_runtime.errors import DefinitionError
from glacier_runtime.graph import build_graph
from glacier_runtime.manifest_building import build_manifest
from tests.unit.builders import task

AWS = Provider(config=AwsConfig(region="eu-west-1"))


class Output:
    """Like Pulumi's: known when the program has run, and every attribute of it is another."""

    def __getattr__(self, name: str) -> Output:
        return Output()


class PulumiBucket:
    """What `pulumi_aws.s3.Bucket("my-data")` looks like from outside."""

    pulumi_type = "aws:s3/bucket:Bucket"

    def __init__(self, name: str, kind: str = pulumi_type) -> None:
        self._name = name
        self._type = kind
        self.urn = Output()
        self.id = Output()
        self.bucket = Output()

    @property
    def pulumi_resource_type(self) -> str:
        return self._type

    @property
    def pulumi_resource_name(self) -> str:
        return self._name


def fault(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(DefinitionError) as caught:
        act()
    (problem,) = caught.value.problems
    return problem.code.code, problem.message


def test_an_object_of_pulumi_is_known_by_its_urn_type_and_name() -> None:
    found = existing_resource(PulumiBucket("my-data"))

    assert found is not None
    assert (found.tool, found.type, found.name) == ("pulumi", "aws:s3/bucket:Bucket", "my-data")
    assert found.cloud == "aws"


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "my-data",
        Output(),
        SimpleNamespace(_type="aws:s3/bucket:Bucket", _name="my-data"),
        SimpleNamespace(urn="x", _type=Output(), _name=Output()),
        SimpleNamespace(urn="x", _type="no type", _name="my-data"),
        SimpleNamespace(urn="x", _type='aws:s3/bucket:Bucket"', _name="my-data"),
        SimpleNamespace(urn="x", _type="aws:s3/bucket:Bucket", _name="${jndi}"),
    ],
)
def test_nothing_else_is_taken_for_one(value: object) -> None:
    assert existing_resource(value) is None


def test_a_dataset_is_stored_in_a_bucket_of_pulumi_under_its_own_name() -> None:
    raw = Dataset("raw", storage=PulumiBucket("my-data"))

    assert raw.storage is not None
    assert str(raw.storage) == "my-data:raw.parquet"
    assert raw.storage.bucket.cloud == "local"
    assert raw.storage.bucket.existing == existing_resource(PulumiBucket("my-data"))


def test_a_dataset_in_a_bucket_of_pulumi_belongs_to_the_cloud_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", "aws")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    raw = Dataset("raw", storage=PulumiBucket("my-data"))

    assert raw.storage is not None
    assert raw.storage.bucket.scope == AWS.config.scope


def test_a_provider_names_places_in_a_bucket_of_pulumi() -> None:
    lake = AWS.bucket(PulumiBucket("my-data"))

    assert str(lake.at("clean/flights/")) == "my-data:clean/flights/"
    assert lake == AWS.bucket(bucket=PulumiBucket("my-data"))
    assert AWS.bucket(PulumiBucket("my-data"), path="raw.csv") == lake.at("raw.csv")


def test_the_manifest_says_who_owns_the_bucket() -> None:
    lake = AWS.bucket(PulumiBucket("my-data"))
    clean = Dataset("clean", storage=lake.at("clean.parquet"))
    graph = build_graph([task("wash", writes=[clean], on=AWS.serverless())])

    (bucket,) = build_manifest("flights", graph, "", None).buckets

    assert bucket.model_dump()["existing"] == {
        "tool": "pulumi",
        "type": "aws:s3/bucket:Bucket",
        "name": "my-data",
    }


def test_the_same_bucket_given_twice_is_one() -> None:
    lake = PulumiBucket("my-data")
    one, two = Dataset("one", storage=lake), Dataset("two", storage=lake)
    local = Provider(config=LocalConfig()).local()

    pipeline = Pipeline(
        name="both",
        tasks=[task("make", writes=[one], on=local), task("also", writes=[two], on=local)],
    )

    assert pipeline.validate(columns=False).ok
    assert len(pipeline.manifest.buckets) == 1


@pytest.mark.parametrize(
    ("act", "code", "message"),
    [
        (
            lambda: Provider(config=GcpConfig(project_id="my-project")).bucket(PulumiBucket("x1")),
            "GLC107",
            "is aws:s3/bucket:Bucket, and the provider is of gcp",
        ),
        (lambda: AWS.bucket(PulumiBucket("My-Data")), "GLC101", "My-Data"),
        (lambda: Dataset("raw", storage=3), "GLC105", "stored in int"),  # type: ignore[arg-type]
        (lambda: Dataset("raw", storage="data/raw"), "GLC105", "stored in str"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_bucket_here_is_refused(
    act: Callable[[], object], code: str, message: str
) -> None:
    found, text = fault(act)

    assert found == code
    assert message in text


def test_no_pulumi_is_imported_to_know_one() -> None:
    program = (
        "import sys\n"
        "from glacier_runtime.config.existing import existing_resource\n"
        "existing_resource(object())\n"
        "print([name for name in sys.modules if name.startswith('pulumi')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
