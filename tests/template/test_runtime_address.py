"""Where a project that takes the runtime from git installs it from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # Copier brings it without stubs
from jinja2.sandbox import SandboxedEnvironment

from tests.template.rendering import ROOT, Repository, render

INSTALLABLE = [
    ("gh:glacier/glacier", "git+https://github.com/glacier/glacier.git"),
    ("gh:/glacier/glacier.git", "git+https://github.com/glacier/glacier.git"),
    ("gl:group/sub/glacier", "git+https://gitlab.com/group/sub/glacier.git"),
    ("https://github.com/glacier/glacier", "git+https://github.com/glacier/glacier"),
    ("https://git.example.org:8443/x/y.git", "git+https://git.example.org:8443/x/y.git"),
    ("git+https://example.org/x/y", "git+https://example.org/x/y"),
    ("git@github.com:glacier/glacier.git", "git+ssh://git@github.com/glacier/glacier.git"),
    ("me@host:/srv/glacier.git", "git+ssh://me@host/srv/glacier.git"),
    ("git+ssh://git@example.org/x/y.git", "git+ssh://git@example.org/x/y.git"),
    ("/srv/glacier", "git+file://localhost/srv/glacier"),
    ("/srv/my templates/glacier", "git+file://localhost/srv/my%20templates/glacier"),
    ("git+file:///srv/glacier.git", "git+file://localhost/srv/glacier.git"),
    ("git+file://localhost/srv/glacier.git", "git+file://localhost/srv/glacier.git"),
]
NOT_INSTALLABLE = [
    ".",
    "../glacier",
    "glacier",
    "~/glacier",
    "C:\\glacier",
    "https://me:password@example.org/x/y.git",
    "https://token@example.org/x/y.git",
    "ssh://git:password@example.org/x/y.git",
    'https://example.org/x"y.git',
    "https://example.org/x y.git",
    "https://example.org/x.git#egg=other",
    "gh:glacier/gla cier",
]


def address_of(source: str) -> str:
    """Render the computed answer as Copier would for a template that was given as `source`."""
    questions: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    # The filters that Copier gives its templates.
    environment = SandboxedEnvironment(
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"]
    )
    template = environment.from_string(questions["template_requirement_url"]["default"])
    return template.render(_copier_answers={"_src_path": source})


@pytest.mark.parametrize(("source", "address"), INSTALLABLE)
def test_an_address_that_pip_can_reach_is_spelled_for_pip(source: str, address: str) -> None:
    assert address_of(source) == address


@pytest.mark.parametrize("source", NOT_INSTALLABLE)
def test_an_address_that_pip_cannot_reach_or_must_not_store_gives_none(source: str) -> None:
    assert address_of(source) == ""


def test_the_runtime_is_pinned_to_the_rendered_commit(template: Repository, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project", runtime_source="git")

    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    commit = template.git("rev-parse", "HEAD").strip()
    address = f"git+file://localhost{template.path}@{commit}"
    assert (
        f"glacier-runtime[aws,cli,generators] @ {address}" in pyproject["project"]["dependencies"]
    )
    assert pyproject["tool"]["hatch"]["metadata"] == {"allow-direct-references": True}


def test_a_relative_template_path_is_refused_with_a_way_out(
    template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(template.path.parent)

    with pytest.raises(ValueError, match="Render from an absolute path") as refused:
        render(Repository(Path(template.path.name)), tmp_path / "project", runtime_source="git")

    assert "runtime_source=vendored" in str(refused.value)
    assert not (tmp_path / "project").exists()


def test_a_template_that_is_no_repository_is_refused_with_a_way_out(
    unpacked: Repository, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="not a git repository"):
        render(unpacked, tmp_path / "project", runtime_source="git")

    assert not (tmp_path / "project").exists()
