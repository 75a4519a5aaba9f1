"""A whole pipeline on data that a test gives: captured, whatever the cloud, and away from everything real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig, LocalConfig
from glacier_runtime.errors import ExecutionError, InvalidPipelineError, TestingError
from glacier_runtime.storage.stores import TEST_FOLDER
from glacier_runtime.testing import run_pipeline, run_task
from tests.testing_utilities.shop import (
    ORDERS,
    Summary,
    add_up,
    clean,
    letter,
    orders,
    pipeline,
    raw_orders,
    rejects,
    summary,
    totals,
)

ROOT = Path(__file__).parents[2]
SECRETS = {"api-token": "abc"}
PAID = [{"id": 9, "day": "2024-01-09", "item": "cup", "price": 9}]


def test_all_that_a_pipeline_makes_is_captured() -> None:
    made = run_pipeline(pipeline, inputs={raw_orders: ORDERS}, secrets=SECRETS)

    assert made[orders].sort("id")["price"].to_list() == [2.0, 10.5]
    assert made["rejects"].rows() == [(3, "no price")]
    assert made[totals]["price"].to_list() == [2.0, 10.5]
    assert made.document(summary) == Summary(orders=2, price=12.5)
    assert made.path(letter).read_text() == "2 orders, 3"


def test_a_dataset_in_the_middle_can_be_given_and_who_makes_it_is_skipped() -> None:
    made = run_pipeline(pipeline, inputs={"orders": PAID}, secrets=SECRETS)

    assert made.datasets == (totals, summary, letter)
    assert made[totals].rows() == [(date(2024, 1, 9), 9.0)]


def test_only_what_is_wanted_and_what_it_needs_is_run() -> None:
    inputs = {raw_orders: ORDERS}

    asked: tuple[Any, ...] = (totals, "totals", add_up, "add_up", [totals], ["add_up", orders])
    for wanted in asked:
        assert run_pipeline(pipeline, inputs=inputs, only=wanted).datasets == (
            orders,
            rejects,
            totals,
        )
    assert run_pipeline(pipeline, inputs={orders: PAID}, only=totals).datasets == (totals,)


def test_parameters_of_tasks_that_do_not_run_are_known_all_the_same() -> None:
    made = run_pipeline(
        pipeline, inputs={raw_orders: ORDERS}, only="clean", params={"since": "2024-01-02"}
    )

    assert made.datasets == (orders, rejects)


def test_the_version_before_is_given_apart() -> None:
    old = [{"day": "2023-12-31", "price": 1}]

    made = run_pipeline(pipeline, inputs={orders: PAID}, previous={totals: old}, only=totals)

    assert made[totals]["price"].to_list() == [1.0, 9.0]


@pytest.mark.parametrize(
    ("given", "codes", "text"),
    [
        ({}, ("GLC622",), "dataset 'raw_orders', which 'clean' reads, is not given"),
        ({"inputs": {"row_orders": []}}, ("GLC621",), "'row_orders', which is not read"),
        ({"inputs": {raw_orders: [{"id": 1}]}}, ("GLC623",), "lacks columns 'day'"),
        ({"inputs": {raw_orders: ORDERS}, "only": "totels"}, ("GLC621",), "only= names 'totels'"),
        ({"inputs": {raw_orders: ORDERS}, "only": raw_orders}, ("GLC621",), "'raw_orders'"),
        ({"previous": {orders: PAID}}, ("GLC621",), "previous= names 'orders'"),
        ({"inputs": {orders: [{**PAID[0], "price": 0}]}}, ("GLC624",), "price: gt=0 (1)"),
        (
            {"inputs": {orders: PAID}, "only": [rejects, totals]},
            ("GLC626",),
            "task 'clean' makes dataset 'orders', which is given, and has to run for what else it makes: rejects",
        ),
    ],
    ids=["missing", "unknown", "unfit", "only", "source", "previous", "rules", "conflict"],
)
def test_wrong_use_is_said_clearly(given: Any, codes: tuple[str, ...], text: str) -> None:
    with pytest.raises(TestingError) as caught:
        run_pipeline(pipeline, secrets=SECRETS, **given)

    assert caught.value.codes == codes
    assert text in str(caught.value)


def test_rows_that_a_task_makes_must_keep_their_rules() -> None:
    with pytest.raises(ExecutionError) as caught:
        run_pipeline(pipeline, inputs={raw_orders: [{**PAID[0], "id": 0}]}, secrets=SECRETS)

    assert caught.value.codes == ("GLC504",)


def test_a_pipeline_that_cannot_run_is_refused() -> None:
    with pytest.raises(InvalidPipelineError) as caught:
        run_pipeline(Pipeline(name="part", tasks=[add_up]), inputs={orders: PAID})

    assert caught.value.codes == ("GLC303",)


def test_data_that_lies_where_the_pipeline_would_look_is_neither_read_nor_written(
    tmp_path: Path,
) -> None:
    provider = Provider(config=LocalConfig(base_path=str(tmp_path / "data")))
    lake = provider.bucket("lake")
    source = Dataset("source", storage=lake.at("source.parquet"), source=True)
    made = Dataset("made", storage=lake.at("made.parquet"))

    @provider.local().task
    def copy(given: Annotated[pl.LazyFrame, source]) -> Annotated[pl.LazyFrame, made]:
        return given

    for name in ("source", "made"):
        (tmp_path / "data/lake").mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"real": [name]}).write_parquet(tmp_path / f"data/lake/{name}.parquet")
    before = {path: path.stat() for path in tmp_path.rglob("*")}

    outputs = run_pipeline(Pipeline(name="copying", tasks=[copy]), inputs={source: [{"n": 1}]})

    assert outputs[made].to_dicts() == [{"n": 1}]
    assert {path: path.stat() for path in tmp_path.rglob("*")} == before


_WATCHED = """
import json, os, sys, tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.testing_utilities import shop
from glacier_runtime.testing import run_pipeline

