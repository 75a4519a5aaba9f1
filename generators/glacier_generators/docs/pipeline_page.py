"""The page about the pipeline: its picture, when it runs, its tasks level by level, and what a run is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.docs.lineage import levels
from glacier_generators.docs.markdown import code, fenced, item, plain, table
from glacier_generators.docs.subject import Subject
from glacier_runtime.manifest import InputEntry, Manifest, TaskEntry

__all__ = ["pipeline_page"]

_OVERLAPPING: Final = {
    "queue": "if another run is going on then, it waits",
    "skip": "if another run is going on then, it is left out",
    "allow": "it starts though another run be going on then",
}


def pipeline_page(subject: Subject) -> list[str]:
    """Write the page as lines."""
    manifest = subject.manifest
    return [
        f"# Pipeline {manifest.pipeline}",
        "",
        *([plain(manifest.description), ""] if manifest.description.strip() else []),
        "`glacier generate` writes this folder from the code of the pipeline: change that, and generate again.",
        "",
        *_facts(subject),
        "",
        "## Graph",
        "",
        *_picture(subject),
        "",
        "## Tasks by level",
        "",
        "Tasks of one level do not wait for each other.",
        "",
        *_levels(subject),
        *_asked(subject),
    ]


def _facts(subject: Subject) -> Iterator[str]:
    manifest, of_datasets = subject.manifest, subject.on_datasets
    sources = [one.name for one in manifest.datasets if one.name not in subject.lineage.writers]
    yield item("Runs", _moments(manifest))
    if manifest.arrival is not None:
        arrival = manifest.arrival
        which = " or ".join(map(code, arrival.suffixes))
        files = f"files that end in {which}" if which else "files"
        where = of_datasets.link(arrival.dataset)
        yield item(
            "Started", f"by {files} that arrive in {where}, on the calendar of {arrival.timezone}"
        )
    yield item(
        "Tasks", f"{len(manifest.tasks)}, told of in {_pages(subject.on_tasks.pages, 'Tasks')}"
    )
    yield item(
        "Datasets", f"{len(manifest.datasets)}, told of in {_pages(of_datasets.pages, 'Datasets')}"
    )
    if sources:
        yield item("Sources, which no task writes", of_datasets.links(sources))


def _pages(pages: dict[str, list[str]], what: str) -> str:
    links = [
        f"[{what}]({page})" if number == 1 else f"[{number}]({page})"
        for number, page in enumerate(pages, start=1)
    ]
    return ", ".join(links) or what


def _moments(manifest: Manifest) -> str:
    schedule = manifest.schedule
    if schedule is None:
        return "when files arrive" if manifest.arrival else "when somebody asks for it"
    return f"{code(schedule.expression)} ({schedule.timezone}); {_OVERLAPPING[schedule.overlap]}"


def _picture(subject: Subject) -> list[str]:
    whole = subject.pictures.whole
    if whole is None:
        pages = _pages(subject.on_datasets.pages, "Datasets")
        how_many = f"{len(subject.datasets)} datasets and {len(subject.tasks)} tasks"
        return [
            f"{how_many} are more than one picture can show, or GitHub would draw. {pages} draws what surrounds each dataset."
        ]
    return [
        "Cylinders are datasets, boxes are tasks; a dotted arrow reads what was there before the run.",
        "",
        *fenced(whole, "mermaid"),
    ]


def _levels(subject: Subject) -> list[str]:
    """Tell of each task in a line, while a picture tells the same; of more, the names."""
    numbered = list(enumerate(levels(subject.manifest), start=1))
    if subject.pictures.whole is None:
        rows: Iterable[tuple[str, ...]] = (
            (str(number), subject.on_tasks.links(task.name for task in level))
            for number, level in numbered
        )
        return table(("level", "tasks"), rows)
    rows = (_told(subject, number, task) for number, level in numbered for task in level)
    return table(("level", "task", "reads", "writes", "what it does"), rows)


def _told(subject: Subject, level: int, task: TaskEntry) -> tuple[str, ...]:
    return (
        str(level),
        subject.on_tasks.link(task.name),
        ", ".join(_read(subject, read) for read in task.inputs),
        subject.on_datasets.links(made.dataset for made in task.outputs),
        plain(task.description),
    )


def _read(subject: Subject, read: InputEntry) -> str:
    link = subject.on_datasets.link(read.dataset)
    return f"previous {link}" if read.previous else link


def _asked(subject: Subject) -> list[str]:
    """Tell what a run is asked for: parameters and secrets by name, and never a value."""
    manifest, lines = subject.manifest, list[str]()
    if manifest.parameters:
        rows = (
            (
                code(one.name),
                code(one.type),
                "has to be given" if one.required else "has a default",
                subject.on_tasks.links(one.tasks),
            )
            for one in manifest.parameters
        )
        lines += ["", "## Parameters of a run", ""]
        lines += table(("parameter", "type", "", "taken by"), rows)
    takers: dict[str, dict[str, None]] = {}
    for task in manifest.tasks:
        for secret in task.secrets:
            takers.setdefault(secret.secret, {})[task.name] = None
    if takers:
        secrets = ((code(name), subject.on_tasks.links(takers[name])) for name in sorted(takers))
        lines += ["", "## Secrets", "", *table(("secret", "taken by"), secrets)]
    return lines
