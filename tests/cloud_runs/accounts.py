"""An account of AWS in this process: its workflow runs tasks as they run anywhere, and writes histories as AWS does.

What is held against real clients and a real state machine is in tests/end_to_end; here is what takes too long there, or what an
emulator cannot be made to do.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import GlacierError
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.outcomes import Outcome, outcome_of
from glacier_runtime.run_task.request import read_request
from glacier_runtime.run_task.running import run_task
from glacier_runtime.tasks import AnyTask
from tests.cloud_runs.histories import BEGIN, History

__all__ = ["ARN", "MOST_KEYS", "REGION", "Aws", "Workshop", "refusal"]

REGION = "eu-central-1"
MOST_KEYS = 5
ARN = f"arn:aws:states:{REGION}:123456789012:stateMachine:shop"
_RAISED = {
    Outcome.TASK_FAILED: "TaskFailed",
    Outcome.TRY_AGAIN: "TryAgain",
    Outcome.REFUSED: "Refused",
}


def refusal(kind: str, message: str = "no") -> Exception:
    """Return what botocore raises."""
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # as boto3

    response = {"Error": {"Code": kind, "Message": message}, "ResponseMetadata": {}}
    error: Exception = ClientError(response, "Asked")
    return error


def shop(provider: Provider | None = None, *, local: bool = False) -> Pipeline:
    """Two tasks, of which the second reads what the first makes; the first may be one of this machine."""
    provider = provider or Provider(config=AwsConfig(region=REGION))
    lake = provider.bucket("lake")
    numbers = Dataset("numbers", storage=lake.at("numbers.parquet"))
    doubled = Dataset("doubled", storage=lake.at("doubled.parquet"))
    first = provider.local() if local else provider.serverless()

    @first.task(dry_run=False, cache=True)
    def count(rows: int = 3, least: int = 0) -> Annotated[pl.LazyFrame, numbers]:
        if least > rows:
            message = f"{rows} are too few"
            raise ValueError(message)
        return pl.LazyFrame({"n": list(range(rows))})

    @provider.serverless().task(dry_run=False)
    def double(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, doubled]:
        return given.select(n=pl.col("n") * 2)

    return Pipeline(name="shop", tasks=[count, double])


@dataclass
class _Run:
    name: str
    given: Mapping[str, Any]
    text: str
    history: History
    status: str = "RUNNING"
    shown: int = 0


@dataclass
class Aws:
    """The account.

    Attributes:
        pipeline: What is deployed.
        root: The project's root.
        asked: What was asked of it, in order.
        interrupt: Called before a history is given.
        stuck: Whether executions never end.
        takes: What its tasks are told of an execution's input.
        code: The digest of what is deployed, as Lambda writes it.
        id: Its number.
        lists: By the name of a list, the keys that its workflow makes if it is told none; of one that makes one key a run, nothing.
    """

    pipeline: Pipeline
    root: Path
    asked: list[str] = field(default_factory=list)
    interrupt: Callable[[], None] = lambda: None
    stuck: bool = False
    takes: tuple[str, ...] = ("params", "logical_date")
    code: str = ""
    id: str = "123456789012"
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    _runs: dict[str, _Run] = field(default_factory=dict)
    _log: list[str] = field(default_factory=list)

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.id}

    # Step Functions

    def describe_state_machine(self, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        if stateMachineArn != ARN:
            raise refusal("StateMachineDoesNotExist")
        states = {
            task.name: {
                "Type": "Task",
                "Parameters": {
                    "FunctionName": f"shop-{task.name}",
                    "Payload": {
                        "task": task.name,
                        **{f"{name}.$": f"$.{name}" for name in self.takes},
                    },
                },
            }
            for task in self.pipeline.tasks
        }
        begins = {"Parameters": {"defaults": {"params": {}, "partitions": self.lists}}}
        bound = {"Choices": [{"Variable": "$.counts.day", "NumericGreaterThan": MOST_KEYS}]}
        listing = {"Defaults": begins, "Few enough keys": bound} if self.lists else {}
        return {"definition": json.dumps({"States": {**listing, **states}})}

    def start_execution(self, *, name: str, **asked: str) -> dict[str, Any]:
        assert asked["stateMachineArn"] == ARN
        text = asked["input"]
        self.asked.append(f"start {name} {text}")
        if name in self._runs:
            raise refusal("ExecutionAlreadyExists")
        run = _Run(name, json.loads(text), text, History())
        self._runs[name] = run
        self._execute(run)
        return {"executionArn": _execution(name), "startDate": BEGIN}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        run = self._run(executionArn)
        return {"name": run.name, "startDate": BEGIN, "input": run.text, "status": run.status}

    def stop_execution(self, executionArn: str, error: str, cause: str) -> None:  # noqa: N803
        run = self._run(executionArn)
        run.status = "ABORTED"
        run.history.end("ExecutionAborted", 99, error=error, cause=cause)

    def get_execution_history(self, **options: Any) -> dict[str, Any]:
        """Give two events more each time, a page of three events at a time, the newest first."""
        assert options["reverseOrder"]
        run = self._run(options["executionArn"])
        first = int(options.get("nextToken", 0))
        if not first:
            self.interrupt()
            run.shown = min(run.shown + 2, len(run.history.events))
        known = run.history.events[: run.shown][::-1]
        page: dict[str, Any] = {"events": known[first : first + 3]}
        return page | ({"nextToken": str(first + 3)} if first + 3 < len(known) else {})

    # Lambda

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        return {"CodeSha256": self.code, "FunctionName": FunctionName}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        event = json.loads(Payload)
        self.asked.append(f"invoke {FunctionName} attempt {event['attempt']}")
        document, kind, message = self._task(event)
        if document is not None:
            return {"Payload": io.BytesIO(json.dumps(document).encode())}
        told = {"errorType": kind, "errorMessage": message}
        return {"Payload": io.BytesIO(json.dumps(told).encode()), "FunctionError": "Unhandled"}

    # Logs

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        wanted = asked["filterPattern"].strip('"')
        found = [line for line in self._log if wanted in line]
        return {"events": [_line(line) for line in found]}

    def get_log_events(self, **_asked: Any) -> dict[str, Any]:
        return {"events": [_line(line) for line in self._log]}

    def _run(self, arn: str) -> _Run:
        name = arn.rpartition(":")[2]
        if name not in self._runs:
            raise refusal("ExecutionDoesNotExist")
        return self._runs[name]

    def _execute(self, run: _Run) -> None:
        """Run the workflow to its end; what is shown of its history comes bit by bit."""
        history, before, second = run.history, run.history.begin(), 1.0
        if self.stuck:
            history.enter("count", before, second)
            return
        for task, key in self._units(run.given):
            asked = {
                "task": task.name,
                "run_id": run.name,
                "attempt": 0,
                **{name: run.given[name] for name in self.takes if name in run.given},
                **({"logical_date": BEGIN.isoformat(), "partition": key} if key else {}),
            }
            scheduled = history.schedule(history.enter(task.name, before, second), second, asked)
            document, kind, message = self._task(asked)
            second += 2
            if document is None:
                said = {"errorType": kind, "errorMessage": message}
                history.add("TaskStateExited", history.fail(scheduled, second, kind, said), second)
                history.end("ExecutionFailed", second, error=kind, cause=f"task {task.name}: no")
                run.status = "FAILED"
                return
            before = history.succeed(scheduled, second, document)
        history.end("ExecutionSucceeded", second + 1)
        run.status = "SUCCEEDED"

    def _units(self, given: Mapping[str, Any]) -> Iterator[tuple[AnyTask, str | None]]:
        lists = {**self.lists, **given.get("partitions", {})}
        for task in self.pipeline.get_execution_order():
            columns = "_and_".join(task.signature.partition_columns)
            for key in lists.get(columns, [None]):
                yield task, key

    def _task(self, event: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str, str]:
        found = {task.name: task for task in self.pipeline.tasks}[event["task"]]
        names = {parameter.name for parameter in self.pipeline.parameters}
        names |= {name for task in self.pipeline.tasks for name in task.signature.partition_columns}
        self._log += ["START RequestId: 1", f"task {found.name} of {event['run_id']} begins"]
        try:
            done = run_task(FoundTask(found, "shop", names, self.root), read_request(event))
        except GlacierError as error:
            shown = {"run_id": event["run_id"], "outcome": "", "traceback": f"the way to\n{error}"}
            self._log.append(json.dumps(shown))
            return None, _RAISED[outcome_of(error)], str(error)
        return done.model_dump(mode="json"), "", ""


@dataclass
class Workshop:
    """A pipeline, and the account where it is deployed."""

    root: Path
    pipeline: Pipeline = field(default_factory=shop)
    aws: Aws = field(init=False)

    def __post_init__(self) -> None:
        self.aws = Aws(shop(), self.root)


def _execution(name: str) -> str:
    return f"{ARN.replace(':stateMachine:', ':execution:')}:{name}"


def _line(message: str) -> dict[str, Any]:
    moment: datetime = BEGIN
    return {
        "message": message,
        "timestamp": int(moment.timestamp() * 1000),
        "logStreamName": "stream",
    }
