"""Generated files and hand edits: each row of the table in `regenerate.py`, and that no edit is ever lost."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest
from glacier_generators.disk import BASE
from glacier_generators.merging.conflicts import Choice
from glacier_generators.regenerate import (
    Change,
    FileState,
    State,
    apply,
    conflicts,
    survey,
    unified_diff,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime.errors import Code, GenerationError
from tests.generators.trees import read_tree, write_tree

ONE = {"infra/a.tf": "a\n", "infra/deep/b.tf": "b\n", "infra/c.md": "c\n"}
TWO = {
    "infra/a.tf": "a2\n",
    "infra/new/n.tf": "n\n",
    "infra/c.md": "c\n",
}  # changed, new, same; b is gone


def generate(root: Path, files: Mapping[str, str], *, keep_edits: bool = False) -> None:
    apply(root, survey(root, files, choice=Choice.MINE if keep_edits else Choice.ABORT))


def on_disk(root: Path) -> dict[str, bytes]:
    return {
        path: text for path, text in read_tree(root).items() if not path.startswith(".glacier/")
    }


def remembered(root: Path) -> dict[str, bytes]:
    return read_tree(root / BASE) if (root / BASE).exists() else {}


def as_bytes(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in sorted(files.items())}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in which ONE was generated, with a file of its own."""
    folder = tmp_path / "project"
    write_tree(folder, {"infra/own.tf": "mine\n"})
    generate(folder, ONE)
    return folder


def test_the_first_generation_writes_and_remembers_everything(root: Path) -> None:
    assert on_disk(root) == {**as_bytes(ONE), "infra/own.tf": b"mine\n"}
    assert remembered(root) == as_bytes(ONE)


def test_same_and_same_is_nothing(root: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in root.rglob("*")}

    assert [(file.state, file.change) for file in survey(root, ONE)] == [
        (State.CLEAN, Change.NOTHING)
    ] * 3
    generate(root, ONE)

    assert {file: file.stat().st_mtime_ns for file in root.rglob("*")} == before


def test_same_and_changed_new_or_gone_is_written_or_removed(root: Path) -> None:
    untouched = (root / "infra/c.md").stat()
    states = {file.path: (file.state, file.change) for file in survey(root, TWO)}
    generate(root, TWO)

    assert states == {
        "infra/a.tf": (State.CLEAN, Change.WRITE),
        "infra/c.md": (State.CLEAN, Change.NOTHING),
        "infra/deep/b.tf": (State.CLEAN, Change.REMOVE),
        "infra/new/n.tf": (State.NEW, Change.WRITE),
    }
    # With the last file of a folder goes the folder; what is not generated stays.
    assert on_disk(root) == {**as_bytes(TWO), "infra/own.tf": b"mine\n"}
    assert remembered(root) == as_bytes(TWO)
    assert (root / "infra/c.md").stat().st_mtime_ns == untouched.st_mtime_ns


def test_edited_and_same_is_left_and_listed(root: Path) -> None:
    write_tree(root, {"infra/a.tf": "edited\n"})
    before = read_tree(root)

    generate(root, ONE)

    assert read_tree(root) == before
    assert [file.path for file in survey(root, ONE) if file.state is State.EDITED] == ["infra/a.tf"]


def test_deleted_and_same_stays_deleted(root: Path) -> None:
    (root / "infra/a.tf").unlink()
    before = read_tree(root)

    generate(root, ONE)
    generate(root, {**ONE, "infra/c.md": "other\n"})

    assert read_tree(root).keys() == before.keys()
    assert [file.path for file in survey(root, ONE) if file.state is State.DELETED] == [
        "infra/a.tf"
    ]


