"""What was renamed and says so: its Terraform, its edits and its data follow; what does not say so is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.generating import generate
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.foreign import data_of
from tests.generators.projects import make_project

TASKS, MOVED = "infra/tasks.tf", "infra/moved.tf"


def pipeline(name: str = "second", renamed_from: tuple[str, ...] = (), **changes: Any) -> Manifest:
    """Return a pipeline of two tasks, the second under a name of its own that writes what it always wrote."""
    text = json.dumps(data_of({"first": [], "second": ["first"]}))
    for mark in ('"', ":"):
        text = text.replace(f'{mark}second"', f'{mark}{name}"')
    data = json.loads(text)
    data["tasks"][1] |= {"renamed_from": renamed_from, **changes}
    return Manifest.model_validate(data)


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def call_of(text: str, task: str) -> str:
    return text.partition(f'module "task_{task}"')[2].partition("\n}\n")[0]


def test_a_renamed_task_moves_its_address_and_keeps_what_it_is_called_in_the_cloud() -> None:
    before, after = aws_files(pipeline()), aws_files(pipeline("third", ("second",)))

    assert MOVED not in before
    assert "moved {\n  from = module.task_second\n  to   = module.task_third\n}\n" in after[MOVED]
    old, new = call_of(before[TASKS], "second"), call_of(after[TASKS], "third")
    assert new == old.replace('task        = "second"', 'task        = "third"')
    assert 'name        = "${local.name}-second"' in new


def test_after_two_renames_each_step_is_said_and_the_first_name_is_kept() -> None:
    files = aws_files(pipeline("fourth", ("second", "third")))

    steps = [line.split()[-1] for line in files[MOVED].splitlines() if "module." in line]
    assert steps == [
        "module.task_second", "module.task_third", "module.task_third", "module.task_fourth",
    ]  # fmt: skip
    assert '"${local.name}-second"' in call_of(files[TASKS], "fourth")


def test_edits_of_a_renamed_task_follow_it_with_whatever_refers_to_it(tmp_path: Path) -> None:
    generate(tmp_path, pipeline())
    edit(
        tmp_path,
        TASKS,
        "memory_mib  = 512\n  timeout_s   = 60\n\n  reads = {\n    of_first",
        "memory_mib  = 3072 # measured\n  timeout_s   = 60\n\n  reads = {\n    of_first",
    )
    own = 'output "arn" {\n  value = "${module.task_second.arn} and module.task_secondly.arn"\n}\n'
    (tmp_path / "infra/own.tf").write_text(own, encoding="utf-8")

    done = generate(tmp_path, pipeline("third", ("second",), retries=2))

    assert done.problems == ()
    assert done.offers == ()
    call = call_of((tmp_path / TASKS).read_text(encoding="utf-8"), "third")
    assert "memory_mib  = 3072 # measured" in call
    assert 'task        = "third"' in call
    assert "task_second" not in (tmp_path / TASKS).read_text(encoding="utf-8")
    workflow = (tmp_path / "infra/workflow.tf").read_text(encoding="utf-8")
    assert "    module.task_third,\n" in workflow
    assert (tmp_path / "infra/own.tf").read_text(encoding="utf-8") == own.replace(
        "module.task_second.", "module.task_third."
    )
    assert generate(tmp_path, pipeline("third", ("second",), retries=2)).is_current


def test_a_rename_that_nobody_declared_is_offered_and_an_edit_of_the_old_task_stops_it(
    tmp_path: Path,
) -> None:
    generate(tmp_path, pipeline())
    offer = 'task third looks like second renamed: say renamed_from="second"'

    looked = generate(tmp_path, pipeline("third", description="Other words."), write=False)

    assert [text[: len(offer)] for text in looked.offers] == [offer]
    # Another size, or other data, is another task.
    compute = {"kind": "serverless", "memory_mib": 1024, "timeout_s": 60}
    assert generate(tmp_path, pipeline("third", compute=compute), write=False).offers == ()
    assert generate(tmp_path, pipeline("third", outputs=()), write=False).offers == ()

    edit(tmp_path, TASKS, "timeout_s   = 60", "timeout_s   = 61")
    stopped = generate(tmp_path, pipeline("third"))
    assert [problem.code.code for problem in stopped.problems] == ["GLC807"]
    assert len(stopped.offers) == 1
    assert generate(tmp_path, pipeline("third", ("second",))).problems == ()
    assert "timeout_s   = 61" in call_of((tmp_path / TASKS).read_text(encoding="utf-8"), "third")


def test_two_candidates_are_no_offer(tmp_path: Path) -> None:
    def reading(*names: str) -> Manifest:
        data = data_of({"first": [], **{name: ["first"] for name in names}})
        data["datasets"] = data["datasets"][:1]
        for task in data["tasks"][1:]:
            task["outputs"] = ()
        return Manifest.model_validate(data)

    generate(tmp_path, reading("one", "two"))

    assert generate(tmp_path, reading("one", "three"), write=False).offers != ()
    assert generate(tmp_path, reading("three", "four"), write=False).offers == ()


def test_a_dataset_whose_place_follows_its_name_is_offered_to_stay(tmp_path: Path) -> None:
    def stored(name: str, path: str) -> Manifest:
        text = json.dumps(data_of({"first": [], "second": ["first"]}))
        text = text.replace('"of_first.parquet"', f'"{path}"').replace('"of_first"', f'"{name}"')
        return Manifest.model_validate_json(text)

    generate(tmp_path, stored("of_first", "of_first.parquet"))

    moved = generate(tmp_path, stored("begun", "begun.parquet"), write=False).offers
    kept = generate(tmp_path, stored("begun", "of_first.parquet"), write=False).offers

    assert moved == (
        'dataset begun looks like of_first renamed: say renamed_from="of_first", and it stays where its data lies',
    )
    assert kept == ()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"second": ["first"]}, "task 'first' is said to have another name"),
        ({"first": ["old"], "second": ["old"]}, "task 'old' is said more than once"),
    ],
    ids=["living", "twice"],
)
def test_a_manifest_in_which_names_have_two_owners_is_refused(
    names: dict[str, list[str]], said: str
) -> None:
    data = data_of({"first": [], "second": ["first"]})
    for task in data["tasks"]:
        task["renamed_from"] = names.get(task["name"], [])

    with pytest.raises(GenerationError, match=f"GLC801 .*{said}"):
        aws_files(Manifest.model_validate(data))


def test_a_rename_that_nobody_declared_is_told_by_whoever_looks(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    generate(project.root, pipeline())
    renamed = tmp_path / "manifest.json"
    renamed.write_text(pipeline("third").model_dump_json(), encoding="utf-8")

    told = project.glacier("generate", "--status", "--manifest", str(renamed))

    assert (told.code, told.errors) == (0, "")
    assert 'task third looks like second renamed: say renamed_from="second", and' in told.output
