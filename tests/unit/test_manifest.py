"""The manifest: all that a generator may know, in a published form that changes only with the pipeline."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from glacier_runtime import Pipeline, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import DefinitionError, InvalidPipelineError
from glacier_runtime.manifest import Manifest
from glacier_runtime.storage.locations import check_path
from tests.unit.builders import stored, task
from tests.unit.json_schema import violations
from tests.unit.manifest_schema import (
    DATA,
    EXAMPLE,
    PUBLISHED,
    render_manifest,
    render_manifest_schema,
)

REWRITE = "`nox -s regenerate` rewrites it; a reader of version 1 must still understand it"
ROOT = Path(__file__).parents[2]


def example() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return data


def entry(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in entries if item["name"] == name)


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == render_manifest_schema(), REWRITE


def test_the_manifest_of_the_example_is_as_it_was() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == render_manifest(), REWRITE


def test_the_manifest_is_the_same_wherever_and_however_the_code_lies(tmp_path: Path) -> None:
    moved = tmp_path / "somewhere else"
    moved.mkdir()
    source = (DATA / "weather_station.py").read_text(encoding="utf-8")
    (moved / "weather_station.py").write_text("# moved\n" * 40 + source, encoding="utf-8")

    assert render_manifest(moved, hash_seed="1") == render_manifest(hash_seed="2")


def test_the_manifest_knows_nothing_of_the_machine() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    assert str(ROOT) not in text
    assert str(Path.home()) not in text
    assert ".py" not in text
    assert re.findall(r'"/[^"]*"', text) == []
    assert re.findall(r"0x[0-9a-f]+|\d{4}-\d\d-\d\dT", text) == []


def test_the_manifest_keeps_the_published_schema() -> None:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))

    assert violations(example(), schema) == []


@pytest.mark.parametrize(
    ("break_it", "where"),
    [
        (lambda data: data.pop("pipeline"), "pipeline"),
        (lambda data: data.update(manifest_version=2), "manifest_version"),
        (lambda data: data.update(more=1), "more"),
        (lambda data: data["tasks"][0].update(retries="two"), "tasks.0.retries"),
        (lambda data: data["tasks"][0].update(retries=-1), "tasks.0.retries"),
        (lambda data: data["tasks"][0].update(retries=21), "tasks.0.retries"),
        (lambda data: data["tasks"][0]["compute"].update(kind="mainframe"), "tasks.0.compute"),
        (lambda data: data["tasks"][0]["compute"].update(memory_mib=1), "memory_mib"),
        (lambda data: data["datasets"][0].update(columns=None), "datasets.0.columns"),
        (lambda data: data.pop("provider"), "provider"),
        (lambda data: data["provider"].update(profile="work"), "provider.profile"),
        (lambda data: data["buckets"][0].pop("protected"), "buckets.0.protected"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_manifest_is_refused_by_schema_and_model_alike(
    break_it: Callable[[dict[str, Any]], object], where: str
) -> None:
    data = example()
    break_it(data)
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))

    with pytest.raises(ValidationError) as caught:
        Manifest.model_validate(data)

    places = [".".join(map(str, error["loc"])) for error in caught.value.errors()]
    assert any(where in place for place in places)
    assert violations(data, schema) != []


@pytest.mark.parametrize(
    ("expression", "timezone", "fault"),
    [
        ("61 * * * *", "UTC", "has '61' as minute, which must be within 0-59"),
        ("- * * * *", "UTC", "has '-' as minute"),
        ("*/0 * * * *", "UTC", "has '*/0' as minute"),
        ("5-1 * * * *", "UTC", "has '5-1' as minute"),
        ("0 5 * * *", "Mars/Olympus", "time zone 'Mars/Olympus' is unknown"),
    ],
)
def test_a_schedule_that_means_nothing_is_refused(
    expression: str, timezone: str, fault: str
) -> None:
    data = example() | {"schedule": {"expression": expression, "timezone": timezone}}

    with pytest.raises(ValidationError, match=re.escape(fault)):
        Manifest.model_validate(data)


HOSTILE = ('a"b', "a${x}", "a%{x}", "a\nb", "ab\n", "../lake", "a b", "x" * 600, "")


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("pipeline", lambda data, text: data.update(pipeline=text)),
        ("buckets.0.name", lambda data, text: data["buckets"][0].update(name=text)),
        ("datasets.0.name", lambda data, text: data["datasets"][0].update(name=text)),
        ("datasets.0.bucket", lambda data, text: data["datasets"][0].update(bucket=text)),
        ("datasets.0.path", lambda data, text: data["datasets"][0].update(path=text)),
        ("tasks.0.name", lambda data, text: data["tasks"][0].update(name=text)),
        ("tasks.0.depends_on.0", lambda data, text: data["tasks"][0].update(depends_on=[text])),
        ("tasks.0.identity", lambda data, text: data["tasks"][0].update(identity=f"{text}:f")),
        ("tasks.0.inputs.0.dataset", lambda data, text: _first_input(data).update(dataset=text)),
        ("provider.region", lambda data, text: data["provider"].update(region=text)),
        ("schedule.expression", lambda data, text: data["schedule"].update(expression=text)),
        ("schedule.timezone", lambda data, text: data["schedule"].update(timezone=text)),
        (
            "tasks.0.secrets.0.secret",
            lambda data, text: data["tasks"][0].update(
                secrets=[{"parameter": "token", "secret": text}]
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names_that_could_mean_more_than_a_name_are_refused_by_schema_and_model_alike(
    where: str, place: Callable[[dict[str, Any], str], object]
) -> None:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    for text in HOSTILE:
        data = example()
        place(data, text)
        with pytest.raises(ValidationError) as caught:
            Manifest.model_validate(data)

        places = [".".join(map(str, error["loc"])) for error in caught.value.errors()]
        assert any(found.startswith(where) for found in places)
        assert violations(data, schema) != []


def _first_input(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["tasks"][0]["inputs"][0]
    return found


@pytest.mark.parametrize("accepted", ["raw/flights.parquet", "clean/day=2013/", "a" * 200, "x"])
def test_a_path_of_a_manifest_keeps_the_rule_that_buckets_have(accepted: str) -> None:
    data = example()
    data["datasets"][0].update(path=check_path(accepted))

    assert Manifest.model_validate(data).datasets[0].path == accepted


@pytest.mark.parametrize(
    "refused",
    [
        *("/etc", "_glacier/x", "commits/", "runs/a", "a/../b", "a//b", ".a", "a.", "a b"),
        *("a" * 201, "a/" * 257),
    ],
)
def test_a_path_that_a_bucket_refuses_is_refused_in_a_manifest(refused: str) -> None:
    data = example()
    data["datasets"][0].update(path=refused)

    with pytest.raises(DefinitionError):
        check_path(refused)
    with pytest.raises(ValidationError):
        Manifest.model_validate(data)


def test_of_its_configuration_a_manifest_tells_what_resources_need_and_not_who_deploys() -> None:
    config = AwsConfig(
        region="eu-central-1",
        profile="secret-profile",
        account_id="123456789012",
        assume_role_arn="arn:aws:iam::123456789012:role/secret-role",
        tags={"team": "data", "cost": "42"},
    )
    pipeline = Pipeline(name="plain", tasks=[task("make", on=Provider(config=config).serverless())])

    written = pipeline.manifest.model_dump(mode="json")

    assert written["cloud"] == "aws"
    assert written["provider"] == {
        "cloud": "aws",
        "region": "eu-central-1",
        "account_id": "123456789012",
        "tags": {"cost": "42", "team": "data"},
        "resource_group": None,
    }
    assert "secret-" not in json.dumps(written)


def test_a_bucket_is_protected_unless_it_says_otherwise() -> None:
    assert {item["name"]: item["protected"] for item in example()["buckets"]} == {
        "lake": True,
        "drop-box": False,
    }


def test_a_module_whose_name_no_manifest_can_hold_is_said(
    load: Callable[[str], ModuleType],
) -> None:
    module = load("""
        from glacier_runtime import Pipeline, Provider
        from glacier_runtime.config import LocalConfig

        __name__ = "my 'module'"

        @Provider(config=LocalConfig()).local().task
        def ask() -> None: ...

        pipeline = Pipeline(name="asking", tasks=[ask])
        """)

    with pytest.raises(InvalidPipelineError) as caught:
        _ = module.pipeline.manifest

    assert caught.value.codes == ("GLC101",)
    assert "my 'module'" in caught.value.problems[0].message


def test_a_manifest_comes_back_from_json_as_it_was() -> None:
    manifest = Manifest.model_validate_json(EXAMPLE.read_text(encoding="utf-8"))

    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest
    assert manifest.model_dump(mode="json") == example()


def test_tasks_stand_in_the_order_in_which_they_may_run() -> None:
    assert [item["name"] for item in example()["tasks"]] == ["clean", "average", "summarise"]


def test_a_task_is_found_again_by_its_identity() -> None:
    found = entry(example()["tasks"], "summarise")

    assert found["identity"] == "weather_station:write_summary"
    assert found["description"] == "Say it in words."


def test_a_parameter_names_all_tasks_that_take_it() -> None:
    since = entry(example()["parameters"], "since")

    assert (since["type"], since["default"]) == ("datetime.date", "2013-01-01")
    assert since["tasks"] == ["clean", "average"]


def test_the_version_of_the_format_is_said_first() -> None:
    assert next(iter(example().items())) == ("manifest_version", 1)


def test_a_pipeline_without_a_schedule_says_so() -> None:
    pipeline = Pipeline(name="plain", tasks=[task("make", writes=[stored("rows")])])

    assert pipeline.manifest.schedule is None


@pytest.mark.parametrize(
    "parameter",
    [
        "limit: float = float('inf')",
        "limit: Annotated[int, AfterValidator(lambda value: value)] = 1",
        "limit: Annotated[int, Field(ge=0)] = 1",
        "limit: Literal['a', 'b'] = 'a'",
        "limit: list[date] | None = None",
        "limit: Path = Path('data')",
    ],
)
def test_any_parameter_can_be_written_as_strict_json_without_addresses(
    load: Callable[[str], ModuleType], parameter: str
) -> None:
    module = load(f"""
        from datetime import date
        from pathlib import Path
        from typing import Annotated, Literal
        from pydantic import AfterValidator, Field
        from glacier_runtime import Pipeline, Provider
        from glacier_runtime.config import LocalConfig

        @Provider(config=LocalConfig()).local().task
        def ask({parameter}) -> None: ...

        pipeline = Pipeline(name="asking", tasks=[ask])
        """)

    text = json.dumps(module.pipeline.manifest.model_dump(mode="json"), allow_nan=False)

    assert "0x" not in text
