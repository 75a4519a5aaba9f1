"""Merging over edits and regenerations, held to a model: plain data merged key by key, and read by somebody else's parser."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from glacier_generators.disk import BASE
from glacier_generators.hcl.syntax import Attribute, Blank, Block, Comment, Inline, render
from glacier_generators.merging.conflicts import Choice
from glacier_generators.merging.three_way import merge_hcl
from glacier_generators.regenerate import apply, survey
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime.errors import GenerationError
from tests.generators.reading import formatted, parsed
from tests.generators.trees import read_tree

Model: TypeAlias = dict[str, dict[str, Any]]
"""What blocks say, by name: numbers, and objects of numbers."""

NAMES = ("one", "two", "three", "a_long_name")
BLOCKS = ("clean", "count", "rank")
names = st.sampled_from(NAMES)
numbers = st.integers(0, 3)
attributes = st.dictionaries(
    names, numbers | st.dictionaries(names, numbers, min_size=1, max_size=3), max_size=4
)
models = st.dictionaries(st.sampled_from(BLOCKS), attributes, max_size=3)
chances = st.builds(random.Random, st.integers(0, 2**32))


@dataclass
class Expected:
    """What a merge comes to, by the model."""

    conflicts: set[str] = field(default_factory=set)

    def merge(self, base: Any, mine: Any, theirs: Any, where: str = "") -> Any:
        """Merge one value; None stands for what is not there."""
        if all(isinstance(one, dict) for one in (base, mine, theirs)):
            keys = base.keys() | mine.keys() | theirs.keys()
            merged = {
                key: self.merge(base.get(key), mine.get(key), theirs.get(key), f"{where}.{key}")
                for key in sorted(keys)
            }
            return {key: value for key, value in merged.items() if value is not None}
        if theirs in (base, mine):
            return mine
        if mine == base:
            return theirs
        is_block = where.count(".") == 1
        if not (mine is None and is_block):  # what was deleted by hand stays deleted
            self.conflicts.add(f"module{where}")
        return mine


def generated(model: Model) -> str:
    """Write a model as the generator does."""
    body: list[Any] = []
    for name, said in model.items():
        lines = [
            Attribute(key, value if isinstance(value, int) else Inline(value))
            for key, value in said.items()
        ]
        body += [Blank(), Comment(f"code:{name}"), Block("module", (name,), lines)]
    return render(body[1:])


def changed(model: Model, chance: random.Random) -> Model:
    """Change a few things in a model: values, keys, attributes, blocks."""
    model = {
        name: {key: _copied(value) for key, value in said.items()} for name, said in model.items()
    }
    for _ in range(chance.randrange(4)):
        name = chance.choice(BLOCKS)
        said = model.setdefault(name, {})
        inner = chance.choice([one for one in (said, *said.values()) if isinstance(one, dict)])
        key = chance.choice(NAMES)
        match chance.randrange(8):
            case 0:
                del model[name]
            case 1 | 2 if len(inner) > 1:
                inner.pop(key, None)
            case 3 if inner is said:
                inner[key] = {chance.choice(NAMES): 5}
            case _:
                inner[key] = chance.randrange(6)
    return model


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def by_hand(model: Model, layout: random.Random) -> tuple[str, list[str]]:
    """Write a model as somebody might who edited it: in another order, with comments, with other spaces."""
    notes: list[str] = []

    def note(mark: str) -> str:
        notes.append(f"note {len(notes)}.")
        return f"{mark} {notes[-1]}"

    def maybe(text: str) -> str:
        return text if layout.random() < 0.3 else ""

    def value_of(value: Any) -> str:
        if isinstance(value, int):
            return str(value)
        pairs = list(value.items())
        layout.shuffle(pairs)
        if layout.random() < 0.5:
            return "{" + ", ".join(f"{n}={v}" for n, v in pairs) + "}"
        lines = [f'      "{n}" : {v}{maybe("," + note(" //"))}\n' for n, v in pairs]
        return "{\n" + "".join(lines) + "    }"

    text = maybe(note("#") + "\n\n")
    blocks = list(model.items())
    layout.shuffle(blocks)
    for name, said in blocks:
        text += f"# code:{name}\n{maybe(note('//') + chr(10))}"
        text += f'module "{name}"{" " * layout.randrange(3)} {"{"}\n'
        pairs = list(said.items())
        layout.shuffle(pairs)
        for key, value in pairs:
            text += maybe("\n") + maybe(f"    {note('#')}\n")
            text += f"    {key}{' ' * layout.randrange(4)}={' ' * layout.randrange(2)}{value_of(value)}{maybe(note(' #'))}\n"
        text += "}\n" + maybe("\n")
    return text, [one for one in notes if one in text]


def meant(text: str) -> Model:
    """Return what a file says, as python-hcl2 reads it."""
    found: Model = {}
    for block in parsed(text).get("module", []):
        ((name, said),) = ((n, s) for n, s in block.items() if not n.startswith("__"))
        found[name.strip('"')] = _plain(said)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name.strip('"'): _plain(one) for name, one in value.items() if not name.startswith("__")
        }
    return value


@given(base=models, edits=chances, changes=chances, layout=chances)
@settings(max_examples=150)
def test_every_edit_that_overlaps_nothing_survives_and_every_other_is_named(
    base: Model, edits: random.Random, changes: random.Random, layout: random.Random
) -> None:
    mine, theirs = changed(base, edits), changed(base, changes)
    expected = Expected()
    both = expected.merge(base, mine, theirs)
    text, notes = by_hand(mine, layout)

    merged = merge_hcl(generated(base), text, generated(theirs))

    addresses = {one.address for one in merged.conflicts}
    # A note inside something that is no longer generated is an edit as well, and both may meet in one object.
    assert addresses >= {one for one in expected.conflicts if not _is_noted(one, addresses)}
    if not merged.conflicts:
        assert meant(merged.text) == both
        assert [one for one in notes if one not in merged.text] == []
        assert merge_hcl(generated(theirs), merged.text, generated(theirs)).text == merged.text


def _is_noted(address: str, others: set[str]) -> bool:
    """Say whether a conflict is part of one that was found further up."""
    return any(address.startswith(f"{other}.") for other in others)


@given(base=models, changes=chances, layout=chances)
@settings(max_examples=60)
def test_who_only_reorders_and_comments_gets_every_change(
    base: Model, changes: random.Random, layout: random.Random
) -> None:
    theirs = changed(base, changes)
    text, _ = by_hand(base, layout)

    merged = merge_hcl(generated(base), text, generated(theirs), Choice.THEIRS)

    assert meant(merged.text) == theirs


@given(base=models, mine=models, layout=chances)
@settings(max_examples=30)
def test_what_is_generated_in_another_order_changes_nothing(
    base: Model, mine: Model, layout: random.Random
) -> None:
    shuffled = list(base.items())
    layout.shuffle(shuffled)
    text, notes = by_hand(mine, layout)

    merged = merge_hcl(generated(base), text, generated(dict(shuffled)))

    assert merged.conflicts == ()
    assert meant(merged.text) == mine
    assert all(one in merged.text for one in notes)


@given(cases=st.lists(st.tuples(models, chances, chances), min_size=20, max_size=30))
@settings(max_examples=4)
def test_what_terraform_would_lay_out_so_stays_so_and_exactly_the_true_conflicts_are_named(
    cases: list[tuple[Model, random.Random, random.Random]],
) -> None:
    merged = []
    for base, edits, changes in cases:
        mine, theirs, expected = changed(base, edits), changed(base, changes), Expected()
        expected.merge(base, mine, theirs)
        three = generated(base), generated(mine), generated(theirs)
        assert {one.address for one in merge_hcl(*three).conflicts} == expected.conflicts
        merged.append(merge_hcl(*three, Choice.MINE).text)

    together = "\n# next\n".join(merged)  # asking Terraform once for all is faster

    assert formatted(together) == together


@given(steps=st.lists(st.tuples(models, chances, chances), min_size=1, max_size=3))
@settings(max_examples=25)
def test_over_generations_on_disk_nothing_is_half_done(
    steps: list[tuple[Model, random.Random, random.Random]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root: Path = tmp_path_factory.mktemp("project")
    file = root / "infra/tasks.tf"
    for model, edits, layout in steps:
        files = {"infra/tasks.tf": generated(model) or "# none\n"}
        before = read_tree(root)
        try:
            apply(root, survey(root, files))
        except GenerationError:
            assert read_tree(root) == before
            apply(root, survey(root, files, choice=Choice.MINE))
        assert (root / BASE / "infra/tasks.tf").read_text(encoding="utf-8") == files[
            "infra/tasks.tf"
        ]
        once = read_tree(root)
        apply(root, survey(root, files))
        assert read_tree(root) == once
        file.write_text(by_hand(changed(model, edits), layout)[0], encoding="utf-8")
