"""States that call an HTTPS API, which moto's Step Functions does not know: `http:invoke`, with a connection of EventBridge.

As in AWS, the role of the machine needs a right on the address, one on the connection and two on its secret; the token that the connection stands for is
fetched from its authorization endpoint. Workspaces of Databricks are where the stand-in is, whatever they are called; no other host answers.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.terraform.emulated.asking import ACCOUNT
from tests.terraform.emulated.container_states import failure_of, teach_paths
from tests.terraform.emulated.gate import role_allows
from tests.terraform.emulated.policies import Need

__all__ = ["teach_databricks_states", "teach_names"]

_OF_CALLS: Final = "States.Http."
_HOST: Final = re.compile(r"[a-z0-9.-]+\.cloud\.databricks\.com")


def teach_databricks_states(port: int) -> None:
    """Add the service.

    Args:
        port: Where the stand-in listens.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory

    original = vars(state_task_factory)["state_task_service_for"]
    service = _service(port)

    def state_task_service_for(service_name: str) -> Any:
        return service() if service_name == "http" else original(service_name)

    vars(state_task_factory)["state_task_service_for"] = state_task_service_for
    teach_paths()
    _teach_patience()


def _teach_patience() -> None:
    """Let no wait of a computed length take longer than a second: runs here end at once, and who asks for them need not wait as long."""
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.seconds_path import (
        SecondsPath,
    )

    original = SecondsPath._get_wait_seconds

    def seconds(self: SecondsPath, env: Any) -> int:
        return min(original(self, env), 1)

    SecondsPath._get_wait_seconds = seconds  # type: ignore[method-assign]


def teach_names() -> None:
    """Let errors of such calls have the names that Step Functions gives them: moto keeps all that begin with `States.` to itself."""
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
        CustomErrorName,
    )

    original = CustomErrorName.__init__

    def init(self: CustomErrorName, error_name: str | None) -> None:
        original(self, None if (error_name or "").startswith(_OF_CALLS) else error_name)
        self.error_name = error_name  # type: ignore[misc]  # as its own class does

    CustomErrorName.__init__ = init  # type: ignore[method-assign]


@cache
def _service(port: int) -> Any:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
        StateTaskServiceCallback,
    )

    class StateTaskServiceHttp(StateTaskServiceCallback):
        """Calls of an API."""

        def __init__(self) -> None:
            super().__init__(supported_integration_patterns=set())

        def _get_supported_parameters(self) -> set[str]:
            return {"ApiEndpoint", "Authentication", "Method", "QueryParameters", "RequestBody"}

        def _eval_service_task(
            self,
            env: Any,
            resource_runtime_part: Any,
            normalised_parameters: dict[str, Any],
            state_credentials: Any,
        ) -> None:
            given, role = normalised_parameters, state_credentials.role_arn.rpartition("/")[2]
            machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
            connection = _connection(given, resource_runtime_part.region)
            for need, error in _needs(given, machine, connection):
                if not role_allows(role, need):
                    text = f"{role} is not authorized to perform: {need.action} on {need.resource}"
                    raise failure_of(self, env, error, text)
            status, body = _called(port, given, _token(port, connection))
            if status >= 300:
                error = f"States.Http.StatusCode.{status}"
                raise failure_of(self, env, error, json.dumps(body))
            env.stack.append({"StatusCode": status, "StatusText": "OK", "ResponseBody": body})

    return StateTaskServiceHttp


def _connection(given: Mapping[str, Any], region: str) -> Any:
    from moto.events.models import events_backends

    arn = given["Authentication"]["ConnectionArn"]
    found = events_backends[ACCOUNT][region].connections.values()
    return next(it for it in found if it.arn == arn)


def _needs(given: Mapping[str, Any], machine: str, connection: Any) -> Iterator[tuple[Need, str]]:
    """Yield what a call needs permission for, and the error without it."""
    asked = {"states:httpendpoint": given["ApiEndpoint"], "states:httpmethod": given["Method"]}
    yield Need("states:InvokeHTTPEndpoint", machine, asked), "States.Http.AccessDenied"
    known = Need("events:RetrieveConnectionCredentials", connection.arn)
    yield known, "Events.ConnectionResource.AccessDenied"
    for action in ("DescribeSecret", "GetSecretValue"):
        need = Need(f"secretsmanager:{action}", connection.secret_arn)
        yield need, "Events.ConnectionResource.AccessDenied"


def _token(port: int, connection: Any) -> str:
    """Return the token that client credentials are exchanged for, anew for each call."""
    told = connection.auth_parameters["OAuthParameters"]
    client = told["ClientParameters"]
    said = {
        item["Key"]: item["Value"] for item in told["OAuthHttpParameters"].get("BodyParameters", ())
    }
    known = base64.b64encode(f"{client['ClientID']}:{client['ClientSecret']}".encode()).decode()
    headers = {
        "Authorization": f"Basic {known}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    address = told["AuthorizationEndpoint"]
    status, body = _answer(port, told["HttpMethod"], address, urlencode(said), headers)
    return str(body["access_token"]) if status == 200 else "refused"


def _called(port: int, given: Mapping[str, Any], token: str) -> tuple[int, Any]:
    query = given.get("QueryParameters")
    address = given["ApiEndpoint"] + (f"?{urlencode(query)}" if query else "")
    body = json.dumps(given["RequestBody"]) if "RequestBody" in given else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return _answer(port, given["Method"], address, body, headers)


def _answer(
    port: int, method: str, address: str, body: str | None, headers: Mapping[str, str]
) -> tuple[int, Any]:
    parts = urlsplit(address)
    assert parts.scheme == "https"
    assert _HOST.fullmatch(parts.netloc), address
    there = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        there.request(method, path, body, {**headers, "Host": parts.netloc})
        answer = there.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    finally:
        there.close()
