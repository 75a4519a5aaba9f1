"""Whatever a manifest says: a clear refusal, or files that mean what the manifest does and nothing else."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.terraform.aws.target import aws_files
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from glacier_runtime.errors import Code, GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.foreign import bucket
from tests.generators.hostile import PLACES, TEXTS, combined, full
from tests.generators.reading import parsed
from tests.generators.test_golden import static_files
from tests.terraform.harness import fmt_check

STATIC = static_files()


def generated(data: dict[str, Any]) -> dict[str, str] | None:
    """Return what is written for a manifest, apart from static files; None if it is refused."""
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError:
        return None
    try:
        files = aws_files(manifest)
    except GenerationError as error:
        refusal = error
    else:
        return {path: text for path, text in files.items() if STATIC.get(path) != text}
    codes = {problem.code for problem in refusal.problems}
    assert codes <= {Code.BAD_MANIFEST, Code.NOT_GENERATABLE}
    assert all(problem.fix for problem in refusal.problems)
    assert len(str(refusal)) < 2000, "a message is there to be read"
    return None


EXPECTED = generated(full())
assert EXPECTED is not None


def blocks(files: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return what each file declares: how many blocks of each kind, whatever they are called."""
    return {path: counted(text) for path, text in files.items() if path.endswith(".tf")}


@cache
def counted(text: str) -> dict[str, int]:
    return {
        kind: len(found)
        for kind, found in parsed(text).items()
        if isinstance(found, list) and kind != "__comments__"
    }


