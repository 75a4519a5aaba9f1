"""The pages about tasks: signature, what each reads and writes of what, where it runs, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from glacier_generators.docs.markdown import code, fenced, item, plain
from glacier_generators.docs.subject import Subject
from glacier_runtime.config.compute import ComputeSpec
from glacier_runtime.manifest import InputEntry, MappingEntry, TaskEntry

__all__ = ["task_pages"]

_PLACES: Final = {
    "local": "the process that runs the pipeline",
    "serverless": "a serverless function",
    "container": "a container",
    "vm": "a virtual machine",
    "cluster": "a cluster",
    "existing": "a place that another tool made",
}
_SIZES: Final[Mapping[str, Callable[[object], str]]] = {
    "instance_type": lambda value: code(str(value)),
    "machine_type": lambda value: code(str(value)),
    "image": lambda value: f"image {code(str(value))}",
    "cpu": lambda value: f"cpu {value:g}" if isinstance(value, float) else f"cpu {value}",
    "memory_mib": lambda value: f"{value} MiB of memory",
    "workers": lambda value: f"{value} processes",
}


def task_pages(subject: Subject) -> dict[str, list[str]]:
    """Write the pages as lines, by the name of their file."""
    return {
        page: [*_opening(number), *_sections(subject, names, page)]
        for number, (page, names) in enumerate(subject.on_tasks.pages.items(), start=1)
    }


def _opening(number: int) -> list[str]:
    # Two hyphens in its address, which no name has: the sections below keep theirs.
    title = "# Tasks & signatures" + (f", page {number}" if number > 1 else "")
    return [title, "", "Parameters and secrets are told by name; their values stand nowhere here."]


def _sections(subject: Subject, names: list[str], page: str) -> Iterator[str]:
    types = {one.name: one.type for one in subject.manifest.parameters}
    for name in names:
        task = subject.tasks[name]
        yield from ("", f"## {name}", "")
        if task.description.strip():
            yield from (plain(task.description), "")
        yield from fenced(_signature(task, types), "text")
        yield ""
        yield from _facts(subject, task, page)


def _signature(task: TaskEntry, types: Mapping[str, str]) -> str:
    """Write a signature with datasets in the place of their types."""
    taken = [
        *(f"{read.parameter}: {_named(read)}" for read in task.inputs),
        *(f"{name}: {' '.join(types[name].split())}" for name in task.parameters),
        *(f"{one.parameter}: partition" for one in task.partitions),
        *(f"{one.parameter}: watermark" for one in task.watermarks),
        *(f"{one.parameter}: secret" for one in task.secrets),
    ]
    made = ", ".join(made.dataset for made in task.outputs)
    return f"{task.identity}({', '.join(taken)}) -> {made or None}"


def _named(read: InputEntry) -> str:
    return f"previous {read.dataset}" if read.previous else read.dataset


def _facts(subject: Subject, task: TaskEntry, page: str) -> Iterator[str]:
    for read in task.inputs:
        what = f"{subject.on_datasets.link(read.dataset)} as {code(read.carrier)}{_part(read)}"
        yield item(f"Reads {code(read.parameter)}", what)
    for made in task.outputs:
        yield item("Writes", f"{subject.on_datasets.link(made.dataset)} as {code(made.carrier)}")
    yield item("Waits for", subject.on_tasks.links(task.depends_on, page) or "nothing")
    for partition in task.partitions:
        which = ", ".join(map(code, partition.choices))
        kind = f"one of {which}" if which else f"a {partition.kind}"
        yield item("Makes one partition at a time", f"{code(partition.parameter)}, {kind}")
    for mark in task.watermarks:
        how = f"{code(mark.parameter)}, the highest {code(mark.column)} of {subject.on_datasets.link(mark.dataset)}"
        yield item("Goes on from", how)
    yield item("Runs in", _place(task.compute))
    yield item("Time limit in a cloud", _limit(task.compute))
    yield item("Retries", str(task.retries) if task.retries else "none")
    if task.parameters:
        yield item("Parameters", ", ".join(map(code, task.parameters)))
    for secret in task.secrets:
        yield item("Secret", f"{code(secret.secret)}, as {code(secret.parameter)}")


def _part(read: InputEntry) -> str:
    before = ", in the version before its run" if read.previous else ""
    return before + (_mapped(read.mapping) if read.mapping is not None else "")


def _mapped(mapping: MappingEntry) -> str:
    if mapping.kind == "window":
        return f", partitions {_offset(mapping.first)} to {_offset(mapping.last)}, counted from its own"
    return ", its own partition" if mapping.kind == "same" else ", all partitions"


def _offset(steps: int | None) -> str:
    return f"{steps:+d}" if steps else "0"


def _place(spec: ComputeSpec) -> str:
    config = getattr(spec, "config", None)
    service = f" ({code(config.type)})" if config is not None else ""
    sizes = [
        shown(value)
        for name, shown in _SIZES.items()
        if (value := getattr(spec, name, None) or getattr(config, name, None)) is not None
    ]
    return ", ".join([f"{_PLACES[spec.kind]}{service}", *sizes])


def _limit(spec: ComputeSpec) -> str:
    config = getattr(spec, "config", None)
    seconds = getattr(spec, "timeout_s", None) or getattr(config, "timeout_s", None)
    return "none of its own" if seconds is None else f"{seconds} s"
