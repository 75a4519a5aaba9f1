"""A fresh project for a cloud brings its infrastructure along: exactly what the generator would write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.choices import described
from tests.template.refresh import committed_infra_templates, infra_templates
from tests.template.rendering import files_of, tool

LONGEST = "abcdefghi-" * 3 + "abcdefghij"


def generated_files(project: Path) -> dict[str, bytes]:
    return {
        f"{folder}/{name}": content
        for folder in ("infra", ".glacier")
        for name, content in files_of(project / folder).items()
    }


@pytest.mark.long  # for every change, projects of each example are held to what the generator writes
def test_the_templates_of_infra_are_what_the_generator_writes() -> None:
    assert (
        committed_infra_templates() == infra_templates()
    ), "`python -m tests.template.refresh` writes them again"


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"project_name": "a1"}, marks=pytest.mark.long),
        pytest.param(
            {"project_name": "flight-delays", "aws_region": "us-gov-west-1"}, marks=pytest.mark.long
        ),
        {"example": "minimal", "project_name": LONGEST, "aws_region": "ap-southeast-1"},
        pytest.param({"project_name": "class"}, marks=pytest.mark.long),
        pytest.param(
            {
                "project_name": "flights",
                "package_name": "a_very_long_package_name_of_the_longest_"[:-1],
            },
            marks=pytest.mark.long,
        ),
        {"description": 'Quotes " and ${interpolation} and %{ directives }'},
    ],
    ids=described,
)
def test_no_name_drifts(rendered: Callable[..., Path], answers: dict[str, str]) -> None:
    project = rendered(**answers)
    before = generated_files(project)

    said = tool("glacier_runtime", "generate", folder=project)

    assert said.returncode == 0, said.stdout + said.stderr
    count = sum(name.startswith("infra/") for name in before)
    assert said.stdout == f"{count} generated files, all up to date\n"
    assert {name.partition("/")[0] for name in before} == {"infra", ".glacier"}
    assert generated_files(project) == before


@pytest.mark.parametrize("region", ["", "Frankfurt", "eu-central", "eu-central-1\n", "x${y}"])
def test_what_is_no_region_is_refused(rendered: Callable[..., Path], region: str) -> None:
    with pytest.raises(ValueError, match="eu-central-1"):
        rendered(aws_region=region)


def test_without_a_cloud_there_is_no_infrastructure_and_generate_says_how_to_get_it(
    rendered: Callable[..., Path],
) -> None:
    project = rendered(cloud="none")

    said = tool("glacier_runtime", "generate", folder=project)

    assert generated_files(project) == {}
    assert said.returncode == 1
    assert "GLC705" in said.stderr
    assert 'cloud = "aws"' in said.stderr


def test_the_infrastructure_knows_the_answers_in_few_places(rendered: Callable[..., Path]) -> None:
    project = rendered(
        project_name="some-name", package_name="some_package", aws_region="eu-west-3"
    )

    telling = {
        name
        for name, content in generated_files(project).items()
        if name.startswith("infra/")
        and any(answer in content for answer in (b"some-name", b"some_package", b"eu-west-3"))
    }

    assert telling == {
        *("infra/README.md", "infra/terraform.tfvars"),
        *("infra/tasks.tf", "infra/workflow.asl.json"),
    }
