"""Rows held against the rules of their dataset: refused with their whole group, set apart, or let through and counted.

All of it is a part of the query that writes the rows, so that no row is held against a rule that is not also written
so, however random the query. Rules that look at one row count the rows that pass; a key is grouped beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, ExecutionError
from glacier_runtime.quality import BROKEN_RULES
from glacier_runtime.storage.formats import TableFormat
from glacier_runtime.tables import Rule, key_rule

__all__ = ["RuleCheck", "check_rules", "evaluations", "has_row_rules", "rules_of", "set_apart"]

_HIDDEN: Final = "__glacier_"  # begins names that are gone before anybody sees the rows
_IS_BAD: Final = f"{_HIDDEN}broken"


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What holds rows against rules.

    Attributes:
        verdict: Given the sums, what the plans returned, and what can read the rows that were written: counts the rows
            that break each rule, or raises GLC504.
        sums: To be evaluated over just the rows that are written.
        plans: To be collected together with what writes the rows.
    """

    verdict: Callable[
        [Sequence[int], Sequence[pl.DataFrame], Callable[[], pl.LazyFrame]], Mapping[str, int]
    ]
    sums: Sequence[pl.Expr] = ()
    plans: Sequence[pl.LazyFrame] = ()


def check_rules(
    dataset: Dataset, frame: pl.LazyFrame, rejected: pl.LazyFrame | None = None
) -> RuleCheck:
    """Prepare holding rows against the rules of their dataset.

    Args:
        dataset: The dataset.
        frame: Its rows.
        rejected: Rows that were set apart from them.
    """
    if rejected is not None:
        named = rejected.select(pl.col(BROKEN_RULES).explode()).group_by(BROKEN_RULES).len()
        return RuleCheck(
            lambda _, done, __: _in_order(dataset, dict(done[0].iter_rows())), plans=[named]
        )
    rules = rules_of(dataset)
    if not rules:
        return RuleCheck(lambda *_: {})
    return _lenient(dataset, frame) if dataset.on_violation == "warn" else _strict(dataset, frame)


def evaluations(dataset: Dataset) -> int:
    """Return how many plans of `check_rules` evaluate a dataset's frame."""
    if dataset.is_rejects:
        return 1
    if dataset.extra_outputs:
        return 0
    return sum(not rule.by_row for rule in rules_of(dataset))


def has_row_rules(dataset: Dataset) -> bool:
    """Say whether rows of a dataset are held against rules that look at one row."""
    return not dataset.extra_outputs and any(rule.by_row for rule in rules_of(dataset))


