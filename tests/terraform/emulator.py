"""AWS on this machine: moto's server, taught what Terraform and least privilege need of it.

A process of its own (`python -m tests.terraform.emulator`), so that its threads and warnings stay out of pytest's: it
prints its address, and ends when its standard input does. `running()` starts one.

Stock moto lacks two calls that Terraform makes for a state machine; says of every function of an image that it has
settings for it; takes dots in policies for wildcards; and ignores their conditions, so that a bucket that denies access
without TLS would deny all access.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

from tests.terraform.roots import ROOT

ACCOUNT = "123456789012"
REGION = "eu-central-1"

Context = Mapping[str, str]

_CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "Bool": lambda actual, expected: actual.lower() == expected.lower(),
    "StringEquals": lambda actual, expected: actual == expected,
    "StringLike": lambda actual, expected: matches(expected, actual),
}


def credentials(endpoint: str) -> dict[str, str]:
    """Return the environment in which AWS's tools and libraries talk to the emulator, and to nobody else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "emulated",
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def running() -> Generator[str]:
    """Run an emulator, and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.terraform.emulator"],
        cwd=ROOT,
        env={**os.environ, **credentials("")} | {"AWS_ENDPOINT_URL": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        endpoint = process.stdout.readline().strip()
        assert endpoint, "the emulator did not start: is moto[server] installed?"
        yield endpoint
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def enforce_policies(endpoint: str) -> None:
    """Make a running emulator refuse, from now on, what no policy allows."""
    request = Request(
        f"{endpoint}/moto-api/reset-auth",
        data=b"0",
        headers={"Content-Type": "text/plain"},
    )
    with urlopen(request, timeout=30) as response:
        assert response.status == 200


def matches(pattern: str, text: str) -> bool:
    """Say whether a text is one that IAM's pattern means, with its wildcards * and ?."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text) is not None


def holds(conditions: Mapping[str, Mapping[str, str | list[str]]], context: Context) -> bool:
    """Say whether all conditions of a statement hold; one about what the request does not say never does."""
    for operator, tests in conditions.items():
        for key, expected in tests.items():
            actual = context.get(key.lower())
            wanted = [expected] if isinstance(expected, str) else expected
            if actual is None or not any(_CONDITIONS[operator](actual, one) for one in wanted):
                return False
    return True


def _teach_policies() -> None:
    from flask import has_request_context, request
    from moto.iam import access_control

    original = access_control.IAMPolicyStatement.is_action_permitted

    def is_action_permitted(
        self: access_control.IAMPolicyStatement,
        action: str,
        resource: str = "*",
        principal: str | None = None,
        incoming_condition_values: dict[str, str] | None = None,
    ) -> access_control.PermissionResult:
        conditions = self._statement.get("Condition")
        if "Resource" not in self._statement or not conditions:  # trust policies are left to moto
            return original(self, action, resource, principal, incoming_condition_values)
        context = {"aws:securetransport": "true"}
        if has_request_context():
            context["s3:prefix"] = request.args.get("prefix", "")
        if not holds(conditions, context):
            return access_control.PermissionResult.NEUTRAL
        del self._statement["Condition"]
        return original(self, action, resource, principal, incoming_condition_values)

    def _match(pattern: str, string: str) -> bool | None:
        return matches(pattern, string) or None

    access_control.IAMPolicyStatement.is_action_permitted = is_action_permitted  # type: ignore[method-assign]
    access_control.IAMPolicyStatement._match = staticmethod(_match)  # type: ignore[method-assign,assignment]


def _teach_state_machines() -> None:
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
    from moto.stepfunctions.responses import StepFunctionResponse

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


def _teach_functions() -> None:
    from moto.awslambda.models import LambdaFunction

    original = LambdaFunction.get_configuration

    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        configuration = original(self, on_create)
        settings = configuration.get("ImageConfigResponse", {}).get("ImageConfig", {})
        if not any(settings.values()):
            configuration.pop("ImageConfigResponse", None)
        return configuration

    LambdaFunction.get_configuration = get_configuration  # type: ignore[method-assign]


def main() -> None:
    """Serve until standard input ends."""
    from moto.server import ThreadedMotoServer

    _teach_policies()
    _teach_state_machines()
    _teach_functions()
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)  # noqa: T201 - read by running()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
