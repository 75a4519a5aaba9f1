"""The page: what matters is on it, data that goes is shouted first, and what is long is counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.artefacts.built import Built
from glacier_generators.deploying.clouds import CLOUDS
from glacier_generators.deploying.comparison import compare
from glacier_generators.deploying.costs import estimate
from glacier_generators.deploying.images import Image
from glacier_generators.deploying.page import page
from glacier_generators.deploying.plan_reading import read_plan
from glacier_generators.deploying.planning import Planned
from glacier_generators.deploying.prices import read_prices
from glacier_generators.deploying.roots import Root, Saved, StateHome
from glacier_generators.deploying.terraform_command import Terraform

from glacier_runtime.deployment import Rights, rights_between
from glacier_runtime.manifest import Manifest
from tests.deploying.plans import document, resource, resource_change
from tests.deploying.test_comparison import changed, without
from tests.generators.pipelines import manifest_of

NOW = manifest_of("diamond")
LAKE = "module.bucket_lake.aws_s3_bucket.this"
NO_RIGHTS = Rights((), ())


def planned(
    *changes: Any,
    before: Manifest | None = NOW,
    after: Manifest = NOW,
    image: Image | None = None,
) -> Planned:
    aws, root = CLOUDS["aws"], Path("/project")
    plan = read_plan(
        document(*changes, planned=(resource("m.aws_s3_bucket.this"),)), aws.data_kinds
    )
    nothing: Any = {"files": 1, "parts": (), "left_out": (), "removed": (), "notes": ()}
    built = Built(
        root=root,
        pipeline=after.pipeline,
        runtime="python3.12",
        architecture="x86_64",
        archive=root / "build" / "diamond-0.zip",
        image=None,
        image_uri=None,
        too_large=False,
        sha256="0" * 64,
        settings=None,
        next_steps=(),
        size_bytes=1,
        unpacked_bytes=1,
        own_bytes=1,
        **nothing,
    )
    return Planned(
        manifest=after,
        previous=before,
        no_previous="" if before else "nothing is deployed",
        cloud=aws,
        root=Root(root / "infra", Terraform("t", "Terraform", (1, 9, 0)), (), aws.data_kinds),
        saved=Saved(root / "plan", plan, has_changes=bool(changes)),
        bootstrap=None,
        home=StateHome("s3", "default"),
        built=built,
        image=image,
        comparison=compare(before, after),
        estimate=estimate(plan.planned, after, read_prices("aws")),
    )


def test_data_that_goes_is_shouted_before_anything_else() -> None:
    text = page(
        planned(
            resource_change("module.task_clean.aws_iam_role.this", ["update"]),
            resource_change(LAKE, ["delete", "create"], replace_paths=[["bucket"]]),
        ),
        NO_RIGHTS,
    )

    second = text.splitlines()[1]
    assert (
        second
        == f"!!! DATA WILL BE LOST: {LAKE} is to be REPLACED by an empty one (because of bucket)"
    )
    assert f"± {LAKE}  (bucket)  !!! WITH ITS DATA" in text
    assert "0 to create, 1 to change, 1 to replace, 0 to destroy" in text


def test_tasks_columns_and_rights_are_told() -> None:
    task = NOW.tasks[0]
    before = without(changed(NOW, "tasks", task.name, retries=9), "compare")

    text = page(planned(before=before), rights_between(before, NOW))

    assert "1 added, 1 changed, 0 removed, 2 as before" in text
    assert f"  ~ {task.name}  retries 9 → {task.retries}" in text
    assert "  + task compare  s3:GetObject  lake:" in text
    assert "0 lost" in text


def test_a_first_deployment_says_so_and_a_lonely_state_too() -> None:
    first = replace(planned(before=None), home=StateHome("local", "default"))

    text = page(first, rights_between(None, NOW))

    assert "compared to nothing: nothing is deployed" in text
    assert "The state is a file on this machine" in text
    assert "4 added" in text


def test_it_stays_one_page_whatever_is_to_be_done() -> None:
    many = [resource_change(f"module.m{n}.aws_iam_role.this", ["create"]) for n in range(500)]

    text = page(planned(*many, before=None), rights_between(None, NOW))

    assert "and 488 more" in text
    assert len(text.splitlines()) < 70


def test_costs_come_with_their_assumptions() -> None:
    text = page(planned(), NO_RIGHTS)

    assert "costs      $0.00 to $0.00 a month" in text
    assert "assumed: 0 runs a month, for there is no schedule" in text
    assert "prices: us-east-1, as of " in text


@pytest.mark.parametrize("before", [NOW, None])
def test_the_same_is_told_as_data(before: Manifest | None) -> None:
    data = planned(resource_change(LAKE, ["delete"]), before=before).to_dict()

    assert data["resources"] == [
        {"address": LAKE, "action": "destroy", "attributes": [], "loses_data": True}
    ]
    assert data["compared_to"] == ("what is deployed" if before else "nothing is deployed")


def test_an_image_is_told_with_whether_it_is_there() -> None:
    address = "registry.example.org/diamond-code:0000000000000000"
    image = Image(address, Path("/project/build/image"), "x86_64", True, False)

    to_do, done = planned(image=image), planned(image=replace(image, is_pushed=True))

    assert f"image      {address}, to be built by docker, and pushed\n" in page(to_do, NO_RIGHTS)
    assert f"image      {address}, is there\n" in page(done, NO_RIGHTS)
    assert to_do.to_dict()["image"] == {"address": address, "pushed": False}
