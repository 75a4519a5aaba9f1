"""What a second build does again, and what it does not; what changes the bytes, and what does not."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest
from glacier_generators.artefacts import cache

from glacier_runtime.errors import GenerationError
from tests.artefacts.conftest import Workshop


@pytest.fixture
def root(workshop: Workshop) -> Path:
    workshop.publish("lib", "1.0")
    return workshop.project("lib")


def entries(root: Path) -> list[Path]:
    return sorted((root / "build" / ".cache" / "dependencies").iterdir())


def test_touched_files_give_the_same_bytes_and_a_changed_comment_gives_others(
    workshop: Workshop, root: Path
) -> None:
    source = root / "src" / "shop" / "tasks.py"
    first = workshop.build(root)
    os.utime(source, (0, 0))
    touched = workshop.build(root)
    source.write_text(source.read_text() + "# a comment\n")
    changed = workshop.build(root)

    assert touched.sha256 == first.sha256
    assert changed.sha256 != first.sha256


def test_a_second_build_needs_no_index(
    workshop: Workshop, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.build(root)
    monkeypatch.setenv("PIP_FIND_LINKS", os.devnull)

    assert [part.name for part in workshop.build(root).parts] == ["lib"]


@pytest.mark.parametrize("file", ["dependencies.zip", "report.json"])
@pytest.mark.parametrize("damage", [b"", b"{}"])
def test_a_damaged_cache_is_made_anew(
    workshop: Workshop, root: Path, file: str, damage: bytes
) -> None:
    first = workshop.build(root)
    (entries(root)[0] / file).write_bytes(damage)

    assert workshop.build(root).sha256 == first.sha256


def test_a_cache_of_which_a_part_was_removed_is_made_anew(workshop: Workshop, root: Path) -> None:
    first = workshop.build(root)
    (entries(root)[0] / "dependencies.zip").unlink()

    assert workshop.build(root).sha256 == first.sha256


@pytest.mark.long
def test_other_versions_and_other_targets_have_entries_of_their_own(
    workshop: Workshop, root: Path
) -> None:
    workshop.build(root)
    workshop.build(root, architecture="arm64")
    workshop.build(root, python="3.12")
    workshop.publish("other", "1.0")
    workshop.declare(root, "lib", "other")
    workshop.build(root)

    assert len(entries(root)) == 4


@pytest.mark.long
def test_entries_that_were_not_used_for_long_are_removed(
    workshop: Workshop, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_KEPT_ENTRIES", 2)
    workshop.build(root, python="3.12")
    oldest = entries(root)[0]
    os.utime(oldest, (0, 0))
    workshop.build(root)
    workshop.build(root, architecture="arm64")

    assert len(entries(root)) == 2
    assert oldest not in entries(root)


def test_what_a_killed_build_left_is_removed(workshop: Workshop, root: Path) -> None:
    leftover = root / "build" / ".cache" / "unfinished-1"
    leftover.mkdir(parents=True)
    (leftover / "archive.zip").write_bytes(b"half")

    workshop.build(root)

    assert not leftover.exists()
    assert {path.name for path in (root / "build" / ".cache").iterdir()} == {"dependencies", "lock"}


def test_the_newest_archives_are_kept_and_the_removed_ones_named(
    workshop: Workshop, root: Path
) -> None:
    stranger = root / "build" / "shop-notes.zip"
    built = []
    for day in range(5):
        (root / "src" / "shop" / "rates.csv").write_text(f"country,rate\nDE,{day}\n")
        built.append(workshop.build(root))
        assert built[-1].archive is not None
        os.utime(built[-1].archive, (day, day))
        stranger.touch()

    kept = sorted((root / "build").glob("shop-*.zip"))

    assert kept == sorted([*(made.archive for made in built[2:]), stranger])  # type: ignore[type-var]
    assert built[-1].removed == (built[1].archive,)


def test_building_an_older_state_again_makes_it_the_newest(workshop: Workshop, root: Path) -> None:
    rates = root / "src" / "shop" / "rates.csv"
    first = workshop.build(root)
    rates.write_text("country,rate\n")
    workshop.build(root)
    rates.write_text("country,rate\nDE,0.19\nFR,0.20\n")
    again = workshop.build(root)

    told = json.loads((root / "infra" / "code.auto.tfvars.json").read_text())

    assert again.archive == first.archive
    assert told["code"]["sha256"] == first.sha256


def test_unchanged_settings_are_not_written_again(workshop: Workshop, root: Path) -> None:
    workshop.build(root)
    settings = root / "infra" / "code.auto.tfvars.json"
    os.utime(settings, (0, 0))

    assert workshop.build(root).settings == settings
    assert settings.stat().st_mtime == 0


def test_without_infra_no_settings_are_written(workshop: Workshop, root: Path) -> None:
    (root / "infra" / "README.md").unlink()
    (root / "infra").rmdir()

    built = workshop.build(root)

    assert built.settings is None
    assert not (root / "infra").exists()


def test_the_workshop_that_stays_at_home_is_named(workshop: Workshop, root: Path) -> None:
    text = (root / "pyproject.toml").read_text().replace("'glacier-runtime'", "'rich', 'typer'")
    (root / "pyproject.toml").write_text(text)

    assert workshop.build(root).left_out == ("rich", "typer")


def test_while_one_build_runs_another_is_refused(workshop: Workshop, root: Path) -> None:
    folder = root / "build" / ".cache"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(GenerationError, match="GLC832"):
            workshop.build(root)
