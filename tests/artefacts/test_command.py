"""`glacier build`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.artefacts.conftest import Made
from tests.artefacts.projects import Declared, make_project
from tests.artefacts.wheels import install, make_wheel

ZEROS_BYTES = 60_000_000
LIMIT_BYTES = 262_144_000


def glacier(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "glacier_runtime", *arguments],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def test_it_says_what_is_inside_where_it_is_and_what_to_type_next(made: Made) -> None:
    done = glacier(made.root, "build", "--python", this_python())

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        f"shop for python{this_python()} on x86_64: {made.built.files} files"
    )
    assert [line.split()[0] for line in lines[2:6]] == [
        *("polars-runtime-32", "obstore", "polars", "pydantic-core"),
    ]
    assert f"sha256 {made.built.sha256}" in lines
    assert f"made build/{made.archive.name}" in lines
    assert lines[-1] == "  terraform -chdir=infra plan"


def test_for_machines_it_prints_one_document(made: Made) -> None:
    done = glacier(made.root, "build", "--python", this_python(), "--json")

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] is True
    assert said["archive"] == f"build/{made.archive.name}"
    assert said["sha256"] == made.built.sha256
    assert said["settings"] == "infra/code.auto.tfvars.json"
    assert {part["name"] for part in said["parts"]} >= {"polars", "pydantic", "obstore"}


def test_problems_are_told_with_their_codes(tmp_path: Path) -> None:
    root = make_project(tmp_path / "shop", Declared(("glacier-runtime", "nowhere-at-all")))

    done = glacier(root, "build", "--json")

    assert done.returncode == 1
    assert [problem["code"] for problem in json.loads(done.stdout)["problems"]] == ["GLC823"]


def test_a_pipeline_with_problems_is_not_built(tmp_path: Path) -> None:
    root = make_project(tmp_path / "shop")
    datasets = root / "src" / "shop" / "datasets.py"
    datasets.write_text(datasets.read_text().replace(", source=True", ""))

    done = glacier(root, "build")

    assert done.returncode == 1
    assert "GLC303" in done.stderr
    assert not (root / "build").exists()


@pytest.mark.parametrize("arguments", [("--help",), ("build", "--help")])
def test_help_loads_neither_polars_nor_pydantic(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom glacier_runtime.cli import main\n"
        f"sys.argv[1:] = {list(arguments)!r}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('loaded:', sorted({'polars', 'pydantic', 'packaging'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "--python" in done.stdout or "build" in done.stdout
    assert done.stdout.endswith("loaded: []\n")


@pytest.mark.long
def test_what_is_too_large_becomes_an_image_and_exit_code_1(tmp_path: Path) -> None:
    index, installed = tmp_path / "index", tmp_path / "installed"
    make_wheel(index, "bulk", "1.0", files={"bulk.bin": bytes(ZEROS_BYTES)})
    install(installed, "bulk", "1.0")
    root = make_project(tmp_path / "shop", Declared(("glacier-runtime[cli]", "bulk")))
    places = {
        "PIP_FIND_LINKS": f"{index} {os.environ.get('PIP_FIND_LINKS', '')}",
        "PYTHONPATH": os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")]),
    }

    done = glacier(root, "build", "--json", "--python", this_python(), **places)

    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] is False
    assert said["archive"] is None
    assert said["image"] == "build/image"
    assert said["unpacked_bytes"] > LIMIT_BYTES
    assert (root / "build" / "image" / "content" / "bulk.bin").stat().st_size == ZEROS_BYTES
    assert not (root / "infra" / "code.auto.tfvars.json").exists()

    address = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:" + "0" * 64
    recorded = glacier(root, "build", "--python", this_python(), "--image-uri", address, **places)

    assert recorded.returncode == 0, recorded.stderr
    assert json.loads((root / "infra" / "code.auto.tfvars.json").read_text())["code"] == {
        "archive": None,
        "sha256": "0" * 64,
        "image_uri": address,
        "runtime": f"python{this_python()}",
        "architecture": "x86_64",
    }
