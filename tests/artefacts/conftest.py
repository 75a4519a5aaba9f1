"""One real build for all tests that look at one; small ones, without Polars, for those that build themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

import pytest

# Test folders are no packages; the modules beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from glacier_generators.artefacts import dependencies
from glacier_generators.artefacts.building import BuildOptions, Built, build

from glacier_runtime.manifest import Manifest
from tests.artefacts.projects import Declared, declare, make_project, manifest_of
from tests.artefacts.wheels import install, make_wheel


@dataclass(frozen=True)
class Made:
    """A project and its build."""

    root: Path
    manifest: Manifest
    built: Built

    @property
    def archive(self) -> Path:
        assert self.built.archive is not None
        return self.built.archive


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project built for this machine's Python, from the index."""
    root = make_project(tmp_path_factory.mktemp("one") / "shop")
    manifest = manifest_of(root)
    return Made(root, manifest, build(root, manifest, BuildOptions(python=_this_python())))


@pytest.fixture(scope="session")
def unpacked(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of that build, unpacked where nothing else is."""
    folder = tmp_path_factory.mktemp("function") / "task"
    with ZipFile(made.archive) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of the version built for, without a single distribution."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def _this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass
class Workshop:
    """A place where distributions that do not exist elsewhere are installed, and can be fetched from an index."""

    folder: Path
    manifest: Manifest
    projects: list[Path] = field(default_factory=list)

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def installed(self) -> Path:
        return self.folder / "installed"

    def publish(self, name: str, version: str, *, requires: tuple[str, ...] = ()) -> None:
        """Publish a distribution, and install it."""
        make_wheel(self.index, name, version, requires=requires)
        install(self.installed, name, version, requires=requires)

    def project(self, *needs: str, build: str = "", requires_python: str = ">=3.11") -> Path:
        """Make a project that needs distributions."""
        declared = Declared(("glacier-runtime", *needs), requires_python, build)
        root = make_project(self.folder / f"project-{len(self.projects)}", declared)
        self.projects.append(root)
        return root

    def declare(self, root: Path, *needs: str, build: str = "") -> None:
        """Let a project need something else."""
        declare(root, Declared(("glacier-runtime", *needs), build=build))

    def build(self, root: Path, **options: object) -> Built:
        """Build a project."""
        return build(root, self.manifest, BuildOptions(**options))  # type: ignore[arg-type]


@pytest.fixture
def workshop(tmp_path: Path, shop_manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Builds that take a second: without Polars, and from an index that is a folder."""
    made = Workshop(tmp_path, shop_manifest)
    made.index.mkdir()
    made.installed.mkdir()
    for name, value in offline(made.index).items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(made.installed)
    monkeypatch.setattr(dependencies, "CORE", ())
    monkeypatch.setattr(dependencies, "cloud_libraries", lambda _: ())
    return made


def offline(index: Path) -> dict[str, str]:
    """Return the variables that make a folder pip's only index."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull}


@pytest.fixture(scope="session")
def shop_manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The manifest of the small project, which knows no folder."""
    return manifest_of(make_project(tmp_path_factory.mktemp("manifest") / "shop"))
