"""Runs of a deployed workflow: its execution started, followed, and its failures explained."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from glacier_runtime.cloud_runs.asked import AskedOfCloud, CloudRun
from glacier_runtime.cloud_runs.aws.asking import keys_asked, params_asked
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.executions import Execution
from glacier_runtime.cloud_runs.aws.function_logs import function_log_lines
from glacier_runtime.cloud_runs.aws.functions import invoke
from glacier_runtime.cloud_runs.aws.partition_lists import Meant
from glacier_runtime.cloud_runs.aws.process_logs import container_log_lines, job_run_log_lines
from glacier_runtime.cloud_runs.aws.workflows import Workflow
from glacier_runtime.cloud_runs.following import Pace, follow
from glacier_runtime.cloud_runs.happenings import Failed
from glacier_runtime.cloud_runs.hybrid import (
    Answered,
    Hybrid,
    groups_of,
    is_local,
    unshared_problems,
)
from glacier_runtime.cloud_runs.interrupting import ending_in_order
from glacier_runtime.cloud_runs.listeners import told
from glacier_runtime.cloud_runs.telling import Telling
from glacier_runtime.errors import CloudError, Code, GlacierError, Problem
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.selection import chosen_tasks
from glacier_runtime.logical_dates import LOGICAL_DATE
from glacier_runtime.partitioning.keys import keys_of_moment, require_keys
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.run_task.request import Request
from glacier_runtime.tasks import AnyTask

__all__ = ["Deployed", "cloud_run", "follow_execution", "run_hybrid"]

_PACE: Final = Pace()
_BEGUN: Final = "stopping: no other task begins; Ctrl-C again leaves those under way"
_STOPPED: Final = (
    "interrupted: what was published stands; the same with --run-id {run} goes on with it"
)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A pipeline, and where it is deployed.

    Attributes:
        pipeline: The pipeline.
        account: The account.
        workflow: The workflow.
        root: The project's root.
        log: Whether runs are written to the history; None for projects.
    """

    pipeline: Pipeline
    account: Account
    workflow: Workflow
    root: Path
    log: bool | None = None

    def told(
        self, run: str, started_at: datetime, asked: AskedOfCloud
    ) -> AbstractContextManager[Telling]:
        """Tell of a run as long as the context lasts; see `glacier_runtime.cloud_runs.listeners.told`."""
        return told(
            self.pipeline,
            run,
            self.root,
            started_at,
            observer=asked.observer,
            log=self.log,
            explain=partial(self._add_log, run),
        )

    def _add_log(self, run: str, failed: Failed, error: GlacierError) -> None:
        """Add what a task wrote to its log, if that may be read."""
        with suppress(CloudError):
            if lines := self._log_lines(run, failed):
                error.add_note("\n".join((f"the log of task {failed.unit}:", *lines)))

    def _log_lines(self, run: str, failed: Failed) -> list[str]:
        task, workflow = failed.unit.task, self.workflow
        if function := workflow.functions.get(task):
            return function_log_lines(self.account, function, failed, run)
        if definition := workflow.containers.get(task):
            return container_log_lines(self.account, definition, failed)
        if group := workflow.log_groups.get(task):
            return job_run_log_lines(self.account, group, failed, run)
        return []


def follow_execution(
    deployed: Deployed, execution: Execution, asked: AskedOfCloud, pace: Pace = _PACE
) -> RunResult:
    """Follow an execution to its end.

    Args:
        deployed: The pipeline.
        execution: The execution.
        asked: Who is told.
        pace: How often it is asked for news.

    Raises:
        KeyboardInterrupt: If a person stops following; the run goes on, and the text says so.
        ExecutionError: What its tasks failed of.
        CloudError: GLC638, if it was stopped or ran out of time; GLC636 or GLC637, if it cannot be followed.
    """
    run = execution.run
    try:
        with deployed.told(run, execution.started_at, asked) as telling:
            params = execution.given.get("params")
            known = params if isinstance(params, Mapping) else {}
            moment = execution.given.get(LOGICAL_DATE)
            dated = {} if moment is None else {LOGICAL_DATE: moment}
            lists = deployed.workflow.partitions
            meant = Meant(deployed.pipeline, lists, execution.given, execution.started_at)
            telling.begin(_expected(deployed, meant), {**known, **dated}, execution.arn)
            end = follow(lambda: map(meant.settled, execution.news()), telling.tell, pace)
            return telling.result(end)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(goes_on(run)) from None
    except CloudError as error:
        if Code.CLOUD_RUN_FAILED.code in error.codes:
            raise
        problems = (
            Problem(code=p.code, message=p.message, fix=f"{p.fix}; {goes_on(run)}")
            for p in error.problems
        )
        raise CloudError(problems) from None


