"""What pyproject.toml says about a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from glacier_generators.artefacts.settings import read_settings
from glacier_generators.artefacts.targets import (
    PYTHONS,
    asked_python,
    choose_target,
    running_python,
)
from glacier_generators.terraform.aws.serverless.limits import RUNTIMES

from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.foreign import data_of


def written(root: Path, text: str) -> Path:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return root


def faults(root: Path, text: str) -> list[str]:
    with pytest.raises(GenerationError) as caught:
        read_settings(written(root, text))
    assert set(caught.value.codes) == {"GLC822"}
    return [problem.message for problem in caught.value.problems]


def test_a_project_says_what_it_needs_and_what_to_correct(tmp_path: Path) -> None:
    settings = read_settings(
        written(
            tmp_path,
            '[project]\nname = "shop"\nrequires-python = ">=3.12"\ndependencies = ["polars>=2"]\n'
            '[tool.glacier]\npipeline = "shop.pipeline:pipeline"\n'
            '[tool.glacier.build]\ninclude = ["rich>=14"]\nexclude = ["Boto_3"]\n',
        )
    )

    assert settings.name == "shop"
    assert settings.requires_python == ">=3.12"
    assert [str(item) for item in settings.dependencies] == ["polars>=2"]
    assert [str(item) for item in settings.include] == ["rich>=14"]
    assert settings.exclude == {"boto-3"}
    assert settings.pipeline == "shop.pipeline:pipeline"
    assert settings.vendors_the_runtime


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = faults(
        tmp_path,
        '[project]\ndynamic = ["dependencies"]\nrequires-python = "three"\n'
        '[tool.glacier.build]\ninclude = ["a b"]\nexclude = ["polars"]\nonly = 1\nfunctions = "zip"\n',
    )

    assert len(said) == 6
    assert (
        "pyproject.toml: [tool.glacier.build] functions is 'zip', not 'archive' or 'image'" in said
    )
    for word in ("dynamic", "'three'", "'a b'", "polars", "only"):
        assert any(word in message for message in said), word


@pytest.mark.parametrize(
    "text",
    [
        "[project",
        "project = 1",
        "[project]\ndependencies = 'polars'",
        "[tool]\nglacier = []",
        "[tool.glacier]\nbuild = 1",
        "[project]\nrequires-python = 3.11",
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="GLC822"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("requires", "python"),
    [
        (">=3.11", "3.11"),
        (">=3.11.4,<3.14", "3.11"),
        (">3.11,<4", "3.11"),  # 3.11.1 and later
        (">=3.12", "3.12"),
        ("~=3.13", "3.13"),
        ("!=3.11.*,>=3.10", "3.12"),
        (None, running_python()),
    ],
)
def test_the_oldest_python_of_the_project_is_the_default(requires: str | None, python: str) -> None:
    assert choose_target(None, "x86_64", requires).python == python


@pytest.mark.parametrize(
    ("python", "architecture", "requires"),
    [
        ("3.10", "x86_64", None),
        ("3.11", "x86_64", ">=3.12"),
        ("three", "x86_64", None),
        (None, "x86_64", ">=3.99"),
        (None, "sparc", None),
    ],
)
def test_a_target_that_no_function_has_is_refused(
    python: str | None, architecture: str, requires: str | None
) -> None:
    with pytest.raises(GenerationError, match="GLC821"):
        choose_target(python, architecture, requires)


def asking(**runtimes: str | None) -> Manifest:
    data = data_of({name: [] for name in runtimes})
    for task, runtime in zip(data["tasks"], runtimes.values(), strict=True):
        task["compute"]["config"] = {"type": "aws.lambda", "runtime": runtime}
    return Manifest.model_validate(data)


@pytest.mark.parametrize(
    ("python", "runtimes", "chosen"),
    [
        (None, {"clean": None}, None),
        ("3.12", {"clean": None}, "3.12"),
        (None, {"clean": "python3.13", "count": None}, "3.13"),
        ("3.13", {"clean": "python3.13", "count": "python3.13"}, "3.13"),
    ],
)
def test_tasks_may_say_which_python_is_built_for(
    python: str | None, runtimes: dict[str, str | None], chosen: str | None
) -> None:
    assert asked_python(python, asking(**runtimes)) == chosen


@pytest.mark.parametrize(
    ("python", "runtimes", "told"),
    [
        ("3.12", {"clean": "python3.13"}, "3.13 by clean; 3.12 by who builds"),
        (None, {"clean": "python3.13", "count": "python3.11"}, "3.11 by count; 3.13 by clean"),
    ],
)
def test_who_asks_for_two_pythons_is_told_who_asks_for_which(
    python: str | None, runtimes: dict[str, str | None], told: str
) -> None:
    with pytest.raises(GenerationError, match=told) as caught:
        asked_python(python, asking(**runtimes))

    assert caught.value.codes == ("GLC821",)


def test_every_python_that_can_be_built_for_can_be_asked_for() -> None:
    assert tuple(f"python{version}" for version in PYTHONS) == RUNTIMES
