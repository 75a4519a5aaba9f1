"""`kill -9`, a full disk, a failing write: no edit is lost, and the next generation finishes the work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from glacier_generators import disk, regenerate
from glacier_generators.disk import BASE
from glacier_generators.regenerate import apply, survey

from glacier_runtime.errors import Code, GenerationError
from tests.generators.killing import (
    generate_and_die,
    generate_without_power,
    generate_without_space,
)
from tests.generators.trees import read_tree, write_tree

ONE = {"infra/a.tf": "a\n", "infra/deep/b.tf": "b\n", "infra/c.md": "c\n", "infra/d.md": "d\n"}
TWO = {
    "infra/a.tf": "a2\n" * 500,
    "infra/new/n.tf": "n\n",
    "infra/c.md": "c\n",
    "infra/d.md": "d\n",
}
EDITS = {"infra/c.md": "edited\n", "infra/own.tf": "mine\n"}
DELETED = "infra/d.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which ONE was generated, with edits, a file of its own, and one that was deleted."""
    root = tmp_path / "project"
    apply(root, survey(root, ONE))
    write_tree(root, EDITS)
    (root / DELETED).unlink()
    return root


def assert_edits_stand(root: Path) -> None:
    tree = read_tree(root)
    assert {path: tree.get(path) for path in EDITS} == {
        path: text.encode() for path, text in EDITS.items()
    }
    assert DELETED not in tree


def test_killed_before_any_step_the_next_generation_ends_where_an_undisturbed_one_does(
    project: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    def start(name: str) -> Path:
        return Path(shutil.copytree(project, tmp_path / name))

    undisturbed = start("undisturbed")
    steps = generate_and_die(undisturbed, TWO, before_event=0).events
    assert len(steps) >= 14, steps
    expected = read_tree(undisturbed)
    halfway = set()
    for number, step in enumerate(steps, start=1):
        with subtests.test(before=f"{number} {step}"):
            root = start(str(number))
            assert generate_and_die(root, TWO, before_event=number).killed
            assert_edits_stand(root)
            # No file is half of one version and half of the other.
            whole = {b"a\n", TWO["infra/a.tf"].encode()}
            assert (root / "infra/a.tf").read_bytes() in whole
            halfway.add(frozenset(read_tree(root).items()))

            apply(root, survey(root, TWO))

            assert read_tree(root) == expected
    assert len(halfway) > 6, "the kills came all at one point"


def test_a_generation_that_was_killed_may_be_followed_by_another_one(
    project: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """The code went back to what it was, or on, after the kill."""
    three = {"infra/a.tf": "a3\n", "infra/c.md": "c\n", "infra/d.md": "d\n"}
    steps = generate_and_die(Path(shutil.copytree(project, tmp_path / "all")), TWO, 0).events
    for number in range(1, len(steps) + 1):
        for name, following in (("back", ONE), ("on", three)):
            with subtests.test(before=number, then=name):
                root = Path(shutil.copytree(project, tmp_path / f"{name}-{number}"))
                generate_and_die(root, TWO, before_event=number)

                apply(root, survey(root, following))

                assert_edits_stand(root)
                tree = read_tree(root)
                for path, text in following.items():
                    assert tree[f"{BASE}/{path}"] == text.encode()
                    if path not in {*EDITS, DELETED}:
                        assert tree[path] == text.encode()
                own = {path for path in tree if not path.startswith(".glacier/")}
                assert own == {*following, *EDITS} - {DELETED}
                assert ".glacier/unfinished.json" not in tree


def test_without_space_it_says_so_and_goes_on_when_there_is_some(project: Path) -> None:
    died = generate_without_space(project, TWO, free_bytes=100)

    assert died.codes == ("GLC806",)
    assert_edits_stand(project)
    assert (project / "infra/a.tf").read_bytes() == b"a\n"
    assert not [path for path in read_tree(project) if "partial" in path]
    apply(project, survey(project, TWO))
    assert (project / "infra/a.tf").read_text(encoding="utf-8") == TWO["infra/a.tf"]
    assert_edits_stand(project)


@pytest.mark.parametrize("folder", ["infra", "infra/deep", ".glacier", f"{BASE}/infra"])
def test_a_folder_that_may_not_be_written_is_said_and_then_it_goes_on(
    folder: str, project: Path
) -> None:
    (project / folder).chmod(0o500)
    failed = generate_without_power(project, TWO)
    (project / folder).chmod(0o700)

    assert failed.codes == ("GLC806",)
    assert_edits_stand(project)
    apply(project, survey(project, TWO))
    assert (project / "infra/a.tf").read_text(encoding="utf-8") == TWO["infra/a.tf"]
    assert not (project / "infra/deep").exists()
    assert_edits_stand(project)


def test_what_was_left_half_written_is_swept_wherever_it_lies(project: Path) -> None:
    litter = ["infra/a.tf.0a1b2c3d.glacier-partial", "infra/gone/x.tf.0a1b2c3d.glacier-partial"]
    write_tree(project, dict.fromkeys([*litter, f"{BASE}/{litter[0]}"], "half"))

    assert not any("partial" in file.path for file in survey(project, ONE))
    apply(project, survey(project, ONE))

    assert not [path for path in read_tree(project) if "partial" in path]


@pytest.mark.parametrize("failing", range(1, 7))
def test_a_write_that_fails_is_said_and_the_next_generation_finishes(
    failing: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    whole = disk.put

    def put(root: Path, path: str, content: str | None) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise PermissionError(13, "Permission denied", path)
        whole(root, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(regenerate, "put", put)
        try:
            apply(project, survey(project, TWO))
        except GenerationError as error:
            failed = error
        else:
            pytest.fail("nothing failed")
    assert [problem.code for problem in failed.problems] == [Code.GENERATE_FAILED]
    assert "Permission denied" in str(failed)
    assert_edits_stand(project)
    apply(project, survey(project, TWO))
    assert_edits_stand(project)
    assert (project / "infra/a.tf").read_text(encoding="utf-8") == TWO["infra/a.tf"]
    assert not (project / "infra/deep").exists()


@pytest.mark.parametrize("failing", range(1, 5))
def test_a_merge_that_was_interrupted_loses_neither_the_edit_nor_what_came_later(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, whole, calls = tmp_path / "infra/m.tf", disk.put, 0
    apply(tmp_path, survey(tmp_path, {"infra/m.tf": "a = 1\nc = 1\n"}))
    file.write_text("a = 5\nc = 1\n", encoding="utf-8")

    def put(root: Path, path: str, content: str | None) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise PermissionError(13, "Permission denied", path)
        whole(root, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(regenerate, "put", put)
        patch.setattr(disk, "put", put)
        with pytest.raises(GenerationError):
            apply(tmp_path, survey(tmp_path, {"infra/m.tf": "a = 1\nc = 2\n"}))

    apply(tmp_path, survey(tmp_path, {"infra/m.tf": "a = 1\nc = 3\n"}))

    assert file.read_text(encoding="utf-8") == "a = 5\nc = 3\n"
    assert (tmp_path / BASE / "infra/m.tf").read_text(encoding="utf-8") == "a = 1\nc = 3\n"
    assert not (tmp_path / ".glacier/unfinished.json").exists()