def shape(value: Any) -> Any:
    """Return what remains of JSON when its texts are forgotten, and objects' keys with them."""
    if isinstance(value, dict):
        return sorted((shape(item) for item in value.values()), key=repr)
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def filled(template: str) -> Any:
    """Read a state machine as Terraform does, with every placeholder filled in."""
    plain = re.sub(r"(?<!\$)\$\{[a-z_.0-9-]+\}", "filled", template)
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", plain.replace("$${", "").replace("%%{", ""))
    return json.loads(plain.replace("$${", "${").replace("%%{", "%{"))


def without_comments(machine: Any) -> Any:
    if isinstance(machine, dict):
        return {key: without_comments(item) for key, item in machine.items() if key != "Comment"}
    return [without_comments(item) for item in machine] if isinstance(machine, list) else machine


def assert_tables_are_whole(page: str) -> None:
    rows = [re.sub(r"\\.", "", line) for line in page.split("\n")]
    tables = [row.count("|") for row in rows if row.startswith("|")]
    assert Counter(tables).keys() == {6, 5, 4, 3}, "a row has another number of columns"
    assert "\r" not in page
    assert len(rows) < 140


def assert_harmless(files: Mapping[str, str]) -> None:
    assert EXPECTED is not None
    assert files.keys() == EXPECTED.keys()
    assert blocks(files) == blocks(EXPECTED)
    machine = without_comments(filled(files["infra/workflow.asl.json"]))
    assert shape(machine) == shape(without_comments(filled(EXPECTED["infra/workflow.asl.json"])))
    assert_tables_are_whole(files["infra/README.md"])
    for path, text in files.items():
        assert not re.search(
            "[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text
        ), path


@pytest.mark.parametrize("place", PLACES)
def test_text_in_a_place_is_refused_or_harmless(place: str, tmp_path: Path) -> None:
    written: set[str] = set()
    for text in TEXTS:
        data = full()
        PLACES[place](data, text)
        files = generated(data)
        if files is None:
            continue
        assert_harmless(files)
        written |= {body for path, body in files.items() if path.endswith((".tf", ".tfvars"))}
    for number, body in enumerate(sorted(written)):
        (tmp_path / f"{number}.tf").write_text(body, encoding="utf-8", newline="")
    assert fmt_check(tmp_path) == ""


@pytest.mark.parametrize("place", ["docstring", "description", "column", "rule", "format", "dtype"])
def test_where_text_is_free_nothing_is_refused(place: str) -> None:
    for text in TEXTS:
        data = full()
        PLACES[place](data, text)
        assert generated(data) is not None


@given(
    st.sampled_from(sorted(PLACES)),
    st.text(st.characters(codec="utf-8"), max_size=300)
    | st.lists(st.sampled_from(TEXTS), max_size=3).map("".join),
)
@settings(max_examples=300)
def test_any_text_in_any_place_is_refused_or_harmless(place: str, text: str) -> None:
    data = full()
    PLACES[place](data, text)

    files = generated(data)

    if files is not None:
        assert_harmless(files)


def test_a_manifest_hostile_in_every_free_place_gives_files_that_say_so_and_no_more() -> None:
    files = generated(combined())

    assert files is not None
    assert blocks(files)["infra/tasks.tf"] == {"module": len(TEXTS)}
    assert_tables_of_many(files["infra/README.md"])


def assert_tables_of_many(page: str) -> None:
    rows = [re.sub(r"\\.", "", line) for line in page.split("\n")]
    assert sum(row.count("|") == 6 for row in rows if row.startswith("| `task_")) == len(TEXTS)


def contradictions() -> dict[str, Any]:
    def first(data: dict[str, Any]) -> dict[str, Any]:
        return data["tasks"][0]  # type: ignore[no-any-return]

    return {
        "it has no tasks": lambda data: data.update(tasks=[]),
        "cloud is 'other'": lambda data: data.update(cloud="other"),
        "task 'first' is declared more than once": lambda data: data["tasks"].append(first(data)),
        "bucket 'lake' is declared more than once": lambda data: data["buckets"].append(
            data["buckets"][0]
        ),
        "lies in bucket 'pond', which is not declared": lambda data: data["datasets"][0].update(
            bucket="pond"
        ),
        "has a bucket without a path": lambda data: data["datasets"][0].update(path=None),
        "touches dataset 'nowhere'": lambda data: first(data).update(
            outputs=[{"dataset": "nowhere", "carrier": "LazyFrame"}]
        ),
        "datasets 'of_first' and 'of_second' overlap in storage": lambda data: [
            data["datasets"][0].update(path="clean/"),
            data["datasets"][1].update(path="clean/second.parquet"),
        ],
        "dataset 'of_first' is written more than once": lambda data: data["tasks"][1].update(
            outputs=first(data)["outputs"]
        ),
        "waits for 'nobody', which does not come before it": lambda data: first(data).update(
            depends_on=["nobody"]
        ),
        "waits for 'second', which does not come before it": lambda data: first(data).update(
            depends_on=["second"]
        ),
        "reads what 'first' makes, and does not wait for it": lambda data: data["tasks"][1].update(
            depends_on=[]
        ),
        "takes parameter 'until', which is not declared": lambda data: first(data).update(
            parameters=["until"]
        ),
    }


@pytest.mark.parametrize("fault", contradictions())
def test_a_manifest_that_contradicts_itself_is_refused(fault: str) -> None:
    data = full()
    contradictions()[fault](data)

    with pytest.raises(GenerationError) as caught:
        aws_files(Manifest.model_validate(data))

    assert {problem.code for problem in caught.value.problems} == {Code.BAD_MANIFEST}
    assert fault in str(caught.value)


def limits() -> dict[str, Any]:
    def compute(data: dict[str, Any], **changes: int) -> None:
        data["tasks"][0]["compute"].update(changes)

    def tags(data: dict[str, Any], **changes: str) -> None:
        data["provider"].update(tags=changes)

    def two_buckets(data: dict[str, Any]) -> None:
        data["buckets"] += [bucket("a-b"), bucket("a_b")]

    def configured(data: dict[str, Any], number: int, **config: str) -> None:
        data["tasks"][number]["compute"]["config"] = {"type": "aws.lambda", **config}

    def existing(data: dict[str, Any], **said: str) -> None:
        data["buckets"][1]["existing"].update(said)

    def key(data: dict[str, Any], arn: str) -> None:
        data["buckets"][0]["config"].update(kms_key_arn=arn)

    def instead(data: dict[str, Any], **compute: Any) -> None:
        data["tasks"][0].update(compute=compute)

    return {
        "Fargate has 512 to 2048 there": lambda data: instead(
            data, kind="container", cpu=0.25, memory_mib=4096
        ),
        "has no machine": lambda data: instead(data, kind="vm"),
        "runs on 'cluster', which is not generated": lambda data: instead(data, kind="cluster"),
        "is configured by gcp.cloud_function": lambda data: configured(
            data, 0, type="gcp.cloud_function"
        ),
        "bucket 'lake' is configured by gcp.gcs": lambda data: data["buckets"][0].update(
            config={"type": "gcp.gcs"}
        ),
        "asks for python3.9, which": lambda data: configured(data, 0, runtime="python3.9"),
        "tasks ask for python3.12 and python3.13": lambda data: configured(
            data, 1, runtime="python3.13"
        ),
        "names its key by the alias": lambda data: key(
            data, "arn:aws:kms:eu-central-1:123456789012:alias/data"
        ),
        "which is no bucket of S3": lambda data: existing(data, type="aws:sqs/queue:Queue"),
        "which is no function of Lambda": lambda data: data["tasks"][2]["compute"][
            "resource"
        ].update(type="aws:s3/bucket:Bucket"),
        "shares function 'my data' with 'third'": lambda data: data["tasks"][1].update(
            compute=data["tasks"][2]["compute"]
        ),
        "names 'nothing' as its region": lambda data: data["provider"].update(region=None),
        "names 'somewhere' as its region": lambda data: data["provider"].update(region="somewhere"),
        "account '42'": lambda data: data["provider"].update(account_id="42"),
        "asks for 901 s": lambda data: compute(data, timeout_s=901),
        "asks for 10241 MiB": lambda data: compute(data, memory_mib=10_241),
        "runs on 'local'": lambda data: data["tasks"][0].update(compute={"kind": "local"}),
        "S3 knows no underscores": two_buckets,
        "S3 takes 63": lambda data: data.update(
            pipeline="p" * 40,
            buckets=[*data["buckets"], bucket("b" * 40)],
        ),
        "Lambda takes 64": lambda data: (
            data.update(pipeline="p" * 40),
            PLACES["task"](data, "t" * 40),
        ),
        "there are 50 tags": lambda data: tags(data, **{f"tag{n}": "" for n in range(50)}),
        "begins with aws:": lambda data: data["provider"].update(tags={"AWS:x": ""}),
        "if one does not look at capital letters": lambda data: tags(data, Owner="a", owner="b"),
        "tag 'pipeline' is there 2 times": lambda data: tags(data, Pipeline="a"),
        "can say only one of them": lambda data: data["schedule"].update(expression="0 0 1 * 1"),
    }


@pytest.mark.parametrize("fault", limits())
def test_what_aws_would_refuse_is_refused_before_anything_is_written(fault: str) -> None:
    data = full()
    limits()[fault](data)

    with pytest.raises(GenerationError) as caught:
        aws_files(Manifest.model_validate(data))

    assert {problem.code for problem in caught.value.problems} == {Code.NOT_GENERATABLE}
    assert fault in str(caught.value)


def test_everything_that_aws_would_refuse_is_said_at_once() -> None:
    data = full()
    data["provider"].update(region=None, account_id="42")
    data["tasks"][0]["compute"].update(timeout_s=901, memory_mib=20_000)

    with pytest.raises(GenerationError) as caught:
        aws_files(Manifest.model_validate(data))

    assert len(caught.value.problems) == 4
