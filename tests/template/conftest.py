"""The template as a git repository: what every test here renders from."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Test folders are no packages; the helpers beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.template.rendering import GIT_IDENTITY, Repository, render, snapshot


@pytest.fixture(scope="session", autouse=True)
def _git_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep git and Copier away from the settings, caches and identity of whoever runs the tests."""
    os.environ.update(GIT_IDENTITY)
    settings = tmp_path_factory.mktemp("settings") / "settings.yml"
    settings.write_text("{}", encoding="utf-8")
    os.environ["COPIER_SETTINGS_PATH"] = str(settings)
    os.environ["COPIER_CACHE_DIR"] = str(tmp_path_factory.mktemp("mirrors"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, _git_of_nobody: None) -> Repository:
    """The working tree, uncommitted changes included, as the release v0.1.0 of a repository of its own."""
    return snapshot(tmp_path_factory.mktemp("template") / "glacier", tag="v0.1.0")


@pytest.fixture(scope="session")
def unpacked(template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The same files outside git: nothing is cloned, so the questions are asked in no time."""
    folder = tmp_path_factory.mktemp("unpacked") / "glacier"
    shutil.copytree(template.path, folder, ignore=shutil.ignore_patterns(".git"))
    return Repository(folder)


@pytest.fixture
def rendered(template: Repository, tmp_path: Path) -> Callable[..., Path]:
    """Render a project with some answers and the defaults for the rest."""

    def _rendered(**answers: object) -> Path:
        return render(template, tmp_path / "project", **answers)

    return _rendered


@pytest.fixture
def unpacked_rendered(unpacked: Repository, tmp_path: Path) -> Callable[..., Path]:
    """The same from files outside git, for what has nothing to do with releases: cloning takes longer than rendering few files."""

    def _rendered(**answers: object) -> Path:
        return render(unpacked, tmp_path / "project", **answers)

    return _rendered
