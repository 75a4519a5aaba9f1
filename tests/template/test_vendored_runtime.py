"""`vendored` copies the runtime, and for a cloud the generators, through template includes: complete, and byte by byte."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.refresh import (
    QUESTIONS,
    committed_infra_templates,
    generator_files,
    refreshed_questions,
    runtime_files,
)
from tests.template.rendering import ROOT, files_of

SOURCES = {
    **{f"glacier_runtime/{name}": content for name, content in runtime_files().items()},
    **{f"glacier_generators/{name}": content for name, content in generator_files().items()},
}


def test_the_lists_in_copier_yml_name_every_file() -> None:
    questions = QUESTIONS.read_text(encoding="utf-8")

    assert questions == refreshed_questions(
        questions, committed_infra_templates()
    ), "`python -m tests.template.refresh` rewrites the lists"


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_that_is_copied_reads_as_a_jinja_template(name: str) -> None:
    source = SOURCES[name].decode()

    assert not [mark for mark in ("{{", "{%", "{#") if mark in source]
    assert "\r" not in source


@pytest.mark.parametrize(("cloud", "with_docs"), [("aws", False), ("none", True), ("none", False)])
def test_the_vendored_tree_is_identical_to_the_source(
    rendered: Callable[..., Path], cloud: str, with_docs: bool
) -> None:
    project = rendered(runtime_source="vendored", cloud=cloud, with_docs=with_docs)

    wanted = "glacier_" if cloud == "aws" or with_docs else "glacier_runtime/"
    source = {name: content for name, content in SOURCES.items() if name.startswith(wanted)}
    assert files_of(project / "vendor") == dict(sorted(source.items()))


@pytest.mark.parametrize("source", ["git", "index"])
def test_nothing_is_vendored_unless_asked_for(rendered: Callable[..., Path], source: str) -> None:
    project = rendered(runtime_source=source)

    assert not (project / "vendor").exists()
    assert "vendor" not in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_a_vendored_project_has_the_entry_points_and_libraries_of_the_distribution(
    rendered: Callable[..., Path],
) -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    theirs = tomllib.loads((rendered() / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert theirs["scripts"] == ours["scripts"]
    assert theirs["entry-points"] == ours["entry-points"]
    extras = ours["optional-dependencies"]
    assert sorted(theirs["dependencies"]) == sorted(
        [*ours["dependencies"], *extras["aws"], *extras["cli"], *extras["generators"]]
    )
