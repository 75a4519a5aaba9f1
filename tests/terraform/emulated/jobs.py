"""Jobs of AWS Batch that run: on a machine that is there at once, by a command that the entry point of their image takes as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.terraform.emulated.asking import ACCOUNT, PARTITION
from tests.terraform.emulated.processes import CannotStartError, Log, Processes, Started

__all__ = ["Jobs", "teach_environments", "teach_templates"]

_SERVICE = "batch.amazonaws.com"
_EXITED = "Essential container in task exited"
# Of a machine that is taken back, processes are told to end (SIGTERM), if there is time for it.
_ENDED_BY_HOST = 143
_TAKEN = "Host EC2 (instance i-0f3c) terminated."


def teach_environments() -> None:
    """Let an environment of moto's do without a role of its maker's: AWS Batch makes its own."""
    from moto.batch.models import BatchBackend
    from moto.iam.models import iam_backends

    original = BatchBackend.create_compute_environment

    def create(backend: BatchBackend, *given: Any, **named: Any) -> Any:
        if not named.get("service_role"):
            iam = iam_backends[ACCOUNT][PARTITION]
            standing = (role for role in iam.roles.values() if _SERVICE in role.arn)
            role = next(standing, None) or iam.create_service_linked_role(_SERVICE, "", "")
            named["service_role"] = role.arn
        return original(backend, *given, **named)

    BatchBackend.create_compute_environment = create  # type: ignore[method-assign,assignment]


def teach_templates() -> None:
    """Let a launch template be tagged, and not what is launched from it: moto's takes the one for the other."""
    from moto.ec2.models.launch_templates import LaunchTemplate

    original = LaunchTemplate.create_version

    def create_version(self: LaunchTemplate, data: dict[str, Any], *given: Any) -> Any:
        launched = [
            it
            for it in data.get("TagSpecifications", ())
            if it.get("ResourceType") != "launch-template"
        ]
        return original(self, {**data, "TagSpecifications": launched}, *given)

    LaunchTemplate.create_version = create_version  # type: ignore[method-assign,assignment]


@dataclass(frozen=True)
class Jobs:
    """All jobs of the emulator.

    Attributes:
        processes: What runs them.
    """

    processes: Processes

    def teach(self) -> None:
        """Make moto's AWS Batch run jobs here, and say how they ended."""
        from moto.batch.models import Job

        details = Job._container_details

        def run(job: Job) -> None:
            self._work(job)

        def container_details(job: Job) -> dict[str, Any]:
            ended = {} if job.exit_code is None else {"exitCode": job.exit_code}
            return {**details(job), **ended}

        Job.run = run  # type: ignore[method-assign,assignment]
        Job._container_details = container_details  # type: ignore[method-assign,assignment]

    def _work(self, job: Any) -> None:
        job.status, job.job_started_at = "RUNNING", job.job_created_at
        try:
            started = _started(job)
            job.exit_code = self.processes.run(started)
            job.log_stream_name = started.log.stream
            job.job_stopped_reason = _TAKEN if job.exit_code == _ENDED_BY_HOST else _EXITED
        except (CannotStartError, PermissionError) as reason:
            job.job_stopped_reason = str(reason)
        job._mark_stopped(success=job.exit_code == 0)


def _started(job: Any) -> Started:
    described = job.job_definition.container_properties
    options = described["logConfiguration"]["options"]
    overrides = job.container_overrides
    command = overrides.get("command", described["command"])
    if len(command) == 1:
        raise CannotStartError("/lambda-entrypoint.sh: takes this for the handler of a function")
    return Started(
        id=job.job_id,
        image=described["image"],
        command=command,
        environment=[*described.get("environment", ()), *overrides.get("environment", ())],
        role_arn=described["jobRoleArn"],
        execution_role_arn=described["executionRoleArn"],
        region=job.backend.region_name,
        log=Log(options, f"{options['awslogs-stream-prefix']}/default/{job.job_id}"),
    )
