"""Conflicts that people decide in the file, and those that git leaves in what was last generated."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from glacier_generators.disk import BASE
from glacier_generators.merging.conflicts import Choice
from glacier_generators.merging.torn_bases import UnpairedError, unmarked_base
from glacier_generators.regenerate import Change, apply, conflicts, survey

from glacier_runtime.errors import Code, GenerationError
from tests.generators.trees import read_tree, write_tree

FILE = "infra/tasks.tf"
UNDECIDED = ".glacier/undecided.json"


def call(name: str, memory: int, timeout: int = 60, reads: str = "raw") -> str:
    return (
        f'module "{name}" {"{"}\n  memory  = {memory}\n  timeout = {timeout}\n\n  reads = {"{"}\n'
        f'    {reads} = {"{"} path = "{reads}/" {"}"}\n  {"}"}\n{"}"}\n'
    )


def generate(root: Path, files: Mapping[str, str], choice: Choice = Choice.ABORT) -> dict[str, str]:
    found = survey(root, files, choice=choice)
    apply(root, found)
    return {file.path: file.change.value for file in found if file.change is not Change.NOTHING}


def refused(root: Path, files: Mapping[str, str], choice: Choice = Choice.ABORT) -> list[Code]:
    before = read_tree(root)
    with pytest.raises(GenerationError) as caught:
        generate(root, files, choice)
    assert read_tree(root) == before
    return [problem.code for problem in caught.value.problems]


def text(root: Path, path: str = FILE) -> str:
    return (root / path).read_text(encoding="utf-8")


def decided(marked: str, value: str) -> str:
    """Write a value in place of everything between marks."""
    head, _, rest = marked.partition("<<<<<<< ")
    return head + value + rest.partition(">>>>>>> ")[2].partition("\n")[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which memory and more was changed by hand."""
    generate(tmp_path, {FILE: call("clean", 512), "infra/a.json": "{}\n"})
    write_tree(tmp_path, {FILE: "# Ours.\n" + call("clean", 2048).replace("60", "60 # enough")})
    return tmp_path


CHANGED = {FILE: call("clean", 1024, 90, "rows"), "infra/a.json": "[]\n"}


def test_a_conflict_is_marked_with_all_three_versions_and_the_rest_is_merged(project: Path) -> None:
    found = survey(project, CHANGED, choice=Choice.INLINE)

    assert generate(project, CHANGED, Choice.INLINE) == {FILE: "mark", "infra/a.json": "write"}
    assert [problem.code for problem in conflicts(found)] == [Code.MERGE_CONFLICT]
    assert conflicts(found)[0].message.endswith("generated it is 1024; both are marked in the file")
    assert text(project) == (
        '# Ours.\nmodule "clean" {\n<<<<<<< on disk\n  memory  = 2048\n||||||| generated before\n  memory  = 512\n'
        "=======\n  memory  = 1024\n>>>>>>> generated now\n  timeout = 90 # enough\n\n  reads = {\n"
        '    rows = { path = "rows/" }\n  }\n}\n'
    )
    assert text(project, f"{BASE}/{FILE}") == call("clean", 512)
    assert text(project, f"{BASE}/infra/a.json") == "[]\n"


@pytest.mark.parametrize("choice", Choice)
def test_while_marks_are_left_nothing_is_generated(choice: Choice, project: Path) -> None:
    generate(project, CHANGED, Choice.INLINE)

    assert refused(project, CHANGED, choice) == [Code.MARKED_CONFLICT]
    assert refused(project, {**CHANGED, "infra/new.tf": "a = 1\n"}, choice) == [
        Code.MARKED_CONFLICT
    ]


@pytest.mark.parametrize("value", [2048, 1024, 512, 4096])
def test_what_was_decided_is_an_edit_of_what_was_generated_then(value: int, project: Path) -> None:
    generate(project, CHANGED, Choice.INLINE)
    decision = decided(text(project), f"  memory  = {value}\n")
    write_tree(project, {FILE: decision})

    assert generate(project, CHANGED) == {}

    assert text(project) == decision
    assert text(project, f"{BASE}/{FILE}") == CHANGED[FILE]
    assert not (project / UNDECIDED).exists()
    assert generate(project, {**CHANGED, FILE: call("clean", 1024, 120, "rows")}) == {FILE: "merge"}
    assert text(project) == decision.replace("90", "120")


