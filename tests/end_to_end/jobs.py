"""One task that is no function, run by itself: by the state that the workflow has for it, in a state machine of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.end_to_end.deployments import Deployment, Execution

__all__ = ["run_job"]

_GIVEN = {"params": {}, "logical_date": "2013-02-01T05:00:00Z"}


def run_job(deployment: Deployment, task: str, run_id: str) -> Execution:
    """Run it as the workflow does, though what it publishes be current, and only once."""
    workflow = deployment.outputs["state_machine_arn"]
    client = deployment.client("stepfunctions")
    described = client.describe_state_machine(stateMachineArn=workflow)
    (state,) = _states(json.loads(described["definition"]), task)
    own = {name: value for name, value in state.items() if name not in {"Next", "Retry", "Catch"}}
    definition = json.dumps({"StartAt": task, "States": {task: {**own, "End": True}}})
    made = client.create_state_machine(
        name=f"only-{run_id}",
        definition=definition.replace("'--task'", "'--force', '--task'"),
        roleArn=described["roleArn"],
    )["stateMachineArn"]
    try:
        return deployment.run_as(made, run_id, json.dumps(_GIVEN))
    finally:
        client.delete_state_machine(stateMachineArn=made)


def _states(within: object, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield every state of a name, however deep it stands."""
    if isinstance(within, Mapping):
        states = within.get("States")
        if isinstance(states, Mapping) and name in states:
            yield states[name]
        for value in within.values():
            yield from _states(value, name)
    elif isinstance(within, list):
        for value in within:
            yield from _states(value, name)