def set_apart(dataset: Dataset, frame: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Split rows into those that break no rule and those that do, with the names of the rules they break.

    Both come from one evaluation of the frame. A key makes the whole table be held in memory, for the last row may
    repeat the first.

    Raises:
        ExecutionError: GLC404, if an undeclared column is where the names of rules belong.
    """
    schema, rules = frame.collect_schema(), rules_of(dataset)
    if BROKEN_RULES in schema:
        raise ExecutionError(_no_room(dataset))
    if not rules:
        return frame, pl.LazyFrame(schema={**schema, BROKEN_RULES: pl.List(pl.String())})
    columns = {rule: f"{_HIDDEN}{n}" for n, rule in enumerate(rules) if not rule.by_row}
    if columns:
        frame = _noted(frame.cache(), columns)
    broken = {r: pl.col(columns[r]) if r in columns else r.broken for r in rules}
    is_bad = pl.any_horizontal(*broken.values()).fill_null(value=False)
    judged = frame.with_columns(is_bad.alias(_IS_BAD)).cache()
    named = (pl.when(is_so).then(pl.lit(str(rule))) for rule, is_so in broken.items())
    bad = judged.filter(pl.col(_IS_BAD)).select(
        *schema.names(), pl.concat_list(*named).list.drop_nulls().alias(BROKEN_RULES)
    )
    return judged.filter(~pl.col(_IS_BAD)).select(schema.names()), bad


def rules_of(dataset: Dataset) -> tuple[Rule, ...]:
    """Return what rows must keep: the rules of the schema, the keys, and what the format would change."""
    if dataset.table is None:
        return ()
    return (*_declared(dataset), *_format_rules(dataset))


def _declared(dataset: Dataset) -> tuple[Rule, ...]:
    of_schema = dataset.table.rules if dataset.table else ()
    return (*of_schema, *map(key_rule, dataset.keys))


def _format_rules(dataset: Dataset) -> Iterator[Rule]:
    kind = dataset.kind
    if dataset.storage is None or dataset.table is None or not isinstance(kind, TableFormat):
        return
    for name, dtype in dataset.table.dtypes.items():
        if (rule := kind.changed_values(name, dtype)) is not None:
            yield Rule(name, *rule)


def _strict(dataset: Dataset, frame: pl.LazyFrame) -> RuleCheck:
    """Count the rows that break any rule, in the pass that writes them; which rule is asked only if there are some."""
    rules = rules_of(dataset)
    any_row = [rule.broken for rule in rules if rule.by_row]
    sums = [pl.any_horizontal(*any_row).sum()] if any_row else []
    plans = [_count(frame, rule) for rule in rules if not rule.by_row]

    def verdict(
        totals: Sequence[int], done: Sequence[pl.DataFrame], written: Callable[[], pl.LazyFrame]
    ) -> Mapping[str, int]:
        if most := max((*totals, *(found.item() for found in done))):
            raise _refused(dataset, rules, written(), most)
        return {}

    return RuleCheck(verdict, sums, plans)


def _lenient(dataset: Dataset, frame: pl.LazyFrame) -> RuleCheck:
    """Count the rows that break each rule. What the format would change is refused: it would be another row."""
    declared, of_format = _declared(dataset), tuple(_format_rules(dataset))
    by_row = [rule for rule in declared if rule.by_row]
    whole = [rule for rule in declared if not rule.by_row]
    lost = [rule.broken for rule in of_format]
    changed = pl.any_horizontal(*lost).sum() if lost else pl.lit(0)
    sums = [changed, *(rule.broken.sum() for rule in by_row)]
    plans = [_count(frame, rule) for rule in whole]

    def verdict(
        totals: Sequence[int], done: Sequence[pl.DataFrame], written: Callable[[], pl.LazyFrame]
    ) -> Mapping[str, int]:
        changed_rows, *counts = totals
        if changed_rows:
            raise _refused(dataset, of_format, written(), changed_rows)
        found = dict(zip(map(str, by_row), counts, strict=True))
        found |= {str(r): count.item() for r, count in zip(whole, done, strict=True)}
        return _in_order(dataset, found)

    return RuleCheck(verdict, sums, plans)


def _count(frame: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """Count the rows that break a rule; those of a key by groups, which stream."""
    return (
        _repeated(frame, rule).select(pl.col(_IS_BAD).sum())
        if rule.key
        else frame.select(rule.broken.sum())
    )


def _repeated(frame: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """Return the values that a key has more than once, and how often."""
    counted = frame.group_by(rule.key).agg(pl.len().alias(_IS_BAD))
    return counted.filter(pl.col(_IS_BAD) > 1)


def _noted(frame: pl.LazyFrame, columns: Mapping[Rule, str]) -> pl.LazyFrame:
    """Add a column for each rule that the whole table decides: whether a row breaks it."""
    noted = frame.with_columns(r.broken.alias(name) for r, name in columns.items() if not r.key)
    for rule, name in columns.items():
        if rule.key:
            repeated = _repeated(frame, rule).select(*rule.key, pl.lit(value=True).alias(name))
            noted = noted.join(
                repeated, on=rule.key, how="left", nulls_equal=True, maintain_order="left"
            )
    return noted


def _in_order(dataset: Dataset, counts: Mapping[Any, int]) -> Mapping[str, int]:
    """Return the counts above zero in the order in which the rules are declared."""
    names = dict.fromkeys(map(str, rules_of(dataset)))
    return {name: counts[name] for name in names if counts.get(name)}


def _refused(
    dataset: Dataset, rules: Iterable[Rule], written: pl.LazyFrame, most: int
) -> ExecutionError:
    """Name the broken rules, with counts, from what this attempt wrote and nobody will see."""
    rules = tuple(rules)
    counts = written.select(
        pl.len().alias("rows"),
        pl.any_horizontal(*(rule.broken for rule in rules)).sum().alias("any"),
        *(rule.broken.sum().alias(str(number)) for number, rule in enumerate(rules)),
    ).collect()
    total, found, *broken = counts.row(0)
    named = [f"{rule} ({count:,})" for rule, count in zip(rules, broken, strict=True) if count]
    if not named:  # what the format cannot hold is not in the file
        named = list(map(str, _format_rules(dataset)))
    return ExecutionError(
        dataset_problem(
            dataset,
            Code.RULE_BROKEN,
            f"{max(found, most):,} of {total:,} rows of dataset {dataset.name!r} break rules: {'; '.join(named)}",
            "filter or mend the rows in the task, send them to rejects with on_violation='quarantine', or change "
            "the rule",
        )
    )


def _no_room(dataset: Dataset) -> Any:
    return dataset_problem(
        dataset,
        Code.COLUMN_UNDECLARED,
        f"dataset {dataset.name!r} was given an undeclared column {BROKEN_RULES!r}, where its rejects name the rules "
        "they break",
        "drop or rename it in the task",
        column=BROKEN_RULES,
    )
