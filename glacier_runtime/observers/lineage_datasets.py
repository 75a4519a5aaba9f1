"""Datasets as OpenLineage names and describes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from glacier_runtime.history.documents import DatasetEntry, LoggedColumn, MadeEntry

__all__ = ["input_dataset", "name_of", "output_dataset"]

_NO_FACETS: Final[dict[str, DatasetFacet]] = {}


def name_of(dataset: DatasetEntry, name: str, namespace: str) -> tuple[str, str]:
    """Return the namespace and the name of a dataset by the specification of OpenLineage.

    Args:
        dataset: The dataset.
        name: What Glacier calls it.
        namespace: The namespace of what has no storage.

    Example:
        >>> name_of(DatasetEntry(address="s3://lake/clean/flights.parquet"), "flights", "default")
        ('s3://lake', 'clean/flights.parquet')
        >>> name_of(DatasetEntry(address="/data/lake/flights.parquet"), "flights", "default")
        ('file', '/data/lake/flights.parquet')
        >>> name_of(DatasetEntry(), "flights", "default")
        ('default', 'flights')
    """
    if dataset.address is None:
        return namespace, name
    scheme, separator, rest = dataset.address.partition("://")
    if not separator:
        return "file", dataset.address
    store, _, key = rest.partition("/")
    return f"{scheme}://{store}", key


def input_dataset(
    dataset: DatasetEntry, name: str, namespace: str, read: str | None
) -> InputDataset:
    """Describe what a task reads.

    Args:
        dataset: The dataset.
        name: What Glacier calls it.
        namespace: The namespace of what has no storage.
        read: What it was pinned to, `version 7`, if that is known.
    """
    space, path = name_of(dataset, name, namespace)
    facets = dict(_schema(dataset.columns))
    version = (read or "").removeprefix("version ")
    if version.isdecimal():
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(version)
    return InputDataset(namespace=space, name=path, facets=facets)


def output_dataset(
    dataset: DatasetEntry, name: str, namespace: str, made: MadeEntry | None
) -> OutputDataset:
    """Describe what a task writes.

    Args:
        dataset: The dataset.
        name: What Glacier calls it.
        namespace: The namespace of what has no storage.
        made: What was made of it; None before that is known.
    """
    space, path = name_of(dataset, name, namespace)
    if made is None:
        return OutputDataset(namespace=space, name=path, facets=dict(_schema(dataset.columns)))
    facets = dict(_schema(made.columns or dataset.columns))
    if made.version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(made.version))
    if made.violations:
        # A facet of inputs in the classes of the library; the specification knows it of any dataset.
        facets["dataQualityAssertions"] = _assertions(made)  # type: ignore[assignment]
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=made.rows, size=made.size_bytes
    )
    return OutputDataset(
        namespace=space,
        name=path,
        facets=facets,
        outputFacets={"outputStatistics": statistics},
    )


def _schema(columns: tuple[LoggedColumn, ...] | None) -> Iterator[tuple[str, DatasetFacet]]:
    if columns is not None:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(
                name=column.name,
                type=column.dtype,
                description=column.description or None,
                ordinal_position=number,
            )
            for number, column in enumerate(columns, 1)
        ]
        yield "schema", schema_dataset.SchemaDatasetFacet(fields=fields)


def _assertions(
    made: MadeEntry,
) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    """Rules that rows break, by `column: rule`; they were published or set apart all the same, so they are warnings."""
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        assertions=[
            data_quality_assertions_dataset.Assertion(
                assertion=rule.rpartition(": ")[2],
                success=False,
                column=rule.rpartition(": ")[0] or None,
                severity="warn",
                actual=f"{rows} rows break it",
            )
            for rule, rows in made.violations.items()
        ]
    )
