"""Tasks: functions that know what they read, what they write and where they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import WRAPPER_ASSIGNMENTS
from typing import TYPE_CHECKING, Final, Generic, ParamSpec, Protocol, TypeVar, cast

from glacier_runtime.annotations import read_signature
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.config.specs import LocalSpec
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, Place, Problem
from glacier_runtime.grants import Grant, checked_grants
from glacier_runtime.names import name_fault
from glacier_runtime.renames import former_names
from glacier_runtime.signatures import Signature

if TYPE_CHECKING:
    from glacier_runtime.config.compute import ComputeSpec

__all__ = [
    "MAX_RETRIES",
    "RECORDER",
    "AnyTask",
    "Recorder",
    "Task",
    "checked_tasks",
    "make_task",
    "moved_to",
    "rebound",
    "task_problem",
    "wrong_return",
]

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
MAX_RETRIES = 20


@dataclass(frozen=True, eq=False)
class Task(Generic[P, R_co]):
    """A function bound to the resource that runs it; called, it is still that function.

    Made by the `task` decorator of an execution resource, never directly.

    Attributes:
        function: The function.
        name: Logical name: the function's, unless another was given.
        compute: What it asks of the place that runs it.
        scope: Which part of which cloud the resource belongs to that it is bound to; None takes its pipeline's.
        retries: How often it is tried again after a failure.
        dry_run: Whether the schema check may call it with empty frames.
        place: Where it is defined.
        signature: What its annotations say.
        depends_on: Tasks it waits for without reading anything of theirs, or their names.
        address: What finds it again in another process, if it is not its function's module and name.
        timeout_s: Seconds after which an attempt on this machine is stopped; None for never.
        cache: Whether a run may leave it out when nothing that it depends on has changed; None leaves it to its signature.
        grants: Rights that it is given by hand.
        renamed_from: What it was called before, the oldest first.
        problems: What is wrong with its declaration; reported when the pipeline is validated.
        reads: The datasets it reads in their current version; `Previous` ones are not among them.
        writes: The datasets it returns, in order, each before its rejects if it has any.
        workers: How many processes its place on this machine has for it; None for none.
        reason_apart: Why it runs in a process of its own on this machine; None if it does not.

    Example:
        >>> from glacier_runtime import Provider
        >>> @Provider.from_env({}).local().task
        ... def double(number: int) -> None: ...
        >>> double.name, double.compute.kind
        ('double', 'local')
    """

    function: Callable[P, R_co]
    name: str
    compute: ComputeSpec
    scope: CloudScope | None
    retries: int
    dry_run: bool
    place: Place
    signature: Signature = field(repr=False)
    problems: tuple[Problem, ...] = field(repr=False)
    depends_on: tuple[AnyTask | str, ...] = field(default=(), repr=False)
    address: str | None = field(default=None, repr=False)
    timeout_s: float | None = field(default=None, repr=False)
    cache: bool | None = field(default=None, repr=False)
    grants: tuple[Grant, ...] = field(default=(), repr=False)
    renamed_from: tuple[str, ...] = field(default=(), repr=False)
    reads: tuple[Dataset, ...] = field(init=False, repr=False)
    writes: tuple[Dataset, ...] = field(init=False, repr=False)
    workers: int | None = field(init=False, repr=False)
    reason_apart: str | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        inputs, outputs = self.signature.inputs, self.signature.outputs
        made = [dataset for it in outputs for dataset in (it.dataset, *it.dataset.extra_outputs)]
        workers = self.compute.workers if isinstance(self.compute, LocalSpec) else None
        settled = self.__dict__
        settled["reads"] = tuple([item.dataset for item in inputs if not item.previous])
        settled["writes"] = tuple(made)
        settled["workers"] = workers
        settled["reason_apart"] = _reason_apart(self.timeout_s, workers)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function as if it were not decorated; while a pipeline is traced, note the call instead."""
        if (recorder := RECORDER.get()) is not None:
            return cast("R_co", recorder.record(self, args, kwargs))
        return self.function(*args, **kwargs)

    @property
    def cloud(self) -> str:
        """The cloud of the resource it is bound to, or "local"."""
        return self.scope.cloud if self.scope is not None else "local"

    @property
    def identity(self) -> str:
        """Module and qualified name: what finds the task again in another process."""
        return self.address or f"{self.function.__module__}:{self.function.__qualname__}"

    @property
    def sole_output(self) -> Dataset | None:
        """The dataset it returns, if it is one: that is what a task stands for as an annotation.

        `def clean(rows: raw) -> clean` leaves the name `clean` to the task.
        """
        outputs = self.signature.outputs
        return outputs[0].dataset if len(outputs) == 1 else None


