"""What an image holds, run by a command in a process of its own, under the role of a task: in a container, or in a job.

An image is a folder, called as its digest or its tag, below one folder of all images: there `docker push` would put it. As ECS does it, nothing
starts that its execution role may not fetch and log.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.terraform.emulated.asking import ACCOUNT
from tests.terraform.emulated.gate import role_allows
from tests.terraform.emulated.policies import Need
from tests.terraform.emulated.roles import credentials_of

__all__ = ["CannotStartError", "Log", "Processes", "Started"]

_SERVICE: Final = "ecs-tasks.amazonaws.com"
_NAMED: Final = re.compile(r"(?:@sha256|/[^/:@]+):([0-9a-f]+)$")
_ECR: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
_PULL: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)


class CannotStartError(Exception):
    """ECS could not start a container; the text is its reason."""


@dataclass(frozen=True)
class Log:
    """The log stream of one task, which its execution role writes."""

    options: Mapping[str, str]
    stream: str

    @property
    def group(self) -> str:
        return self.options["awslogs-group"]

    @property
    def needs(self) -> Iterable[Need]:
        group = f"arn:aws:logs:{self.options['awslogs-region']}:{ACCOUNT}:log-group:{self.group}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield Need(action, f"{group}:log-stream:{self.stream}")

    def write(self, lines: list[str]) -> None:
        from moto.logs.models import logs_backends

        logs = logs_backends[ACCOUNT][self.options["awslogs-region"]]
        logs.create_log_stream(self.group, self.stream)
        now_ms = int(time.time() * 1000)
        events = [{"timestamp": now_ms, "message": line} for line in lines if line]
        if events:
            logs.put_log_events(self.group, self.stream, events)


@dataclass(frozen=True)
class Started:
    """What is to be started.

    Attributes:
        id: What it is called while it runs.
        image: Its image.
        command: Python, and what that is told.
        environment: What it is told beside, as AWS writes it.
        role_arn: The role that it has.
        execution_role_arn: The role of what starts it.
        region: Where it runs.
        log: Where it writes.
    """

    id: str
    image: str
    command: Sequence[str]
    environment: Iterable[Mapping[str, Any]]
    role_arn: str
    execution_role_arn: str
    region: str
    log: Log


@dataclass
class Processes:
    """All processes of the emulator.

    Attributes:
        python: The interpreter of every image.
        endpoint: Where the emulator is.
        images: A folder with one for each image.
        running: The processes that have not ended.
    """

    python: Path
    endpoint: str
    images: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def stop(self) -> None:
        """End all processes."""
        for process in list(self.running.values()):
            process.kill()

    def run(self, started: Started) -> int:
        """Run something to its end; return its exit code.

        Raises:
            CannotStartError: If its image is not there, or may not be fetched or logged.
            PermissionError: If a role is not for ECS to take.
        """
        _may_start(started)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "AWS_REGION": started.region,
            "AWS_DEFAULT_REGION": started.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            **credentials_of(started.role_arn, _SERVICE),
            **{it["name"]: it["value"] for it in started.environment},
        }
        process = subprocess.Popen(
            [str(self.python), *started.command[1:]],
            cwd=self._content(started.image),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.running[started.id] = process
        printed, _ = process.communicate()
        del self.running[started.id]
        started.log.write(printed.decode(errors="replace").splitlines())
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def _content(self, image: str) -> Path:
        named = _NAMED.search(image)
        folder = self.images / named[1] if named else None
        if folder is None or not folder.is_dir():
            raise CannotStartError(f"CannotPullContainerError: {image} is not there")
        return folder


def _may_start(started: Started) -> None:
    """Refuse what the execution role may not do."""
    credentials_of(started.execution_role_arn, _SERVICE)
    needed = list(started.log.needs)
    if found := _ECR.match(started.image):
        account, region, repository = found.groups()
        arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        needed += [Need("ecr:GetAuthorizationToken", "*"), *(Need(it, arn) for it in _PULL)]
    role = started.execution_role_arn.rpartition("/")[2]
    for need in needed:
        if not role_allows(role, need):
            raise CannotStartError(
                f"ResourceInitializationError: {role} may not {need.action} on {need.resource}"
            )
