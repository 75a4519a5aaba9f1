"""State machines for moto: two calls that Terraform makes, and executions under the machine's own role."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from tests.terraform.emulated.roles import credentials_of

__all__ = ["teach_calls", "teach_execution"]

_PATIENCE_S = 900


def teach_calls() -> None:
    """Add the calls that moto lacks, and let it read one definition at a time."""
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
    from moto.stepfunctions.responses import StepFunctionResponse

    parse, reading = AmazonStateLanguageParser.parse, Lock()

    def parse_alone(definition: str) -> Any:
        # The parser writes down what it learns of the grammar, and who reads beside it may find that by half.
        with reading:
            return parse(definition)

    AmazonStateLanguageParser.parse = staticmethod(parse_alone)  # type: ignore[method-assign]

    def validate_state_machine_definition(self: StepFunctionResponse) -> ActionResult:
        diagnostics: list[dict[str, Any]] = []
        try:
            AmazonStateLanguageParser.parse(self._get_param("definition"))
        except Exception as fault:  # noqa: BLE001 - the parser raises whatever went wrong inside it
            code = "SCHEMA_VALIDATION_FAILED"
            diagnostics.append({"severity": "ERROR", "code": code, "message": repr(fault)[:500]})
        result = "FAIL" if diagnostics else "OK"
        return ActionResult({"result": result, "diagnostics": diagnostics, "truncated": False})

    def list_state_machine_versions(self: StepFunctionResponse) -> ActionResult:
        machine = self.stepfunction_backend.describe_state_machine(
            self._get_param("stateMachineArn")
        )
        versions = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
            for _, version in sorted(machine.versions.items(), reverse=True)
        ]
        return ActionResult({"stateMachineVersions": versions})

    missing = {
        "validate_state_machine_definition": validate_state_machine_definition,
        "list_state_machine_versions": list_state_machine_versions,
    }
    for name, call in missing.items():
        setattr(StepFunctionResponse, name, call)


def teach_execution(endpoint: str) -> None:
    """Make executions run, and let each state act under the role of its machine."""
    import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
    import moto.stepfunctions.parser.models  # noqa: F401 - it imports all that call boto_client_for
    from botocore.config import Config  # type: ignore[import-untyped]  # as boto3
    from moto.core.config import default_user_config

    default_user_config["stepfunctions"]["execute_state_machine"] = True
    _teach_time()
    _teach_case()

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        taken = credentials_of(state_credentials.role_arn, "states.amazonaws.com")
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                parameter_validation=False,
                retries={"max_attempts": 0, "total_max_attempts": 1},
                read_timeout=_PATIENCE_S,
            ),
            **{name.lower(): value for name, value in taken.items()},
        )

    for module in list(sys.modules.values()):
        if module.__name__.startswith("moto.stepfunctions") and hasattr(module, "boto_client_for"):
            vars(module)["boto_client_for"] = boto_client_for


def _teach_time() -> None:
    """Make the start of an execution what AWS gives: text, where moto has an object that is no JSON. And read parts of seconds."""
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.is_operator import (
        IsTimestamp,
    )
    from moto.stepfunctions.parser.asl.eval.evaluation_details import ExecutionDetails

    original = ExecutionDetails.__init__

    def init(self: ExecutionDetails, *given: Any, start_time: Any, **named: Any) -> None:
        moment = start_time.astimezone(UTC).isoformat(timespec="milliseconds")
        named["start_time"] = moment.replace("+00:00", "Z")
        original(self, *given, **named)

    def string_to_timestamp(string: str) -> datetime | None:
        try:
            return datetime.fromisoformat(string)
        except ValueError:
            return None

    ExecutionDetails.__init__ = init  # type: ignore[method-assign,assignment]
    IsTimestamp.string_to_timestamp = staticmethod(string_to_timestamp)  # type: ignore[method-assign]


def _as_text(moment: datetime) -> str:
    """Write a time as state machines are given it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _teach_case() -> None:
    """Let state machines call Step Functions itself, which spells its members otherwise than they do."""
    from botocore.session import get_session  # type: ignore[import-untyped]  # as boto3
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )

    model = get_session().get_service_model("stepfunctions")
    operations = {name.lower(): model.operation_model(name) for name in model.operation_names}

    def operation(service: StateTaskService, action: str | None) -> Any:
        is_ours = service.resource.api_name in {"sfn", "states"}
        name = (action or service.resource.api_action).replace("_", "").lower()
        return operations.get(name) if is_ours else None

    def normalise_parameters(
        self: StateTaskService,
        parameters: Any,
        boto_service_name: Any = None,  # noqa: ARG001 (how it is called)
        service_action_name: str | None = None,
    ) -> None:
        if (found := operation(self, service_action_name)) is not None:
            self._to_boto_request(parameters, found.input_shape)

    def normalise_response(
        self: StateTaskService,
        response: Any,
        boto_service_name: Any = None,  # noqa: ARG001 (how it is called)
        service_action_name: str | None = None,
    ) -> None:
        if (found := operation(self, service_action_name)) is not None:
            self._from_boto_response(response, found.output_shape)
            response.update(json.loads(json.dumps(response, default=_as_text)))

    StateTaskService._normalise_parameters = normalise_parameters  # type: ignore[method-assign]
    StateTaskService._normalise_response = normalise_response  # type: ignore[method-assign]