def goes_on(run: str) -> str:
    """Say that a run is not stopped."""
    return f"run {run} goes on in the cloud: `glacier runs follow {run}` follows it, `glacier runs stop {run}` stops it"


def cloud_run(execution: Execution) -> CloudRun:
    """Return what is said of a run that was started."""
    region = execution.account.region
    page = f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{execution.arn}"
    return CloudRun(execution.run, execution.arn, execution.is_new, page)


def run_hybrid(
    deployed: Deployed, run: str, params: Mapping[str, object], asked: AskedOfCloud
) -> RunResult:
    """Run local tasks here, and invoke the others.

    Args:
        deployed: The pipeline.
        run: The run's id.
        params: Validated run parameters.
        asked: What is asked for.

    Raises:
        CloudError: GLC628, if data would not be shared; GLC635, for tasks that cannot be invoked.
        ExecutionError: What its tasks failed of.
        KeyboardInterrupt: If a person stops it, once the tasks under way have ended.
    """
    pipeline = deployed.pipeline
    chosen = chosen_tasks(pipeline.graph, asked.only, asked.start_from)
    graph = pipeline.graph.part(chosen)
    problems = [*unshared_problems(chosen, pipeline.graph), *_missing(deployed, chosen)]
    if problems:
        raise CloudError(problems)
    started_at = datetime.now(UTC)
    moment = asked.logical_date or started_at
    keys = keys_asked(pipeline.graph, asked) or keys_of_moment(graph, moment)
    groups = groups_of(chosen, require_keys(graph.partitioned, keys))
    plain = params_asked(pipeline, params, asked)
    with (
        ending_in_order(_BEGUN) as stop,
        deployed.told(run, started_at, asked) as telling,
    ):
        hybrid = Hybrid(
            pipeline.name,
            graph,
            Request("", run, logical_date=moment, params=plain, force=asked.force),
            partial(_invoked, deployed),
            telling.tell,
            deployed.root,
            _names(pipeline),
            stop,
        )
        telling.begin(groups, plain)
        end = hybrid.run(groups)
        if stop.is_set() and end.status != "done":
            telling.interrupt(_STOPPED.format(run=run))
        return telling.result(end)


def _expected(deployed: Deployed, meant: Meant) -> tuple[Group, ...]:
    """Return the groups that will run, unless one fails."""
    there = deployed.workflow.tasks
    tasks = [task for task in deployed.pipeline.graph.order if task.name in there]
    return tuple(
        Group(number, (task,), "each task runs by itself", key)
        for number, (task, key) in enumerate(meant.units(tasks), 1)
    )


def _missing(deployed: Deployed, chosen: Mapping[AnyTask, str]) -> list[Problem]:
    """Find tasks that no function runs."""
    workflow = deployed.workflow
    problems = []
    for task in chosen:
        if is_local(task) or task.name in workflow.functions:
            continue
        is_there = task.name in workflow.tasks
        problems.append(
            Problem(
                code=Code.CLOUD_RUN_REFUSED if is_there else Code.NOT_DEPLOYED,
                message=f"task {task.name!r} of {workflow.name} "
                + (
                    "runs on no function, and only functions are invoked"
                    if is_there
                    else "is not deployed"
                ),
                fix=(
                    "run the whole workflow, without --hybrid"
                    if is_there
                    else "deploy the code here"
                ),
                task=task.name,
            )
        )
    return problems


def _invoked(deployed: Deployed, task: AnyTask, request: Request) -> Answered:
    answer = invoke(deployed.account, deployed.workflow.functions[task.name], request)
    return answer.document, answer.kind, answer.cause


def _names(pipeline: Pipeline) -> set[str]:
    columns = {name for task in pipeline.tasks for name in task.signature.partition_columns}
    return {parameter.name for parameter in pipeline.parameters} | columns
