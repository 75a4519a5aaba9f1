"""One deployment for all tests here: rendered, generated, built, applied, and then run."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

# Test folders are no packages; the modules beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.end_to_end.deployments import Deployment, client, succeed
from tests.end_to_end.projects import Project, install_project, lambda_python
from tests.template.rendering import GIT_IDENTITY, render, snapshot
from tests.terraform import emulator
from tests.terraform.harness import find_terraform, init

MARTS = ("carrier_report", "weather_impact")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The template with its defaults, rendered and installed."""
    find_terraform()
    folder = tmp_path_factory.mktemp("rendered")
    (folder / "settings.yml").write_text("{}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in GIT_IDENTITY.items():
            patch.setenv(name, value)
        patch.setenv("COPIER_SETTINGS_PATH", str(folder / "settings.yml"))
        patch.setenv("COPIER_CACHE_DIR", str(folder / "mirrors"))
        template = snapshot(folder / "glacier", tag="v0.1.0")
        rendered = render(template, folder / "project")
    return install_project(rendered)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulated AWS in which functions and workflows run."""
    python = lambda_python(tmp_path_factory.mktemp("lambda") / "runtime")
    with emulator.running(python) as address:
        yield address


@pytest.fixture(scope="session")
def deployed(project: Project, endpoint: str) -> Deployment:
    """The project, built and applied by the commands of its README, with the sample data in its bucket."""
    with ThreadPoolExecutor(1) as pool:
        bootstrap = pool.submit(_bootstrap, project.infra / "bootstrap", endpoint)
        project.glacier("build", "--python", f"{sys.version_info.major}.{sys.version_info.minor}")
        init(project.infra)
        # Either apply waits a minute for its bucket's life cycle rules, so they wait together.
        _wait_for_bucket(bootstrap, endpoint)
        succeed(project.infra, "apply", "-auto-approve", "-input=false", endpoint=endpoint)
        bootstrap.result()
    bindings = succeed(project.infra, "output", "-json", "bindings", endpoint=endpoint)
    (project.root / "bindings.json").write_text(bindings, encoding="utf-8")
    said = json.loads(succeed(project.infra, "output", "-json", endpoint=endpoint))
    outputs = {name: output["value"] for name, output in said.items()}
    deployment = Deployment(project, endpoint, outputs)
    lake = project.root / "data" / "lake"
    for path in sorted((lake / "raw").iterdir()):
        deployment.upload(path, path.relative_to(lake).as_posix())
    return deployment


def _bootstrap(folder: Path, endpoint: str) -> None:
    init(folder)
    arguments = ("-auto-approve", "-input=false", "-var-file=../terraform.tfvars")
    succeed(folder, "apply", *arguments, endpoint=endpoint)


def _wait_for_bucket(bootstrap: Future[None], endpoint: str) -> None:
    s3 = client("s3", endpoint)
    while not bootstrap.done() and not s3.list_buckets()["Buckets"]:
        time.sleep(0.2)
