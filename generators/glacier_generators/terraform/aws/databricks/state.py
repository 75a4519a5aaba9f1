"""Tasks on Databricks as states of the workflow, which asks its Jobs API over HTTPS until the run has ended.

    begins ─► runs ─► waits ─► asks ─► ended ─► done
                        ▲                ├─► (not yet) goes on ─► waits …
                        └────────────────┘
                                         └─► says why ─► judged ─► refused, try again, or failed

There is no state that waits for Databricks by itself, so this is one written out. What is submitted carries a token that is drawn once for each
attempt, so a call that is repeated starts no second run; and a question that was not answered is asked again after the next wait.
Of a run that failed, the launcher has said the exit code as its error; of one that never ran, Databricks says a code of its own.
https://docs.databricks.com/api/workspace/jobs/submit, https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.databricks.ends import ending_states
from glacier_generators.terraform.aws.databricks.polling import (
    FIRST_WAIT_S,
    STARTING_S,
    WAIT_LONGER_S,
    longest_wait_s,
)
from glacier_generators.terraform.aws.databricks.spec import databricks
from glacier_generators.terraform.aws.exit_codes import tried_again
from glacier_generators.terraform.aws.retrying import PASSING_ATTEMPTS, retry
from glacier_generators.terraform.aws.told_arguments import told_arguments

__all__ = ["databricks_state"]

_Object = dict[str, JsonValue]

_LONGEST_CALL_S: Final = 60  # of Step Functions
_CALL_ATTEMPTS: Final = 10  # Databricks asks to be asked for some minutes
# What may be otherwise at the next call. The token of a connection is renewed when Databricks has refused it: 401.
_PASSING: Final = (
    *(f"States.Http.StatusCode.{code}" for code in (401, 429, 500, 502, 503, 504)),
    "States.Http.Socket",
    "States.Timeout",
    *(
        f"Events.ConnectionResource.{name}"
        for name in ("AuthInProgress", "ConcurrentModification", "InternalError")
    ),
)


def databricks_state(task: TaskPlan) -> _Object:
    """Return the state that runs a task on Databricks until it has ended, and tries again as the task declares."""
    return tried_again(task, _states(task))


def _states(task: TaskPlan) -> _Object:
    name, run = task.name, {"run_id.$": "States.JsonToString($.submitted.run_id)"}
    lost = _caught(("States.ALL",), "$.failure", f"{name} is lost")
    return {
        f"{name} begins": _begins(task),
        f"{name} runs": {
            **_call(name, "POST", "submit", {"RequestBody": _submitted(task)}),
            "ResultSelector": {"run_id.$": "$.ResponseBody.run_id"},
            "ResultPath": "$.submitted",
            "Retry": [retry(_PASSING, attempts=_CALL_ATTEMPTS)],
            "Catch": [lost],
            "Next": f"{name} waits",
        },
        f"{name} waits": {"Type": "Wait", "SecondsPath": "$.wait_s", "Next": f"{name} asks"},
        f"{name} asks": {
            **_call(name, "GET", "get", {"QueryParameters": dict(run)}),
            "ResultSelector": {
                "status.$": "$.ResponseBody.status",
                "task.$": "$.ResponseBody.tasks[0].run_id",
            },
            "ResultPath": "$.run",
            # What is not answered now is asked again after the next wait; so nothing is lost while Databricks is away.
            "Catch": [_caught(_PASSING, "$.failure", f"{name} ended"), lost],
            "Next": f"{name} ended",
        },
        f"{name} ended": _ended(task),
        f"{name} goes on": {
            "Type": "Pass",
            "Parameters": {
                **_kept(task),
                "id.$": "$.id",
                "submitted.$": "$.submitted",
                "run.$": "$.run",
                "wait_s.$": f"States.MathAdd($.wait_s, {WAIT_LONGER_S})",
            },
            "Next": f"{name} waits",
        },
        f"{name} is done": {"Type": "Succeed"},
        f"{name} says why": {
            **_call(
                name,
                "GET",
                "get-output",
                {"QueryParameters": {"run_id.$": "States.JsonToString($.run.task)"}},
            ),
            "ResultSelector": {"said.$": "$.ResponseBody"},
            "ResultPath": "$.output",
            "Retry": [retry(_PASSING, attempts=PASSING_ATTEMPTS)],
            # What cannot be had, or is too long, says nothing: its status does.
            "Catch": [
                _caught(("States.DataLimitExceeded",), "$.failure", f"{name} judged"),
                _caught(("States.ALL",), "$.failure", f"{name} judged"),
            ],
            "Next": f"{name} judged",
        },
        **ending_states(name),
    }


def _kept(task: TaskPlan) -> _Object:
    """Return what a run was told, which each state passes on."""
    names = ("logical_date", "params", *(("partition",) if task.entry.partitions else ()))
    return {f"{name}.$": f"$.{name}" for name in names}


def _begins(task: TaskPlan) -> _Object:
    """Return the state that draws the token of an attempt, once however often a call is repeated."""
    return {
        "Type": "Pass",
        "Parameters": {
            **_kept(task),
            "id.$": "States.UUID()",
            "wait_s": FIRST_WAIT_S,
            "run": {"status": {"state": "PENDING"}},
        },
        "Next": f"{task.name} runs",
    }


def _ended(task: TaskPlan) -> _Object:
    name = task.name
    going: _Object = {"Not": {"Variable": "$.run.status.state", "StringEquals": "TERMINATED"}}
    late: _Object = {
        "Variable": "$.wait_s",
        "NumericGreaterThanEquals": longest_wait_s(databricks(task).timeout_s),
    }
    code = "$.run.status.termination_details.code"
    well: list[JsonValue] = [
        {"Variable": code, "IsPresent": True},
        {"Variable": code, "StringEquals": "SUCCESS"},
    ]
    return {
        "Type": "Choice",
        "Choices": [
            {"And": [going, late], "Next": f"{name} took too long"},
            {**going, "Next": f"{name} goes on"},
            {"And": well, "Next": f"{name} is done"},
        ],
        "Default": f"{name} says why",
    }


def _call(name: str, method: str, action: str, given: _Object) -> _Object:
    """Return a call of the Jobs API; what is asked of a run is asked in its address."""
    placeholder = "${jobs." + name
    return {
        "Type": "Task",
        "Resource": "arn:${partition}:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": placeholder + ".runs}/" + action,
            "Method": method,
            "Authentication": {"ConnectionArn": placeholder + ".connection}"},
            **given,
        },
        "TimeoutSeconds": _LONGEST_CALL_S,
    }


def _submitted(task: TaskPlan) -> _Object:
    """Return the run that is submitted: one process on one machine, which is there for it alone."""
    config, jobs = databricks(task), "${jobs." + task.name
    stream = ("'--log-stream'", "States.Format('run/databricks/{}', $.id)")
    told = (*stream, *told_arguments(task, config.timeout_s))
    return {
        "run_name.$": "States.Format('" + task.name + " of {}', $$.Execution.Name)",
        "idempotency_token.$": "$.id",
        # Of the whole; the process keeps its own, which comes first and says where it was.
        "timeout_seconds": config.timeout_s + STARTING_S,
        "tasks": [
            {
                "task_key": task.name,
                "spark_python_task": {
                    "python_file": jobs + ".launcher}",
                    "parameters.$": f"States.Array({', '.join(told)})",
                },
                "new_cluster": _machine(task),
            }
        ],
    }


def _machine(task: TaskPlan) -> _Object:
    config, jobs = databricks(task), "${jobs." + task.name
    return {
        "spark_version": config.spark_version,
        "node_type_id": config.instance_type,
        "num_workers": 0,
        "spark_conf": {
            "spark.databricks.cluster.profile": "singleNode",
            "spark.master": "local[*]",
        },
        "custom_tags": {"ResourceClass": "SingleNode", "pipeline": jobs + ".pipeline}"},
        "data_security_mode": "SINGLE_USER",
        "runtime_engine": "STANDARD",
        "aws_attributes": {
            "availability": "ON_DEMAND",
            "instance_profile_arn": jobs + ".instance_profile}",
            "ebs_volume_type": "GENERAL_PURPOSE_SSD",
            "ebs_volume_count": 1,
            "ebs_volume_size": config.disk_gib,
        },
        "spark_env_vars": {
            "AWS_REGION": jobs + ".region}",
            "GLACIER_ARCHIVE": jobs + ".archive}",
            "GLACIER_ENCODED_BINDINGS": jobs + ".bindings}",
            "GLACIER_LOG_GROUP": jobs + ".log_group}",
            "GLACIER_PYTHON": jobs + ".python}",
        },
    }


def _caught(errors: tuple[str, ...], path: str, then: str) -> JsonValue:
    return {"ErrorEquals": list(errors), "ResultPath": path, "Next": then}
