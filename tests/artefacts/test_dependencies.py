"""What is shipped: the closure of what is declared, in the versions installed here."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import pytest
from glacier_generators.artefacts.dependencies import close, installed_here, roots
from glacier_generators.artefacts.settings import CORE, BuildSettings
from glacier_generators.artefacts.targets import Target
from packaging.requirements import Requirement

from tests.artefacts.wheels import install

HERE = Target("3.11", "x86_64")
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def closed(
    *requirements: str, target: Target = HERE, exclude: frozenset[str] = NOTHING
) -> list[str]:
    closure = close(map(Requirement, requirements), target, installed_here, exclude)
    assert closure.problems == ()
    return [str(pin) for pin in closure.pins]


def codes(*requirements: str, target: Target = HERE) -> list[str]:
    closure = close(map(Requirement, requirements), target, installed_here, NOTHING)
    return [problem.code.code for problem in closure.problems]


def starting(
    *dependencies_of_project: str, imported: frozenset[str] = NOTHING, **more: object
) -> list[str]:
    settings = BuildSettings(
        name="shop",
        dependencies=tuple(map(Requirement, dependencies_of_project)),
        extras={"maps": (Requirement("geo"),)},
        **more,  # type: ignore[arg-type]
    )
    return [item.name for item in roots(settings, "aws", imported).requirements]


def test_what_a_dependency_needs_is_shipped_too(site: Path) -> None:
    install(site, "upper", "1.0", requires=["lower>=1", 'other; extra == "more"'])
    install(site, "lower", "2.0", requires=["lowest"])
    install(site, "lowest", "3.0")

    assert closed("upper>=1") == ["lower==2.0", "lowest==3.0", "upper==1.0"]


def test_an_extra_brings_what_it_adds(site: Path) -> None:
    install(
        site, "upper", "1.0", requires=['other; extra == "more"', "upper[most]; extra == 'more'"]
    )
    install(site, "other", "2.0")

    assert closed("upper[more]") == ["other==2.0", "upper==1.0"]


def test_a_circle_of_needs_ends(site: Path) -> None:
    install(site, "one", "1.0", requires=["two"])
    install(site, "two", "1.0", requires=["one"])

    assert closed("one") == ["one==1.0", "two==1.0"]


def test_markers_are_those_of_the_target_and_not_of_this_machine(site: Path) -> None:
    install(
        site,
        "upper",
        "1.0",
        requires=[
            'arm; platform_machine == "aarch64"',
            'windows; sys_platform == "win32"',
            'old; python_version < "3.12"',
        ],
    )
    for name in ("arm", "windows", "old"):
        install(site, name, "1.0")

    assert closed("upper", target=Target("3.11", "x86_64")) == ["old==1.0", "upper==1.0"]
    assert closed("upper", target=Target("3.12", "arm64")) == ["arm==1.0", "upper==1.0"]


def test_what_is_excluded_is_not_followed(site: Path) -> None:
    install(site, "upper", "1.0", requires=["boto3"])

    assert closed("upper", exclude=frozenset({"boto3"})) == ["upper==1.0"]


def test_everything_that_is_not_installed_is_named_at_once(site: Path) -> None:
    install(site, "upper", "1.0", requires=["nowhere-a"])

    closure = close(
        [Requirement("upper"), Requirement("nowhere-b>=2; python_version > '3'")],
        HERE,
        installed_here,
        NOTHING,
    )

    assert [problem.code.code for problem in closure.problems] == ["GLC823", "GLC823"]
    assert "upper needs it" in closure.problems[0].message
    assert 'pip install "nowhere-b>=2"' in closure.problems[1].fix


def test_an_installed_version_that_is_not_the_declared_one_is_refused(site: Path) -> None:
    install(site, "upper", "1.0")

    assert codes("upper>=2") == ["GLC824"]


@pytest.mark.parametrize(
    ("recorded", "origin"),
    [
        ({"url": "file:///home/me/upper", "dir_info": {"editable": True}}, "a folder"),
        (
            {"url": "https://example.org/upper.git", "vcs_info": {"vcs": "git", "commit_id": "a"}},
            "a git repository",
        ),
        ({"url": "file:///home/me/upper-1.0.whl", "archive_info": {}}, "a file or an address"),
    ],
)
def test_what_is_in_no_index_is_refused(
    site: Path, recorded: dict[str, object], origin: str
) -> None:
    install(site, "upper", "1.0", direct_url=recorded)

    closure = close([Requirement("upper")], HERE, installed_here, NOTHING)

    assert [problem.code.code for problem in closure.problems] == ["GLC825"]
    assert origin in closure.problems[0].message


def test_a_requirement_with_an_address_is_refused(site: Path) -> None:
    install(site, "upper", "1.0")

    assert codes("upper @ https://example.org/upper-1.0-py3-none-any.whl") == ["GLC825"]


def test_the_core_and_what_the_cloud_needs_are_always_shipped() -> None:
    assert starting("glacier-runtime[cli]") == ["polars", "pydantic", "obstore", "glacier-runtime"]


def test_the_runtime_itself_is_copied_and_not_installed() -> None:
    assert closed("glacier-runtime[cli,aws]") == []


def test_the_workshop_stays_at_home_where_the_runtime_is_vendored() -> None:
    assert starting("polars>=2", "typer", "rich", "pip", "jinja2", "geo") == [
        *("polars", "pydantic", "obstore"),
        *("polars", "geo"),
    ]


def test_what_the_code_imports_or_the_project_includes_is_not_the_workshops_alone() -> None:
    started = starting(
        "typer", "rich", "jinja2", imported=frozenset({"jinja2"}), include=(Requirement("rich"),)
    )

    assert started[3:] == ["rich", "jinja2", "rich"]


def test_where_the_runtime_is_a_dependency_nothing_is_taken_for_the_workshop() -> None:
    assert "rich" in starting("glacier-runtime[cli]", "rich")


def test_a_reference_to_an_extra_of_the_project_is_followed() -> None:
    assert starting("glacier-runtime", "shop[maps]")[3:] == ["glacier-runtime", "geo"]


def test_the_runtime_needs_no_more_than_the_core() -> None:
    """The core is written down a second time, for projects where the runtime is no distribution."""
    needed = {Requirement(text) for text in requires("glacier-runtime") or ()}

    assert {item.name for item in needed if item.marker is None} == set(CORE)


def test_this_environment_closes_for_every_target() -> None:
    for python in ("3.11", "3.12", "3.13"):
        pins = closed("polars", "pydantic", "obstore", target=Target(python, "arm64"))
        assert {pin.partition("==")[0] for pin in pins} >= {"polars-runtime-32", "pydantic-core"}
