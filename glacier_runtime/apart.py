"""Which tasks run in processes of their own on this machine, and why."""

from __future__ import annotations

from glacier_runtime.config.specs import LocalSpec
from glacier_runtime.tasks import AnyTask

__all__ = ["reason_apart", "workers_of"]


def workers_of(task: AnyTask) -> int | None:
    """Return how many processes the place of a task has; None for none."""
    return task.compute.workers if isinstance(task.compute, LocalSpec) else None


def reason_apart(task: AnyTask) -> str | None:
    """Say why a task runs in a process of its own; None if it does not."""
    if task.timeout_s is not None:
        return f"timeout_s={task.timeout_s:g}"
    return None if (workers := workers_of(task)) is None else f"workers={workers}"
