"""`glacier generate` in a project that asks for pages: written, kept, checked, with a cloud and without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.generators.projects import PIPELINE, Project, make_project
from tests.generators.trees import read_tree

PAGES = {f"docs/reference/{name}.md" for name in ("datasets", "pipeline", "tasks")}
SCHEMA = '''

class Row(BaseModel):
    """A row."""

    n: Annotated[int, Field(description="How many.")]


'''
HERE = '[tool.glacier]\npipeline = "laundry:pipeline"\n'
WITH_SCHEMA = PIPELINE.replace(
    "\nprovider =", f"from pydantic import BaseModel, Field\n{SCHEMA}provider ="
).replace('clean.parquet"))', 'clean.parquet"), schema=Row)')


def settings(project: Project, text: str) -> None:
    (project.root / "pyproject.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project without a cloud that has asked for pages, and has them."""
    project = make_project(tmp_path_factory.mktemp("made") / "laundry")
    settings(project, f'{HERE}generators = ["docs"]\n')
    done = project.glacier("generate")
    assert done.code == 0, done.errors
    return project.root


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Project:
    """The same, to change."""
    return Project(shutil.copytree(made, tmp_path / "laundry"))


def test_without_a_cloud_there_are_pages_and_nothing_else(project: Project) -> None:
    written = {path for path in read_tree(project.root) if not path.startswith("__pycache__/")}

    assert written - {"pyproject.toml", "laundry.py"} == {
        *PAGES,
        *(f".glacier/base/{page}" for page in PAGES),
    }
    assert project.glacier("generate").output == "3 generated files, all up to date\n"


def test_a_schema_that_changed_is_drift_until_it_is_generated(project: Project) -> None:
    project.write(WITH_SCHEMA)

    check, doctor = project.glacier("generate", "--check"), project.glacier("doctor")

    assert check.code == 1
    assert "+| `n` | `Int64` | never |  | How many. |\n" in check.output
    assert "GLC710 not what the code says: docs/reference/datasets.md\n" in doctor.errors
    assert project.glacier("generate").output == "wrote docs/reference/datasets.md\n"
    assert project.glacier("generate", "--check").code == 0


def test_what_was_written_into_a_page_by_hand_stays(project: Project) -> None:
    page = project.root / "docs/reference/datasets.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("\n## counts\n", "\n## counts\n\nAsk Ada.\n"), encoding="utf-8")
    assert project.glacier("generate", "--check").code == 0
    project.write(WITH_SCHEMA)

    done = project.glacier("generate")

    assert done.output.startswith("merged docs/reference/datasets.md\n")
    merged = page.read_text(encoding="utf-8")
    assert "Ask Ada." in merged
    assert "How many." in merged


def test_beside_a_cloud_both_are_written_and_who_asks_no_more_has_the_pages_removed(
    project: Project,
) -> None:
    aws = '[tool.glacier.aws]\nregion = "eu-central-1"\n'
    settings(project, f'{HERE}cloud = "aws"\ngenerators = ["docs"]\n{aws}')
    first = project.glacier("generate")
    settings(project, f'{HERE}cloud = "aws"\n{aws}')
    second = project.glacier("generate")

    assert "wrote infra/tasks.tf\n" in first.output
    assert "docs/" not in first.output  # they say the same for every cloud
    assert second.output == "".join(f"removed {page}\n" for page in sorted(PAGES))


def test_a_generator_that_nobody_installed_is_named(project: Project) -> None:
    settings(project, f'{HERE}generators = ["docs", "posters"]\n')

    done = project.glacier("generate")

    assert done.code == 1
    assert "GLC804 no generator 'posters', which [tool.glacier] asks for" in done.errors


def test_what_needs_a_cloud_still_asks_for_one(project: Project) -> None:
    assert "GLC705" in project.glacier("build").errors


def test_from_python_it_is_the_same(project: Project, made: Path) -> None:
    shutil.rmtree(project.root / "docs")
    shutil.rmtree(project.root / ".glacier")

    code = "import laundry; laundry.pipeline.run(mode='generate')"
    done = project.glacier(python=("-c", code))

    assert done.code == 0, done.errors
    for folder in ("docs", ".glacier"):
        assert read_tree(project.root / folder) == read_tree(made / folder)
