"""The generated files of each pipeline, whole, as they are reviewed: any change to them is a change of these."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from glacier_generators.terraform.aws.target import aws_files

from tests.generators.pipelines import PIPELINES, manifest_of

GOLDEN = Path(__file__).parent / "golden"
PACKAGE = Path(__file__).parents[2] / "generators" / "glacier_generators" / "terraform" / "aws"
COMMAND = "pytest tests/generators --update"


def static_files() -> dict[str, str]:
    """Return what is the same for every pipeline, as the package has it."""
    roots = {PACKAGE / "stack": "infra", PACKAGE / "modules": "infra/modules"}
    return {
        f"{prefix}/{file.relative_to(folder).as_posix()}": file.read_bytes().decode("utf-8")
        for folder, prefix in roots.items()
        for file in folder.rglob("*")
        if file.suffix in {".tf", ".md"}
    }


def tree(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes().decode("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def write_tree(folder: Path, files: Mapping[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode("utf-8"))


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    return "".join(
        line if line.endswith("\n") else f"{line}\n"
        for path in sorted(expected.keys() | found.keys())
        for line in difflib.unified_diff(
            expected.get(path, "").splitlines(keepends=True),
            found.get(path, "").splitlines(keepends=True),
            f"golden/{path}" if path in expected else "no such golden file",
            f"generated/{path}" if path in found else "no longer generated",
        )
    )


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_gives_the_files_that_were_reviewed(name: str, update: bool) -> None:
    static = static_files()
    own = {path: text for path, text in aws_files(manifest_of(name)).items() if path not in static}
    if update:
        write_tree(GOLDEN / name, own)
    found = differences(tree(GOLDEN / name), own)
    assert not found, f"look at it; if it is as it should be: {COMMAND}\n{found}"


@pytest.mark.parametrize("name", PIPELINES)
def test_static_files_are_those_of_the_package_to_the_byte(name: str) -> None:
    files = aws_files(manifest_of(name))
    static = static_files()
    assert {path: files.get(path) for path in static} == static


def test_no_golden_tree_is_left_without_a_pipeline() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == set(
        PIPELINES
    ), f"remove it, or {COMMAND}"


def test_a_failing_comparison_names_the_file_and_the_line() -> None:
    found = differences({"infra/a.tf": "x = 1\n", "infra/b.tf": ""}, {"infra/a.tf": "x = 2\n"})
    assert found.splitlines()[:2] == ["--- golden/infra/a.tf", "+++ generated/infra/a.tf"]
    assert found.splitlines()[3:] == ["-x = 1", "+x = 2"]


def test_equal_manifests_give_equal_bytes_in_every_order_of_hashing() -> None:
    import os
    import subprocess
    import sys

    code = (
        "import hashlib, sys; sys.path.insert(0, '.');"
        "from glacier_generators.terraform.aws.target import aws_files;"
        "from tests.generators.pipelines import PIPELINES, manifest_of;"
        "print(hashlib.sha256(repr([aws_files(manifest_of(n)) for n in PIPELINES]).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1