AnyTask = Task[..., object]


def _reason_apart(timeout_s: float | None, workers: int | None) -> str | None:
    if timeout_s is not None:
        return f"timeout_s={timeout_s:g}"
    return None if workers is None else f"workers={workers}"


class Recorder(Protocol):
    """What notes calls of tasks while a pipeline's function is traced."""

    def record(self, task: AnyTask, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        """Note a call, and return what stands for its result."""
        ...


RECORDER: Final[ContextVar[Recorder | None]] = ContextVar("glacier_recorder", default=None)
"""What notes calls of tasks instead of making them; None while nothing is traced."""


def make_task(
    function: Callable[P, R],
    *,
    compute: ComputeSpec,
    scope: CloudScope | None,
    name: str | None,
    retries: int,
    dry_run: bool,
    depends_on: Iterable[AnyTask | str],
    timeout_s: float | None = None,
    cache: bool | None = None,
    grants: Iterable[Grant] = (),
    renamed_from: str | Sequence[str] = (),
    namespace: Mapping[str, object],
) -> Task[P, R]:
    """Bind a function to a resource.

    Args:
        function: The function; its annotations name the datasets.
        compute: What it asks of the place that runs it.
        scope: Which part of which cloud the resource belongs to; None takes the pipeline's.
        name: Logical name; None takes the function's.
        retries: How often it is tried again after a failure, 0 to 20.
        dry_run: Whether the schema check may call it with empty frames.
        depends_on: Tasks it waits for without reading anything of theirs, or their names.
        timeout_s: Seconds after which an attempt on this machine is stopped.
        cache: Whether a run may leave it out when nothing that it depends on has changed.
        grants: Rights that it is given by hand.
        renamed_from: What it was called before; several names with the oldest first.
        namespace: Local names at the decoration.

    Raises:
        DefinitionError: GLC107, if `retries` or `timeout_s` is out of range or the decorator is used on nothing callable;
            GLC109, if `grants` lists something else; GLC116, if `renamed_from` is no name, or its own.
    """
    if not callable(function):
        raise DefinitionError(_problem(Code.NOT_A_FUNCTION, f"{function!r:.80} is not callable"))
    if not _is_number_of_retries(retries):
        raise DefinitionError(
            _problem(Code.BAD_CONFIG, f"retries={retries!r:.80} is not within 0 to {MAX_RETRIES}")
        )
    if not _is_time_limit(timeout_s):
        raise DefinitionError(
            _problem(
                Code.BAD_CONFIG, f"timeout_s={timeout_s!r:.80} is not a number of seconds above 0"
            )
        )
    own_name = str(getattr(function, "__name__", type(function).__name__))
    task_name = own_name if name is None else name
    place = _place(function)
    signature = read_signature(function, task_name, place, namespace)
    problems = signature.problems
    if (fault := name_fault(task_name)) is not None:
        bad_name = Problem(
            code=Code.BAD_NAME,
            message=f"task name {task_name!r:.80} {fault}",
            fix="rename the function, or name the task: @resource.task(name='clean_flights')",
            place=place,
            task=task_name,
        )
        problems = (bad_name, *problems)
    waits = _checked_waits(task_name, depends_on)
    return _dressed(
        Task(
            function,
            task_name,
            compute,
            scope,
            retries,
            dry_run,
            place,
            signature,
            problems,
            waits,
            timeout_s=timeout_s,
            cache=cache,
            grants=checked_grants(task_name, grants),
            renamed_from=former_names("task", task_name, renamed_from),
        )
    )


def rebound(task: AnyTask, *, name: str, address: str, signature: Signature) -> AnyTask:
    """Return a task as one call in a traced pipeline has it: under its own name, with nothing left open."""
    inherited = [p for p in task.problems if p not in task.signature.problems]
    return _dressed(
        replace(
            task,
            name=name,
            address=address,
            signature=signature,
            renamed_from=task.renamed_from if name == task.name else (),
            problems=(*inherited, *signature.problems),
        )
    )


def moved_to(task: AnyTask, compute: ComputeSpec, scope: CloudScope | None) -> AnyTask:
    """Return a task as it is bound to another resource."""
    return _dressed(replace(task, compute=compute, scope=scope))


def _dressed(task: Task[P, R]) -> Task[P, R]:
    """Make a task look like its function to help(), inspect and documentation tools, frozen as it is."""
    for attribute in WRAPPER_ASSIGNMENTS:
        object.__setattr__(task, attribute, getattr(task.function, attribute, None))
    object.__setattr__(task, "__wrapped__", task.function)
    return task


def _is_number_of_retries(retries: object) -> bool:
    return isinstance(retries, int) and 0 <= retries <= MAX_RETRIES


def _is_time_limit(timeout_s: object) -> bool:
    return timeout_s is None or (
        isinstance(timeout_s, int | float)
        and not isinstance(timeout_s, bool)
        and 0 < timeout_s < float("inf")
    )


def _checked_waits(name: str, depends_on: object) -> tuple[AnyTask | str, ...]:
    """Take what was given as tasks to wait for, whatever a type checker would have said of it."""
    listed = tuple(depends_on) if isinstance(depends_on, Iterable) else (depends_on,)
    if isinstance(depends_on, str) or not all(isinstance(item, Task | str) for item in listed):
        raise DefinitionError(
            Problem(
                code=Code.BAD_DEPENDS_ON,
                message=f"task {name!r} has depends_on={depends_on!r:.80}, which is no list of tasks or their names",
                fix="write depends_on=[load_rates]",
                task=name,
            )
        )
    return tuple(item for item in listed if isinstance(item, Task | str))


def task_problem(
    task: AnyTask,
    code: Code,
    fault: str,
    fix: str,
    *,
    dataset: Dataset | None = None,
    column: str | None = None,
    place: Place | None = None,
) -> Problem:
    """Report a fault of a task, at the task unless a better place is known."""
    return Problem(
        code=code,
        message=f"task {task.name!r} {fault}",
        fix=fix,
        place=place or task.place,
        task=task.name,
        dataset=dataset.name if dataset else None,
        column=column,
    )


def wrong_return(task: AnyTask, what: str) -> Problem:
    """Report that a task returned something other than its annotation says."""
    fix = "return what the annotation says"
    return task_problem(task, Code.WRONG_RETURN, f"returned {what}", fix)


def _place(function: Callable[..., object]) -> Place:
    code = getattr(function, "__code__", None)
    return Place(code.co_filename, code.co_firstlineno) if code else Place("<unknown>", 0)


def _problem(code: Code, message: str) -> Problem:
    return Problem(
        code=code, message=message, fix="use @resource.task or @resource.task(retries=2) on a def"
    )


def checked_tasks(pipeline: str, tasks: object) -> tuple[AnyTask, ...]:
    """Return what was given as the tasks of a pipeline, whatever a type checker would have said of it.

    Raises:
        DefinitionError: GLC314, if something among it is no task.
    """
    listed = tuple(tasks) if isinstance(tasks, Iterable) else None
    if listed is None:
        faults = [f"has {tasks!r:.80} as its tasks, which is no list"]
    else:
        strangers = [item for item in listed if not isinstance(item, Task)]
        faults = [f"lists {stranger!r:.80}, which is no task" for stranger in strangers]
    if faults:
        raise DefinitionError(
            Problem(
                code=Code.NO_TASKS,
                message=f"pipeline {pipeline!r} {fault}",
                fix="list decorated functions: tasks=[clean, delays]",
            )
            for fault in faults
        )
    return tuple(item for item in listed or () if isinstance(item, Task))
