"""Stable paths in S3: what Glacier copied there it knows again, what somebody else put there it does not replace."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import StorageError
from glacier_runtime.storage import object_store
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.object_store import ObjectStore
from glacier_runtime.storage.publication import attempt_path, publish, repair
from glacier_runtime.storage.records import CommitRecord, DataFile, Output
from glacier_runtime.storage.stable_paths import check_stable_path
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import current_version
from tests.run_task.emulated_s3 import EmulatedS3

ROOT = Path()


@pytest.fixture(params=["file", "folder"])
def place(request: pytest.FixtureRequest, buckets: dict[str, str]) -> Location:
    assert buckets
    lake = Provider(config=AwsConfig(region="eu-central-1")).bucket("lake")
    return lake.at("reports/file.txt" if request.param == "file" else "reports/folder/")


@pytest.fixture
def old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a day have passed since everything was written."""

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the caller's zone is UTC
            assert tz is UTC
            return datetime.now(UTC) + object_store._SURELY_DEAD * 2

    monkeypatch.setattr(object_store, "datetime", Tomorrow)
    monkeypatch.setattr(ObjectStore, "now", lambda *_: Tomorrow.now(UTC))


def write(place: Location, attempt: str, text: str) -> Output:
    """Write one attempt, as a task would, without publishing it."""
    store = open_store(place.bucket, ROOT)
    key = attempt_path(place, attempt, place.key.rpartition("/")[2])
    store.claim(key)
    names = [f"{key}/a.txt", f"{key}/deep/b.txt"] if place.is_folder else [key]
    for name in names:
        store.write(name, text.encode())
    files = tuple(DataFile(key=n, rows=None, size_bytes=len(text)) for n in names)
    return Output(bucket="lake", path=place.path, attempt_key=key, files=files)


def commit(place: Location, attempt: str, output: Output) -> int:
    record = CommitRecord(
        attempt=attempt,
        run="r",
        pipeline="p",
        tasks=("t",),
        committed_at=datetime.now(UTC),
        outputs=(output,),
    )
    return publish(record, [place], ROOT)[0].number


def put(place: Location, attempt: str, text: str) -> int:
    return commit(place, attempt, write(place, attempt, text))


def text_of(place: Location) -> str | None:
    version = current_version(place, ROOT)
    return None if version is None else str(version.store.read(version.output.keys[-1]), "utf-8")  # type: ignore[arg-type]


def stable(place: Location) -> str:
    return f"{place.key}/deep/b.txt" if place.is_folder else place.key


def test_what_was_published_is_its_own(place: Location) -> None:
    for number in range(5):
        assert check_stable_path(place, ROOT) is None
        assert put(place, f"t.a{number}", str(number)) == number + 1

    assert check_stable_path(place, ROOT) is None