run_pipeline(shop.pipeline, inputs={"raw_orders": shop.ORDERS}, only="summary")  # loads what is loaded once
seen = []
allowed = (tempfile.gettempdir(), "/dev/", "/proc/")

def watch(event, arguments):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.exec"}:
        seen.append(f"{event} {arguments}")
    path = arguments[0] if arguments else None
    if event in {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.listdir", "os.scandir", "shutil.rmtree"}:
        # Names without a folder are those that shutil.rmtree removes from within; the working directory stays empty.
        if isinstance(path, (str, os.PathLike)) and os.path.isabs(path) and not str(path).startswith(allowed):
            seen.append(f"{event} {path}")

sys.addaudithook(watch)
made = run_pipeline(shop.pipeline, inputs={"raw_orders": shop.ORDERS}, only="summary")
print(json.dumps([made["totals"].height, seen]))
"""


def test_a_run_opens_nothing_but_its_temporary_folder_and_no_connection(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(ROOT)],
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [2, []]
    assert list(temporary.iterdir()) == []
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    "config", [AwsConfig(region="eu-west-1", profile="nobody"), LocalConfig()], ids=str
)
def test_it_is_the_same_for_every_cloud(config: Any) -> None:
    provider = Provider(config=config)
    lake, small = provider.bucket("lake"), provider.serverless()
    source = Dataset("source", storage=lake.at("source.ndjson"), source=True)
    made = Dataset("made", storage=lake.at("made/"), partition_by="n")

    @small.task
    def copy(given: Annotated[pl.LazyFrame, source]) -> Annotated[pl.LazyFrame, made]:
        return given

    outputs = run_pipeline(Pipeline(name="copying", tasks=[copy]), inputs={source: [{"n": 1}]})

    assert outputs[made].to_dicts() == [{"n": 1}]


def test_a_dataset_in_memory_is_captured_though_others_read_it() -> None:
    local = Provider(config=LocalConfig()).local()
    first, second = Dataset("first"), Dataset("second")

    @local.task
    def begin() -> Annotated[pl.LazyFrame, first]:
        return pl.LazyFrame({"n": [1, 2]})

    @local.task
    def go_on(given: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, second]:
        return given.sum()

    two = Pipeline(name="two", tasks=[begin, go_on])

    assert run_pipeline(two)[first].height == 2
    assert run_pipeline(two, inputs={first: [{"n": 5}]})[second].item() == 5


def test_threads_wait_for_each_other_and_none_sees_the_other_ones_data() -> None:
    sums: dict[int, float] = {}

    def run(price: int) -> None:
        paid = [{**PAID[0], "price": price}]
        sums[price] = run_pipeline(pipeline, inputs={orders: paid}, only=totals).frame.item(0, 1)

    threads = [threading.Thread(target=run, args=(price,)) for price in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sums == {price: float(price) for price in range(1, 7)}


@pytest.mark.parametrize("before", [None, "elsewhere"])
def test_what_fails_leaves_neither_folder_nor_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if before is not None:
        monkeypatch.setenv(TEST_FOLDER, before)

    with pytest.raises(ExecutionError):
        run_task(clean, inputs={raw_orders: [{**PAID[0], "id": 0}]})

    assert os.environ.get(TEST_FOLDER) == before
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
