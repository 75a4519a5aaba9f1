"""Runs as spans and metrics, kept in memory by OpenTelemetry's own SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from glacier_runtime.errors import Code, ExecutionError, Problem
from glacier_runtime.execution.events import GroupFailed, GroupFinished, GroupStarted, RunFinished
from glacier_runtime.execution.fusion import group_tasks
from tests.history.recorded import execute, note, numbers_pipeline, quiet, started

OTEL = ("opentelemetry",)


@dataclass
class Collected:
    """What the SDK was given."""

    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}

    @property
    def metrics(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collected]:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    spans, meters = TracerProvider(shutdown_on_exit=False), MeterProvider(
        [reader], shutdown_on_exit=False
    )
    spans.add_span_processor(SimpleSpanProcessor(exporter))
    # A process has one provider for good; a test has its own.
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", spans)
    monkeypatch.setattr(metrics._internal, "_METER_PROVIDER", meters)
    yield Collected(exporter, reader)
    spans.shutdown()
    meters.shutdown()


def told_of(root: Path, **params: object) -> list[Problem]:
    told: list[Problem] = []
    execute(numbers_pipeline(root), root, quiet(root, told, observers=OTEL), **params)
    return told


def test_a_run_is_a_span_and_its_groups_are_below_it(collected: Collected, tmp_path: Path) -> None:
    assert told_of(tmp_path, rows=4) == []
    run, count, double = (collected.spans[name] for name in ("run doubling", "count", "double"))
    assert run.parent is None
    assert run.context is not None
    for group in (count, double):
        assert group.parent is not None
        assert group.parent.span_id == run.context.span_id
        assert group.context is not None
        assert group.context.trace_id == run.context.trace_id
        assert group.status.status_code is StatusCode.OK
        assert (run.start_time or 0) <= (group.start_time or 0) <= (group.end_time or 0)
        assert (group.end_time or 0) <= (run.end_time or 0)
    assert run.attributes is not None
    assert run.attributes["glacier.pipeline"] == "doubling"
    assert run.attributes["glacier.parameter.rows"] == "4"
    assert run.attributes["glacier.groups"] == 2
    assert double.attributes is not None
    assert double.attributes["glacier.tasks"] == ("double",)
    [made] = double.events
    assert made.attributes is not None
    assert dict(made.attributes) == {
        "glacier.dataset": "doubled",
        "glacier.rows": 4,
        "glacier.size_bytes": made.attributes["glacier.size_bytes"],
        "glacier.version": 1,
    }


def test_what_was_written_is_measured(collected: Collected, tmp_path: Path) -> None:
    told_of(tmp_path, rows=4, least=-1)
    found = collected.metrics
    rows = {point.attributes["glacier.dataset"]: point.value for point in found["glacier.rows"]}
    assert rows == {"numbers": 4, "doubled": 4}
    assert all(point.value > 0 for point in found["glacier.size"])
    [broken] = found["glacier.broken_rows"]
    assert (broken.value, broken.attributes["glacier.rule"]) == (1, "n: ge=0")
    [run] = found["glacier.run.duration"]
    assert (run.count, run.attributes["glacier.outcome"]) == (1, "done")
    assert sum(point.count for point in found["glacier.group.duration"]) == 2
    assert "glacier.failures" not in found


def test_a_failure_is_recorded_where_it_happened(collected: Collected, tmp_path: Path) -> None:
    with pytest.raises(ExecutionError):
        told_of(tmp_path, fail="boom")
    for name in ("run doubling", "double"):
        span = collected.spans[name]
        assert span.status.status_code is StatusCode.ERROR
        [event] = span.events
        assert event.name == "exception"
        assert event.attributes is not None
        assert event.attributes["exception.type"] == "ExecutionError"
        assert "GLC601" in str(event.attributes["exception.message"])
    [failure] = collected.metrics["glacier.failures"]
    assert (failure.value, failure.attributes["glacier.code"]) == (1, "GLC601")


def test_every_attempt_is_a_span(collected: Collected, tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    group = group_tasks(pipeline.graph)[0]
    problem = Problem(code=Code.TASK_FAILED, message="once", fix="again")
    note(
        tmp_path,
        started(pipeline, "r1"),
        GroupStarted(group, 1),
        GroupFailed(group, 1, ExecutionError(problem), 0.5),
        GroupStarted(group, 2),
        GroupFinished(group, 0.1, (), 2),
        RunFinished("r1", 1.0),
        observers=OTEL,
    )
    attempts = [span for span in collected.exporter.get_finished_spans() if span.name == "count"]
    assert [(s.attributes or {})["glacier.attempt"] for s in attempts] == [1, 2]
    assert [s.status.status_code for s in attempts] == [StatusCode.ERROR, StatusCode.OK]
    assert (attempts[0].attributes or {})["glacier.retry_in_s"] == 0.5


def test_what_goes_on_around_a_run_is_its_parent(collected: Collected, tmp_path: Path) -> None:
    with trace.get_tracer("test").start_as_current_span("nightly") as nightly:
        told_of(tmp_path)
    run = collected.spans["run doubling"]
    assert run.parent is not None
    assert run.parent.span_id == nightly.get_span_context().span_id


def test_spans_of_a_run_that_never_ended_are_ended(collected: Collected, tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    note(
        tmp_path,
        started(pipeline, "r1"),
        GroupStarted(group_tasks(pipeline.graph)[0], 1),
        observers=OTEL,
    )
    assert set(collected.spans) == {"count", "run doubling"}


def test_without_an_sdk_nothing_happens(tmp_path: Path) -> None:
    assert told_of(tmp_path) == []
