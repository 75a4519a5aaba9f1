"""What every combination of choices renders."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs

from tests.template.choices import (
    CHOICES,
    EACH_ONCE,
    PAIRWISE,
    Answer,
    Answers,
    asked_of,
    the_rest_in_the_long_suite,
)
from tests.template.refresh import STARTS
from tests.template.rendering import (
    ROOT,
    Repository,
    files_of,
    recorded_answers,
    render,
    tool,
)

QUESTIONS = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("answers", the_rest_in_the_long_suite(EACH_ONCE, PAIRWISE))
def test_every_combination_renders_clean_and_formatted_and_does_not_drift(
    rendered: Callable[..., Path], answers: Answers
) -> None:
    project = rendered(**answers)

    asked = asked_of(answers)
    assert {name: recorded_answers(project)[name] for name in asked} == asked
    check_text(files_of(project))
    check_what_it_installs(project, answers)
    check_configuration(project, answers)
    ruff = tool("ruff", "check", ".", folder=project)
    assert ruff.returncode == 0, ruff.stdout
    black = tool("black", "--check", ".", folder=project)
    assert black.returncode == 0, black.stderr
    assert (project / "infra").exists() == (answers["cloud"] == "aws")
    assert (project / "docs").exists() == answers["with_docs"]
    assert (project / ".glacier").exists() == (answers["with_docs"] or answers["cloud"] == "aws")
    # Among all else, that generation would change nothing.
    well = tool("glacier_runtime", "doctor", folder=project, imports=project / "vendor")
    assert (well.returncode, well.stdout) == (0, "nothing to mend\n"), well.stderr


def check_text(files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith((".parquet", ".csv")):
            continue
        text = content.decode()
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), name
        assert not re.search(r"[ \t]$", text, re.MULTILINE), name
        assert "\n\n\n" not in text or name.endswith(".py"), name


def check_what_it_installs(folder: Path, answers: Answers) -> None:
    pyproject = tomllib.loads((folder / "pyproject.toml").read_text())

    project = pyproject["project"]
    assert project["requires-python"] == f">={answers['python_version']}"
    glacier = pyproject["tool"]["glacier"]
    assert glacier.pop("pipeline") == f"{answers['example']}.pipeline:pipeline"
    assert glacier.pop("generators", []) == (["docs"] if answers["with_docs"] else [])
    in_cloud: dict[str, object] = {"cloud": "aws", "aws": {"region": "eu-central-1"}}
    if answers["function_package"] == "image":
        in_cloud["build"] = {"functions": "image"}
    assert glacier == (in_cloud if answers["cloud"] == "aws" else {})
    assert pyproject["tool"]["mypy"]["python_version"] == answers["python_version"]
    runtime = [line for line in project["dependencies"] if line.startswith("glacier-runtime")]
    assert bool(runtime) == (answers["runtime_source"] != "vendored")


# What says how a project is worked on: which answers bring it, and the schema that it keeps.
CONFIGURATION: tuple[tuple[str, dict[str, Answer], str | None], ...] = (
    (".editorconfig", {}, None),
    (".github/workflows/ci.yml", {"ci": "github"}, "vendor.github-workflows"),
    (".github/workflows/template.yml", {"ci": "github"}, "vendor.github-workflows"),
    (".github/ISSUE_TEMPLATE/data.yml", {"ci": "github"}, "vendor.github-issue-forms"),
    (".github/ISSUE_TEMPLATE/task.yml", {"ci": "github"}, "vendor.github-issue-forms"),
    (".github/pull_request_template.md", {"ci": "github"}, None),
    (".gitlab-ci.yml", {"ci": "gitlab"}, "vendor.gitlab-ci"),
    (".gitlab/merge_request_templates/Default.md", {"ci": "gitlab"}, None),
    ("docs/conf.py", {"with_docs": True}, None),
    (".pre-commit-config.yaml", {"with_precommit": True}, None),
    (".devcontainer/devcontainer.json", {"with_devcontainer": True}, None),
    ("renovate.json", {"with_renovate": True}, "vendor.renovate"),
)


def check_configuration(project: Path, answers: Answers) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    for name, needed, schema in CONFIGURATION:
        wanted = needed.items() <= answers.items()
        assert (project / name).is_file() == wanted, name
        assert (f"`{name.partition('/')[0]}" in readme) == wanted, name
        if wanted and schema is not None:
            said = tool("check_jsonschema", "--builtin-schema", schema, name, folder=project)
            assert said.returncode == 0, said.stdout
    assert (project / "LICENSE").exists() == (answers["licence"] != "none")
    assert not (project / "CODEOWNERS").exists()


def test_the_hooks_of_git_are_those_of_the_lint_session(rendered: Callable[..., Path]) -> None:
    project = rendered(example="minimal", cloud="none", runtime_source="index")

    groups = tomllib.loads((project / "pyproject.toml").read_text())["dependency-groups"]
    (hooks,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]
    pinned = [pin for hook in hooks["hooks"] for pin in hook["additional_dependencies"]]
    assert sorted(pinned) == sorted(groups["lint"])


def test_gitlab_plans_and_deploys_with_tokens_and_no_keys(rendered: Callable[..., Path]) -> None:
    project = rendered(example="minimal", ci="gitlab", runtime_source="index")

    jobs = yaml.safe_load((project / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    assert jobs[".in_account"]["id_tokens"] == {"AWS_ID_TOKEN": {"aud": "sts.amazonaws.com"}}
    for job, role in (("plan", "$AWS_PLAN_ROLE"), ("deploy", "$AWS_DEPLOY_ROLE")):
        assert jobs[job]["extends"] == ".in_account"
        assert jobs[job]["variables"]["AWS_ROLE_ARN"] == role
        assert all(role in rule["if"] for rule in jobs[job]["rules"])
    assert jobs["deploy"]["needs"] == ["nox", "infra", "terraform"]
    images = [job["image"] for job in jobs.values() if isinstance(job, dict) and "image" in job]
    tags = [image if isinstance(image, str) else image["name"] for image in images]
    assert all(re.search(r":(\d+\.\d+\.\d+|\$IMAGE)", tag) for tag in tags)


def test_every_question_has_help_and_a_default_that_passes_its_own_validator(
    rendered: Callable[..., Path],
) -> None:
    asked = [name for name, question in QUESTIONS.items() if _is_asked(name, question)]

    assert asked == [
        *("example", "project_name", "package_name", "description", "author"),
        *("licence", "code_owners", "cloud", "aws_region", "function_package", "ci"),
        "python_version",
        *("with_precommit", "with_devcontainer", "with_renovate", "with_docs"),
        "runtime_source",
    ]
    assert [name for name in asked if not QUESTIONS[name]["help"]] == []
    assert sorted(recorded_answers(rendered())) == sorted(["_commit", "_src_path", *asked])


def _is_asked(name: str, question: object) -> bool:
    return not name.startswith("_") and isinstance(question, dict) and question.get("when", True)


def test_the_combinations_hold_every_choice_that_is_offered() -> None:
    offered = {
        name: tuple(choices.values() if isinstance(choices, dict) else choices)
        for name, question in QUESTIONS.items()
        if (choices := isinstance(question, dict) and question.get("choices"))
    }

    offered |= {
        name: (True, False)
        for name, question in QUESTIONS.items()
        if isinstance(question, dict) and question.get("type") == "bool"
    }
    assert {name: set(values) for name, values in offered.items()} == {
        name: set(values) for name, values in CHOICES.items()
    }


def test_nobody_needs_to_trust_the_template(template: Repository, tmp_path: Path) -> None:
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & QUESTIONS.keys()

    quiet = ("--defaults", "--quiet")
    copied = tool("copier", "copy", *quiet, str(template.path), "project", folder=tmp_path)

    assert copied.returncode == 0, copied.stderr


def test_rendering_twice_gives_the_same_bytes(template: Repository, tmp_path: Path) -> None:
    one, two = (
        files_of(render(template, tmp_path / name, example="orders", runtime_source="index"))
        for name in ("one", "two")
    )
    assert one == two


def test_the_workflow_is_there_only_if_it_is_wanted(template: Repository, tmp_path: Path) -> None:
    few = {"runtime_source": "index", "cloud": "none"}
    assert not (render(template, tmp_path / "without", ci="none", **few) / ".github").exists()
    project = render(template, tmp_path / "with", ci="github", python_version="3.12", **few)

    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["nox"]
    assert job["strategy"]["matrix"]["python"] == ["3.12", "3.13"]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
    assert job["steps"][0]["with"] == {"persist-credentials": False}


@pytest.mark.parametrize("example", CHOICES["example"])
def test_an_example_is_one_folder_and_its_sample_data_fits_into_half_a_megabyte(
    example: str,
) -> None:
    size = sum(map(len, files_of(STARTS[example] / "data").values()))

    assert size <= 500_000


def test_an_index_project_asks_for_the_version_that_is_here(rendered: Callable[..., Path]) -> None:
    declared = re.search(
        r'^__version__ = "(.+)"$',
        (ROOT / "glacier_runtime" / "__init__.py").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert declared is not None

    project = rendered(runtime_source="index")
    pyproject = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"glacier-runtime[aws,cli,generators]~={declared[1]}"' in pyproject
