"""Which tasks a run may leave out at all."""

from __future__ import annotations

from glacier_runtime.tasks import AnyTask

__all__ = ["is_cacheable"]


def is_cacheable(task: AnyTask) -> str | None:
    """Return why a task runs each time, whatever has changed; None if it may be left out.

    Args:
        task: The task.

    Example:
        >>> from glacier_runtime import Provider
        >>> @Provider.from_env({}).local().task
        ... def greet() -> None: ...
        >>> is_cacheable(greet)
        'it makes no dataset'
    """
    signature = task.signature
    kept = [item.dataset.name for item in signature.outputs if item.dataset.storage is None]
    if task.cache is False:
        return "it says cache=False"
    if not signature.outputs:
        return "it makes no dataset"
    if kept:
        return f"{', '.join(kept)} is kept in memory only"
    return None if task.cache else _never_the_same(task)


def _never_the_same(task: AnyTask) -> str | None:
    """Return why a task may make something else each time from equal inputs, unless it says that it does not."""
    if task.signature.looks_back:
        names = ", ".join(dataset.name for dataset in task.signature.looks_back)
        return f"it reads {names} of the run before"
    if not task.reads and not task.signature.partitions:
        return "it reads no dataset, so what it makes may come from anywhere"
    return None
