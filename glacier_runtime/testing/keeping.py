"""Which rules of a dataset rows break, and which rows."""

from __future__ import annotations

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.storage.formats import TableFormat
from glacier_runtime.tables import Rule, key_rule

__all__ = ["broken_rules", "rows_that_break", "rules_of"]


def rules_of(dataset: Dataset) -> tuple[Rule, ...]:
    """Return what the rows of a dataset keep: rules of the schema, keys, and what its format would change."""
    table, kind = dataset.table, dataset.kind
    if table is None or not isinstance(kind, TableFormat):
        return ()
    changed = (
        Rule(name, *found)
        for name, dtype in table.dtypes.items()
        if dataset.storage is not None
        if (found := kind.changed_values(name, dtype)) is not None
    )
    keys = dict.fromkeys((*table.keys, *dataset.keys))
    return (*table.rules, *map(key_rule, keys), *changed)


def broken_rules(dataset: Dataset, value: object) -> list[str]:
    """Return the rules that rows break, each with how many do; none for what is no table."""
    rules = rules_of(dataset)
    if not isinstance(value, pl.DataFrame) or not rules:
        return []
    counts = value.select(
        rule.broken.fill_null(value=False).sum().alias(str(number))
        for number, rule in enumerate(rules)
    ).row(0)
    return [f"{rule} ({count:,})" for rule, count in zip(rules, counts, strict=True) if count]


def rows_that_break(dataset: Dataset, frame: pl.DataFrame) -> dict[Rule, list[bool]]:
    """Return, for each rule that is broken, which rows break it."""
    rules = rules_of(dataset)
    masks = frame.select(
        rule.broken.fill_null(value=False).alias(str(number)) for number, rule in enumerate(rules)
    )
    found = {rule: masks[str(number)] for number, rule in enumerate(rules)}
    return {rule: mask.to_list() for rule, mask in found.items() if mask.any()}
