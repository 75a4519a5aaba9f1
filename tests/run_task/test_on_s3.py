"""Tasks one after the other over S3, each with the rights of its role and nothing in common but what is stored."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime import LocalExecutor, Pipeline
from glacier_runtime.errors import StorageError
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.roles import role_of
from tests.run_task.shop import Shop, attempt, shop

ORDERS = b"n,day\n1,mo\n2,tu\n3,we: th/fr%\n"


@pytest.fixture
def made(emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path) -> Shop:
    """A shop whose sources somebody else has put there."""
    emulator.put(buckets["lake"], "raw/orders.csv", ORDERS)
    emulator.put(buckets["lake"], "raw/visits/", b"")  # how consoles mark a folder
    emulator.put(buckets["lake"], "raw/visits/a.ndjson", b'{"n": 7, "day": "mo"}\n')
    emulator.put(buckets["lake"], "raw/visits/_later/b.ndjson", b'{"n": 8, "day": "mo"}\n')
    return shop(tmp_path / "drawn")


def parquet(emulator: EmulatedS3, bucket: str, key: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(emulator.read(bucket, key)))


def test_every_task_gets_by_with_what_its_role_allows(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    for run in ("r1", "r2", "r3", "r4", "r5"):  # the later ones remove old versions
        for name, task in made.tasks.items():
            rule = role_of(task, buckets)
            with emulator.listening(rule) as asked:
                assert attempt(made, name, tmp_path, run).status == "done"
            assert [one for one in asked if not rule(*one)] == []
            assert asked


def test_a_role_uses_what_it_is_given(made: Shop, emulator: EmulatedS3, tmp_path: Path) -> None:
    verbs: set[tuple[str, str]] = set()
    for number in range(5):
        with emulator.listening() as asked:
            for name in made.tasks:
                attempt(made, name, tmp_path, f"r{number}")
        verbs |= {(verb, key.partition("/")[0]) for verb, _, key in asked}

    assert {verb for verb, folder in verbs if folder == "_glacier"} == {
        "Get",
        "Put",
        "List",
        "Delete",
    }
    assert {verb for verb, folder in verbs if folder == "by_day"} == {"Put", "List"}
    assert {verb for verb, folder in verbs if folder == "totals.parquet"} == {"Get", "Put"}
    assert {verb for verb, folder in verbs if folder == "raw"} == {"Get", "List"}


def test_rows_that_are_set_apart_are_published_with_the_others_and_told_again(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    attempt(made, "split", tmp_path)
    first = attempt(made, "collect", tmp_path)
    again = attempt(made, "collect", tmp_path, attempt=1)

    rejects = parquet(emulator, buckets["mart"], "rejects/sheet.parquet")
    assert rejects.rows() == [(1, "mo", ["n, day: unique"])] * 2
    results = {output.dataset: output for output in first.outputs}
    assert results["sheet"].violations == {"n, day: unique": 2}
    assert (results["sheet"].rows, results["sheet_rejects"].rows) == (3, 2)
    assert (again.skipped, again.outputs) == (True, first.outputs)


def test_what_a_chain_of_tasks_makes_lies_where_other_tools_look(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    for name in made.tasks:
        attempt(made, name, tmp_path)

    lake, mart = buckets["lake"], buckets["mart"]
    assert emulator.keys(lake, "by_day/") == {
        "by_day/day=mo/00000000.parquet",
        "by_day/day=tu/00000000.parquet",
        "by_day/day=we%3A%20th%2Ffr%25/00000000.parquet",
    }
    assert json.loads(emulator.read(lake, "lines.ndjson")) == {"n": 1, "day": "mo"}
    assert sorted(parquet(emulator, lake, "totals.parquet")["n"]) == [1, 1, 2, 3, 7]
    assert emulator.read(lake, "sheet/00000000.csv").startswith(b"n,day\n")
    assert emulator.keys(lake, "deep/") == {"deep/down/orders.arrow"}
    assert json.loads(emulator.read(mart, "report.json")) == {"days": 3, "orders": 5}
    assert emulator.read(mart, "pages/inner/days.txt") == b"3"
    assert emulator.read(mart, "image.bin") == b"5"
    assert emulator.read(lake, "raw/orders.csv") == ORDERS


def test_files_and_documents_are_given_as_they_were_written_and_leave_nothing_here(
    made: Shop, tmp_path: Path, buckets: dict[str, str]
) -> None:
    assert buckets
    for name in made.tasks:
        attempt(made, name, tmp_path)

    ((texts, image, report, folder),) = made.seen
    assert texts == {"inner/days.txt": "3", "orders.txt": "5"}
    assert image == "5"
    assert report == {"days": 3, "orders": 5}
    assert not folder.exists()


def test_previous_is_what_the_run_before_has_published(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    for run in ("r1", "r2"):
        attempt(made, "split", tmp_path, run)
        attempt(made, "collect", tmp_path, run)

    assert parquet(emulator, buckets["lake"], "totals.parquet").height == 10


def test_a_partition_that_is_no_more_is_removed_from_the_stable_folder(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    attempt(made, "split", tmp_path, "r1")
    attempt(made, "split", tmp_path, "r2", keep=2)

    assert emulator.keys(buckets["lake"], "by_day/") == {"by_day/day=mo/00000000.parquet"}


def test_a_partitioned_dataset_without_rows_keeps_its_columns(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    attempt(made, "split", tmp_path, "r1", keep=0)

    assert attempt(made, "collect", tmp_path, "r1").outputs[0].rows == 1
    assert emulator.keys(buckets["lake"], "by_day/") == {"by_day/empty.parquet"}


def test_only_the_newest_versions_are_kept(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    for number in range(6):
        attempt(made, "split", tmp_path, f"r{number}", force=True)

    lake = buckets["lake"]
    assert len(emulator.keys(lake, "_glacier/lines.ndjson/versions/")) == 3
    assert len(emulator.keys(lake, "_glacier/lines.ndjson/attempts/")) == 3
    assert len(emulator.keys(lake, "_glacier/commits/")) == 3


def test_a_result_says_what_was_made_and_is_stored(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    result = attempt(made, "split", tmp_path, "r1")

    stored = json.loads(emulator.read(buckets["lake"], "_glacier/runs/r1/split.json"))
    assert stored == result.model_dump(mode="json")
    assert [(o["dataset"], o["version"], o["rows"]) for o in stored["outputs"]] == [
        ("by_day", 1, 3),
        ("lines", 1, 1),
    ]
    assert stored["status"] == "done"
    assert not stored["skipped"]


def test_a_task_that_this_run_has_published_is_not_run_again(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    first = attempt(made, "split", tmp_path, "r1")
    rule = role_of(made.tasks["split"], buckets)
    with emulator.listening(rule) as asked:
        again = attempt(made, "split", tmp_path, "r1", attempt=1)

    assert again.skipped
    assert again.outputs == first.outputs
    assert ("Get", buckets["lake"], "raw/orders.csv") not in asked
    assert not attempt(made, "split", tmp_path, "r1-1", force=True).skipped


def test_what_is_current_is_not_made_again_by_another_run(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    first = attempt(made, "split", tmp_path, "r1")
    with emulator.listening(role_of(made.tasks["split"], buckets)):
        again = attempt(made, "split", tmp_path, "r2")

    assert again.skipped
    assert again.outputs == first.outputs

    content = emulator.read(buckets["lake"], "raw/orders.csv")
    emulator.put(buckets["lake"], "raw/orders.csv", content.rstrip(b"\n") + b"\n\n")
    assert not attempt(made, "split", tmp_path, "r3").skipped


def test_a_run_that_died_before_the_stable_path_is_mended_by_its_next_attempt(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    def no_copies(verb: str, bucket: str, key: str) -> bool:
        return not (verb == "Put" and bucket == buckets["lake"] and key.startswith("by_day/"))

    with (
        emulator.listening(no_copies),
        pytest.raises(StorageError, match="published, but") as failure,
    ):
        attempt(made, "split", tmp_path, "r1")
    assert failure.value.codes == ("GLC508",)
    assert (
        attempt(made, "collect", tmp_path, "r1").status == "done"
    )  # readers see what was committed
    assert emulator.keys(buckets["lake"], "by_day/") == set()

    assert attempt(made, "split", tmp_path, "r1", attempt=1).skipped
    assert len(emulator.keys(buckets["lake"], "by_day/")) == 3


def test_a_whole_pipeline_runs_on_the_same_stores(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    pipeline = Pipeline(name="shop", tasks=list(made.tasks.values()))
    params: dict[str, object] = {"keep": 100, "start": 0}
    for number in (1, 2):
        result = LocalExecutor(root=tmp_path, force=True).execute(pipeline, params)
        totals = result[made.datasets["totals"]]
        assert (totals.version, totals.rows, totals.path) == (number, number * 5, None)
        assert totals.address == f"s3://{buckets['lake']}/totals.parquet"
        assert totals.collect().height == number * 5
        assert totals.address in str(result)

    assert json.loads(emulator.read(buckets["mart"], "report.json")) == {"days": 3, "orders": 10}
    assert attempt(made, "tell", tmp_path, "r1", force=True).outputs[0].version == 3
