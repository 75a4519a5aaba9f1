"""`glacier generate`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.generators.foreign import data_of
from tests.generators.projects import PIPELINE, Project, make_project
from tests.generators.trees import read_tree

OTHER = PIPELINE.replace('"""Count it."""', '"""Count them."""')
LOOKING = [["--check"], ["--status"], ["--diff"], ["--check", "--diff"], ["--check", "--json"]]


def manifest(folder: Path, **changes: object) -> str:
    """Write a manifest beside the project, and return its path."""
    file = folder / "manifest.json"
    file.write_text(
        json.dumps(data_of({"first": [], "second": ["first"]}) | changes), encoding="utf-8"
    )
    return str(file)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which nothing was generated; tests leave it so."""
    return make_project(tmp_path_factory.mktemp("fresh") / "project")


@pytest.fixture
def generated(tmp_path: Path) -> Project:
    """A project whose infrastructure was generated from a manifest."""
    project = make_project(tmp_path / "project")
    assert project.glacier("generate", "--manifest", manifest(tmp_path)).code == 0
    return project


def test_generate_writes_and_says_what_and_the_second_time_there_is_nothing_to_do(
    tmp_path: Path,
) -> None:
    project = make_project(tmp_path / "project")

    first, second = project.glacier("generate"), project.glacier("generate")

    assert (first.code, second.code) == (0, 0)
    assert "wrote infra/tasks.tf\n" in first.output
    assert second.output.endswith(" generated files, all up to date\n")
    assert second.output.count("\n") == 1
    assert project.glacier("generate", "--check").code == 0
    assert (project.root / "infra/tasks.tf").is_file()


@pytest.mark.parametrize("options", LOOKING, ids=" ".join)
def test_who_only_looks_writes_nothing(options: list[str], fresh: Project, tmp_path: Path) -> None:
    before = read_tree(fresh.root)

    done = fresh.glacier("generate", *options, "--manifest", manifest(tmp_path))

    assert done.code == (1 if "--check" in options else 0), done.errors
    assert read_tree(fresh.root) == before


def test_check_fails_and_shows_the_difference_when_the_code_has_changed(
    generated: Project, tmp_path: Path
) -> None:
    before = read_tree(generated.root)
    data = data_of({"first": [], "second": ["first"]})
    data["tasks"][0]["description"] = "It counts."

    checked = generated.glacier("generate", "--check", "--manifest", manifest(tmp_path, **data))

    assert checked.code == 1
    assert '+  description = "It counts."' in checked.output
    assert checked.output.endswith("3 files would change; glacier generate changes them\n")
    assert read_tree(generated.root) == before


