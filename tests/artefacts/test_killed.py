"""Whatever ends a build, the archive and the settings of the previous one can be deployed, and the next build is right."""

from __future__ import annotations

import json
import os
import signal
from hashlib import sha256
from pathlib import Path

import pytest

from tests.artefacts.conftest import Workshop
from tests.artefacts.killing import build_in_child

CHECKED_POINTS = 12


@pytest.fixture
def root(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Path:
    workshop.publish("lib", "1.0")
    monkeypatch.setenv("PYTHONPATH", str(workshop.installed), prepend=os.pathsep)
    return workshop.project("lib")


def deployable(root: Path) -> str:
    """Return the digest of what Terraform would deploy now, having looked at it."""
    code = json.loads((root / "infra" / "code.auto.tfvars.json").read_text())["code"]
    archive = root / "infra" / code["archive"]
    assert sha256(archive.read_bytes()).hexdigest() == code["sha256"]
    return str(code["sha256"])


def change(root: Path, workshop: Workshop, number: int) -> None:
    """Change code and dependencies, so that everything has to be made."""
    (root / "src" / "shop" / "rates.csv").write_text(f"country,rate\nDE,{number}\n")
    workshop.publish("other", f"{number}.0")
    workshop.declare(root, "lib", f"other=={number}.0")
    for old in workshop.installed.glob("other-*"):
        if old.name != f"other-{number}.0.dist-info":
            (old / "METADATA").unlink()
            old.rmdir()


@pytest.mark.parametrize("checked", [4, pytest.param(CHECKED_POINTS, marks=pytest.mark.long)])
def test_a_build_that_was_killed_anywhere_leaves_the_previous_one_deployable(
    workshop: Workshop, root: Path, checked: int
) -> None:
    manifest = workshop.manifest.model_dump_json()
    change(root, workshop, 1)
    first = build_in_child(root, manifest)
    assert first.returncode == 0, first.stderr
    events = int(first.stdout)
    points = sorted({round(1 + i * (events - 1) / (checked - 1)) for i in range(checked)})

    deaths = 0
    for number, point in enumerate(points, start=2):
        before = deployable(root)
        change(root, workshop, number)
        killed = build_in_child(root, manifest, before_event=point)
        assert killed.returncode in {-signal.SIGKILL, 0}, killed.stderr
        deaths += killed.returncode != 0
        after_death = deployable(root)
        built = workshop.build(root)
        assert deployable(root) == built.sha256
        assert after_death in {before, built.sha256}
    assert deaths >= len(points) - 1  # the last events may differ by one or two from build to build


def test_a_full_disk_is_an_error_and_leaves_the_previous_build_deployable(
    workshop: Workshop, root: Path
) -> None:
    manifest = workshop.manifest.model_dump_json()
    before = workshop.build(root)
    (root / "src" / "shop" / "rates.csv").write_bytes(b"country,rate\n" + bytes(range(256)) * 4000)

    done = build_in_child(root, manifest, largest_file_bytes=500_000)

    assert done.stdout == "GLC831", done.stderr
    assert deployable(root) == before.sha256
    assert not list((root / "build" / ".cache").glob("unfinished-*"))


def test_a_full_disk_while_dependencies_are_installed_is_an_error(
    workshop: Workshop, root: Path
) -> None:
    manifest = workshop.manifest.model_dump_json()

    done = build_in_child(root, manifest, largest_file_bytes=10)

    assert done.stdout in {"GLC826", "GLC827", "GLC831"}, done.stderr
    assert not list((root / "build").glob("*.zip"))
    assert workshop.build(root).ok
