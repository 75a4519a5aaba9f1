"""Projects that take the runtime from git, rendered from each form of address that a template is given by, and installed."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import copier
import pytest

from tests.template.nox_runs import run
from tests.template.rendering import Repository, recorded_answers

pytestmark = pytest.mark.long


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name it has there)
        """Say nothing."""


@pytest.fixture(scope="module")
def addresses(
    template: Repository, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The template as a clone on this machine, as a bare repository, and behind a server that only hands out files."""
    folder = tmp_path_factory.mktemp("served")
    template.git("clone", "--quiet", "--bare", ".", str(folder / "glacier.git"))
    Repository(folder / "glacier.git").git("update-server-info")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            "a clone": str(template.path),
            "git+file": f"git+file://{template.path}",
            "bare": f"file://{folder}/glacier.git",
            "a server": f"http://127.0.0.1:{server.server_port}/glacier.git",
        }
        server.shutdown()


@pytest.mark.parametrize("installer", ["pip", "uv"])
@pytest.mark.parametrize("form", ["a clone", "git+file", "bare", "a server"])
def test_the_runtime_is_installed_from_where_the_template_came_from(
    addresses: dict[str, str], tmp_path: Path, form: str, installer: str
) -> None:
    if installer == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is missing: python -m pip install uv")
    address, project = addresses[form], tmp_path / "project"
    answers = {"example": "minimal", "runtime_source": "git"}
    copier.run_copy(address, project, data=answers, defaults=True, quiet=True)
    assert recorded_answers(project)["_src_path"] == address
    run(sys.executable, "-m", "venv", "env", folder=tmp_path)
    python = str(tmp_path / "env" / "bin" / "python")
    install = {
        "pip": (python, "-m", "pip", "install", "--quiet"),
        "uv": ("uv", "pip", "install", "--quiet", "--python", python),
    }[installer]

    run(*install, str(project))

    run(python, "-m", "glacier_runtime", "run", folder=project)
    home = run(python, "-c", "import glacier_runtime as it; print(it.__file__)", folder=tmp_path)
    assert Path(home).is_relative_to(tmp_path / "env")