@pytest.mark.parametrize(
    ("edit", "generated", "said"),
    [
        ({"infra/a.tf": "edited\n"}, TWO, "infra/a.tf was edited by hand, and generation would"),
        ({"infra/a.tf": None}, TWO, "infra/a.tf was deleted by hand, and generation would"),
        (
            {"infra/deep/b.tf": "edited\n"},
            TWO,
            "infra/deep/b.tf was edited by hand, and is no longer",
        ),
        ({"infra/new/n.tf": "mine\n"}, TWO, "infra/new/n.tf is there, was not written by Glacier"),
        ({"infra/a.tf": b"\xff\xfe\r\n"}, TWO, "infra/a.tf was edited by hand"),
        ({"infra/a.tf": "a\r\n"}, TWO, "infra/a.tf was edited by hand"),
        ({"infra/a.tf": ""}, TWO, "infra/a.tf was edited by hand"),
    ],
    ids=["edited", "deleted", "edited and gone", "not ours", "no UTF-8", "CRLF", "emptied"],
)
def test_one_conflict_and_nothing_is_changed(
    edit: dict[str, str | bytes | None], generated: dict[str, str], said: str, root: Path
) -> None:
    write_tree(root, {path: content for path, content in edit.items() if content is not None})
    for path, content in edit.items():
        if content is None:
            (root / path).unlink()
    before = read_tree(root)

    with pytest.raises(GenerationError) as caught:
        generate(root, generated)

    (problem,) = caught.value.problems
    assert problem.code is Code.HAND_EDITED
    assert said in problem.message
    assert problem.fix is not None
    assert "--conflict mine" in problem.fix
    assert read_tree(root) == before

    # The first way out: keep them, as edits of what is generated now.
    generate(root, generated, keep_edits=True)
    edited = {path: content for path, content in edit.items() if content is not None}
    for path, content in edited.items():
        assert (root / path).read_bytes() == (
            content if isinstance(content, bytes) else content.encode()
        )
    assert {path: b"" for path in edit if path not in edited}.keys() & on_disk(root).keys() == set()
    assert remembered(root) == as_bytes(generated)
    settled = read_tree(root)
    generate(root, generated)
    assert read_tree(root) == settled


def test_the_other_way_out_of_a_conflict_is_to_take_what_is_generated(root: Path) -> None:
    write_tree(root, {"infra/a.tf": "edited\n"})
    for path in ("infra/a.tf", f"{BASE}/infra/a.tf"):
        (root / path).unlink()

    generate(root, TWO)

    assert on_disk(root) == {**as_bytes(TWO), "infra/own.tf": b"mine\n"}


@pytest.mark.parametrize("path", ["infra/a.tf", "infra/deep/b.tf", "infra/new/n.tf"])
def test_an_edit_that_says_what_is_generated_is_no_conflict(path: str, root: Path) -> None:
    if path in TWO:
        write_tree(root, {path: TWO[path]})
    else:
        (root / path).unlink()

    assert conflicts(survey(root, TWO)) == []
    generate(root, TWO)

    assert remembered(root) == as_bytes(TWO)
    assert {file.state for file in survey(root, TWO)} == {State.CLEAN}


def test_all_conflicts_are_said_at_once(root: Path) -> None:
    write_tree(root, dict.fromkeys(("infra/a.tf", "infra/deep/b.tf", "infra/new/n.tf"), "mine\n"))

    assert len(conflicts(survey(root, TWO))) == 3


# A file that is not there, or one of three contents.
contents = st.sampled_from([None, "one\n", "two\n", "three\n"])


@given(base=contents, mine=contents, theirs=contents, keep=st.booleans())
def test_what_happens_to_a_file_follows_from_its_three_versions(
    base: str | None, mine: str | None, theirs: str | None, keep: bool
) -> None:
    file = FileState("x", base, mine, theirs, choice=Choice.MINE if keep else Choice.ABORT)

    # Nobody touched it: it becomes what is generated. Somebody did: only they say what it is.
    result = theirs if mine == base else mine
    needs_deciding = mine not in {base, theirs} and theirs != base
    if base is None and mine is not None and theirs is not None:
        needs_deciding = mine != theirs

    assert (file.change is Change.CONFLICT) == (needs_deciding and not keep)
    after = {Change.NOTHING: mine, Change.WRITE: theirs, Change.REMOVE: None}
    if file.change is not Change.CONFLICT:
        assert after[file.change] == (mine if mine == theirs else result)


