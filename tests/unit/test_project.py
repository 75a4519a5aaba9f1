"""Finding a repository and loading its pipeline, or saying where that fails."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig, AzureConfig, GcpConfig
from glacier_runtime.errors import GlacierError, Problem, ProjectError
from glacier_runtime.project import Project, load_pipeline, read_project
from glacier_runtime.roots import find_root

MINIMAL = """
from typing import Annotated

import polars as pl

from glacier_runtime import Cron, Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

numbers = Dataset("numbers")

@Provider(config=LocalConfig()).local().task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [1]})

pipeline = Pipeline(name="counting", tasks=[count])
nightly = Pipeline(name="counting-nightly", tasks=[count])
number = 3
"""

Write = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a test imported, and where from."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name, module in [*sys.modules.items()]:
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a module of a project under a name that nobody has used, and return the name."""

    def _write(source: str = MINIMAL, folder: str = ".") -> str:
        name = f"project_{uuid4().hex[:12]}"
        path = tmp_path / folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return name

    return _write


def pyproject(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def the_problem(act: Callable[[], object]) -> Problem:
    with pytest.raises(GlacierError) as caught:
        act()
    (problem,) = caught.value.problems
    return problem


def test_the_root_is_the_nearest_folder_with_the_table(tmp_path: Path) -> None:
    root = pyproject(tmp_path / "outer" / "project", "[tool.glacier]\n")
    pyproject(tmp_path / "outer", "[tool.glacier]\n")
    deep = pyproject(root / "src" / "package", "[project]\nname = 'inner'\n")

    assert find_root(deep) == root


def test_without_a_table_the_root_is_where_one_stands(tmp_path: Path) -> None:
    assert find_root(tmp_path) == tmp_path
    assert read_project(tmp_path) == Project(tmp_path, None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[tool.glacier]\npipeline = "flights.pipeline:pipeline"\n', "flights.pipeline:pipeline"),
        ("[tool.glacier]\n", None),
        ('[tool]\nglacier = { pipeline = "flights:nightly" }\n', "flights:nightly"),
        ('[project]\nname = "other"\n', None),
        ("", None),
    ],
)
def test_the_table_names_the_pipeline(tmp_path: Path, text: str, named: str | None) -> None:
    assert read_project(pyproject(tmp_path, text)).pipeline == named


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[tool.glacier]\npipeline = \n", "line 2"),
        ("[tool.glacier\n", "line 1"),
        ('[tool.glacier]\npipelin = "a:b"\n', "unknown keys: pipelin"),
        ("[tool.glacier]\npipeline = 3\n", "pipeline is 3, not a string"),
        ('[tool.glacier]\ngenerators = "docs"\n', "generators is 'docs', not a list of names"),
        ('[tool.glacier]\ngenerators = ["aws"]\n', "'aws', which is a cloud: say cloud = ..."),
        ("[tool]\nglacier = 3\n", "[tool.glacier] is not a table"),
        ("tool = 3\n", "[tool.glacier] is not a table"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, text: str, why: str) -> None:
    found = the_problem(lambda: read_project(pyproject(tmp_path, text)))

    assert found.code.code == "GLC704"
    assert why in found.message
    assert str(tmp_path / "pyproject.toml") in found.message
    assert found.place is not None
    assert found.place.file == str(tmp_path / "pyproject.toml")


