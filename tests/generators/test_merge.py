"""Three versions of a file in, one out: what each kind of edit becomes, and what is a conflict."""

from __future__ import annotations

import pytest
from glacier_generators.merging.conflicts import Choice, Conflict
from glacier_generators.merging.files import merge_file
from glacier_generators.merging.three_way import merge_hcl
from glacier_generators.merging.versions import Versions

from tests.generators.reading import formatted

BASE = """\
# code:clean
module "task_clean" {
  source = "./modules/lambda_task"

  memory_mib = 512
  timeout_s  = 60

  reads = {
    raw = { path = "raw/", source = true }
  }
  secrets = {}
}

locals {
  tasks = [
    module.task_clean,
  ]
}
"""


def edited(*changes: tuple[str, str], text: str = BASE) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_an_edit_and_a_change_of_neighbouring_lines_both_survive() -> None:
    mine = edited(("memory_mib = 512", "memory_mib = 2048 # measured"))
    theirs = edited(("timeout_s  = 60", "timeout_s  = 60\n  retries_of_it = 3"))

    merged = merge_hcl(BASE, mine, theirs)

    assert merged.conflicts == ()
    assert merged.text == edited(
        ("  memory_mib = 512\n  timeout_s  = 60\n",
         "  memory_mib    = 2048 # measured\n  timeout_s     = 60\n  retries_of_it = 3\n"),
    )  # fmt: skip


def test_a_true_conflict_has_address_and_both_values_and_the_rest_is_merged() -> None:
    mine = edited(("512", "2048"), ('"raw/", source = true', '"mine/", source = true'))
    theirs = edited(
        ("512", "1024"), ('"raw/", source = true', '"theirs/", source = true'), ("60", "90")
    )

    merged = merge_hcl(BASE, mine, theirs)

    assert merged.conflicts == (
        Conflict("module.task_clean.memory_mib", "2048", "1024"),
        Conflict("module.task_clean.reads.raw.path", '"mine/"', '"theirs/"'),
    )
    assert merge_hcl(BASE, mine, theirs, Choice.MINE).text == edited(("60", "90"), text=mine)
    assert merge_hcl(BASE, mine, theirs, Choice.THEIRS).text == theirs


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        # Keys of an object on one line, on both sides.
        ([("source = true }", "source = true, mine = 1 }")], [("source = true }", "source = true, theirs = 2 }")],
         [("source = true }", "source = true, theirs = 2, mine = 1 }")]),
        # An object that was on one line is written on many, and gets another key.
        ([('{ path = "raw/", source = true }', '{\n      path   = "raw/"\n      source = true # mine\n    }')],
         [("source = true }", "source = true, long_name = 2 }")],
         [('{ path = "raw/", source = true }',
           '{\n      path      = "raw/"\n      source    = true # mine\n      long_name = 2\n    }')]),
        # An empty object gets entries on both sides.
        ([("secrets = {}", "secrets = { mine = 1 }")], [("secrets = {}", "secrets = {\n    theirs = 2\n  }")],
         [("secrets = {}", "secrets = { theirs = 2, mine = 1 }")]),
        # Elements of a list, with a comment on one, and a last comma missing.
        ([("    module.task_clean,\n", "    module.task_clean, # first\n    module.mine\n")],
         [("    module.task_clean,\n", "    module.task_clean,\n    module.task_count,\n")],
         [("    module.task_clean,\n", "    module.task_clean, # first\n    module.mine,\n    module.task_count,\n")]),
        # An element that is gone, beside one that is new.
        ([("    module.task_clean,\n", "    module.task_clean,\n    module.mine,\n")],
         [("    module.task_clean,\n", "")], [("    module.task_clean,\n", "    module.mine,\n")]),
        # A comment of both sides, above a block.
        ([("# code:clean\n", "# code:clean\n# Ask Ann before you change this.\n")], [("# code:clean\n", "# moved:clean\n")],
         [("# code:clean\n", "# moved:clean\n# Ask Ann before you change this.\n")]),
        # An attribute that goes, on one side each.
        ([("  timeout_s  = 60\n", "")], [("  memory_mib = 512\n", "")], [("\n  memory_mib = 512\n  timeout_s  = 60\n", "")]),
    ],
    ids=["inline", "spread", "empty", "list", "gone", "comments", "dropped"],
)  # fmt: skip
def test_edits_that_do_not_overlap_survive_laid_out_as_terraform_would(
    mine: list[tuple[str, str]], theirs: list[tuple[str, str]], expected: list[tuple[str, str]]
) -> None:
    merged = merge_hcl(BASE, edited(*mine), edited(*theirs))

    assert merged.conflicts == ()
    wanted = edited(*expected)
    assert merged.text == wanted
    assert formatted(merged.text) == merged.text


def test_a_block_that_was_deleted_stays_deleted_and_is_named() -> None:
    mine = BASE[BASE.index("locals") :]

    merged = merge_hcl(BASE, mine, edited(("512", "1024")))

    assert (merged.text, merged.conflicts, merged.left_out) == (mine, (), ("module.task_clean",))