def test_who_takes_the_file_out_of_git_has_decided_nothing(project: Path) -> None:
    before = text(project)
    generate(project, CHANGED, Choice.INLINE)
    write_tree(project, {FILE: before})

    assert refused(project, CHANGED) == [Code.MERGE_CONFLICT]
    generate(project, CHANGED, Choice.THEIRS)
    assert "memory  = 1024" in text(project)
    assert "# enough" in text(project)
    assert not (project / UNDECIDED).exists()


@pytest.mark.parametrize(
    ("path", "base", "mine", "theirs"),
    [
        ("infra/a.json", "{}\n", '{"mine": 1}\n', '{"theirs": 1}\n'),
        ("infra/torn.tf", "a = 1\n", "a = {\n", "a = 2\n"),
        ("infra/README.md", "one\n\ntwo\n", "mine\n\ntwo\n", "theirs\n\ntwo\n"),
        ("infra/new.tf", None, "a = 1\n", "a = 2\n"),
        ("infra/windows.tf", "a = 1\n", "a = 2\r\n", "a = 3\n"),
        ("infra/deep.tf", "a = { b = 1 }\n", "a = { b = 2 }\n", "a = { b = 3 }\n"),
        ("infra/list.tf", "a = [1, 2]\n", "a = [3, 2]\n", "a = [4, 2]\n"),
        ("infra/gone.tf", "a = 1\nb = 1\n", "b = 1\n", "a = 2\nb = 1\n"),
        ("infra/gone.tf", "a = 1\nb = 1\n", "a = 2\nb = 1\n", "b = 1\n"),
    ],
)  # fmt: skip
def test_whatever_can_be_marked_is_and_both_sides_can_be_had_from_it(
    path: str, base: str | None, mine: str, theirs: str, tmp_path: Path
) -> None:
    if base is not None:
        generate(tmp_path, {path: base})
    write_tree(tmp_path, {path: mine})

    assert generate(tmp_path, {path: theirs}, Choice.INLINE) == {path: "mark"}

    marked = (tmp_path / path).read_bytes().decode()
    newline = "\r\n" if "\r\n" in mine else "\n"
    sides = {"mine": "", "theirs": ""}
    keeping: tuple[str, ...] = ("mine", "theirs")
    for line in marked.splitlines(keepends=True):
        known = {"<": ("mine",), "|": (), "=": ("theirs",), ">": ("mine", "theirs")}
        if line[:7] in {mark * 7 for mark in known}:
            keeping = known[line[0]]
            continue
        for side in keeping:
            sides[side] += line
    assert sides == {"mine": mine, "theirs": theirs.replace("\n", newline)}
    assert refused(tmp_path, {path: theirs}) == [Code.MARKED_CONFLICT]


def test_where_a_file_is_there_on_one_side_only_nothing_is_marked_and_nothing_written(
    project: Path,
) -> None:
    (project / "infra/a.json").unlink()

    assert refused(project, CHANGED, Choice.INLINE) == [
        Code.MERGE_CONFLICT,
        Code.HAND_EDITED,
    ] or refused(project, CHANGED, Choice.INLINE) == [Code.HAND_EDITED, Code.MERGE_CONFLICT]


def test_a_block_that_was_moved_is_marked_where_it_stands(tmp_path: Path) -> None:
    generate(tmp_path, {FILE: f"{call('clean', 512)}\n{call('count', 512)}"})
    write_tree(tmp_path, {FILE: call("count", 512), "infra/own.tf": call("clean", 2048)})
    theirs = {FILE: f"{call('clean', 1024)}\n{call('count', 1024)}"}

    assert generate(tmp_path, theirs, Choice.INLINE) == {FILE: "merge", "infra/own.tf": "mark"}
    assert refused(tmp_path, theirs) == [Code.MARKED_CONFLICT]
    write_tree(
        tmp_path, {"infra/own.tf": decided(text(tmp_path, "infra/own.tf"), "  memory  = 3072\n")}
    )

    assert generate(tmp_path, theirs) == {}
    assert text(tmp_path, "infra/own.tf") == call("clean", 3072)
    assert not (tmp_path / UNDECIDED).exists()


# What git leaves


def git(root: Path, *arguments: str) -> int:
    named = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *named, *arguments], cwd=root, capture_output=True, check=False
    ).returncode


