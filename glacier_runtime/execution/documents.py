"""Tasks whose documents stay in memory: no query, no file. Thousands of these are to cost almost nothing."""

from __future__ import annotations

from pydantic_core import PydanticSerializationError, to_json

from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.calling import Inputs, call, checked
from glacier_runtime.signatures import Output
from glacier_runtime.tasks import AnyTask, wrong_return

__all__ = ["made_documents"]


def made_documents(task: AnyTask, inputs: Inputs) -> tuple[tuple[Output, object], ...]:
    """Call a task that takes no rows lazily, and return the documents that it makes.

    Args:
        task: The task; all that it returns is documents without storage.
        inputs: What it may read.

    Raises:
        ExecutionError: GLC601, if it raises, or returns something else than it declares, or what JSON cannot hold.
    """
    made = tuple(zip(task.signature.outputs, call(task, inputs, {}, {}), strict=True))
    for output, value in made:
        if not isinstance(value, output.carrier):
            checked(task, output, value)
        try:
            to_json(value)
        except PydanticSerializationError as error:
            fault = f"a document for dataset {output.dataset.name!r} that JSON cannot hold: {error}"
            raise ExecutionError(wrong_return(task, fault)) from error
    return made
