"""What a change of the code does to the generated files: no more than a reviewer expects."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

import pytest
from glacier_generators.merging.three_way import merge_hcl
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime import Pipeline
from tests.generators.foreign import manifest_of_graph
from tests.generators.projects import PIPELINE

NEW_TASK = '''
totals = Dataset("totals", storage=lake.at("totals.parquet"))


@small.task
def sum_up_under_a_name_longer_than_others(
    counted: Annotated[pl.LazyFrame, counts],
) -> Annotated[pl.LazyFrame, totals]:
    """Sum it up."""
    return counted


pipeline = Pipeline(name="laundry", tasks=[wash, count, sum_up_under_a_name_longer_than_others])
'''
NAME = "sum_up_under_a_name_longer_than_others"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", "aws")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


def files_of(source: str) -> dict[str, str]:
    module: dict[str, object] = {"__name__": "laundry"}
    exec(compile(source, "laundry.py", "exec"), module)
    pipeline = module["pipeline"]
    assert isinstance(pipeline, Pipeline)
    return aws_files(pipeline.manifest)


def edited(old: str, new: str) -> str:
    assert PIPELINE.count(old) == 1
    return PIPELINE.replace(old, new)


def changes(source: str) -> dict[str, tuple[list[str], list[str]]]:
    """Return the removed and the added lines of each file that a change of the code changes."""
    before, after = files_of(PIPELINE), files_of(source)
    return {
        path: lines
        for path in sorted(before.keys() | after.keys())
        if (lines := _lines(before.get(path, ""), after.get(path, ""))) != ([], [])
    }


def _lines(before: str, after: str) -> tuple[list[str], list[str]]:
    compared = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    removed: list[str] = []
    added: list[str] = []
    for kind, low, high, new_low, new_high in compared.get_opcodes():
        if kind != "equal":
            removed += before.split("\n")[low:high]
            added += after.split("\n")[new_low:new_high]
    return removed, added


@pytest.mark.parametrize(
    "source",
    [
        edited('@small.task(name="clean")', '# one\n# two\n\n@small.task(name="clean")'),
        edited("    return raw\n", "    dirty = raw\n    return dirty.filter(pl.col('x') > 1)\n"),
        edited('"""A pipeline."""', '"""Another word on it."""'),
        edited("import polars as pl", "import math\n\nimport polars as pl"),
        edited('    """Wash it."""', '    """Wash it.\n\n    With soap, and at forty degrees.\n    """'),
        PIPELINE.replace("def wash(raw:", "def wash(dirty:").replace("return raw", "return dirty"),
        edited("tasks=[wash, count]", "tasks=[count, wash]"),
        edited("rows: Annotated[pl.LazyFrame, clean]", "rows: Annotated[pl.DataFrame, clean]"),
        PIPELINE.replace("clean = Dataset(", "washed = Dataset(").replace("pl.LazyFrame, clean]", "pl.LazyFrame, washed]"),
    ],
    ids=[
        "comment lines above a task",
        "another body",
        "another docstring of the module",
        "another import",
        "more below the first line of a docstring",
        "a parameter renamed",
        "tasks listed in another order",
        "another carrier",
        "a variable renamed",
    ],
)  # fmt: skip
def test_what_does_not_concern_the_infrastructure_does_not_change_it(source: str) -> None:
    assert changes(source) == {}


def test_a_task_and_a_dataset_are_a_module_call_a_line_a_state_and_two_lines_to_read() -> None:
    found = changes(PIPELINE + NEW_TASK)

    assert found.keys() == {
        "infra/README.md", "infra/tasks.tf", "infra/workflow.asl.json", "infra/workflow.tf",
    }  # fmt: skip
    removed, added = found["infra/tasks.tf"]
    assert removed == []
    assert [line for line in added if line and not line.startswith(" ")] == [
        f"# laundry:{NAME}",
        f'module "task_{NAME}" {"{"}',
        "}",
    ]
    assert [line.strip() for line in added if " = { bucket" in line] == [
        'counts = { bucket_arn = module.bucket_lake.arn, path = "counts.parquet" }',
        'totals = { bucket_arn = module.bucket_lake.arn, path = "totals.parquet" }',
    ]
    assert found["infra/workflow.tf"] == ([], [f"    module.task_{NAME},"])
    removed, added = found["infra/README.md"]
    assert removed == []
    assert len(added) == 2
    assert all(f"`{NAME}`" in line for line in added)


def assert_states_are_only_added(
    found: Mapping[str, tuple[list[str], list[str]]], name: str
) -> None:
    removed, added = found["infra/workflow.asl.json"]
    # What is removed is only where a state ended, or a list did.
    assert {line.strip(" },]") for line in removed} <= {"", '"End": true'}
    states = [match[1] for line in added if (match := re.match(r' *"([a-z_]+)": \{$', line))]
    assert states == [name]


def test_a_task_at_the_end_becomes_the_next_state() -> None:
    found = changes(PIPELINE + NEW_TASK)

    assert_states_are_only_added(found, NAME)
    _, added = found["infra/workflow.asl.json"]
    leads_to = {line.strip() for line in added if '"Next"' in line}
    assert leads_to == {f'"Next": "{NAME}"', f'"Next": "{NAME} failed"'}


def test_a_task_that_waits_for_nobody_becomes_a_branch() -> None:
    found = changes(
        (PIPELINE + NEW_TASK).replace(
            "counted: Annotated[pl.LazyFrame, counts]", "counted: Annotated[pl.LazyFrame, raw]"
        )
    )

    assert_states_are_only_added(found, NAME)
    assert found["infra/workflow.tf"] == ([], [f"    module.task_{NAME},"])


def test_a_task_that_is_dropped_takes_with_it_what_it_brought() -> None:
    with_it, without = files_of(PIPELINE + NEW_TASK), files_of(PIPELINE)

    assert with_it.keys() == without.keys()
    for path, text in without.items():
        removed, _ = _lines(with_it[path], text)
        assert len(removed) == len(_lines(text, with_it[path])[1])


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            edited("provider.serverless()", "provider.serverless(timeout_s=60)"),
            {"infra/README.md": 2, "infra/tasks.tf": 2, "infra/workflow.asl.json": 2},
        ),
        (
            edited('@small.task(name="clean")', '@small.task(name="clean", retries=3)'),
            {"infra/workflow.asl.json": 6},
        ),
        (edited('lake.at("counts.parquet")', 'lake.at("counts/")'), {"infra/README.md": 1, "infra/tasks.tf": 1}),
        (edited('provider.bucket("lake")', 'provider.bucket("lake", versioning=True)'), {"infra/README.md": 1, "infra/storage.tf": 1}),
        (edited('"""Count it."""', '"""Count them."""'), {"infra/README.md": 1, "infra/tasks.tf": 1, "infra/workflow.asl.json": 1}),
    ],
    ids=["time-out", "retries", "path", "versioning", "docstring"],
)  # fmt: skip
def test_one_word_changes_one_line_wherever_it_matters(source: str, lines: dict[str, int]) -> None:
    found = changes(source)

    assert {path: len(added) for path, (_, added) in found.items()} == lines


def test_one_task_more_in_a_pipeline_of_a_hundred_that_was_edited_adds_only_its_own_lines() -> None:
    hundred = {
        f"task_{number:03}": [f"task_{number - 1:03}"] if number else [] for number in range(100)
    }
    before = aws_files(manifest_of_graph(hundred))
    after = aws_files(manifest_of_graph({**hundred, "zz_one_more": ["task_007"]}))
    base, theirs = before["infra/tasks.tf"], after["infra/tasks.tf"]
    mine = re.sub(r"(memory_mib +=) \d+", r"\1 3072 # measured", base)
    assert mine.count("# measured") == 100

    merged = merge_hcl(base, mine, theirs)

    removed, added = _lines(mine, merged.text)
    assert (merged.conflicts, removed) == ((), [])
    assert added == _lines(base, theirs)[1]
    assert [line for line in added if line.startswith("module")] == ['module "task_zz_one_more" {']
    workflow = _lines(before["infra/workflow.tf"], after["infra/workflow.tf"])
    assert workflow == ([], ["    module.task_zz_one_more,"])