@given(
    steps=st.lists(
        st.tuples(
            st.dictionaries(
                st.sampled_from(["a", "d/b", "d/e/c"]), st.sampled_from(["1\n", "2\n"])
            ),
            st.dictionaries(
                st.sampled_from(["a", "d/b", "d/e/c", "own"]),
                st.sampled_from(["1\n", "edit\n", None]),
                max_size=2,
            ),
        ),
        max_size=5,
    )
)
@settings(max_examples=150)
def test_no_edit_is_ever_lost_over_generations(
    steps: list[tuple[dict[str, str], dict[str, str | None]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("project")
    last: dict[str, str] = {}
    for generated, edits in steps:
        before = read_tree(root)
        try:
            generate(root, generated)
            last = generated
        except GenerationError:
            assert read_tree(root) == before
            generate(root, generated, keep_edits=True)
            last = generated
        after = on_disk(root)
        for path, text in on_disk_of(before).items():
            if text == b"edit\n":
                assert after.get(path) == b"edit\n"
        assert remembered(root) == as_bytes(last)
        once = read_tree(root)
        generate(root, generated)
        assert read_tree(root) == once
        for path, edit in edits.items():
            if edit is not None:
                write_tree(root, {path: edit})
            elif (root / path).is_file():
                (root / path).unlink()


def on_disk_of(tree: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: text for path, text in tree.items() if not path.startswith(".glacier/")}


def test_a_mode_that_was_set_by_hand_stays(root: Path) -> None:
    (root / "infra/a.tf").chmod(0o640)

    generate(root, TWO)

    assert (root / "infra/a.tf").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "path",
    [
        "../outside.tf",
        "/etc/outside.tf",
        "infra/../../x",
        "infra/./a.tf",
        "infra//a.tf",
        "",
        ".",
        "a\\b",
        "a\0b",
    ],
)
def test_paths_that_lead_out_are_refused(path: str, root: Path) -> None:
    before = read_tree(root.parent)

    with pytest.raises(GenerationError) as caught:
        generate(root, {**ONE, path: "x\n"})

    assert [problem.code for problem in caught.value.problems] == [Code.UNSAFE_PATH]
    assert read_tree(root.parent) == before


@pytest.mark.parametrize(
    "link", ["infra", "infra/deep", "infra/a.tf", ".glacier", BASE, f"{BASE}/infra"]
)
@pytest.mark.parametrize("dangling", [False, True])
def test_links_are_refused(link: str, root: Path, dangling: bool) -> None:
    elsewhere = root.parent / "elsewhere"
    (root / link).rename(elsewhere)
    target = elsewhere if not dangling else root.parent / "nowhere"
    (root / link).symlink_to(target, target_is_directory=elsewhere.is_dir())
    before = read_tree(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes()

    with pytest.raises(GenerationError) as caught:
        generate(root, TWO)

    assert {problem.code for problem in caught.value.problems} == {Code.UNSAFE_PATH}
    assert f"behind the link {root / link}" in str(caught.value)
    assert (read_tree(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes()) == before
    assert not (root.parent / "nowhere").exists()


def test_a_link_above_the_project_is_the_users_own_business(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)

    generate(link, TWO)

    assert on_disk(root) == {**as_bytes(TWO), "infra/own.tf": b"mine\n"}


@pytest.mark.parametrize("path", ["infra/new", "infra/new/n.tf"])
def test_a_folder_or_file_in_the_way_is_said_and_nothing_is_lost(path: str, root: Path) -> None:
    if path == "infra/new":
        write_tree(root, {path: "a file where a folder should be\n"})
    else:
        write_tree(root, {f"{path}/inner": "a folder where a file should be\n"})
    before = on_disk(root)

    with pytest.raises(GenerationError) as caught:
        generate(root, TWO)

    assert [problem.code for problem in caught.value.problems] == [Code.GENERATE_FAILED]
    assert {file: text for file, text in on_disk(root).items() if file.startswith("infra/new")} == {
        file: text for file, text in before.items() if file.startswith("infra/new")
    }


def test_a_diff_shows_what_changes_and_what_would_have_to(root: Path) -> None:
    write_tree(root, {"infra/deep/b.tf": "edited\n"})

    shown = unified_diff(survey(root, TWO))

    assert shown.splitlines() == [
        "--- a/infra/a.tf", "+++ b/infra/a.tf", "@@ -1 +1 @@", "-a", "+a2",
        "--- a/infra/deep/b.tf", "+++ /dev/null", "@@ -1 +0,0 @@", "-b",
        "--- /dev/null", "+++ b/infra/new/n.tf", "@@ -0,0 +1 @@", "+n",
    ]  # fmt: skip


def test_a_diff_of_what_is_no_utf8_can_be_printed(root: Path) -> None:
    for folder in ("", f"{BASE}/"):
        write_tree(root, {f"{folder}infra/a.tf": b"\xff\n"})

    assert "\ufffd" in unified_diff(survey(root, TWO))


def test_every_order_of_writing_files_is_the_same_tree(tmp_path: Path) -> None:
    trees = []
    for number, items in enumerate(itertools.permutations(ONE.items())):
        generate(tmp_path / str(number), dict(items))
        trees.append(read_tree(tmp_path / str(number)))

    assert all(tree == trees[0] for tree in trees)
