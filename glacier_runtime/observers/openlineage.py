"""Runs told to OpenLineage: one run for the pipeline, and below it one for each task, with what it reads and writes.

Where to is for the library to know, from its own settings: `OPENLINEAGE_URL`, `OPENLINEAGE_CONFIG`, `openlineage.yml`. The
namespace of jobs is `OPENLINEAGE_NAMESPACE`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunState,
)
from openlineage.client.event_v2 import (
    RunEvent as LineageEvent,
)
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    error_message_run,
    execution_parameters_run,
    job_type_job,
    parent_run,
    processing_engine_run,
)
from openlineage.client.uuid import generate_static_uuid

from glacier_runtime.history.documents import (
    DatasetEntry,
    ErrorEntry,
    GroupFailedDocument,
    GroupFinishedDocument,
    GroupStartedDocument,
    MadeEntry,
    RunEvent,
    RunFailedDocument,
    RunFinishedDocument,
    RunStartedDocument,
    TaskEntry,
)
from glacier_runtime.observers.lineage_datasets import input_dataset, output_dataset

__all__ = ["OpenLineageObserver"]

_BY_HAND = frozenset({"KeyboardInterrupt", "SystemExit"})


@dataclass(slots=True)
class OpenLineageObserver:
    """Tells OpenLineage of one run.

    A task starts with its group; it completes when the group has published. If the group fails, the task at fault fails and
    its neighbours abort; without one that is named, all of them fail.

    Args:
        client: Sends what is told; None makes one from the environment.
        namespace: The namespace of jobs, and of datasets without storage.
    """

    client: OpenLineageClient = field(default_factory=OpenLineageClient)
    namespace: str = field(
        default_factory=lambda: os.environ.get("OPENLINEAGE_NAMESPACE") or "default"
    )
    _started: RunStartedDocument | None = None
    _open: dict[tuple[str, str | None], datetime] = field(default_factory=dict)

    def __call__(self, event: RunEvent, /) -> None:
        """Pass an event on."""
        if isinstance(event, RunStartedDocument):
            self._started = event
            self._tell_run(event, RunState.START)
        elif self._started is None:
            return
        elif isinstance(event, RunFinishedDocument):
            self._tell_run(event, RunState.COMPLETE)
        elif isinstance(event, RunFailedDocument):
            for task, partition in list(self._open):
                self._tell_task(event, task, RunState.ABORT, partition=partition)
            by_hand = event.error.type in _BY_HAND
            self._tell_run(event, RunState.ABORT if by_hand else RunState.FAIL, event.error)
        else:
            self._take_group(event)

    def close(self) -> None:
        """Wait until all is sent."""
        self.client.close()

    def _take_group(self, event: RunEvent) -> None:
        if isinstance(event, GroupStartedDocument) and event.attempt == 1:
            for task in event.tasks:
                self._open[task, event.partition] = event.time
                self._tell_task(event, task, RunState.START)
        elif isinstance(event, GroupFinishedDocument):
            made = {entry.name: entry for entry in event.datasets}
            for task in event.tasks:
                self._tell_task(event, task, RunState.COMPLETE, made=made)
        elif isinstance(event, GroupFailedDocument) and event.retry_in_s is None:
            self._tell_failure(event)

    def _tell_failure(self, event: GroupFailedDocument) -> None:
        guilty = {problem.task for problem in event.error.problems} & set(event.tasks)
        for task in event.tasks:
            failed = not guilty or task in guilty
            state = RunState.FAIL if failed else RunState.ABORT
            self._tell_task(event, task, state, error=event.error if failed else None)

    def _tell_run(self, event: RunEvent, state: RunState, error: ErrorEntry | None = None) -> None:
        started = self._begun
        facets: dict[str, RunFacet] = {
            "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
                version=started.glacier, name="Glacier"
            ),
            **_failure(error),
        }
        if started.params:
            parameters = [
                execution_parameters_run.ExecutionParameter(key=name, value=str(value))
                for name, value in started.params.items()
            ]
            facets["executionParameters"] = execution_parameters_run.ExecutionParametersRunFacet(
                parameters
            )
        job = Job(self.namespace, started.pipeline, _kind("PIPELINE"))
        self._emit(event, state, Run(self._run_id(), facets), job)

    def _tell_task(
        self,
        event: (
            GroupStartedDocument | GroupFinishedDocument | GroupFailedDocument | RunFailedDocument
        ),
        task: str,
        state: RunState,
        *,
        partition: str | None = None,
        made: dict[str, MadeEntry] | None = None,
        error: ErrorEntry | None = None,
    ) -> None:
        started = self._begun
        part = partition if isinstance(event, RunFailedDocument) else event.partition
        if state is not RunState.START:
            self._open.pop((task, part), None)
        facets: dict[str, RunFacet] = {
            "parent": parent_run.ParentRunFacet(
                run=parent_run.Run(self._run_id()),
                job=parent_run.Job(self.namespace, started.pipeline),
            ),
            **_failure(error),
        }
        if part is not None:
            parameter = execution_parameters_run.ExecutionParameter(key="partition", value=part)
            facets["executionParameters"] = execution_parameters_run.ExecutionParametersRunFacet(
                [parameter]
            )
        job = Job(self.namespace, f"{started.pipeline}.{task}", _kind("TASK"))
        entry = started.tasks.get(task, TaskEntry())
        inputs = [self._input(name) for name in entry.reads]
        outputs = [self._output(name, made) for name in entry.writes]
        self._emit(
            event, state, Run(self._run_id(task, part), facets), job, inputs=inputs, outputs=outputs
        )

    def _input(self, name: str) -> InputDataset:
        started = self._begun
        known = started.datasets.get(name, DatasetEntry())
        return input_dataset(known, name, self._memory, started.read.get(name))

    def _output(self, name: str, made: dict[str, MadeEntry] | None) -> OutputDataset:
        known = self._begun.datasets.get(name, DatasetEntry())
        return output_dataset(known, name, self._memory, (made or {}).get(name))

    def _emit(
        self,
        event: RunEvent,
        state: RunState,
        run: Run,
        job: Job,
        *,
        inputs: Iterable[InputDataset] = (),
        outputs: Iterable[OutputDataset] = (),
    ) -> None:
        self.client.emit(
            LineageEvent(
                eventTime=event.time.isoformat(),
                producer=f"https://pypi.org/project/glacier-runtime/{self._begun.glacier}",
                eventType=state,
                run=run,
                job=job,
                inputs=[*inputs],
                outputs=[*outputs],
            )
        )

    @property
    def _begun(self) -> RunStartedDocument:
        assert self._started is not None
        return self._started

    @property
    def _memory(self) -> str:
        """Datasets without storage live within the pipeline."""
        return f"{self.namespace}.{self._begun.pipeline}"

    def _run_id(self, task: str = "", partition: str | None = None) -> str:
        """The UUID that OpenLineage asks for: always the same for one run, or one task of it."""
        known_by = f"{self._begun.run}/{task}/{partition or ''}"
        return str(generate_static_uuid(self._begun.time, known_by.encode()))


def _kind(job: str) -> dict[str, JobFacet]:
    return {"jobType": job_type_job.JobTypeJobFacet("BATCH", "GLACIER", job)}


def _failure(error: ErrorEntry | None) -> dict[str, RunFacet]:
    if error is None:
        return {}
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(error.text, "python")}
