"""`glacier run --target aws`, `glacier runs follow` and `stop`: runs in a cloud, seen from here."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from glacier_runtime.cli.reporting import parse_params, print_json, reporting, standard_output
from glacier_runtime.cli.running import Progress, print_result
from glacier_runtime.cloud_runs.asked import AskedOfCloud, CloudExecutor, CloudRun
from glacier_runtime.errors import CloudError, Code, GlacierError, Problem, StorageError
from glacier_runtime.execution.events import Event, RunStarted
from glacier_runtime.execution.results import RunResult
from glacier_runtime.executors import chosen_executor
from glacier_runtime.history.reading import find_run
from glacier_runtime.partitioning.keys import read_moment
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import Project, load_pipeline, read_project

__all__ = ["Wanted", "follow", "run", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line asks of a run in a cloud; see the options of `glacier run`.

    Attributes:
        of_this_machine: Options that were given, and that only a run on this machine has.
    """

    target: str
    hybrid: bool = False
    run_id: str | None = None
    detach: bool = False
    only: tuple[str, ...] = ()
    start_from: tuple[str, ...] = ()
    force: bool = False
    partitions: tuple[str, ...] = ()
    logical_date: str | None = None
    of_this_machine: tuple[str, ...] = ()

    def keys(
        self,
        pipeline: Pipeline,  # noqa: ARG002 (a backfill asks its graph)
    ) -> Sequence[PartitionKey | str]:
        """Return which partitions are made."""
        return self.partitions

    def asked(self, project: Project, pipeline: Pipeline, progress: _CloudProgress) -> AskedOfCloud:
        """Return it as executors take it."""
        return AskedOfCloud(
            root=project.root,
            observer=progress.observe,
            run_id=self.run_id,
            hybrid=self.hybrid,
            only=self.only,
            start_from=self.start_from,
            force=self.force,
            partitions=self.keys(pipeline),
            logical_date=read_moment(self.logical_date),
        )


def run(
    target: str | None, pairs: list[str], wanted: Wanted, *, as_json: bool, traceback: bool
) -> None:
    """Run a pipeline where it is deployed."""
    with reporting(as_json=as_json, traceback=traceback) as output, _CloudProgress() as progress:
        project = read_project(Path.cwd())
        executor = _executor(wanted.target)
        _refuse_of_this_machine(wanted)
        pipeline = _loaded(project, target, executor)
        params = parse_params(pairs)
        executor = executor.with_asked(wanted.asked(project, pipeline, progress))
        if wanted.detach:
            _print_started(executor.start(pipeline, params), output if as_json else None)
            return
        with _telling_notes():
            result = pipeline.run(executor=executor, params=params)
        progress.stop()
        _print(result, output if as_json else None)


def follow(named: str, target: str | None, where: str, *, as_json: bool, traceback: bool) -> None:
    """Follow a run to its end."""
    with reporting(as_json=as_json, traceback=traceback) as output, _CloudProgress() as progress:
        project = read_project(Path.cwd())
        executor = _executor(where)
        run_id = _known(project.root, named)
        pipeline = _loaded(project, target, executor)
        asked = AskedOfCloud(root=project.root, observer=progress.observe)
        with _telling_notes():
            result = executor.with_asked(asked).follow(pipeline, run_id)
        progress.stop()
        _print(result, output if as_json else None)


def stop(named: str, target: str | None, where: str, *, as_json: bool, traceback: bool) -> None:
    """Stop a run."""
    with reporting(as_json=as_json, traceback=traceback) as output:
        project = read_project(Path.cwd())
        executor = _executor(where)
        execution = _known(project.root, named)
        if ":" not in execution:  # no code of the user's is needed to stop what the history knows
            execution = executor.execution_of(_loaded(project, target, executor), execution)
        was_running = executor.stop(execution)
        if as_json:
            print_json({"ok": True, "execution": execution, "was_running": was_running}, output)
        elif was_running:
            standard_output().print(f"stopped {named}; what its tasks have published stands")
        else:
            standard_output().print(f"{named} had ended before")


class _CloudProgress(Progress):
    """Says also which run it is: somebody may want to leave it."""

    def observe(self, event: Event) -> None:
        super().observe(event)
        if isinstance(event, RunStarted) and event.execution is not None:
            self._say(
                f"run {event.run} in the cloud; Ctrl-C leaves it, and does not stop it", "dim"
            )

    def stop(self) -> None:
        """Say nothing more."""
        self.__exit__()
        self.status = None


@contextmanager
def _telling_notes() -> Generator[None]:
    """Print what is known of an error beyond its problems: the log of the task that failed."""
    try:
        yield
    except GlacierError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
        for note in getattr(error, "__notes__", ()):
            console.print(Text(note, style="dim"))
        raise


def _executor(target: str) -> CloudExecutor:
    found: Any = chosen_executor(None, target)
    if isinstance(found, CloudExecutor):
        return found
    raise CloudError(
        Problem(
            code=Code.CLOUD_RUN_REFUSED,
            message=f"executor {target!r:.80} runs nothing in a cloud",
            fix="say --target aws; in Python: pipeline.run(mode=...)",
        )
    )


def _refuse_of_this_machine(wanted: Wanted) -> None:
    problems = [
        Problem(
            code=Code.CLOUD_RUN_REFUSED,
            message=f"a run in a cloud knows no {option}",
            fix="leave it out, or run here: without --target",
        )
        for option in wanted.of_this_machine
    ]
    if wanted.hybrid and wanted.detach:
        problems.append(
            Problem(
                code=Code.CLOUD_RUN_REFUSED,
                message="a hybrid run is led from here, and cannot be left",
                fix="leave out --detach, or --hybrid",
            )
        )
    if problems:
        raise CloudError(problems)


def _loaded(project: Project, target: str | None, executor: CloudExecutor) -> Pipeline:
    """Load a pipeline as it is in its cloud: what a provider is follows from the environment."""
    os.environ.update(executor.environment(project))
    return load_pipeline(project, target)


def _known(root: Path, named: str) -> str:
    """Return what the cloud calls a run that the history knows; else the name as it is."""
    with suppress(StorageError):
        record = find_run(root, named)
        return record.execution or record.run
    return named


def _print_started(started: CloudRun, output: TextIO | None) -> None:
    if output is not None:
        print_json({"ok": True, **asdict(started)}, output)
        return
    console = standard_output()
    verb = "started" if started.is_new else "had been started before"
    console.print(f"run {started.run} {verb} in the cloud")
    for line in (
        f"  glacier runs follow {started.run}   shows what becomes of it",
        f"  glacier runs stop {started.run}     stops it",
        f"  {started.page}" if started.page else "",
    ):
        if line:
            console.print(line)


def _print(result: RunResult, output: TextIO | None) -> None:
    if output is not None:
        print_json({"ok": True, **result.to_dict()}, output)
    else:
        print_result(result)
