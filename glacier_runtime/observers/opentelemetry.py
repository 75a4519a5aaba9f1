"""Runs as spans and metrics of OpenTelemetry, by its API alone: where they go is for whoever sets its SDK up.

A span for the run, and below it one for each attempt of a group, for fused tasks have no time of their own. What was going on
around the run when it began is its parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from opentelemetry import context, metrics, trace
from opentelemetry.trace import Span, Status, StatusCode

import glacier_runtime
from glacier_runtime.history.documents import (
    ErrorEntry,
    GroupFailedDocument,
    GroupFinishedDocument,
    GroupStartedDocument,
    MadeEntry,
    RunEvent,
    RunFailedDocument,
    RunFinishedDocument,
    RunStartedDocument,
)

__all__ = ["OpenTelemetryObserver"]

_Attributes = dict[str, str | int | float | bool | list[str]]


@dataclass(slots=True)
class _Instruments:
    """What is measured."""

    rows: metrics.Counter
    size: metrics.Counter
    broken: metrics.Counter
    failures: metrics.Counter
    run_seconds: metrics.Histogram
    group_seconds: metrics.Histogram

    @classmethod
    def make(cls) -> _Instruments:
        meter = metrics.get_meter("glacier", glacier_runtime.__version__)
        return cls(
            meter.create_counter("glacier.rows", "{row}", "rows written, by dataset"),
            meter.create_counter("glacier.size", "By", "bytes written, by dataset"),
            meter.create_counter("glacier.broken_rows", "{row}", "rows that break a rule"),
            meter.create_counter("glacier.failures", "{failure}", "failed attempts of groups"),
            meter.create_histogram("glacier.run.duration", "s", "how long runs took"),
            meter.create_histogram("glacier.group.duration", "s", "how long groups took"),
        )


@dataclass(slots=True)
class OpenTelemetryObserver:
    """Makes spans and metrics of one run."""

    _tracer: trace.Tracer = field(
        default_factory=lambda: trace.get_tracer("glacier", glacier_runtime.__version__)
    )
    _measured: _Instruments = field(default_factory=_Instruments.make)
    _around: context.Context = field(default_factory=context.get_current)
    _pipeline: str = ""
    _run: Span | None = None
    _groups: dict[int, Span] = field(default_factory=dict[int, Span])

    def __call__(self, event: RunEvent, /) -> None:
        """Take an event in."""
        if isinstance(event, RunStartedDocument):
            self._begin(event)
        elif isinstance(event, GroupStartedDocument):
            self._begin_group(event)
        elif isinstance(event, GroupFinishedDocument):
            self._end_group(event)
        elif isinstance(event, GroupFailedDocument):
            self._fail_group(event)
        elif isinstance(event, RunFinishedDocument):
            self._end(event, event.seconds, None)
        elif isinstance(event, RunFailedDocument):
            self._end(event, event.seconds, event.error)

    def close(self) -> None:
        """End spans whose end nobody told."""
        for span in (*self._groups.values(), *([self._run] if self._run else [])):
            span.end()
        self._groups.clear()
        self._run = None

    def _begin(self, event: RunStartedDocument) -> None:
        self._pipeline = event.pipeline
        attributes: _Attributes = {
            "glacier.pipeline": event.pipeline,
            "glacier.run": event.run,
            "glacier.groups": len(event.groups),
            "glacier.skipped": [entry.task for entry in event.decisions if not entry.runs],
            **{f"glacier.parameter.{name}": str(value) for name, value in event.params.items()},
        }
        if event.resumes is not None:
            attributes["glacier.resumes"] = event.resumes
        self._run = self._tracer.start_span(
            f"run {event.pipeline}", self._around, attributes=attributes, start_time=_ns(event.time)
        )

    def _begin_group(self, event: GroupStartedDocument) -> None:
        attributes: _Attributes = {
            "glacier.pipeline": self._pipeline,
            "glacier.run": event.run,
            "glacier.group": event.group,
            "glacier.tasks": list(event.tasks),
            "glacier.attempt": event.attempt,
        }
        if event.partition is not None:
            attributes["glacier.partition"] = event.partition
        around = trace.set_span_in_context(self._run, self._around) if self._run else self._around
        self._groups[event.group] = self._tracer.start_span(
            " + ".join(event.tasks), around, attributes=attributes, start_time=_ns(event.time)
        )

    def _end_group(self, event: GroupFinishedDocument) -> None:
        span = self._groups.pop(event.group, None)
        for made in event.datasets:
            self._measure(made)
            if span is not None:
                span.add_event(f"made {made.name}", _described(made), _ns(event.time))
        self._measured.group_seconds.record(event.seconds, self._labels({"outcome": "ran"}))
        if span is not None:
            span.set_status(Status(StatusCode.OK))
            span.end(_ns(event.time))

    def _measure(self, made: MadeEntry) -> None:
        labels = self._labels({"dataset": made.name})
        if made.rows is not None:
            self._measured.rows.add(made.rows, labels)
        if made.size_bytes is not None:
            self._measured.size.add(made.size_bytes, labels)
        for rule, rows in made.violations.items():
            self._measured.broken.add(rows, {**labels, "glacier.rule": rule})

    def _fail_group(self, event: GroupFailedDocument) -> None:
        codes = [problem.code for problem in event.error.problems]
        code = codes[0] if codes else event.error.type
        self._measured.failures.add(1, self._labels({"code": code}))
        span = self._groups.pop(event.group, None)
        if span is not None:
            _record(span, event.error, event.time)
            if event.retry_in_s is not None:
                span.set_attribute("glacier.retry_in_s", event.retry_in_s)
            span.end(_ns(event.time))

    def _end(self, event: RunEvent, seconds: float, error: ErrorEntry | None) -> None:
        outcome = "done" if error is None else "failed"
        self._measured.run_seconds.record(seconds, self._labels({"outcome": outcome}))
        for span in self._groups.values():
            span.end(_ns(event.time))
        self._groups.clear()
        if self._run is not None:
            if error is None:
                self._run.set_status(Status(StatusCode.OK))
            else:
                _record(self._run, error, event.time)
            self._run.end(_ns(event.time))
            self._run = None

    def _labels(self, more: Mapping[str, str]) -> dict[str, str]:
        named = {f"glacier.{name}": value for name, value in more.items()}
        return {"glacier.pipeline": self._pipeline, **named}


def _described(made: MadeEntry) -> _Attributes:
    found = {"rows": made.rows, "size_bytes": made.size_bytes, "version": made.version}
    known: _Attributes = {f"glacier.{name}": n for name, n in found.items() if n is not None}
    return {"glacier.dataset": made.name, **known}


def _record(span: Span, error: ErrorEntry, time: datetime) -> None:
    """Record an error as the conventions for exceptions have it; the object itself is long gone."""
    attributes = {"exception.type": error.type, "exception.message": error.text}
    span.add_event("exception", attributes, _ns(time))
    span.set_status(Status(StatusCode.ERROR, error.text))


def _ns(time: datetime) -> int:
    return int(time.timestamp() * 1_000_000) * 1000
