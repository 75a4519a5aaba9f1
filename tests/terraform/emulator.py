"""AWS on this machine: moto's server, taught what Terraform, tasks and least privilege need of it.

A process of its own (`python -m tests.terraform.emulator`), so that its threads and warnings stay out of pytest's: it
prints its address, and ends when its standard input does. `running()` starts one.

Stock moto lacks two calls that Terraform makes for a state machine; says of every function of an image that it has
settings for it; and judges policies by half, without conditions. `emulated/` holds what is put in its place.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from inspect import signature
from pathlib import Path
from threading import Thread
from typing import Any

from tests.conditional_writes import InOneStep
from tests.terraform.emulated.arrivals import teach_arrivals, teach_notifications
from tests.terraform.emulated.asking import ACCOUNT
from tests.terraform.emulated.container_states import teach_container_states
from tests.terraform.emulated.containers import Containers
from tests.terraform.emulated.databricks import Databricks
from tests.terraform.emulated.databricks_states import teach_databricks_states, teach_names
from tests.terraform.emulated.functions import Functions
from tests.terraform.emulated.gate import ADMINISTRATOR, Gate
from tests.terraform.emulated.job_run_states import teach_job_run_states
from tests.terraform.emulated.job_runs import JobRuns
from tests.terraform.emulated.job_states import teach_job_states
from tests.terraform.emulated.jobs import Jobs, teach_environments, teach_templates
from tests.terraform.emulated.policies import Need, applies
from tests.terraform.emulated.processes import Processes
from tests.terraform.emulated.state_machines import teach_calls, teach_execution
from tests.terraform.roots import ROOT

__all__ = ["ACCOUNT", "REGION", "credentials", "running"]

REGION = "eu-central-1"


def credentials(endpoint: str) -> dict[str, str]:
    """Return the environment in which AWS's tools and libraries talk to the emulator, and to nobody else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR,
        "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def running(functions: Path | None = None, images: Path | None = None) -> Generator[str]:
    """Run an emulator, and give its address.

    Args:
        functions: A Python that has what Lambda's own runtime has: with it, functions, job runs of EMR, runs of Databricks and workflows run.
        images: A folder with one for each image, called as its digest: with it, containers and jobs of AWS Batch run, too.
    """
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.terraform.emulator",
            *map(str, filter(None, (functions, images))),
        ],
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


def _teach_bucket_policies() -> None:
    from flask import has_request_context, request
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    def is_action_permitted(
        self: IAMPolicyStatement, action: str, resource: str = "*", *_: object
    ) -> PermissionResult:
        prefix = request.args.get("prefix") if has_request_context() else None
        context = {"aws:securetransport": "true"}
        context |= {} if prefix is None else {"s3:prefix": prefix}
        if not applies(self._statement, Need(action, resource, context)):
            return PermissionResult.NEUTRAL
        allowed = self._statement["Effect"] == "Allow"
        return PermissionResult.PERMITTED if allowed else PermissionResult.DENIED

    IAMPolicyStatement.is_action_permitted = is_action_permitted  # type: ignore[method-assign,assignment]


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


def _teach_networks() -> None:
    """Rules remember their description whatever they lead to, not only addresses."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    original = SecurityGroupRule.__init__

    def __init__(self: SecurityGroupRule, *args: Any, **given: Any) -> None:  # noqa: N807
        original(self, *args, **given)
        bound = signature(original).bind(self, *args, **given).arguments
        for name in ("source_group", "prefix_list_id"):
            said = (bound.get(name) or {}).get("Description")
            if said is not None:
                self.ip_range["Description"] = said

    SecurityGroupRule.__init__ = __init__  # type: ignore[method-assign]


def main(functions: str | None = None, images: str | None = None) -> None:
    """Serve until standard input ends."""
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    _teach_bucket_policies()
    _teach_functions()
    _teach_networks()
    teach_environments()
    teach_templates()
    teach_calls()
    teach_names()
    teach_notifications()
    gate = Gate(InOneStep(DomainDispatcherApplication(create_backend_app)))
    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=MotoRequestHandler)
    endpoint = f"http://127.0.0.1:{server.server_port}"
    with ExitStack() as stack:
        if functions is not None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="functions-")))
            emulated = Functions(Path(functions), endpoint, folder)
            stack.callback(emulated.stop)
            emulated.teach()
            teach_execution(endpoint)
            teach_arrivals(endpoint)
            job_runs = JobRuns(Path(functions), endpoint)
            stack.callback(job_runs.stop)
            job_runs.teach()
            teach_job_run_states()
            databricks = Databricks(Path(functions), endpoint)
            stack.callback(databricks.stop)
            workspaces = databricks.serve()
            stack.callback(workspaces.shutdown)
            teach_databricks_states(workspaces.server_port)
        if functions is not None and images is not None:
            processes = Processes(Path(functions), endpoint, Path(images))
            stack.callback(processes.stop)
            Containers(processes).teach()
            Jobs(processes).teach()
            teach_container_states()
            teach_job_states()
        Thread(target=server.serve_forever, daemon=True).start()
        print(endpoint, flush=True)  # noqa: T201 - read by running()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
