"""Runs as OpenLineage is told of them: over real HTTP, into real files, in events that its own classes accept."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.naming.dataset import GCS, S3, LocalFileSystem
from openlineage.client.serde import Serde

from glacier_runtime import Dataset, Pipeline, Previous
from glacier_runtime.errors import ExecutionError, Problem
from glacier_runtime.history.documents import DatasetEntry
from glacier_runtime.history.observing import Observers
from glacier_runtime.observers.lineage_datasets import name_of
from tests.execution.local_runs import Number, lake, local
from tests.history.recorded import execute, numbers_pipeline, quiet

LINEAGE = ("openlineage",)
Told = list[dict[str, Any]]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """A lineage backend that keeps what it is sent."""
    received: Told = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(json.loads(body) | {"path": self.path})
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "shop")
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def told_of(root: Path, pipeline: Pipeline | None = None, **params: object) -> list[Problem]:
    told: list[Problem] = []
    execute(
        pipeline or numbers_pipeline(root), root, quiet(root, told, observers=LINEAGE), **params
    )
    return told


def states(told: Told) -> list[tuple[str, str]]:
    return [(event["job"]["name"], event["eventType"]) for event in told]


def event_of(told: Told, job: str, state: str) -> dict[str, Any]:
    [found] = [e for e in told if (e["job"]["name"], e["eventType"]) == (job, state)]
    return found


def test_a_run_and_each_of_its_tasks_start_and_complete(backend: Told, tmp_path: Path) -> None:
    assert told_of(tmp_path) == []
    assert states(backend) == [
        ("doubling", "START"),
        ("doubling.count", "START"),
        ("doubling.count", "COMPLETE"),
        ("doubling.double", "START"),
        ("doubling.double", "COMPLETE"),
        ("doubling", "COMPLETE"),
    ]
    assert {event["job"]["namespace"] for event in backend} == {"shop"}
    assert {event["path"] for event in backend} == {"/api/v1/lineage"}
    runs = {event["job"]["name"]: event["run"]["runId"] for event in backend}
    assert len(set(runs.values())) == 3
    assert all(str(uuid.UUID(run)) == run for run in runs.values())
    for event in backend[1:5]:
        parent = event["run"]["facets"]["parent"]
        assert parent["run"]["runId"] == runs["doubling"]
        assert parent["job"] == {"namespace": "shop", "name": "doubling", "facets": {}}


def test_the_librarys_own_classes_accept_every_event(backend: Told, tmp_path: Path) -> None:
    """What was sent is what its classes write of themselves: times, ids and states are checked when they are made."""
    told_of(tmp_path)
    for sent in backend:
        made = RunEvent(
            eventTime=sent["eventTime"],
            eventType=RunState(sent["eventType"]),
            producer=sent["producer"],
            run=Run(sent["run"]["runId"]),
            job=Job(sent["job"]["namespace"], sent["job"]["name"]),
        )
        again = json.loads(Serde.to_json(made))
        assert {key: sent[key] for key in ("eventTime", "eventType", "producer", "schemaURL")} == {
            key: again[key] for key in ("eventTime", "eventType", "producer", "schemaURL")
        }
        facets = [*sent["run"]["facets"].values(), *sent["job"]["facets"].values()]
        facets += [f for d in (*sent["inputs"], *sent["outputs"]) for f in d["facets"].values()]
        assert facets
        assert all(
            facet["_schemaURL"].startswith("https://openlineage.io/spec/") for facet in facets
        )


def test_what_a_task_reads_and_writes_is_named_and_described(backend: Told, tmp_path: Path) -> None:
    told_of(tmp_path, rows=4, least=-1)
    done = event_of(backend, "doubling.double", "COMPLETE")
    [read], [made] = done["inputs"], done["outputs"]
    assert (read["namespace"], read["name"]) == (
        "file",
        str(tmp_path / "data/lake/numbers.parquet"),
    )
    assert (made["namespace"], made["name"]) == (
        "file",
        str(tmp_path / "data/lake/doubled.parquet"),
    )
    fields = made["facets"]["schema"]["fields"]
    assert [(f["name"], f["type"], f["ordinal_position"]) for f in fields] == [
        ("n", "Int64", 1),
        ("twice", "Int64", 2),
    ]
    assert made["facets"]["version"]["datasetVersion"] == "1"
    statistics = made["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"] > 0) == (4, True)


def test_rows_that_break_a_rule_are_assertions_that_did_not_hold(
    backend: Told, tmp_path: Path
) -> None:
    told_of(tmp_path, rows=4, least=-2)
    [made] = event_of(backend, "doubling.count", "COMPLETE")["outputs"]
    [assertion] = made["facets"]["dataQualityAssertions"]["assertions"]
    expected = {"assertion": "ge=0", "column": "n", "success": False, "severity": "warn"}
    assert expected.items() <= assertion.items()
    assert assertion["actual"] == "2 rows break it"


def test_parameters_are_those_of_the_run(backend: Told, tmp_path: Path) -> None:
    told_of(tmp_path, rows=4)
    facet = event_of(backend, "doubling", "START")["run"]["facets"]["executionParameters"]
    assert {p["key"]: p["value"] for p in facet["parameters"]}["rows"] == "4"


def test_the_task_at_fault_fails_and_so_does_the_run(backend: Told, tmp_path: Path) -> None:
    with pytest.raises(ExecutionError):
        told_of(tmp_path, fail="boom")
    assert states(backend)[-2:] == [("doubling.double", "FAIL"), ("doubling", "FAIL")]
    for job in ("doubling.double", "doubling"):
        facet = event_of(backend, job, "FAIL")["run"]["facets"]["errorMessage"]
        assert facet["programmingLanguage"] == "python"
        assert "GLC601" in facet["message"]
        assert "boom" in facet["message"]


def test_what_a_person_stops_is_aborted(backend: Told, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        told_of(tmp_path, fail="by hand")
    assert states(backend)[-2:] == [("doubling.double", "ABORT"), ("doubling", "ABORT")]


def test_neighbours_of_the_task_at_fault_are_aborted(backend: Told, tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    one, two = (
        Dataset(n, storage=bucket.at(f"{n}.parquet"), schema=Number) for n in ("one", "two")
    )

    @local.task
    def innocent() -> Annotated[pl.LazyFrame, one]:
        return pl.LazyFrame({"n": [1]})

    @local.task
    def guilty(given: Annotated[pl.LazyFrame, one]) -> Annotated[pl.LazyFrame, two]:
        raise ValueError(given)

    with pytest.raises(ExecutionError):
        told_of(tmp_path, Pipeline(name="fused", tasks=[innocent, guilty]))
    assert ("fused.innocent", "ABORT") in states(backend)
    assert ("fused.guilty", "FAIL") in states(backend)


def test_datasets_without_storage_and_versions_before_the_run_have_names_too(
    backend: Told, tmp_path: Path
) -> None:
    memory = Dataset("memory", schema=Number)
    total = Dataset("total", storage=lake(tmp_path).at("total.parquet"), schema=Number)

    @local.task
    def begin() -> Annotated[pl.DataFrame, memory]:
        return pl.DataFrame({"n": [1]})

    @local.task
    def add(
        more: Annotated[pl.DataFrame, memory], before: Previous[Annotated[pl.DataFrame, total]]
    ) -> Annotated[pl.DataFrame, total]:
        return pl.concat([before, more])

    for _ in range(2):
        told_of(tmp_path, Pipeline(name="adding", tasks=[begin, add]))
    *_, last = (
        e for e in backend if (e["job"]["name"], e["eventType"]) == ("adding.add", "COMPLETE")
    )
    assert [(read["namespace"], read["name"]) for read in last["inputs"]] == [
        ("shop.adding", "memory"),
        ("file", str(tmp_path / "data/lake/total.parquet")),
    ]


@pytest.mark.parametrize(
    ("address", "naming"),
    [
        ("s3://lake/clean/flights.parquet", S3("lake", "clean/flights.parquet")),
        ("gs://lake/clean/flights/", GCS("lake", "clean/flights/")),
        ("/data/lake/flights.parquet", LocalFileSystem("/data/lake/flights.parquet")),
    ],
)
def test_datasets_are_named_as_the_specification_has_it(address: str, naming: Any) -> None:
    expected = naming.get_namespace(), naming.get_name()
    assert name_of(DatasetEntry(address=address), "flights", "shop") == expected


def test_events_go_into_a_file_if_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "lineage.ndjson"
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "file")
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__LOG_FILE_PATH", str(file))
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__APPEND", "true")
    assert told_of(tmp_path) == []
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert states(told)[0] == ("doubling", "START")
    assert states(told)[-1] == ("doubling", "COMPLETE")
    assert {event["job"]["namespace"] for event in told} == {"default"}


def test_a_backend_that_is_down_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(Observers.close, "__defaults__", (1.0,))
    [problem] = told_of(tmp_path)
    assert problem.code.code == "GLC618"
    assert "'openlineage'" in problem.message


def test_a_backend_that_does_not_answer_costs_a_run_no_more_than_the_patience(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{mute.getsockname()[1]}")
        monkeypatch.setattr(Observers.close, "__defaults__", (0.5,))
        before_s = time.monotonic()
        [problem] = told_of(tmp_path)
    assert time.monotonic() - before_s < 5
    assert "was not done 0.5 s after the run, when told of run_started" in problem.message


def test_the_library_is_loaded_only_when_it_is_asked_for() -> None:
    import subprocess

    code = "import glacier_runtime.history.log, sys; print('openlineage' in sys.modules, 'opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