def test_an_attribute_that_was_deleted_and_changed_is_a_conflict() -> None:
    merged = merge_hcl(BASE, edited(("  memory_mib = 512\n", "")), edited(("512", "1024")))

    assert merged.conflicts == (Conflict("module.task_clean.memory_mib", None, "1024"),)


def test_a_block_that_was_edited_and_is_no_longer_generated_is_a_conflict() -> None:
    theirs = BASE[BASE.index("locals") :]

    merged = merge_hcl(BASE, edited(("512", "2048")), theirs)

    assert [(one.address, one.theirs) for one in merged.conflicts] == [("module.task_clean", None)]
    assert merge_hcl(BASE, BASE + "# mine\n", theirs).text == theirs + "# mine\n"


def test_a_comment_above_a_block_that_goes_stays() -> None:
    mine = "# mine\n" + BASE

    merged = merge_hcl(BASE, mine, BASE[BASE.index("locals") :])

    assert merged.conflicts == ()
    assert merged.text == "# mine\n\n" + BASE[BASE.index("locals") :]


def test_a_comment_inside_what_goes_is_a_conflict_because_it_would_be_lost() -> None:
    mine = edited(("memory_mib = 512", "memory_mib = 512 # mine"))

    merged = merge_hcl(BASE, mine, edited(("  memory_mib = 512\n", "")))

    assert [one.address for one in merged.conflicts] == ["module.task_clean.memory_mib"]


def test_who_reordered_and_reformatted_gets_changes_where_things_stand_now() -> None:
    task, tasks = BASE.split("\nlocals", maxsplit=1)
    mine = f"locals{tasks}\n{task}".replace("memory_mib = 512", "memory_mib    =    512")

    merged = merge_hcl(BASE, mine, edited(("512", "1024"), ("60", "90")))

    assert merged.conflicts == ()
    assert merged.text == f"locals{tasks}\n{task}".replace("512", "1024").replace("60", "90")


def test_repeated_blocks_are_told_apart_by_what_they_say() -> None:
    base = 'data "d" "x" {\n  statement {\n    sid = "A"\n    n   = 1\n  }\n  statement {\n    sid = "B"\n    n   = 1\n  }\n}\n'
    mine = base.replace('  statement {\n    sid = "A"\n    n   = 1\n  }\n', "")
    theirs = base.replace('"B"\n    n   = 1', '"B"\n    n   = 2')

    merged = merge_hcl(base, mine, theirs)

    assert merged.conflicts == ()
    assert merged.text == mine.replace("n   = 1", "n   = 2")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_breaks_and_the_byte_order_mark_stay_as_they_are(mark: str) -> None:
    mine = mark + edited(("60", "61")).replace("\n", "\r\n")

    merged = merge_hcl(
        BASE,
        mine,
        edited(
            ("512", "1024"), ("    module.task_clean,\n", "    module.task_clean,\n    module.b,\n")
        ),
    )

    expected = edited(
        ("60", "61"),
        ("512", "1024"),
        ("    module.task_clean,\n", "    module.task_clean,\n    module.b,\n"),
    )
    assert merged.text == mark + expected.replace("\n", "\r\n")


def test_a_file_without_a_last_line_break_can_grow() -> None:
    merged = merge_hcl("a = 1\n", "a = 2", "a = 1\n\nb {\n  c = 1\n}\n")

    assert merged.text == "a = 2\n\nb {\n  c = 1\n}\n"


def test_a_block_on_one_line_gets_lines_when_it_gets_more() -> None:
    merged = merge_hcl("v {\n  a = 1\n}\n", "v { a = 2 }\n", "v {\n  a    = 1\n  long = 3\n}\n")

    assert merged.text == "v {\n  a    = 2\n  long = 3\n}\n"


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    mine, theirs = edited(("512", "1024 # mine")), edited(("512", "1024"))

    merged = merge_hcl(BASE, mine, theirs)

    assert (merged.text, merged.conflicts) == (mine, ())


def test_comments_of_both_sides_at_the_end_of_a_block_stay_in_it() -> None:
    end = "  secrets = {}\n"

    merged = merge_hcl(BASE, edited((end, f"{end}  # mine\n")), edited((end, f"{end}  # theirs\n")))

    assert merged.text == edited((end, f"{end}  # mine\n  # theirs\n"))


def test_prose_is_merged_by_lines() -> None:
    base = "# Title\n\nIntroduction.\n\n| a |\n\nEnd.\n"
    mine, theirs = base.replace("Introduction", "My own words"), base.replace(
        "| a |\n", "| a |\n| b |\n"
    )

    merged = merge_file("infra/README.md", Versions(base, mine, theirs), Choice.ABORT)
    torn = merge_file(
        "infra/README.md", Versions(base, mine, base.replace("Intro", "X")), Choice.ABORT
    )

    assert merged is not None
    assert merged.text == theirs.replace("Introduction", "My own words")
    assert torn is not None
    assert torn.conflicts == (Conflict("line 3", "My own words.\n", "Xduction.\n"),)


@pytest.mark.parametrize("path", ["infra/workflow.asl.json", "docs/a.txt", "infra/a.tf"])
def test_what_cannot_be_merged_is_not(path: str) -> None:
    assert merge_file(path, Versions("{}", '{"a": 1}', "{ "), Choice.ABORT) is None
