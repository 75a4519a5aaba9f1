"""Generation over edits, renames and blocks that change their files, held to the model of `test_merge_properties`."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from glacier_generators.merging.conflicts import Choice
from glacier_generators.regenerate import Change, apply, survey
from hypothesis import given, settings

from glacier_runtime.errors import Code, GenerationError
from tests.generators.test_merge_properties import (
    Expected,
    Model,
    by_hand,
    chances,
    changed,
    generated,
    meant,
    models,
)
from tests.generators.trees import read_tree, write_tree

GENERATED = ("infra/a.tf", "infra/b.tf")
OWN = "infra/own.tf"
RENAMED, NEW = "clean", "tidy"
MOVED = f"moved {'{'}\n  from = module.{RENAMED}\n  to   = module.{NEW}\n{'}'}\n"


def called(model: Model, names: Mapping[str, str]) -> Model:
    """Return a model in which blocks have other names."""
    return {names.get(name, name): said for name, said in model.items()}


def spread(model: Model, paths: Iterable[str], chance: random.Random) -> dict[str, Model]:
    """Let each block stand in some file."""
    found: dict[str, Model] = {path: {} for path in paths}
    for name, said in model.items():
        found[chance.choice([*found])][name] = said
    return found


def files_of(model: Model, chance: random.Random) -> dict[str, str]:
    return {
        path: generated(some) or "# none\n"
        for path, some in spread(model, GENERATED, chance).items()
    }


def edited(model: Model, layout: random.Random) -> tuple[dict[str, str], list[str]]:
    """Write a model as somebody might who moved blocks between files, and whose notes are all different."""
    texts, notes = dict[str, str](), list[str]()
    for path, some in spread(model, (*GENERATED, OWN), layout).items():
        text, found = by_hand(some, layout)
        texts[path] = text.replace("note ", f"note of {path} ") or "# nothing left\n"
        notes += [note.replace("note ", f"note of {path} ") for note in found]
    return texts, notes


def together(root: Path) -> str:
    """Return all Terraform of a project but `moved` blocks, which say nothing that is merged."""
    tree = read_tree(root / "infra")
    return "\n".join(text.decode() for path, text in tree.items() if path != "moved.tf")


@given(base=models, edits=chances, changes=chances, layout=chances)
@settings(max_examples=60)
def test_wherever_blocks_stand_and_whatever_they_are_called_edits_survive_or_are_named(
    base: Model, edits: random.Random, changes: random.Random, layout: random.Random
) -> None:
    mine = changed(base, edits)
    is_renamed = RENAMED in base and changes.random() < 0.6
    theirs = changed(called(base, {RENAMED: NEW}) if is_renamed else base, changes)
    # What the code has under the old name again has not been renamed.
    followed = {RENAMED: NEW} if is_renamed and NEW in theirs and RENAMED not in theirs else {}
    expected = Expected()
    both = expected.merge(called(base, followed), called(mine, followed), theirs)
    files = files_of(theirs, changes) | ({"infra/moved.tf": MOVED} if followed else {})
    texts, notes = edited(mine, layout)

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        apply(root, survey(root, files_of(base, changes)))
        write_tree(root, texts)
        before = read_tree(root)
        found = survey(root, files)
        addresses = {one.address for file in found for one in file.conflicts}
        if addresses:
            with pytest.raises(GenerationError) as caught:
                apply(root, found)
            assert {problem.code for problem in caught.value.problems} == {Code.MERGE_CONFLICT}
            assert all(f": {address} was" in str(caught.value) for address in addresses)
            assert read_tree(root) == before
            apply(root, survey(root, files, choice=Choice.MINE))
        else:
            apply(root, found)
            assert meant(together(root)) == both
            assert [note for note in notes if note not in together(root)] == []
        named = {
            one
            for one in expected.conflicts
            if not any(one.startswith(f"{up}.") for up in addresses)
        }
        assert addresses >= named
        done = read_tree(root)
        again = survey(root, files)
        assert [file.path for file in again if file.change is not Change.NOTHING] == []
        apply(root, again)
        assert read_tree(root) == done
