"""What the state machine tells a process that runs a task: the command line of `glacier_runtime.run_task`."""

from __future__ import annotations

from glacier_generators.plan.model import TaskPlan

__all__ = ["told_arguments"]


def told_arguments(task: TaskPlan, timeout_s: int) -> tuple[str, ...]:
    """Return the arguments, as expressions of the Amazon States Language.

    Args:
        task: The task.
        timeout_s: Seconds after which it ends itself.
    """
    return (
        *("'--task'", f"'{task.name}'", "'--timeout-s'", f"'{timeout_s}'"),
        *("'--run-id'", "$$.Execution.Name"),
        *("'--logical-date'", "$.logical_date"),
        *("'--params'", "States.JsonToString($.params)"),
        *(("'--partition'", "$.partition") if task.entry.partitions else ()),
    )
