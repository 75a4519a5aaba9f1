"""States that run containers: what moto's Step Functions lacks of `ecs:runTask.sync`.

It neither writes names as ECS wants them nor looks at exit codes. In AWS a state whose container ended otherwise than with 0, or never
was there, fails as `States.TaskFailed`, and its cause is the description of the task. And a path that leads to one value is that value:
moto makes a list of what is below an element of a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

__all__ = ["failure_of", "operation", "teach_container_states", "teach_paths", "write_moments"]

_ENDED = "States.TaskFailed"
_DEFINITE: Final = re.compile(r"\$(?:\.[A-Za-z_]\w*|\[\d+\])*")


def teach_container_states() -> None:
    """Add what is missing."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_ecs as states,
    )
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    service = states.StateTaskServiceEcs
    original = service._build_sync_resolver

    def normalise_parameters(self: Any, parameters: dict[str, Any], *names: str) -> None:
        action = self._get_boto_service_action(*names[1:])
        self._to_boto_request(parameters, operation("ecs", action).input_shape)

    def normalise_response(
        self: Any, response: Any, boto_service_name: str = "", service_action_name: str = ""
    ) -> None:
        del boto_service_name
        if isinstance(response, dict):
            action = self._get_boto_service_action(service_action_name or None)
            self._from_boto_response(response, operation("ecs", action).output_shape)
            write_moments(response)

    def build_sync_resolver(self: Any, env: Any, **given: Any) -> Callable[[], Any]:
        resolve = original(self, env, **given)

        def resolved() -> Any:
            ended = resolve() if resolve is not None else None
            if ended is not None and ended["Containers"][0].get("ExitCode") != 0:
                raise failure_of(self, env, _ENDED, to_json_str(ended))
            return ended

        return resolved

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        refused = getattr(ex, "response", {}).get("Error")
        if refused is None:
            return super(service, self)._from_error(env=env, ex=ex)
        return failure_of(self, env, f"ECS.{refused['Code']}", refused["Message"]).failure_event

    changed = {
        "_from_error": from_error,
        "_normalise_parameters": normalise_parameters,
        "_normalise_response": normalise_response,
        "_build_sync_resolver": build_sync_resolver,
    }
    for name, method in changed.items():
        setattr(service, name, method)
    teach_paths()


def teach_paths() -> None:
    """Let paths like `$.Containers[0].ExitCode` be one value: https://github.com/getmoto/moto/issues/7825 wants lists of others."""
    from moto.stepfunctions.parser.asl.utils import json_path

    original = vars(json_path)["parse"]

    def parse(path: str) -> Any:
        found = original(path)
        if _DEFINITE.fullmatch(path) is None:
            return found

        def find(data: Any) -> list[Any]:
            return [
                SimpleNamespace(value=it.value, path=it.path, context=None)
                for it in found.find(data)
            ]

        return SimpleNamespace(find=find)

    vars(json_path)["parse"] = parse


@cache
def operation(service: str, action: str) -> Any:
    """Return what botocore knows of an action."""
    from botocore.session import Session  # type: ignore[import-untyped]  # its stubs are a package of their own

    name = "".join(part.title() for part in action.split("_"))
    return Session().get_service_model(service).operation_model(name)


def write_moments(value: Any) -> None:
    """Write moments as text: an answer is JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        if hasattr(item, "isoformat"):
            value[key] = item.isoformat()
        elif isinstance(item, dict | list):
            write_moments(item)


def failure_of(state: Any, env: Any, error: str, cause: str) -> Any:
    """Return what a state fails with, by one of Step Functions' own names or by one of ECS."""
    from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name import (
        custom_error_name,
        failure_event,
        states_error_name,
        states_error_name_type,
    )
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    ended = states_error_name_type.StatesErrorNameType.StatesTaskFailed
    name = (
        states_error_name.StatesErrorName(typ=ended)
        if error == _ENDED
        else custom_error_name.CustomErrorName(error)
    )
    said = TaskFailedEventDetails(
        resource=state._get_sfn_resource(),
        resourceType=state._get_sfn_resource_type(),
        error=error,
        cause=cause,
    )
    return failure_event.FailureEventException(
        failure_event.FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=said),  # type: ignore[typeddict-item]  # as moto does
        )
    )