def commit(root: Path, files: Mapping[str, str], edits: Mapping[str, str] | None = None) -> None:
    generate(root, files)
    write_tree(root, edits or {})
    assert git(root, "add", "-A") == 0
    assert git(root, "commit", "-q", "-m", "more") == 0


def branches(
    root: Path, base: str, ours: str, theirs: str, edits: Mapping[str, str] | None = None
) -> None:
    """Let two branches generate otherwise, and merge them."""
    git(root, "init", "-q", "-b", "main")
    commit(root, {FILE: base})
    git(root, "checkout", "-q", "-b", "topic")
    commit(root, {FILE: theirs})
    git(root, "checkout", "-q", "main")
    commit(root, {FILE: ours}, edits)
    assert git(root, "merge", "-q", "topic") == 1
    assert "<<<<<<<" in text(root, f"{BASE}/{FILE}")


def test_two_branches_that_nobody_edited_are_settled_by_generating(tmp_path: Path) -> None:
    branches(tmp_path, call("clean", 512), call("clean", 1024), call("clean", 2048))
    assert "<<<<<<<" in text(tmp_path)
    merged = {FILE: call("clean", 3072)}

    assert generate(tmp_path, merged) == {FILE: "write"}

    assert text(tmp_path) == text(tmp_path, f"{BASE}/{FILE}") == merged[FILE]


def test_two_branches_that_each_added_a_task_keep_the_edit_of_one(tmp_path: Path) -> None:
    first, count, rank = call("clean", 512), call("count", 512, 61), call("rank", 512, 62)
    edit = count.replace("memory  = 512", "memory  = 2048")
    branches(tmp_path, first, f"{first}\n{count}", f"{first}\n{rank}", {FILE: f"{first}\n{edit}"})
    both = {FILE: f"{first}\n{count}\n{rank}"}
    assert refused(tmp_path, both) == [
        Code.MARKED_CONFLICT
    ]  # of the file itself: that is git's, and people's
    write_tree(tmp_path, {FILE: f"{first}\n{edit}\n{rank}"})

    assert generate(tmp_path, both) == {}

    assert text(tmp_path) == f"{first}\n{edit}\n{rank}"
    assert text(tmp_path, f"{BASE}/{FILE}") == both[FILE]
    assert generate(tmp_path, {FILE: both[FILE].replace("61", "99")}) == {FILE: "merge"}


def test_a_file_that_git_left_as_one_branch_had_it_still_gets_what_the_code_says(
    tmp_path: Path,
) -> None:
    branches(tmp_path, call("clean", 512), call("clean", 1024), call("clean", 2048))
    write_tree(tmp_path, {FILE: call("clean", 1024)})  # git checkout --ours

    assert generate(tmp_path, {FILE: call("clean", 2048)}) == {FILE: "write"}

    assert text(tmp_path) == call("clean", 2048)


def test_marks_that_do_not_belong_together_are_said_with_a_way_out(project: Path) -> None:
    write_tree(project, {f"{BASE}/{FILE}": "<<<<<<< HEAD\na = 1\n"})
    before = read_tree(project)

    with pytest.raises(
        GenerationError, match=r"GLC809 .glacier/base/infra/tasks.tf .*\n.*git checkout --theirs"
    ) as caught:
        survey(project, CHANGED)

    assert len(caught.value.problems) == 1
    assert read_tree(project) == before


@pytest.mark.parametrize(
    "torn", ["<<<<<<< a\nb\n", ">>>>>>> a\n", "<<<<<<< a\n<<<<<<< b\n", "<<<<<<< a\n>>>>>>> b\n"]
)
def test_marks_are_read_strictly(torn: str) -> None:
    with pytest.raises(UnpairedError):
        unmarked_base("a.txt", torn, "", "")


def test_what_a_branch_began_from_is_left_out_where_git_says_it() -> None:
    torn = "a\n<<<<<<< HEAD\nb = 1\n||||||| 1234567\nb = 0\n=======\nb = 2\n>>>>>>> topic\nc\n"

    assert unmarked_base("a.txt", torn, "a\nb = 1\nc\n", "a\nb = 3\nc\n") == "a\nb = 1\nc\n"
    assert unmarked_base("a.txt", torn, "a\nb = 9\nc\n", "a\nb = 2\nc\n") == "a\nb = 2\nc\n"
    assert unmarked_base("a.txt", torn, None, None) == "a\nb = 1\nc\n"
