"""Which rules of a dataset rows break, and which rows."""

from __future__ import annotations

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.rule_checks import rules_of
from glacier_runtime.tables import Rule

__all__ = ["broken_rules", "rows_that_break"]


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
