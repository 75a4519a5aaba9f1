"""`glacier iam`, as it is typed: who may do what, why, and what a change would grant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.generators.projects import PIPELINE, Project, git, make_project
from tests.generators.trees import read_tree

ALERTS = "arn:aws:sns:eu-central-1:123456789012:alerts"
GRANTED = (
    PIPELINE.replace("import Dataset, Pipeline", "import Dataset, Grant, Pipeline")
    .replace("@small.task\n", "@small.task(\n    grants=[tell],\n)\n")
    .replace(
        "\nraw =",
        f'\ntell = Grant(actions=["sns:Publish"], resources=["{ALERTS}"], reason="wakes somebody")\nraw =',
    )
)
# `count` no longer reads what `wash` made, but what it read.
READS_RAW = GRANTED.replace(
    "rows: Annotated[pl.LazyFrame, clean]", "rows: Annotated[pl.LazyFrame, raw]"
)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in a folder of a repository, changed since it was committed."""
    repository = tmp_path_factory.mktemp("repository")
    project = make_project(repository / "pipelines" / "laundry")
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "One")
    project.write(READS_RAW)
    return project


def line_of(source: str, text: str) -> str:
    number = next(n for n, line in enumerate(source.splitlines(), start=1) if text in line)
    return f"laundry.py:{number}"


def rights_of(document: dict[str, Any], role: str) -> list[dict[str, Any]]:
    (found,) = [item for item in document["roles"] if item["role"] == role]
    rights: list[dict[str, Any]] = found["rights"]
    return rights


def test_every_role_is_shown_with_who_takes_it_and_why_it_may_do_what(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", GRANTED)

    done = project.glacier("iam", "--json")

    assert done.code == 0, done.errors
    taken = {item["role"]: item["assumed_by"] for item in done.document["roles"]}
    assert taken == {
        "stopped_runs.hear": "events.amazonaws.com on behalf of this account",
        "stopped_runs.tell": "states.amazonaws.com on behalf of this account",
        "task clean": "lambda.amazonaws.com",
        "task count": "lambda.amazonaws.com",
        "workflow": "states.amazonaws.com on behalf of this account",
    }
    (read,) = [
        it for it in rights_of(done.document, "task clean") if it["resource"] == "lake:raw.csv"
    ]
    assert read["actions"] == ["s3:GetObject"]
    assert [(it["text"], it["place"]) for it in read["because"]] == [
        ("parameter 'raw' reads raw", line_of(GRANTED, "def wash"))
    ]
    (by_hand,) = [it for it in rights_of(done.document, "task count") if it["by_hand"]]
    assert (by_hand["statement"], by_hand["resource"]) == ("GrantedByHand1", ALERTS)
    assert [(it["text"], it["place"]) for it in by_hand["because"]] == [
        ("granted by hand: wakes somebody", line_of(GRANTED, "grants=[tell]"))
    ]
    (everything,) = [it for it in rights_of(done.document, "workflow") if it["resource"] == "*"]
    assert "know no resources" in everything["because"][0]["text"]


def test_the_table_says_the_same_and_one_task_can_be_asked_for(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", GRANTED)

    done, unknown = project.glacier("iam", "--task", "count"), project.glacier("iam", "--task", "x")

    assert done.code == 0, done.errors
    assert done.output.startswith("task count, taken by lambda.amazonaws.com\n")
    assert "task clean," not in done.output
    assert f"{ALERTS}" in done.output
    assert "granted by hand: wakes somebody" in done.output
    assert "1 granted by hand, 0 on everything (*)" in done.output
    assert unknown.code == 1
    assert "GLC316" in unknown.errors
    assert "clean, count" in unknown.errors


def test_a_diff_names_what_is_gained_and_lost_and_touches_nothing(changed: Project) -> None:
    before, index = read_tree(changed.root), git(changed.root, "status", "--porcelain", "-uno")

    done = changed.glacier(
        "iam", "--diff", "HEAD", "--json", python=("-B", "-m", "glacier_runtime")
    )

    assert done.code == 0, done.errors
    shown = {
        name: {
            (it["role"], it["action"], it["resource"], it["condition"])
            for it in done.document[name]
        }
        for name in ("gained", "lost")
    }
    listing = ("task count", "s3:ListBucket", "bucket lake")
    assert shown["gained"] == {
        ("task count", "s3:GetObject", "lake:_glacier/raw.csv/*", None),
        ("task count", "s3:GetObject", "lake:raw.csv", None),
        (*listing, "s3:prefix _glacier/raw.csv/*"),
        (*listing, "s3:prefix raw.csv"),
        ("task count", "sns:Publish", ALERTS, None),
    }
    assert shown["lost"] == {
        ("task count", "s3:GetObject", "lake:_glacier/clean.parquet/*", None),
        (*listing, "s3:prefix _glacier/clean.parquet/*"),
    }
    after = {
        path: data for path, data in read_tree(changed.root).items() if "__pycache__" not in path
    }
    assert after == before
    assert git(changed.root, "status", "--porcelain", "-uno") == index
    assert len(git(changed.root, "worktree", "list").splitlines()) == 1


def test_exit_code_fails_only_where_something_is_gained(changed: Project) -> None:
    gains = changed.glacier("iam", "--diff", "HEAD", "--exit-code")
    none = changed.glacier("iam", "--diff", "HEAD", "--exit-code", "--task", "clean")

    assert gains.code == 1
    assert "+ task count" in gains.output
    assert gains.output.endswith("since HEAD: 5 gained, 2 lost\n")
    assert none.code == 0, none.errors
    assert none.output == "since HEAD: 0 gained, 0 lost\n"


def test_a_revision_that_is_not_there_is_said(changed: Project) -> None:
    done = changed.glacier("iam", "--diff", "nowhere")

    assert done.code == 1
    assert "GLC708" in done.errors
