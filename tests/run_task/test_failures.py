"""What goes wrong with a task over S3: what is said, what it is worth, and that nothing is published."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import SecretStr

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import AwsConfig, LocalConfig
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.errors import GlacierError, StorageError
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.outcomes import Outcome, outcome_of, readable
from glacier_runtime.run_task.request import Request
from glacier_runtime.run_task.running import run_task
from glacier_runtime.secrets import Secret
from glacier_runtime.storage.locations import BucketSpec
from glacier_runtime.storage.stores import open_store
from glacier_runtime.tasks import AnyTask
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.roles import role_of
from tests.run_task.shop import Order

provider = Provider(config=AwsConfig(region="eu-central-1"))
lake = provider.bucket("lake")
small = provider.serverless()

orders = Dataset("orders", storage=lake.at("raw/orders.parquet"), schema=Order, source=True)
many = Dataset("many", storage=lake.at("raw/many/"), schema=Order, source=True)
kept = Dataset("kept", storage=lake.at("kept.parquet"), schema=Order)
never = Dataset("never", storage=lake.at("never.parquet"), schema=Order)

Orders = Annotated[pl.LazyFrame, orders]
Kept = Annotated[pl.LazyFrame, kept]


@small.task
def keep(orders: Orders, least: int = 0) -> Kept:
    return orders.with_columns(pl.col("n") - least)


@small.task
def fail(orders: Orders) -> Kept:
    message = f"out of luck with {orders.collect().height}"
    raise RuntimeError(message)


@small.task
def leave(orders: Orders) -> Kept:
    sys.exit(orders.collect().height)


@small.task
def cancel(orders: Orders) -> Kept:
    raise asyncio.CancelledError(orders.collect().height)


@small.task
def fail_late(orders: Orders) -> Kept:
    return orders.with_columns(pl.col("n").map_elements(lambda n: 1 // (n - n), pl.Int64))


@small.task
def read_many(many: Annotated[pl.LazyFrame, many]) -> Kept:
    return many


@small.task
def read_never(never: Annotated[pl.LazyFrame, never]) -> Kept:
    return never


def run(task: AnyTask, root: Path, run_id: str = "r1", **params: object) -> Any:
    return run_task(
        FoundTask(task, "shop", {"since"}, root), Request(task.name, run_id, 0, None, params)
    )


@pytest.fixture
def source(emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path) -> str:
    """The lake, with one source in it."""
    path = tmp_path / "orders.parquet"
    pl.DataFrame({"n": [1, 2], "day": ["mo", "tu"]}).write_parquet(path)
    emulator.put(buckets["lake"], "raw/orders.parquet", path.read_bytes())
    return buckets["lake"]


def refused(task: AnyTask, root: Path, **params: Any) -> GlacierError:
    with pytest.raises(GlacierError) as failure:
        run(task, root, **params)
    return failure.value


@pytest.mark.parametrize("task", [keep, read_many, read_never], ids=lambda task: str(task.name))
def test_data_that_is_not_there_is_missing_whatever_s3_says_of_absent_keys(
    task: AnyTask, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    with emulator.listening(role_of(task, buckets)):
        error = refused(task, tmp_path)

    assert error.codes == ("GLC501",)
    assert f"s3://{buckets['lake']}/" in str(error)
    assert outcome_of(error) is Outcome.REFUSED
    assert emulator.keys(buckets["lake"]) == {f"_glacier/runs/r1/{task.name}.json"}


def test_data_that_is_there_and_forbidden_is_no_missing_data(
    source: str, emulator: EmulatedS3, tmp_path: Path
) -> None:
    with emulator.listening(lambda verb, _, key: verb == "List" or not key.startswith("raw/")):
        error = refused(keep, tmp_path)

    assert source
    assert error.codes == ("GLC513",)
    assert outcome_of(error) is Outcome.REFUSED


@pytest.mark.parametrize("task", [fail, fail_late, leave, cancel], ids=lambda task: str(task.name))
def test_a_task_that_raises_has_failed_and_publishes_nothing(
    task: AnyTask, source: str, emulator: EmulatedS3, tmp_path: Path
) -> None:
    error = refused(task, tmp_path)

    assert error.codes == ("GLC601",)
    assert outcome_of(error) is Outcome.TASK_FAILED
    assert emulator.data(source) == {"raw/orders.parquet", f"_glacier/runs/r1/{task.name}.json"}
    stored = json.loads(emulator.read(source, f"_glacier/runs/r1/{task.name}.json"))
    assert (stored["status"], stored["problems"][0]["code"]) == ("failed", "GLC601")


def test_what_the_task_raised_is_kept_with_the_way_there(source: str, tmp_path: Path) -> None:
    assert source
    error = refused(fail, tmp_path)

    assert isinstance(error.__cause__, RuntimeError)
    assert "in fail\n" in readable(error)


def test_what_cannot_be_removed_hides_nothing(
    source: str, emulator: EmulatedS3, tmp_path: Path
) -> None:
    assert source
    with emulator.listening(lambda verb, *_: verb != "Delete"):
        error = refused(keep, tmp_path, least=2)

    assert error.codes == ("GLC504",)


def test_rows_that_break_a_rule_are_not_published(
    source: str, emulator: EmulatedS3, tmp_path: Path
) -> None:
    error = refused(keep, tmp_path, least=2)

    assert error.codes == ("GLC504",)
    assert outcome_of(error) is Outcome.REFUSED
    assert emulator.keys(source, "kept.parquet") == set()
    assert emulator.data(source, "_glacier/kept.parquet/") == set()


def test_a_parameter_of_no_task_is_refused_and_one_of_another_task_ignored(
    source: str, tmp_path: Path
) -> None:
    assert source
    assert run(keep, tmp_path, since="2024-01-01").status == "done"
    assert refused(keep, tmp_path, run_id="r2", sinse="2024-01-01").codes == ("GLC602",)
    assert refused(keep, tmp_path, run_id="r2", least="some").codes == ("GLC603",)


def test_a_cloud_is_never_guessed(
    buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert buckets
    for cloud in ("", "gcp", "local"):
        monkeypatch.setenv("GLACIER_CLOUD", cloud)
        error = refused(keep, tmp_path)
        assert error.codes == ("GLC517",)
        assert outcome_of(error) is Outcome.REFUSED
    monkeypatch.delenv("GLACIER_CLOUD")
    assert refused(keep, tmp_path).codes == ("GLC517",)


def test_what_lives_in_memory_only_cannot_be_read_alone(
    buckets: dict[str, str], tmp_path: Path
) -> None:
    homeless = Dataset("homeless")

    @small.task
    def take(homeless: Annotated[pl.LazyFrame, homeless]) -> Kept:
        return homeless

    assert buckets
    assert refused(take, tmp_path).codes == ("GLC309",)


@pytest.mark.parametrize(
    "bindings",
    [
        "",
        "{",
        "[]",
        '{"version": 2}',
        '{"version": 1, "cloud": "aws", "buckets": {"mart": "mart-1"}}',
        "absent.json",
    ],
)
def test_without_bindings_nothing_is_guessed(
    bindings: str, buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert buckets
    monkeypatch.setenv("GLACIER_BINDINGS", bindings)

    error = refused(keep, tmp_path)

    assert error.codes == ("GLC511",)
    assert "terraform" in str(error)
    assert outcome_of(error) is Outcome.REFUSED


@pytest.mark.parametrize("wrap", [str, json.dumps], ids=["as JSON", "as JSON twice over"])
def test_bindings_may_be_a_file_as_terraform_prints_it(
    wrap: Callable[[str], str],
    source: str,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert source
    document = json.dumps({"version": 1, "cloud": "aws", "buckets": buckets})
    (tmp_path / "bindings.json").write_text(wrap(document))
    monkeypatch.setenv("GLACIER_BINDINGS", "bindings.json")

    assert run(keep, tmp_path).status == "done"


def test_a_store_that_is_down_is_worth_another_attempt(
    buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert buckets
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    error = refused(keep, tmp_path)

    assert error.codes == ("GLC512",)
    assert outcome_of(error) is Outcome.TRY_AGAIN


def test_a_store_that_goes_away_under_a_query_is_not_the_fault_of_the_task(
    source: str, emulator: EmulatedS3, tmp_path: Path
) -> None:
    def no_writing(verb: str, _: str, key: str) -> bool:
        return not (verb == "Put" and "/attempts/" in key)

    with emulator.listening(no_writing):
        error = refused(keep, tmp_path)

    assert source
    assert error.codes == ("GLC513",)


def test_a_bucket_that_does_not_exist_is_said_to(
    buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert buckets
    names = {"version": 1, "cloud": "aws", "buckets": {"lake": "no-such-lake"}}
    monkeypatch.setenv("GLACIER_BINDINGS", json.dumps(names))

    error = refused(keep, tmp_path)

    assert error.codes == ("GLC513",)
    assert "no-such-lake does not exist" in str(error)


def test_a_secret_is_in_nothing_that_is_said_of_a_failure(
    source: str,
    emulator: EmulatedS3,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @small.task
    def tell(orders: Orders, token: Annotated[str, Secret("api-token")]) -> Kept:
        message = f"no access to {orders.collect().height} with {token}"
        raise PermissionError(message)

    answers = {"api-token": SecretStr("hush-hush-1234")}
    monkeypatch.setattr("glacier_runtime.run_task.running.resolve_secrets", lambda *_: answers)
    error = refused(tell, tmp_path)

    assert error.codes == ("GLC601",)
    stored = emulator.read(source, "_glacier/runs/r1/tell.json").decode()
    for text in (str(error), repr(error.__cause__), stored):
        assert "hush-hush" not in text
    assert "***" in stored


def test_without_its_library_a_cloud_says_what_to_install(
    buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert buckets
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "glacier_runtime.storage.object_store", raising=False)
    monkeypatch.delitem(sys.modules, "glacier_runtime.storage.object_requests", raising=False)

    error = refused(keep, tmp_path)

    assert error.codes == ("GLC510",)
    assert "pip install 'glacier-runtime[aws]'" in str(error)


def test_a_cloud_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as failure:
        open_store(BucketSpec(name="lake", scope=CloudScope(cloud="elsewhere")), tmp_path)

    assert failure.value.codes == ("GLC507",)


def test_resources_of_this_machine_are_not_run_for_a_cloud(
    buckets: dict[str, str], tmp_path: Path
) -> None:
    here = Provider(config=LocalConfig())
    made = Dataset("made", storage=here.bucket("lake").at("made.parquet"), schema=Order)

    @here.serverless().task
    def make() -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [1], "day": ["mo"]})

    assert buckets
    error = refused(make, tmp_path)
    assert error.codes == ("GLC517",)
    assert "'local'" in str(error)
