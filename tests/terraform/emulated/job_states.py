"""States that run jobs: what moto's Step Functions lacks of `batch:submitJob.sync`.

It does not write names as AWS Batch wants them, and asks of an error what not all have.
"""

from __future__ import annotations

from typing import Any

from tests.terraform.emulated.container_states import failure_of, operation, write_moments

__all__ = ["teach_job_states"]


def teach_job_states() -> None:
    """Add what is missing."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_batch as states,
    )

    service = states.StateTaskServiceBatch

    def normalise_parameters(self: Any, parameters: dict[str, Any], *names: str) -> None:
        action = self._get_boto_service_action(*names[1:])
        self._to_boto_request(parameters, operation("batch", action).input_shape)

    def normalise_response(
        self: Any, response: Any, boto_service_name: str = "", service_action_name: str = ""
    ) -> None:
        del boto_service_name
        if isinstance(response, dict):
            action = self._get_boto_service_action(service_action_name or None)
            self._from_boto_response(response, operation("batch", action).output_shape)
            write_moments(response)

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        refused = getattr(ex, "response", {}).get("Error")
        if refused is None:
            return super(service, self)._from_error(env=env, ex=ex)
        return failure_of(self, env, f"Batch.{refused['Code']}", refused["Message"]).failure_event

    for name, method in {
        "_from_error": from_error,
        "_normalise_parameters": normalise_parameters,
        "_normalise_response": normalise_response,
    }.items():
        setattr(service, name, method)
