"""Blocks that stand elsewhere than they were generated, or are called otherwise: found, merged where they stand, never doubled."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from glacier_generators import disk, regenerate
from glacier_generators.merging.conflicts import Choice
from glacier_generators.regenerate import Change, apply, conflicts, survey

from glacier_runtime.errors import GenerationError
from tests.generators.trees import read_tree, write_tree

OWN = '\noutput "arn" {\n  value = module.clean.arn # ours\n}\n'


def call(name: str, memory: int = 512, *more: str) -> str:
    lines = "".join(f"  {line}\n" for line in (f'name   = "x-{name}"', f"memory = {memory}", *more))
    return f'# code:{name}\nmodule "{name}" {"{"}\n{lines}{"}"}\n'


def moved(old: str, new: str) -> str:
    return f'moved {"{"}\n  from = module.{old}\n  to   = module.{new}\n{"}"}\n'


def generate(root: Path, files: Mapping[str, str], choice: Choice = Choice.ABORT) -> dict[str, str]:
    found = survey(root, files, choice=choice)
    apply(root, found)
    return {file.path: file.change.value for file in found if file.change is not Change.NOTHING}


def terraform(root: Path) -> dict[str, str]:
    return {path: text.decode() for path, text in read_tree(root / "infra").items()}


BASE = {"infra/tasks.tf": f"{call('clean')}\n{call('count')}"}
THEIRS = {"infra/tasks.tf": f"{call('clean', 512, 'retries = 3')}\n{call('count', 768)}"}


@pytest.mark.parametrize("name", ["own", "tasks_of_ours"])
def test_a_block_that_somebody_moved_is_merged_where_it_stands(name: str, tmp_path: Path) -> None:
    generate(tmp_path, BASE)
    own = f"# Ours.\n{call('clean', 2048)}{OWN}"
    write_tree(tmp_path, {"infra/tasks.tf": call("count"), f"infra/{name}.tf": own})

    assert generate(tmp_path, BASE) == {}
    done = generate(tmp_path, THEIRS)

    assert done == {"infra/tasks.tf": "merge", f"infra/{name}.tf": "merge"}
    merged = own.replace('  name   = "x', '  name    = "x').replace(
        "memory = 2048", "memory  = 2048\n  retries = 3"
    )
    assert terraform(tmp_path) == {f"{name}.tf": merged, "tasks.tf": call("count", 768)}
    assert generate(tmp_path, THEIRS) == {}


def test_blocks_that_changed_places_between_generated_files_stay_there(tmp_path: Path) -> None:
    base = {"infra/a.tf": call("clean"), "infra/b.tf": call("count")}
    generate(tmp_path, base)
    write_tree(tmp_path, {"infra/a.tf": call("count"), "infra/b.tf": call("clean")})

    generate(tmp_path, {"infra/a.tf": call("clean", 1), "infra/b.tf": call("count", 2)})

    assert terraform(tmp_path) == {"a.tf": call("count", 2), "b.tf": call("clean", 1)}


def test_files_that_were_joined_by_hand_stay_joined(tmp_path: Path) -> None:
    base = {"infra/a.tf": call("clean"), "infra/b.tf": call("count")}
    generate(tmp_path, base)
    write_tree(tmp_path, {"infra/a.tf": f"{call('clean')}\n{call('count')}"})
    (tmp_path / "infra/b.tf").unlink()

    generate(tmp_path, {"infra/a.tf": call("clean", 1), "infra/b.tf": call("count", 2)})

    assert terraform(tmp_path) == {"a.tf": f"{call('clean', 1)}\n{call('count', 2)}"}


def test_where_each_task_has_a_file_the_file_of_a_renamed_one_moves_with_its_edits(
    tmp_path: Path,
) -> None:
    generate(tmp_path, {"infra/clean.tf": call("clean"), "infra/count.tf": call("count")})
    write_tree(tmp_path, {"infra/clean.tf": f"{call('clean', 2048)}{OWN}"})
    theirs = {
        "infra/tidy.tf": call("tidy", 512, "retries = 3"),
        "infra/count.tf": call("count"),
        "infra/moved.tf": moved("clean", "tidy"),
    }

    generate(tmp_path, theirs)

    own = OWN.lstrip("\n").replace("module.clean", "module.tidy")
    tidy = (
        call("tidy", 2048, "retries = 3")
        .replace("name   ", "name    ")
        .replace("memory ", "memory  ")
    )
    assert terraform(tmp_path) == {
        "clean.tf": own, "count.tf": call("count"), "moved.tf": moved("clean", "tidy"), "tidy.tf": tidy,
    }  # fmt: skip
    write_tree(tmp_path, {"infra/clean.tf": b""})
    assert generate(tmp_path, theirs) == {}


def test_the_file_of_a_renamed_task_that_nobody_edited_goes(tmp_path: Path) -> None:
    generate(tmp_path, {"infra/clean.tf": call("clean")})

    done = generate(
        tmp_path, {"infra/tidy.tf": call("tidy"), "infra/moved.tf": moved("clean", "tidy")}
    )

    assert done["infra/clean.tf"] == "remove"
    assert terraform(tmp_path).keys() == {"tidy.tf", "moved.tf"}


def test_what_was_renamed_by_hand_before_the_code_was_is_not_there_twice(tmp_path: Path) -> None:
    generate(tmp_path, BASE)
    write_tree(tmp_path, {"infra/tasks.tf": f"{call('tidy', 2048)}\n{call('count')}"})
    theirs = {
        "infra/tasks.tf": f"{call('tidy')}\n{call('count', 768)}",
        "infra/moved.tf": moved("clean", "tidy"),
    }

    generate(tmp_path, theirs)

    assert terraform(tmp_path)["tasks.tf"] == f"{call('tidy', 2048)}\n{call('count', 768)}"


def test_a_deleted_block_of_a_renamed_task_stays_deleted_and_is_named(tmp_path: Path) -> None:
    generate(tmp_path, BASE)
    write_tree(tmp_path, {"infra/tasks.tf": call("count", 1024)})
    theirs = {
        "infra/tasks.tf": f"{call('tidy')}\n{call('count')}",
        "infra/moved.tf": moved("clean", "tidy"),
    }

    (file,) = (one for one in survey(tmp_path, theirs) if one.path == "infra/tasks.tf")

    assert file.left_out == ("module.tidy",)
    assert file.becoming == call("count", 1024)


def test_a_conflict_in_a_block_that_was_moved_names_it_where_it_stands_and_changes_nothing(
    tmp_path: Path,
) -> None:
    generate(tmp_path, BASE)
    write_tree(tmp_path, {"infra/tasks.tf": call("count"), "infra/own.tf": call("clean", 2048)})
    before = read_tree(tmp_path)
    theirs = {
        "infra/tasks.tf": f"{call('tidy', 1024)}\n{call('count', 768)}",
        "infra/moved.tf": moved("clean", "tidy"),
    }

    with pytest.raises(GenerationError) as caught:
        generate(tmp_path, theirs)

    (problem,) = caught.value.problems
    assert problem.message.startswith(
        "infra/own.tf: module.tidy.memory was changed by hand and in the code: by hand it is 2048"
    )
    assert read_tree(tmp_path) == before
    generate(tmp_path, theirs, Choice.THEIRS)
    assert terraform(tmp_path)["own.tf"] == call("tidy", 1024)


def test_a_block_of_the_same_name_in_another_folder_or_no_hcl_is_another_one(
    tmp_path: Path,
) -> None:
    generate(tmp_path, BASE)
    elsewhere = {
        "infra/deep/tasks.tf": call("clean", 1),
        "infra/torn.tf": 'module "clean" {',
        "infra/clean.txt": call("clean", 2),
    }
    write_tree(tmp_path, {"infra/tasks.tf": call("count"), **elsewhere})

    generate(tmp_path, THEIRS)

    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in elsewhere} == elsewhere
    assert terraform(tmp_path)["tasks.tf"] == call("count", 768)


def test_a_new_task_that_somebody_has_written_already_is_a_conflict_not_a_second_block(
    tmp_path: Path,
) -> None:
    generate(tmp_path, BASE)
    write_tree(
        tmp_path,
        {
            "infra/own.tf": call("rank", 2048),
            "infra/tasks.tf": f"{BASE['infra/tasks.tf']}# edited\n",
        },
    )

    found = survey(tmp_path, {"infra/tasks.tf": f"{BASE['infra/tasks.tf']}\n{call('rank')}"})

    assert [problem.message.partition(" was")[0] for problem in conflicts(found)] == [
        "infra/own.tf: module.rank"
    ]


def test_what_people_say_of_the_past_stays_what_they_said(tmp_path: Path) -> None:
    generate(tmp_path, BASE)
    own = f"{moved('wash', 'clean')}\nremoved {'{'}\n  from = module.clean.this\n{'}'}\n"
    write_tree(tmp_path, {"infra/own.tf": own})

    generate(tmp_path, {"infra/tasks.tf": call("tidy"), "infra/moved.tf": moved("clean", "tidy")})

    assert terraform(tmp_path)["own.tf"] == own


@pytest.mark.parametrize("then", ["the same", "more"])
def test_killed_between_files_that_share_a_block_nothing_is_lost(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    project = tmp_path / "project"
    generate(project, BASE)
    write_tree(
        project, {"infra/tasks.tf": call("count"), "infra/own.tf": f"{call('clean', 2048)}{OWN}"}
    )
    theirs = {
        "infra/tasks.tf": f"{call('tidy', 512, 'retries = 3')}\n{call('count')}",
        "infra/moved.tf": moved("clean", "tidy"),
    }
    following = theirs if then == "the same" else {
        path: text.replace("retries = 3", "retries = 4").replace("512\n}", "800\n}") for path, text in theirs.items()
    }  # fmt: skip
    undisturbed = Path(shutil.copytree(project, tmp_path / "undisturbed"))
    generate(undisturbed, theirs)
    generate(undisturbed, following)
    expected, step = read_tree(undisturbed), 0
    while True:
        step += 1
        root = Path(shutil.copytree(project, tmp_path / f"{step}"))
        with monkeypatch.context() as patch:
            if not _dies(patch, root, theirs, step):
                break
        with subtests.test(before=step):
            looked = [file.change for file in survey(root, following)]
            assert Change.CONFLICT not in looked
            generate(root, following)
            assert read_tree(root) == expected
    assert step > 6


def _dies(patch: pytest.MonkeyPatch, root: Path, files: Mapping[str, str], step: int) -> bool:
    """Generate until right before the nth change of the disk."""
    whole, calls = disk.put, 0

    def put(root: Path, path: str, content: str | None) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise KeyboardInterrupt
        whole(root, path, content)

    patch.setattr(regenerate, "put", put)
    patch.setattr(disk, "put", put)
    try:
        apply(root, survey(root, files))
    except KeyboardInterrupt:
        return True
    return False


def test_killed_and_then_edited_an_update_is_not_taken_for_an_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(tmp_path, BASE)
    write_tree(tmp_path, {"infra/tasks.tf": call("count"), "infra/own.tf": call("clean", 2048)})
    theirs = {"infra/tasks.tf": f"{call('clean', 512, 'retries = 3')}\n{call('count')}"}
    with monkeypatch.context() as patch:
        assert _dies(patch, tmp_path, theirs, 2)
    write_tree(tmp_path, {"infra/own.tf": call("clean", 4096)})

    generate(tmp_path, theirs)

    assert "retries = 3" in terraform(tmp_path)["own.tf"]
    assert "4096" in terraform(tmp_path)["own.tf"]