def test_the_table_names_the_cloud_and_its_settings(tmp_path: Path) -> None:
    text = '[tool.glacier]\ncloud = "aws"\n[tool.glacier.aws]\nregion = "eu-west-1"\n'

    project = read_project(pyproject(tmp_path, text))

    assert (project.cloud, project.settings) == ("aws", {"region": "eu-west-1"})
    assert project.environment == {"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}
    assert Provider.from_env(project.environment).config == AwsConfig(region="eu-west-1")


@pytest.mark.parametrize(
    "config",
    [
        GcpConfig(project_id="my-project", region="europe-west1"),
        AzureConfig(
            subscription_id="00000000-0000-0000-0000-000000000000",
            resource_group="analytics",
            location="westeurope",
        ),
    ],
    ids=lambda config: config.cloud,
)
def test_every_cloud_has_a_table_that_is_its_configuration(
    config: GcpConfig | AzureConfig, tmp_path: Path
) -> None:
    settings = config.model_dump(exclude_defaults=True)
    lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    text = f'[tool.glacier]\ncloud = "{config.cloud}"\n[tool.glacier.{config.cloud}]\n{lines}'

    project = read_project(pyproject(tmp_path, text))

    assert project.settings == settings
    assert Provider.from_env(project.environment).config == config


def test_a_table_of_a_cloud_does_not_choose_it(tmp_path: Path) -> None:
    text = '[tool.glacier.aws]\nregion = "eu-west-1"\n[tool.glacier]\n'

    project = read_project(pyproject(tmp_path, text))

    assert project.cloud is None
    assert the_problem(lambda: project.environment).code.code == "GLC705"


@pytest.mark.parametrize(
    ("text", "generated"),
    [
        ("", False),
        ('generators = ["docs"]\n', True),
        ('cloud = "aws"\naws = { region = "eu-central-1" }\n', True),
    ],
)
def test_a_cloud_or_a_generator_by_name_is_what_anything_is_generated_for(
    tmp_path: Path, text: str, generated: bool
) -> None:
    assert read_project(pyproject(tmp_path, f"[tool.glacier]\n{text}")).is_generated == generated


def test_the_table_of_builds_is_left_to_who_builds(tmp_path: Path) -> None:
    text = '[tool.glacier]\npipeline = "a:b"\n[tool.glacier.build]\nanything = 1\n'

    assert read_project(pyproject(tmp_path, text)).pipeline == "a:b"


@pytest.mark.parametrize(
    ("text", "why", "fix"),
    [
        ('cloud = "mars"\n', "cloud is 'mars', which is no cloud", "known are: aws"),
        ('cloud = "local"\n', "cloud is 'local', which is no cloud", "known are: aws"),
        ("cloud = 3\n", "cloud is 3, which is no cloud", "known are: aws"),
        ('cloud = "aws"\n', "[tool.glacier.aws] is missing", 'region = "eu-central-1"'),
        ('cloud = "aws"\naws = 3\n', "[tool.glacier.aws] is not a table", 'region = "eu-'),
        ('cloud = "aws"\n[tool.glacier.aws]\n', "says no region", 'region = "eu-central-1"'),
        ('[tool.glacier.aws]\nregion = "EU"\n', "has region = 'EU'", 'region = "eu-central-1"'),
        ('[tool.glacier.aws]\nregion = "eu-west-1a"\n', "has region = 'eu-west-1a'", "region ="),
        ("[tool.glacier.aws]\nregion = 3\n", "has region = 3", 'region = "eu-central-1"'),
        (
            '[tool.glacier.aws]\nregion = "eu-west-1"\nprofile = "me"\n',
            "has unknown key 'profile'",
            "known are: region",
        ),
    ],
)
def test_what_cannot_be_meant_of_a_cloud_is_refused(
    tmp_path: Path, text: str, why: str, fix: str
) -> None:
    found = the_problem(lambda: read_project(pyproject(tmp_path, f"[tool.glacier]\n{text}")))

    assert found.code.code == "GLC706"
    assert why in found.message
    assert fix in found.fix
    assert found.place is not None
    assert found.place.file == str(tmp_path / "pyproject.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.glacier]\npipeline = '\xff'\n")

    assert the_problem(lambda: read_project(tmp_path)).code.code == "GLC704"


@pytest.mark.parametrize("folder", [".", "src"])
def test_a_pipeline_is_found_beside_pyproject_and_in_src(
    tmp_path: Path, write: Write, folder: str
) -> None:
    name = write(folder=folder)

    assert load_pipeline(Project(tmp_path, f"{name}:pipeline")).name == "counting"


def test_src_goes_before_the_root(tmp_path: Path, write: Write) -> None:
    name = write(folder="src")
    (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong one')", encoding="utf-8")

    assert load_pipeline(Project(tmp_path, name)).name == "counting"


def test_a_package_in_src_is_found(tmp_path: Path, write: Write) -> None:
    name = write(folder="src/package")
    (tmp_path / "src" / "package").rename(tmp_path / "src" / f"package_{name}")

    assert load_pipeline(Project(tmp_path, f"package_{name}.{name}:pipeline")).name == "counting"


def test_what_is_named_goes_before_what_the_project_says(tmp_path: Path, write: Write) -> None:
    name = write()
    project = Project(tmp_path, f"{name}:pipeline")

    assert load_pipeline(project, f"{name}:nightly").name == "counting-nightly"


def test_the_attribute_may_be_left_out(tmp_path: Path, write: Write) -> None:
    assert load_pipeline(Project(tmp_path), write()).name == "counting"


def test_no_pipeline_named_anywhere_is_said_with_both_ways_out(tmp_path: Path) -> None:
    found = the_problem(lambda: load_pipeline(Project(tmp_path)))

    assert found.code.code == "GLC701"
    assert "package.module:pipeline" in found.fix
    assert "[tool.glacier]" in found.fix


@pytest.mark.parametrize(
    "target",
    [
        "nowhere_at_all:pipeline",
        "nowhere.at.all:pipeline",
        "json.nowhere:pipeline",
        "no\0where:pipeline",
        "nowhere\n:pipeline",
        "'; import os:pipeline",
        "{{ package }}:pipeline",
        "${package}:pipeline",
        "nöwhere:pipeline",
        "x" * 10_000,
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_a_module_that_is_not_there_is_said_readably(tmp_path: Path, target: str) -> None:
    found = the_problem(lambda: load_pipeline(Project(tmp_path), target))

    assert found.code.code == "GLC702"
    assert found.message.isprintable()
    assert len(found.message) < 300


@pytest.mark.parametrize(
    "target", [":pipeline", "..:pipeline", ".module:pipeline", "a/b.py", "../a"]
)
def test_what_is_no_module_name_is_said_readably(tmp_path: Path, target: str) -> None:
    found = the_problem(lambda: load_pipeline(Project(tmp_path), target))

    assert found.code.code == "GLC702"


@pytest.mark.parametrize(
    ("attribute", "what"),
    [
        ("missing", "does not exist"),
        ("number", "is a int, not a Pipeline"),
        ("count", "is a Task, not a Pipeline"),
        ("pipeline.name", "does not exist"),
    ],
)
def test_an_attribute_that_is_no_pipeline_is_said_with_those_there_are(
    tmp_path: Path, write: Write, attribute: str, what: str
) -> None:
    name = write()
    found = the_problem(lambda: load_pipeline(Project(tmp_path), f"{name}:{attribute}"))

    assert found.code.code == "GLC703"
    assert found.message == f"'{name}:{attribute}' {what}"
    assert found.fix == "pipelines in that module: pipeline, nightly"


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("x = 1\ndef f(:\n    pass\n", 2, "SyntaxError"),
        ("x = 1\n\n  y = 2\n", 3, "IndentationError"),
        ("import not_installed_anywhere\n", 1, "No module named 'not_installed_anywhere'"),
        ("from json import not_there\n", 1, "ImportError"),
        ("x = 1\ny = 1 / 0\n", 2, "ZeroDivisionError"),
        ("def f():\n    return undefined\n\nf()\n", 2, "name 'undefined' is not defined"),
        ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError"),
        ("import sys\n\nsys.exit(0)\n", 3, "SystemExit"),
        (
            "from glacier_runtime.config import AwsConfig\nAwsConfig(region='x')\n",
            2,
            "ValidationError",
        ),
    ],
)
def test_a_module_that_cannot_be_imported_is_said_with_file_and_line(
    tmp_path: Path, write: Write, source: str, line: int, why: str
) -> None:
    name = write(source)
    found = the_problem(lambda: load_pipeline(Project(tmp_path), name))

    assert found.code.code == "GLC702"
    assert why in found.message
    assert str(found.place) == f"{tmp_path / name}.py:{line}"


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("Dataset('Bad Name')", "GLC101"),
        ("Provider(config=LocalConfig()).bucket('Bad Name')", "GLC101"),
        ("Pipeline(name='Bad Name', tasks=[])", "GLC101"),
        ("Provider(config=LocalConfig()).bucket('lake').at('/etc')", "GLC102"),
        ("Dataset('flights', format='excel')", "GLC103"),
        ("Dataset('flights', source=True)", "GLC105"),
        ("Cron('@daily')", "GLC106"),
        ("Provider(config=LocalConfig()).serverless(memory_mib=1)", "GLC107"),
        ("Provider.from_env({'GLACIER_CLOUD': 'mars'})", "GLC107"),
        ("Pipeline(name='flights', tasks=[print])", "GLC314"),
    ],
)
def test_a_faulty_declaration_is_said_with_file_and_line(
    tmp_path: Path, write: Write, declaration: str, code: str
) -> None:
    name = write(f"{MINIMAL}\n\n{declaration}\n")
    found = the_problem(lambda: load_pipeline(Project(tmp_path), name))

    assert found.code.code == code
    assert str(found.place) == f"{tmp_path / name}.py:{MINIMAL.count(chr(10)) + 3}"


def test_the_line_is_the_users_even_if_the_environment_lies_in_the_project(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = ".venv/lib/python3/site-packages"
    library = write("def fail():\n    raise RuntimeError('deep inside')\n", installed)
    monkeypatch.syspath_prepend(tmp_path / installed)
    name = write(f"import {library}\n\n{library}.fail()\n")

    found = the_problem(lambda: load_pipeline(Project(tmp_path), name))

    assert str(found.place) == f"{tmp_path / name}.py:3"


def test_the_error_keeps_its_kind_and_its_cause(tmp_path: Path, write: Write) -> None:
    with pytest.raises(ProjectError) as caught:
        load_pipeline(Project(tmp_path), write("1 / 0\n"))

    assert isinstance(caught.value.__cause__, ZeroDivisionError)
