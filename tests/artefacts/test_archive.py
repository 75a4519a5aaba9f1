"""What is inside a real archive, and that nothing else is."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import distributions, version
from pathlib import Path
from zipfile import ZipFile

import pytest
from glacier_generators.artefacts.building import BuildOptions, build

from glacier_runtime.manifest import Manifest
from tests.artefacts.conftest import Made
from tests.artefacts.projects import make_project

ELF_AARCH64 = 183
OTHER = "3.13" if sys.version_info[:2] == (3, 12) else "3.12"  # than the Python that builds
ROOT = Path(__file__).parents[2]


def names(archive: Path) -> list[str]:
    with ZipFile(archive) as packed:
        return packed.namelist()


def test_it_holds_the_project_the_runtime_the_plan_and_what_they_need(made: Made) -> None:
    inside = set(names(made.archive))

    assert inside >= {
        "glacier_plan.json",
        "glacier_runtime/__init__.py",
        "glacier_runtime/storage/formats.py",
        "polars/__init__.py",
        "pydantic/__init__.py",
        "obstore/__init__.py",
        "shop/py.typed",
        "shop/rates.csv",
        "shop/tasks.py",
    }


def test_it_holds_nothing_of_the_workshop_of_tests_or_of_this_machine(made: Made) -> None:
    unwanted = re.compile(
        r"glacier_generators|glacier_runtime/(?:cli|deployed\.py|__main__)|(?:^|/)(?:rich|typer|pip|jinja2|numpy)/"
        r"|^shop/tests|conftest|egg-info|^bin/|/\.|RECORD$|INSTALLER$|direct_url|^src/|^infra/"
    )

    assert [name for name in names(made.archive) if unwanted.search(name)] == []


def test_no_file_inside_names_a_folder_of_this_machine(made: Made) -> None:
    folders = [str(made.root), str(ROOT), sys.prefix]
    with ZipFile(made.archive) as packed:
        telling = [
            name
            for name in packed.namelist()
            if any(folder.encode() in packed.read(name) for folder in folders)
        ]

    assert telling == []


def test_its_versions_are_those_installed_here(unpacked: Path) -> None:
    shipped = {
        found.metadata["Name"]: found.version for found in distributions(path=[str(unpacked)])
    }

    assert {"polars", "polars-runtime-32", "pydantic", "pydantic_core", "obstore"} <= shipped.keys()
    assert shipped == {name: version(name) for name in shipped}


def test_it_says_what_it_holds(made: Made) -> None:
    built = made.built
    with ZipFile(made.archive) as packed:
        infos = packed.infolist()

    assert built.files == len(infos)
    assert built.unpacked_bytes == sum(info.file_size for info in infos)
    assert built.size_bytes == made.archive.stat().st_size
    accounted = built.own_bytes + sum(part.size_bytes for part in built.parts)
    assert accounted == built.unpacked_bytes
    assert json.loads(json.dumps(built.to_dict()))["archive"] == f"build/{made.archive.name}"


def test_entries_are_ordered_and_bear_no_time_and_no_umask(made: Made) -> None:
    with ZipFile(made.archive) as packed:
        infos = packed.infolist()

    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.S_IMODE(info.external_attr >> 16) for info in infos} <= {0o644, 0o755}
    dependencies = [
        info.filename for info in infos if not info.filename.startswith(("shop/", "gl"))
    ]
    assert dependencies == sorted(dependencies)
    assert len({info.filename for info in infos}) == len(infos)


def test_terraform_is_told_the_archive_and_its_digest(made: Made) -> None:
    told = json.loads((made.root / "infra" / "code.auto.tfvars.json").read_text())
    digest = sha256(made.archive.read_bytes()).hexdigest()

    assert Manifest.model_validate_json(told.pop("manifest")) == made.manifest
    assert told == {
        "code": {
            "archive": f"../build/shop-{digest[:16]}.zip",
            "sha256": digest,
            "image_uri": None,
            "runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
            "architecture": "x86_64",
        }
    }
    assert made.built.sha256 == digest


def test_the_plan_names_the_module_of_each_task(unpacked: Path) -> None:
    plan = json.loads((unpacked / "glacier_plan.json").read_text(encoding="utf-8"))

    assert plan["plan_version"] == 1
    assert plan["pipeline"] == "shop"
    assert plan["tasks"]["add_up"]["identity"] == "shop.tasks:add_up"


def test_every_module_of_the_runtime_inside_can_be_imported(
    unpacked: Path, bare_python: Path
) -> None:
    modules = [
        path.relative_to(unpacked).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((unpacked / "glacier_runtime").rglob("*.py"))
    ]
    code = f"""
import importlib
for name in {modules!r}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not error.name.startswith("pyiceberg"):  # what reads its tables is imported for them alone
            raise
"""

    subprocess.run([bare_python, "-c", code], cwd=unpacked, env={}, check=True)


def test_bytecode_inside_is_used_as_it_is_and_names_the_folder_of_the_function(
    unpacked: Path, bare_python: Path
) -> None:
    code = (
        "import marshal, sys; print(marshal.loads(open(sys.argv[1], 'rb').read()[16:]).co_filename)"
    )
    compiled = next((unpacked / "shop" / "__pycache__").glob("tasks.*.pyc"))
    unchecked_hash = (1).to_bytes(4, "little")

    shown = subprocess.run(
        [bare_python, "-c", code, compiled], check=True, capture_output=True, text=True
    ).stdout.strip()

    assert shown == "/var/task/shop/tasks.py"
    assert compiled.read_bytes()[4:8] == unchecked_hash


def test_every_module_inside_is_compiled(unpacked: Path) -> None:
    sources = {
        path.relative_to(unpacked) for path in unpacked.rglob("*.py") if "test" not in path.name
    }
    compiled = {
        path.relative_to(unpacked).parents[1] / f"{path.name.partition('.')[0]}.py"
        for path in unpacked.rglob("__pycache__/*.pyc")
    }

    assert sources - compiled == set()


def test_another_folder_clock_umask_locale_and_hash_seed_give_the_same_bytes(
    made: Made, tmp_path: Path
) -> None:
    root = make_project(tmp_path / "a folder" / "elsewhere")
    code = (
        "import os, sys, pathlib; os.umask(0o077)\n"
        "from glacier_generators.artefacts.building import BuildOptions, build\n"
        "from tests.artefacts.projects import manifest_of\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "python = f'{sys.version_info.major}.{sys.version_info.minor}'\n"
        "print(build(root, manifest_of(root), BuildOptions(python=python)).sha256)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, root],
        env=dict(
            os.environ, PYTHONHASHSEED="4711", LC_ALL="C", TZ="Asia/Tokyo", PYTHONPATH=str(ROOT)
        ),
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == made.built.sha256


@pytest.fixture(scope="module")
def for_arm(made: Made) -> Path:
    built = build(made.root, made.manifest, BuildOptions(python=OTHER, architecture="arm64"))
    assert built.archive is not None
    return built.archive


def test_for_another_processor_compiled_files_are_for_that_processor(for_arm: Path) -> None:
    with ZipFile(for_arm) as packed:
        libraries = [name for name in packed.namelist() if name.endswith(".so")]
        machines = {int.from_bytes(packed.read(name)[18:20], "little") for name in libraries}

    assert len(libraries) >= 3
    assert machines == {ELF_AARCH64}


def test_for_another_python_there_is_no_bytecode_of_this_one(for_arm: Path) -> None:
    assert [name for name in names(for_arm) if name.endswith(".pyc")] == []
