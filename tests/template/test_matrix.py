"""Every two answers, together in some project: it passes the checks that it brings along, and they change nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.choices import PAIRWISE, Answers, described
from tests.template.matrix import failures_of, own_checks
from tests.template.rendering import Repository

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for project after project, so that mypy knows again what it has seen there."""
    place = tmp_path_factory.mktemp("matrix")
    before = os.environ.get("MYPY_CACHE_DIR")
    os.environ["MYPY_CACHE_DIR"] = str(place / "mypy")
    yield place / "project"
    os.environ.pop("MYPY_CACHE_DIR")
    if before is not None:
        os.environ["MYPY_CACHE_DIR"] = before


@pytest.mark.parametrize("answers", PAIRWISE, ids=map(described, PAIRWISE))
def test_every_two_answers_make_a_project_that_passes_its_own_checks(
    template: Repository, place: Path, answers: Answers
) -> None:
    shutil.rmtree(place, ignore_errors=True)

    assert list(failures_of(template, place, answers, own_checks(answers))) == []
