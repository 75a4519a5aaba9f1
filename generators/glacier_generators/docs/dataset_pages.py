"""The pages about datasets: where each lies, its columns, who writes and reads it, and its lineage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.docs.lineage import Neighbours, neighbours
from glacier_generators.docs.markdown import code, fenced, item, plain, table
from glacier_generators.docs.pictures import MOST_NEIGHBOURS
from glacier_generators.docs.subject import Subject
from glacier_runtime.manifest import ColumnEntry, DatasetEntry

__all__ = ["dataset_pages"]

_FURTHER: Final = 20
_NOT_NULL: Final = "not null"
_HOW_TO_READ: Final = (
    "Addresses begin with a bucket as the code calls it. Lineage is that of whole datasets: from which columns a column is made, only "
    "the queries of a task say. What a task reads of a version before its run is no part of it."
)
_VIOLATIONS: Final = {
    "raise": "nothing is published",
    "quarantine": "those rows are set apart, in its dataset of rejects",
    "warn": "those rows are counted, and let through",
}


def dataset_pages(subject: Subject) -> dict[str, list[str]]:
    """Write the pages as lines, by the name of their file."""
    return {
        page: [*_opening(number), *_sections(subject, names, page)]
        for number, (page, names) in enumerate(subject.on_datasets.pages.items(), start=1)
    }


def _opening(number: int) -> list[str]:
    # Two hyphens in its address, which no name has: the sections below keep theirs.
    title = "# Datasets & lineage" + (f", page {number}" if number > 1 else "")
    return [title, "", _HOW_TO_READ]


def _sections(subject: Subject, names: list[str], page: str) -> Iterator[str]:
    for name in names:
        dataset = subject.datasets[name]
        yield from ("", f"## {name}", "")
        if dataset.description.strip():
            yield from (plain(dataset.description), "")
        yield from _facts(subject, dataset, page)
        if subject.pictures.whole is None:
            yield from ("", *_surroundings(subject, name))
        if dataset.columns:
            yield ""
            yield from table(
                ("column", "type", "null", "rules and keys", "description"),
                (_column(dataset, column) for column in dataset.columns),
            )


def _facts(subject: Subject, dataset: DatasetEntry, page: str) -> Iterator[str]:
    yield item("Address", _address(dataset))
    yield item("Format", code(dataset.format))
    if dataset.partition_by:
        yield item("Partitions", f"by {_names(dataset.partition_by)}")
    for key in dataset.unique:
        yield item("Unique", f"{_names(key)}{' together' if len(key) > 1 else ''}")
    if dataset.schema_name:
        yield item("Schema", code(dataset.schema_name))
    if dataset.columns or dataset.unique:
        yield item("Where rows break a rule", _VIOLATIONS[dataset.on_violation])
    yield item("Written by", _written_by(subject, dataset))
    yield item("Read by", _read_by(subject, dataset.name))
    known = subject.lineage
    yield item("Made from", _lineage(subject, known.made_from, dataset.name, page))
    yield item("Goes into", _lineage(subject, known.goes_into, dataset.name, page))


def _address(dataset: DatasetEntry) -> str:
    if dataset.external is not None:
        return f"{plain(dataset.external.kind)}, {code(dataset.external.location)}, read by code of the project"
    if dataset.bucket is None or dataset.path is None:
        return "none; it is handed on in memory"
    return code(f"{dataset.bucket}/{dataset.path}")


def _written_by(subject: Subject, dataset: DatasetEntry) -> str:
    writer = subject.lineage.writers.get(dataset.name)
    return "no task; it is a source" if writer is None else subject.on_tasks.link(writer)


def _read_by(subject: Subject, name: str) -> str:
    ways = subject.lineage.readers[name]
    links = (
        subject.on_tasks.link(way.task)
        + (", what was there before its run" if way.previous else "")
        for way in ways
    )
    return "; ".join(links) or "no task"


def _lineage(subject: Subject, steps: Neighbours, name: str, page: str) -> str:
    direct = steps[name]
    if not direct:
        return "nothing"
    further, is_all = neighbours(steps, name, _FURTHER)
    text = subject.on_datasets.links(direct, page)
    if further:
        text += f"; further on {subject.on_datasets.links(further, page)}"
    return text if is_all else f"{text} and others"


def _surroundings(subject: Subject, name: str) -> list[str]:
    readers = tuple(dict.fromkeys(way.task for way in subject.lineage.readers[name]))
    drawn = subject.pictures.around(name, subject.lineage.writers.get(name), readers)
    lines = fenced(drawn, "mermaid")
    if len(readers) > MOST_NEIGHBOURS:
        lines += [
            "",
            f"Drawn are the first {MOST_NEIGHBOURS} of {len(readers)} tasks that read it.",
        ]
    return lines


def _column(dataset: DatasetEntry, column: ColumnEntry) -> tuple[str, ...]:
    keys = ["partition"] if column.name in dataset.partition_by else []
    keys += [
        "unique" if len(key) == 1 else "part of a key"
        for key in dataset.unique
        if column.name in key
    ]
    rules = [code(rule) for rule in column.rules if rule != _NOT_NULL]
    return (
        code(column.name),
        code(column.dtype),
        "may be" if column.nullable else "never",
        ", ".join([*dict.fromkeys(keys), *rules]),
        plain(column.description),
    )


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(code, columns))
