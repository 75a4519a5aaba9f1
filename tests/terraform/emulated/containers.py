"""Containers that run: what an image holds, by its own command, in a process of its own, under the role of the task.

An image is a folder, called as its digest or its tag, below one folder of all images: there `docker push` would put it. As on Fargate, nothing
starts that its execution role may not fetch and log, and a task says of its end no more than an exit code.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final

from tests.terraform.emulated.asking import ACCOUNT
from tests.terraform.emulated.gate import role_allows
from tests.terraform.emulated.policies import Need
from tests.terraform.emulated.roles import credentials_of

__all__ = ["Containers"]

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


@dataclass
class Containers:
    """All containers of the emulator.

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

    def teach(self) -> None:
        """Make moto's ECS run tasks here."""
        from moto.ecs.models import EC2ContainerServiceBackend
        from moto.moto_api import state_manager

        # Nothing ends by being looked at.
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
        original = EC2ContainerServiceBackend.run_task

        def run_task(backend: EC2ContainerServiceBackend, *given: Any, **named: Any) -> list[Any]:
            tasks = original(backend, *given, **named)
            for task in tasks:
                definition = backend.describe_task_definition(task.task_definition_arn)
                Thread(target=self._work, args=(task, definition), daemon=True).start()
            return tasks

        EC2ContainerServiceBackend.run_task = run_task  # type: ignore[method-assign,assignment]

    def stop(self) -> None:
        """End all processes."""
        for process in list(self.running.values()):
            process.kill()

    def _work(self, task: Any, definition: Any) -> None:
        (container,), (described,) = task.containers, definition.container_definitions
        try:
            container.exitCode = self._run(task, definition, described)
            task.stop_code, task.stopped_reason = (
                "EssentialContainerExited",
                "Essential container in task exited",
            )
        except (CannotStartError, PermissionError) as reason:
            del container.exitCode
            task.stop_code, task.stopped_reason = "TaskFailedToStart", str(reason)
        container.last_status = "STOPPED"
        task.desired_status = "STOPPED"
        task.last_status = "STOPPED"

    def _run(self, task: Any, definition: Any, described: dict[str, Any]) -> int:
        """Run a container to its end; return its exit code."""
        log = _Log(described["logConfiguration"]["options"], task.id, definition.execution_role_arn)
        _may_start(definition.execution_role_arn, described["image"], log)
        overrides = task.overrides.get("containerOverrides", ())
        own: dict[str, Any] = next((it for it in overrides if it["name"] == described["name"]), {})
        command = [*described.get("entryPoint", ()), *own.get("command", described["command"])]
        given = {it["name"]: it["value"] for it in described.get("environment", ())}
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "AWS_REGION": task.region_name,
            "AWS_DEFAULT_REGION": task.region_name,
            "AWS_ENDPOINT_URL": self.endpoint,
            **credentials_of(definition.task_role_arn, _SERVICE),
            **given,
        }
        process = subprocess.Popen(
            [str(self.python), *command[1:]],
            cwd=self._content(described["image"]),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.running[task.id] = process
        printed, _ = process.communicate()
        del self.running[task.id]
        log.write(printed.decode(errors="replace").splitlines())
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def _content(self, image: str) -> Path:
        named = _NAMED.search(image)
        folder = self.images / named[1] if named else None
        if folder is None or not folder.is_dir():
            raise CannotStartError(f"CannotPullContainerError: {image} is not there")
        return folder


@dataclass(frozen=True)
class _Log:
    """The log stream of one task, which its execution role writes."""

    options: dict[str, str]
    task_id: str
    role_arn: str

    @property
    def group(self) -> str:
        return self.options["awslogs-group"]

    @property
    def stream(self) -> str:
        return f"{self.options['awslogs-stream-prefix']}/task/{self.task_id}"

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


def _may_start(role_arn: str, image: str, log: _Log) -> None:
    """Refuse what the execution role may not do."""
    credentials_of(role_arn, _SERVICE)
    needed = list(log.needs)
    if found := _ECR.match(image):
        account, region, repository = found.groups()
        arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
        needed += [Need("ecr:GetAuthorizationToken", "*"), *(Need(it, arn) for it in _PULL)]
    role = role_arn.rpartition("/")[2]
    for need in needed:
        if not role_allows(role, need):
            raise CannotStartError(
                f"ResourceInitializationError: {role} may not {need.action} on {need.resource}"
            )
