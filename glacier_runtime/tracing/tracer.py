"""Tracing: a pipeline's function called with handles, and every call of a task noted."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_type_hints

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, Place, Problem
from glacier_runtime.storage.locations import Location
from glacier_runtime.tasks import RECORDER, AnyTask, rebound
from glacier_runtime.tracing.calls import Call
from glacier_runtime.tracing.handles import NOTHING, TracedParameter, TracedRows
from glacier_runtime.tracing.places import Places, free_name

__all__ = ["Trace", "trace"]


@dataclass(frozen=True)
class Trace:
    """What a pipeline's function said.

    Attributes:
        tasks: The tasks it called, in order, bound to what it passed.
        returned: The datasets it returned.
        problems: Calls that cannot be.
    """

    tasks: tuple[AnyTask, ...]
    returned: tuple[Dataset, ...]
    problems: tuple[Problem, ...]


def trace(function: Callable[..., object], storage: Location | None = None) -> Trace:
    """Call a pipeline's function with handles in place of values.

    Args:
        function: The function; what it calls besides tasks is called for real.
        storage: The folder where datasets lie that no one named; None keeps them in memory for the length of a run.

    Raises:
        DefinitionError: GLC209, if it is no plain function; GLC212, if it looks into what is not there yet; GLC107, if
            `storage` is no folder.
    """
    tracer = _Tracer(f"{function.__module__}:{function.__qualname__}", Places(storage))
    token = RECORDER.set(tracer)
    try:
        returned = function(**{handle.name: handle for handle in _run_parameters(function)})
    finally:
        RECORDER.reset(token)
    return Trace(tuple(tracer.tasks), tuple(_datasets_in(returned)), tuple(tracer.problems))


@dataclass(slots=True)
class _Tracer:
    """Notes calls; see `trace`.

    Attributes:
        address: What finds the pipeline again in another process.
        places: Where datasets that no one named come from and go to.
        tasks: The tasks so far.
        problems: The problems so far.
        names: Names that tasks have.
    """

    address: str
    places: Places
    tasks: list[AnyTask] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def record(self, task: AnyTask, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        """Note a call of a task; see `Recorder`."""
        call = Call(self.places, task)
        call.take(args, kwargs)
        name = free_name(task.name, self.names)
        outputs = call.outputs(name)
        if call.changes_nothing and name == task.name:
            self.tasks.append(task)
        else:
            bound = call.signature(outputs)
            self.tasks.append(
                rebound(task, name=name, address=f"{self.address}.{name}", signature=bound)
            )
        self.problems += call.problems
        handles = tuple(TracedRows(output.dataset) for output in outputs)
        if task.signature.returns_tuple:
            return handles
        return handles[0] if handles else None


def _run_parameters(function: Callable[..., object]) -> list[TracedParameter]:
    is_plain = inspect.isfunction(function) and not (
        inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function)
    )
    declared = inspect.signature(function).parameters.values() if is_plain else ()
    unnamed = [p for p in declared if p.kind not in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}]
    if not is_plain or unnamed:
        code = getattr(function, "__code__", None)
        raise DefinitionError(
            Problem(
                code=Code.NOT_A_FUNCTION,
                message=f"@pipeline decorates {function!r:.80}, which is no plain function whose parameters have names",
                fix="decorate a `def` that calls tasks",
                place=Place(code.co_filename, code.co_firstlineno) if code else None,
            )
        )
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception:  # noqa: BLE001 (user code; a task that takes the parameter may know its type)
        hints = {}
    return [TracedParameter(p.name, hints.get(p.name, NOTHING), p.default) for p in declared]


def _datasets_in(returned: object) -> Iterator[Dataset]:
    if isinstance(returned, TracedRows):
        yield returned.dataset
    elif isinstance(returned, Mapping):
        for value in returned.values():
            yield from _datasets_in(value)
    elif isinstance(returned, list | tuple):
        for value in returned:
            yield from _datasets_in(value)