def test_an_edit_is_kept_listed_and_stops_only_what_would_have_to_change_it(
    generated: Project, tmp_path: Path
) -> None:
    edited = generated.root / "infra/tasks.tf"
    edited.write_text(edited.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    same = manifest(tmp_path)

    again = generated.glacier("generate", "--manifest", same)
    checked = generated.glacier("generate", "--check", "--manifest", same)
    status = generated.glacier("generate", "--status", "--manifest", same)

    assert (again.code, checked.code, status.code) == (0, 0, 0)
    assert "left as it is (edited by hand): infra/tasks.tf" in again.output
    assert "edited   infra/tasks.tf" in status.output

    # What else is changed by hand is merged with what the code asks for.
    other = manifest(tmp_path, **data_of({"first": []}))
    assert generated.glacier("generate", "--check", "--manifest", other).code == 1
    shown = generated.glacier("generate", "--status", "--manifest", other)
    assert "edited   infra/tasks.tf, to merge" in shown.output
    merged = generated.glacier("generate", "--manifest", other)
    assert merged.code == 0, merged.errors
    assert "merged infra/tasks.tf" in merged.output
    assert edited.read_text(encoding="utf-8").endswith("# mine\n")
    assert "second" not in edited.read_text(encoding="utf-8")
    assert generated.glacier("generate", "--check", "--manifest", other).code == 0


def test_a_true_conflict_changes_nothing_names_both_values_and_is_decided_by_a_word(
    generated: Project, tmp_path: Path
) -> None:
    edited = generated.root / "infra/terraform.tfvars"
    edited.write_text('project = "mine"\nregion  = "eu-central-1"\n', encoding="utf-8")
    other = manifest(tmp_path, pipeline="theirs")
    before = read_tree(generated.root)

    refused = generated.glacier("generate", "--manifest", other)

    assert refused.code == 1
    assert (
        "GLC807 infra/terraform.tfvars: project was changed by hand and in the code"
        in refused.errors
    )
    assert 'by hand it is "mine", generated it is "theirs"' in refused.errors
    assert read_tree(generated.root) == before
    assert generated.glacier("generate", "--check", "--manifest", other).code == 1
    shown = generated.glacier("generate", "--status", "--manifest", other)
    assert "conflict infra/terraform.tfvars" in shown.output

    told = generated.glacier("generate", "--json", "--manifest", other).document
    (conflict,) = [one for file in told["files"] for one in file["conflicts"]]
    assert conflict == {"address": "project", "mine": '"mine"', "theirs": '"theirs"'}

    kept = generated.glacier("generate", "--conflict", "mine", "--manifest", other)
    assert (kept.code, 'project = "mine"' in edited.read_text(encoding="utf-8")) == (0, True)
    assert "theirs" in (generated.root / "infra/README.md").read_text(encoding="utf-8")
    assert generated.glacier("generate", "--check", "--manifest", other).code == 0


def test_json_is_one_document_with_every_file_and_what_happened(
    generated: Project, tmp_path: Path
) -> None:
    (generated.root / "infra/README.md").unlink()

    done = generated.glacier("generate", "--json", "--manifest", manifest(tmp_path))

    assert done.code == 0
    assert done.document["ok"] is True
    assert done.document["current"] is True
    files = {file["path"]: file for file in done.document["files"]}
    assert files["infra/README.md"] == {
        "path": "infra/README.md",
        "state": "deleted",
        "change": "nothing",
        "left_out": [],
        "conflicts": [],
    }
    assert files["infra/tasks.tf"]["state"] == "clean"


def test_json_tells_conflicts_too(generated: Project, tmp_path: Path) -> None:
    (generated.root / "infra/workflow.asl.json").write_text("{}", encoding="utf-8")

    done = generated.glacier(
        "generate", "--json", "--manifest", manifest(tmp_path, **data_of({"first": []}))
    )

    assert done.code == 1
    assert done.document["ok"] is False
    (problem,) = done.document["problems"]
    assert problem["code"] == "GLC803"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"cloud": "mars", "provider": {"cloud": "mars", "region": None, "account_id": None, "tags": {}, "resource_group": None}}, "GLC804", "cloud 'mars'"),
        ({"cloud": "local", "provider": {"cloud": "local", "region": None, "account_id": None, "tags": {}, "resource_group": None}}, "GLC804", "cloud 'local'"),
        ({"provider": {"cloud": "mars", "region": None, "account_id": None, "tags": {}, "resource_group": None}}, "GLC801", "provider.cloud 'mars'"),
        ({"tasks": []}, "GLC801", "no tasks"),
        ({"pipeline": 'a"b'}, "GLC801", "pipeline"),
        ({"manifest_version": 2}, "GLC801", "manifest_version"),
        ({"schedule": {"expression": "0 0 1 * 1", "timezone": "UTC"}}, "GLC802", "can say only one"),
        ({"schedule": {"expression": "99 0 1 * 1", "timezone": "UTC"}}, "GLC801", "has '99' as minute"),
    ],
    ids=["unknown cloud", "local", "two clouds", "no tasks", "name", "version", "schedule", "cron"],
)  # fmt: skip
def test_what_cannot_be_generated_is_said_with_a_way_out_and_nothing_is_written(
    changes: dict[str, object], code: str, said: str, fresh: Project, tmp_path: Path
) -> None:
    before = read_tree(fresh.root)

    done = fresh.glacier("generate", "--manifest", manifest(tmp_path, **changes))

    assert done.code == 1
    assert f"{code} " in done.errors
    assert said in done.errors
    assert "fix: " in done.errors
    assert "Traceback" not in done.errors
    assert read_tree(fresh.root) == before


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff", b"null"])
def test_a_file_that_is_no_manifest_is_said(
    content: bytes | None, fresh: Project, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)

    done = fresh.glacier("generate", "--manifest", str(tmp_path / "manifest.json"))

    assert done.code == 1
    assert "GLC801" in done.errors
    assert "Traceback" not in done.errors


@pytest.mark.parametrize("missing", ["glacier_generators", "jinja2"])
def test_without_the_extra_it_says_how_to_install_it(
    missing: str, fresh: Project, tmp_path: Path
) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None; from glacier_runtime.cli import main; main()"
    )

    done = fresh.glacier("generate", "--manifest", manifest(tmp_path), python=("-c", code))

    assert done.code == 1
    assert "GLC804" in done.errors
    assert missing in done.errors
    assert "pip install 'glacier-runtime[generators]'" in done.errors


def test_a_pipeline_that_is_not_valid_generates_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", PIPELINE.replace(", source=True", ""))
    before = read_tree(project.root)

    done = project.glacier("generate")

    assert done.code == 1
    assert "GLC303" in done.errors
    assert {path for path in read_tree(project.root) if "__pycache__" not in path} == set(before)


def test_what_is_removed_is_said(generated: Project, tmp_path: Path) -> None:
    with_schedule = {"schedule": {"expression": "0 5 * * *", "timezone": "UTC"}}
    generated.glacier("generate", "--manifest", manifest(tmp_path, **with_schedule))
    assert (generated.root / "infra/schedule.tf").is_file()

    done = generated.glacier("generate", "--manifest", manifest(tmp_path))

    assert "removed infra/schedule.tf\n" in done.output
    assert not (generated.root / "infra/schedule.tf").exists()


def test_what_is_only_remembered_is_said(generated: Project, tmp_path: Path) -> None:
    (generated.root / ".glacier/base/infra/tasks.tf").unlink()

    done = generated.glacier("generate", "--manifest", str(tmp_path / "manifest.json"))

    assert (done.code, done.output) == (0, "remembered in .glacier/base what is generated\n")
