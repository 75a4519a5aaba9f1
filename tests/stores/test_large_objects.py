"""Objects of any size: copied and read in parts, whole at every moment, and after a kill. Real limits are lowered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from glacier_runtime.storage import object_parts
from glacier_runtime.storage.clouds.aws import S3
from glacier_runtime.storage.clouds.gcp import GoogleStorage
from glacier_runtime.storage.records import DataFile, Output
from tests.run_task.emulated_s3 import EmulatedS3
from tests.stores.conftest import Place
from tests.stores.copying import (
    MIB,
    STABLE,
    expose_in_a_child,
    killed_before_request,
    lower_limits,
)

LARGE = bytes(range(256)) * (12 * MIB // 256) + b"the end"


@pytest.fixture(autouse=True)
def lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    for cloud in (S3, GoogleStorage):
        monkeypatch.setattr(cloud, "copied_at_once", cloud.copied_at_once)
    monkeypatch.setattr(object_parts, "_PART_BYTES", object_parts._PART_BYTES)
    lower_limits()


def attempt(place: Place, name: str, data: bytes) -> Output:
    key = f"_glacier/big.bin/attempts/{name}/big.bin"
    place.put(key, data)
    file = DataFile(key=key, rows=None, size_bytes=len(data))
    return Output(bucket="lake", path=STABLE, attempt_key=key, files=(file,))


def expose(place: Place, output: Output) -> None:
    place.store.expose(output, STABLE, scratch="", versions=iter(()))


def test_what_no_request_copies_is_copied_in_parts(place_in_a_cloud: Place) -> None:
    place = place_in_a_cloud
    output = attempt(place, "a1", LARGE)

    expose(place, output)

    assert place.read(STABLE) == LARGE
    assert place.store.shows(output, STABLE)


def test_parts_are_asked_for_and_not_the_whole(place_in: Callable[[str], Place]) -> None:
    place = place_in("aws")
    output = attempt(place, "a1", LARGE)
    with cast("EmulatedS3", place.emulator).listening() as asked:
        expose(place, output)

    copied = [verb for verb, _, key in asked if key == STABLE and verb == "Put"]
    assert len(copied) == 5  # begun, three parts, completed


def test_what_one_request_copies_is_not_read_here(place_in: Callable[[str], Place]) -> None:
    place = place_in("aws")
    output = attempt(place, "a1", b"small")
    with cast("EmulatedS3", place.emulator).listening() as asked:
        expose(place, output)

    assert [verb for verb, _, key in asked if key == STABLE].count("Put") == 1
    assert [verb for verb, _, key in asked if key == output.attempt_key] == ["Get"]  # to copy it


def test_a_copy_that_is_not_whole_is_an_error(place_in_a_cloud: Place) -> None:
    place = place_in_a_cloud
    output = attempt(place, "a1", LARGE)
    longer = output.files[0].model_copy(update={"size_bytes": len(LARGE) + 1})

    with pytest.raises(ConnectionError, match="not whole"):
        expose(place, output.model_copy(update={"files": (longer,)}))


def test_what_is_replaced_while_it_is_read_is_an_error_and_no_mixture(
    place_in_a_cloud: Place,
) -> None:
    place = place_in_a_cloud
    lower_limits(1024)
    place.put(STABLE, LARGE[: 64 * 1024])
    parts = object_parts.read_parts(place.objects.objects.client, STABLE)
    assert next(parts) == LARGE[:1024]

    place.put(STABLE, bytes(64 * 1024))

    with pytest.raises(ConnectionError, match="replaced while it was read"):
        list(parts)


def test_what_is_read_in_parts_is_what_was_written(place_in_a_cloud: Place, tmp_path: Path) -> None:
    place, key = place_in_a_cloud, "raw/big.bin"
    (tmp_path / "given").write_bytes(LARGE)

    place.store.write_files(tmp_path / "given", key)
    lower_limits(1_234_567)
    got = place.store.fetch(key, [key], lambda: tmp_path)

    assert got.read_bytes() == LARGE == place.read(key)
    assert place.objects.objects.digest(key) == hashlib.sha256(LARGE).digest()


@pytest.mark.long
def test_an_object_that_is_copied_is_never_in_memory_as_a_whole(
    place_in: Callable[[str], Place],
) -> None:
    place = place_in("azure")
    output = attempt(place, "a1", LARGE * 16)

    assert expose_in_a_child(place.root, output) < len(LARGE) * 8


@pytest.mark.parametrize(
    "request_number",
    [pytest.param(2, marks=pytest.mark.long), 4, pytest.param(5, marks=pytest.mark.long)],
)
def test_killed_while_it_copies_it_leaves_the_old_object_whole(
    request_number: int, place_in: Callable[[str], Place]
) -> None:
    place = place_in("aws")
    old = attempt(place, "a1", b"old")
    expose(place, old)
    output = attempt(place, "a2", LARGE)

    killed_before_request(request_number, cast("EmulatedS3", place.emulator), place.root, output)

    assert place.read(STABLE) == b"old"
    assert place.store.shows(old, STABLE)
    expose(place, output)
    assert place.read(STABLE) == LARGE