@pytest.mark.parametrize("size", ["other", "the same"])
def test_what_somebody_else_put_there_is_not_replaced(
    size: str, place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    put(place, "t.a1", "ours")
    emulator.put(
        buckets["lake"], stable(place), b"mine" if size == "the same" else b"of another size"
    )

    problem = check_stable_path(place, ROOT)

    assert problem is not None
    assert problem.code.code == "GLC509"
    assert f"s3://{buckets['lake']}/{place.key}" in problem.message


def test_what_lay_there_before_is_not_replaced(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    emulator.put(buckets["lake"], stable(place), b"mine")

    assert check_stable_path(place, ROOT) is not None


def test_a_file_more_in_a_folder_is_somebodys(
    buckets: dict[str, str], emulator: EmulatedS3
) -> None:
    place = Provider(config=AwsConfig(region="eu-central-1")).bucket("lake").at("folder/")
    put(place, "t.a1", "ours")
    emulator.put(buckets["lake"], "folder/readme.md", b"mine")

    assert check_stable_path(place, ROOT) is not None


def test_what_was_copied_and_not_noted_is_known_by_its_content(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    put(place, "t.a1", "one")
    put(place, "t.a2", "two")
    emulator.client.delete_object(Bucket=buckets["lake"], Key=f"_glacier/{place.key}/exposed.json")

    assert check_stable_path(place, ROOT) is None


def test_content_decides_where_tags_of_copies_differ(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    # The tag of what was uploaded in parts is not that of its copy.
    put(place, "t.a1", "x" * 6_000_000)
    lake, key = buckets["lake"], current_version(place, ROOT).output.keys[-1]  # type: ignore[union-attr]
    parts = emulator.client.create_multipart_upload(Bucket=lake, Key=key)
    part = emulator.client.upload_part(
        Bucket=lake, Key=key, UploadId=parts["UploadId"], PartNumber=1, Body=b"x" * 6_000_000
    )
    emulator.client.complete_multipart_upload(
        Bucket=lake,
        Key=key,
        UploadId=parts["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    emulator.put(lake, f"_glacier/{place.key}/exposed.json", b"not even JSON")

    assert check_stable_path(place, ROOT) is None
    emulator.put(lake, stable(place), b"y" * 6_000_000)
    assert check_stable_path(place, ROOT) is not None


def test_a_stable_path_that_is_gone_is_repaired(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    put(place, "t.a1", "one")
    emulator.client.delete_object(Bucket=buckets["lake"], Key=stable(place))

    assert check_stable_path(place, ROOT) is None
    repair(place, ROOT)

    assert emulator.read(buckets["lake"], stable(place)) == b"one"


def test_of_two_that_claim_one_number_the_second_publishes_nothing(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "t.a1", "one")
    late = write(place, "t.late", "late")
    names = ObjectStore.names

    def without_newest(self: ObjectStore, key: str) -> list[str]:
        return names(self, key)[:-1] if key.endswith("/versions") else names(self, key)

    put(place, "t.a2", "two")
    with monkeypatch.context() as patched:
        patched.setattr(ObjectStore, "names", without_newest)
        with pytest.raises(StorageError, match="being written by other runs") as failure:
            commit(place, "t.late", late)

    assert failure.value.codes == ("GLC505",)
    assert text_of(place) == "two"
    assert "_glacier/commits/t.late.json" not in emulator.keys(buckets["lake"])


def test_who_was_overtaken_before_its_commit_publishes_nothing_and_is_told_by_whom(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, create = write(place, "t.slow", "slow"), ObjectStore.create

    def overtaken(self: ObjectStore, key: str, data: bytes, *, scratch: str) -> None:
        if key == "_glacier/commits/t.slow.json" and b"revoked_by" not in data:
            put(place, "t.quick", "quick")
        create(self, key, data, scratch=scratch)

    monkeypatch.setattr(ObjectStore, "create", overtaken)
    with pytest.raises(StorageError, match="being written by run r of p") as failure:
        commit(place, "t.slow", slow)

    assert failure.value.codes == ("GLC505",)
    assert text_of(place) == "quick"
    assert emulator.read(buckets["lake"], stable(place)) == b"quick"


def test_what_is_published_while_another_run_copies_to_the_stable_path_is_kept(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "t.a1", "one")
    slow, expose = write(place, "t.slow", "slow"), ObjectStore.expose

    def overtaken(self: ObjectStore, output: Output, key: str, **how: Any) -> None:
        expose(self, output, key, **how)
        if "t.slow" in output.attempt_key:
            put(place, "t.quick", "quick")

    monkeypatch.setattr(ObjectStore, "expose", overtaken)
    commit(place, "t.slow", slow)

    assert text_of(place) == "quick"
    assert check_stable_path(place, ROOT) is None


def test_who_was_overtaken_while_copying_shows_what_is_newest(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, expose = write(place, "t.slow", "slow"), ObjectStore.expose

    def overtaken(self: ObjectStore, output: Output, key: str, **how: Any) -> None:
        if "t.slow" in output.attempt_key:
            put(place, "t.quick", "quick")
        expose(self, output, key, **how)

    monkeypatch.setattr(ObjectStore, "expose", overtaken)
    commit(place, "t.slow", slow)

    assert emulator.read(buckets["lake"], stable(place)) == b"quick"


def test_what_two_copied_into_one_folder_at_once_is_told_apart(
    emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    place = Provider(config=AwsConfig(region="eu-central-1")).bucket("lake").at("folder/")
    put(place, "t.a1", "one")
    note = f"_glacier/{place.key}/exposed.json"
    empty = {**json.loads(emulator.read(buckets["lake"], note)), "objects": {}}
    emulator.put(buckets["lake"], note, json.dumps(empty).encode())
    output = write(place, "t.a2", "two")
    commit(place, "t.a2", output.model_copy(update={"files": output.files[:1]}))

    assert emulator.keys(buckets["lake"], "folder/") == {"folder/a.txt"}


def test_what_another_run_is_writing_is_left_alone(place: Location) -> None:
    working = write(place, "t.working", "working")
    for number in range(5):
        put(place, f"t.a{number}", str(number))
    commit(place, "t.working", working)

    assert text_of(place) == "working"


def test_a_clock_that_jumped_ahead_removes_nothing_of_another_run(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "_SURELY_DEAD", -timedelta(seconds=0.5))
    working = write(place, "t.working", "working")
    monkeypatch.setattr(ObjectStore, "now", lambda *_: datetime.now(UTC) - timedelta(days=1))
    put(place, "t.a1", "one")
    commit(place, "t.working", working)

    assert text_of(place) == "working"


@pytest.mark.usefixtures("old_enough")
def test_what_the_dead_left_goes_after_a_day(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    write(place, "t.dead", "dead")
    put(place, "t.a1", "one")

    attempts = emulator.keys(buckets["lake"], f"_glacier/{place.key}/attempts/")
    assert {key.split("/")[4] for key in attempts} == {"t.a1"}


def test_an_attempt_path_is_not_used_twice(place: Location) -> None:
    write(place, "t.a1", "one")
    with pytest.raises(FileExistsError):
        write(place, "t.a1", "two")


def test_a_version_whose_file_is_gone_is_damaged(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    put(place, "t.a1", "one")
    version = current_version(place, ROOT)
    assert version is not None
    emulator.client.delete_object(Bucket=buckets["lake"], Key=version.output.keys[0])

    with pytest.raises(StorageError) as failure:
        current_version(place, ROOT)

    assert failure.value.codes == ("GLC506",)


def test_a_record_is_created_once_and_an_answer_that_was_lost_is_found_again(
    buckets: dict[str, str], emulator: EmulatedS3
) -> None:
    store = open_store(Provider(config=AwsConfig(region="eu-central-1")).bucket("lake").spec, ROOT)
    store.create("_glacier/commits/t.a.json", b"one", scratch="")
    store.create("_glacier/commits/t.a.json", b"one", scratch="")
    with pytest.raises(FileExistsError):
        store.create("_glacier/commits/t.a.json", b"two", scratch="")

    assert emulator.read(buckets["lake"], "_glacier/commits/t.a.json") == b"one"


def test_what_the_role_may_not_remove_stays(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    # Commit records of a task that has another name now.
    for number in range(3):
        put(place, f"before.a{number}", str(number))

    def rule(verb: str, _: str, key: str) -> bool:
        return verb != "Delete" or not key.startswith("_glacier/commits/before.")

    with emulator.listening(rule):
        for number in range(4):
            put(place, f"after.a{number}", str(number))

    commits = emulator.keys(buckets["lake"], "_glacier/commits/")
    assert len([key for key in commits if "before." in key]) == 3
    assert len([key for key in commits if "after." in key]) == 3
    assert text_of(place) == "3"
