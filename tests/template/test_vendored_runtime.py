"""`vendored` copies the runtime through template includes: complete, and byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.refresh import QUESTIONS, questions_with_runtime_files, runtime_files
from tests.template.rendering import Repository, files_of


def test_the_list_in_copier_yml_names_every_file_of_the_runtime() -> None:
    questions = QUESTIONS.read_text(encoding="utf-8")

    assert questions == questions_with_runtime_files(
        questions
    ), "`python -m tests.template.refresh` rewrites the list"


@pytest.mark.parametrize("name", runtime_files())
def test_no_file_of_the_runtime_reads_as_a_jinja_template(name: str) -> None:
    source = runtime_files()[name].decode()

    assert not [mark for mark in ("{{", "{%", "{#") if mark in source]
    assert "\r" not in source


def test_the_vendored_tree_is_identical_to_the_source(
    template: Repository, rendered: Callable[..., Path]
) -> None:
    project = rendered(runtime_source="vendored")

    source = files_of(template.path / "glacier_runtime")
    assert files_of(project / "vendor" / "glacier_runtime") == source


@pytest.mark.parametrize("source", ["git", "index"])
def test_nothing_is_vendored_unless_asked_for(rendered: Callable[..., Path], source: str) -> None:
    project = rendered(runtime_source=source)

    assert not (project / "vendor").exists()
    assert "vendor" not in (project / "pyproject.toml").read_text(encoding="utf-8")
