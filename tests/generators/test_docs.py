"""Generated pages: what they tell, that they hold whatever users write, and that no pipeline is too large for them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
from glacier_generators.docs.markdown import LONGEST
from glacier_generators.docs.target import docs_files
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime.errors import Code, GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.foreign import data_of
from tests.generators.graphs import dags, shaped
from tests.generators.hostile import PLACES, TEXTS, full
from tests.generators.pages import Page, dead_links, read_page

FOLDER: Final = "docs/reference"
# Where a manifest takes any text, and pages show it.
FREE: Final[Mapping[str, Callable[[dict[str, Any], str], object]]] = {
    **{
        place: PLACES[place]
        for place in (
            *("description", "type of a parameter", "format", "partition key", "schema"),
            *("description of a dataset", "column", "dtype", "rule", "description of a column"),
            "docstring",
        )
    },
    "key": lambda data, text: data["datasets"][0].update(unique=[[text, "day"]]),
    "kind of a source": lambda data, text: _external(data, kind=text),
    "address of a source": lambda data, text: _external(data, location=text),
}


def _external(data: dict[str, Any], **said: str) -> None:
    external = {"kind": "http", "location": "https://example.org/rates.csv", **said}
    data["datasets"][1].update(bucket=None, path=None, external=external)


def pages_of(data: Mapping[str, Any]) -> dict[str, str]:
    return dict(docs_files(Manifest.model_validate(data)))


def read(data: Mapping[str, Any]) -> dict[str, Page]:
    return {path: read_page(text) for path, text in pages_of(data).items()}


def shown(text: str) -> str:
    """Return what a reader is to see of a text."""
    line = " ".join(
        re.sub(r"[\0\x1b\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", text).split()
    )
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def section(pages: Mapping[str, str], page: str, name: str) -> str:
    text = pages[f"{FOLDER}/{page}.md"]
    return text[text.index(f"\n## {name}\n") :].removeprefix("\n").partition("\n## ")[0]


def test_a_page_tells_when_the_pipeline_runs_and_draws_it_as_glacier_graph_does() -> None:
    page = pages_of(full())[f"{FOLDER}/pipeline.md"]

    assert "- **Runs:** `0 5 * * *` (UTC); if another run is going on then, it waits\n" in page
    assert "```mermaid\nflowchart LR\n" in page
    assert "    d_of_first --> t_second\n    t_second --> d_of_second\n" in page
    assert "| 2 | [second](tasks.md#second) | [of_first](datasets.md#of_first) |" in page


def test_a_dataset_has_its_columns_and_both_directions_of_its_lineage() -> None:
    data = data_of({"one": [], "two": ["one"], "three": ["two"]})
    column = {"name": "n", "dtype": "Int64", "nullable": True, "rules": ["not null", "ge=1"]}
    data["datasets"][1] |= {
        "columns": [{**column, "description": "How many."}],
        "unique": [["n"]],
        "partition_by": ["n"],
    }

    told = section(pages_of(data), "datasets", "of_two")

    assert "- **Address:** `lake/of_two.parquet`\n" in told
    assert "- **Written by:** [two](tasks.md#two)\n- **Read by:** [three](tasks.md#three)\n" in told
    assert "- **Made from:** [of_one](#of_one)\n- **Goes into:** [of_three](#of_three)\n" in told
    assert "| `n` | `Int64` | may be | partition, unique, `ge=1` | How many. |\n" in told
    assert "further on [of_three](#of_three)" in section(pages_of(data), "datasets", "of_one")


def test_a_task_has_its_signature_and_what_it_is_given_by_name() -> None:
    told = section(pages_of(full()), "tasks", "first")

    assert "```text\nforeign.tasks:first(since: date, token: secret) -> of_first\n```\n" in told
    assert "- **Runs in:** a serverless function (`aws.lambda`), 512 MiB of memory\n" in told
    assert "- **Time limit in a cloud:** 60 s\n- **Retries:** none\n" in told
    assert "- **Parameters:** `since`\n- **Secret:** `api-token`, as `token`" in told


def test_no_value_of_a_parameter_is_told() -> None:
    data = full()
    PLACES["default of a parameter"](data, "hunter2")

    assert not [path for path, text in pages_of(data).items() if "hunter2" in text]


@pytest.mark.parametrize("place", FREE)
def test_text_stays_text_wherever_it_stands(place: str) -> None:
    plain = full()
    FREE[place](plain, "MARK")
    expected = read(plain)
    for text in filter(str.strip, map(shown, TEXTS)):
        data = full()
        FREE[place](data, text)
        found = read(data)
        assert {path: page.tags for path, page in found.items()} == {
            path: page.tags for path, page in expected.items()
        }, text
        assert any(shown(text) in one for page in found.values() for one in page.texts), text


@settings(max_examples=60)
@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=60)
    | st.text("`|\\*_<>&[](){}#~$!:-+=%.1 \n@^\"'", max_size=30)
)
def test_no_text_at_all_means_more_than_its_letters(text: str) -> None:
    word = f"x{text}" if not text.strip() else text
    plain, data = full(), full()
    for place in FREE.values():
        place(plain, "MARK")
        place(data, word)

    tags = {path: page.tags for path, page in read(data).items()}

    assert tags == {path: page.tags for path, page in read(plain).items()}


@settings(max_examples=20)
@given(dags(12))
def test_every_link_leads_somewhere(graph: dict[str, list[str]]) -> None:
    assert dead_links(pages_of(data_of(graph))) == []


def test_names_that_are_those_of_pages_have_sections_of_their_own() -> None:
    names = ("datasets", "datasets-lineage", "tasks", "tasks-signatures", "graph", "pipeline")
    data = data_of({name.replace("-", "_"): [] for name in names})
    for name, dataset, task in zip(names, data["datasets"], data["tasks"], strict=True):
        dataset["name"] = task["name"] = task["outputs"][0]["dataset"] = name

    assert dead_links(pages_of(data)) == []


def pictures(pages: Mapping[str, str]) -> Iterator[str]:
    for text in pages.values():
        yield from re.findall(r"```mermaid\n(.*?)\n```", text, re.DOTALL)


@pytest.mark.parametrize("shape", ["star", "layers"])
def test_no_pipeline_is_too_large_for_what_github_shows(shape: str) -> None:
    pages = pages_of(data_of(shaped(shape, 1000)))

    assert (
        "1000 datasets and 1000 tasks are more than one picture" in pages[f"{FOLDER}/pipeline.md"]
    )
    drawn = list(pictures(pages))
    assert len(drawn) == 1000
    assert all(len(one) < 50_000 and one.count("->") <= 500 for one in drawn)
    assert all(len(text.encode()) < 512_000 for text in pages.values())
    assert set(re.findall(r"\]\(([a-z0-9-]+\.md)#", "".join(pages.values()))) < {
        path.rpartition("/")[2] for path in pages
    }


def test_of_many_readers_a_picture_shows_the_first_and_says_so() -> None:
    pages = pages_of(data_of(shaped("star", 200)))

    told = section(pages, "datasets", "of_task_00000")

    assert "Drawn are the first 12 of 199 tasks that read it." in told
    assert "[task_00199](tasks-2.md#task_00199)" in told


def test_pages_are_the_same_bytes_whoever_writes_them() -> None:
    code = (
        "import sys; from glacier_generators.docs.target import docs_files; from glacier_runtime.manifest import Manifest; "
        "print(dict(docs_files(Manifest.model_validate_json(sys.stdin.read()))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(data_of(shaped("ladder", 60))),
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


def test_a_manifest_that_contradicts_itself_is_refused() -> None:
    data = data_of({"first": []})
    data["tasks"][0]["depends_on"] = ["nobody"]

    with pytest.raises(GenerationError) as refused:
        pages_of(data)

    assert {problem.code for problem in refused.value.problems} == {Code.BAD_MANIFEST}
