"""States that run jobs of EMR Serverless, which moto's Step Functions does not know: `emr-serverless:startJobRun.sync`.

In AWS a state whose job run ended otherwise than well fails as `States.TaskFailed`, and its cause is the description of the job run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from tests.terraform.emulated.container_states import failure_of, write_moments

__all__ = ["teach_job_run_states"]

_ENDED: Final = "States.TaskFailed"
_ENDS: Final = frozenset({"SUCCESS", "FAILED", "CANCELLED"})


def teach_job_run_states() -> None:
    """Add the service."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory

    original = vars(state_task_factory)["state_task_service_for"]
    service = _service()

    def state_task_service_for(service_name: str) -> Any:
        return service() if service_name == "emr-serverless" else original(service_name)

    vars(state_task_factory)["state_task_service_for"] = state_task_service_for


@cache
def _service() -> Any:  # noqa: C901 (a class that can be made only where moto is)
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
        ResourceCondition,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
        StateTaskServiceCallback,
    )
    from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    class StateTaskServiceEmrServerless(StateTaskServiceCallback):
        """Job runs, started and waited for."""

        def __init__(self) -> None:
            # EMR takes no token, but moto makes one for whatever waits.
            waits: Any = {ResourceCondition.Sync, ResourceCondition.WaitForTaskToken}
            super().__init__(supported_integration_patterns=waits)

        def _get_supported_parameters(self) -> set[str]:
            return {
                *("ApplicationId", "ConfigurationOverrides", "ExecutionRoleArn"),
                *("ExecutionTimeoutMinutes", "JobDriver", "Name", "Tags"),
            }

        def _normalise_parameters(
            self,
            parameters: dict[Any, Any],
            boto_service_name: str | None = None,
            service_action_name: str | None = None,
        ) -> None:
            del boto_service_name, service_action_name
            self._to_boto_request(parameters, _operation("StartJobRun").input_shape)

        def _normalise_response(
            self,
            response: Any,
            boto_service_name: str | None = None,
            service_action_name: str | None = None,
        ) -> None:
            del boto_service_name, service_action_name
            self._from_boto_response(response, _operation("GetJobRun").output_shape)
            write_moments(response)

        def _from_error(self, env: Any, ex: Exception) -> Any:
            refused = getattr(ex, "response", {}).get("Error")
            if refused is None:
                return super()._from_error(env=env, ex=ex)
            name = f"EMRServerless.{refused['Code']}"
            return failure_of(self, env, name, refused["Message"]).failure_event

        def _eval_service_task(
            self,
            env: Any,
            resource_runtime_part: Any,
            normalised_parameters: dict[str, Any],
            state_credentials: Any,
        ) -> None:
            emr = boto_client_for(
                region=resource_runtime_part.region,
                service="emr-serverless",
                state_credentials=state_credentials,
            )
            started = emr.start_job_run(**normalised_parameters)
            env.stack.append({name: started[name] for name in ("applicationId", "jobRunId")})

        def _build_sync_resolver(
            self,
            env: Any,
            resource_runtime_part: Any,
            normalised_parameters: dict[str, Any],
            state_credentials: Any,
        ) -> Callable[[], Any]:
            del normalised_parameters
            emr = boto_client_for(
                region=resource_runtime_part.region,
                service="emr-serverless",
                state_credentials=state_credentials,
            )
            started = env.stack.pop()

            def resolved() -> Any:
                described = {"jobRun": emr.get_job_run(**started)["jobRun"]}
                state = described["jobRun"]["state"]
                if state not in _ENDS:
                    return None
                self._normalise_response(described)
                if state != "SUCCESS":
                    raise failure_of(self, env, _ENDED, to_json_str(described["JobRun"]))
                return described["JobRun"]

            return resolved

    return StateTaskServiceEmrServerless


@cache
def _operation(name: str) -> Any:
    from botocore.session import Session  # type: ignore[import-untyped]  # its stubs are a package of their own

    return Session().get_service_model("emr-serverless").operation_model(name)
