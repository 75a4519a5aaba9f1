"""Containers that run: as on Fargate, a task says of its end no more than an exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Any

from tests.terraform.emulated.processes import CannotStartError, Log, Processes, Started

__all__ = ["Containers"]


@dataclass(frozen=True)
class Containers:
    """All containers of the emulator.

    Attributes:
        processes: What runs them.
    """

    processes: Processes

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

    def _work(self, task: Any, definition: Any) -> None:
        (container,), (described,) = task.containers, definition.container_definitions
        try:
            container.exitCode = self.processes.run(_started(task, definition, described))
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


def _started(task: Any, definition: Any, described: Mapping[str, Any]) -> Started:
    options = described["logConfiguration"]["options"]
    overrides = task.overrides.get("containerOverrides", ())
    own: dict[str, Any] = next((it for it in overrides if it["name"] == described["name"]), {})
    return Started(
        id=task.id,
        image=described["image"],
        command=[*described.get("entryPoint", ()), *own.get("command", described["command"])],
        environment=described.get("environment", ()),
        role_arn=definition.task_role_arn,
        execution_role_arn=definition.execution_role_arn,
        region=task.region_name,
        log=Log(options, f"{options['awslogs-stream-prefix']}/task/{task.id}"),
    )
