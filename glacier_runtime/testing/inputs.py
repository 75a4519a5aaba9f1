"""What a test names: which datasets its inputs stand for, and which secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import SecretStr

from glacier_runtime.datasets import Dataset, datasets_in
from glacier_runtime.errors import Code, GlacierError, ParameterError, Problem, TestingError
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.tasks import AnyTask
from glacier_runtime.testing.given import conformed
from glacier_runtime.testing.keeping import broken_rules

__all__ = ["checked_secrets", "given_datasets", "given_inputs"]


def given_inputs(task: AnyTask, inputs: Mapping[Any, object]) -> dict[Dataset, object]:
    """Return the inputs of a task by dataset; what other tasks make must keep its rules.

    Raises:
        TestingError: GLC621, GLC623 or GLC624, once with everything.
    """
    read = {item.parameter: item for item in task.signature.inputs}
    named = {name: item.dataset for name, item in read.items() if not item.previous}
    asked = [name for name in inputs if name in read and read[name].previous]
    if asked:
        raise TestingError(
            Problem(
                code=Code.TESTING_NAME_UNKNOWN,
                message=f"task {task.name!r} reads the previous version of a dataset through {name!r}",
                fix=f"give it apart, in previous= under the key {name!r}",
            )
            for name in asked
        )
    made_elsewhere = [dataset for dataset in task.reads if not dataset.source]
    return given_datasets(task.reads, inputs, "inputs=", checked=made_elsewhere, named=named)


def given_datasets(
    known: Collection[Dataset],
    given: Mapping[Any, object],
    argument: str,
    *,
    checked: Collection[Dataset],
    named: Mapping[str, Dataset] | None = None,
) -> dict[Dataset, object]:
    """Return what is given by dataset, each value as its dataset holds it.

    Args:
        known: The datasets that can be given.
        given: Values by dataset, by its alias or by name.
        argument: The argument through which they are given, for messages.
        checked: Datasets whose rows must keep their rules.
        named: Further names.

    Raises:
        TestingError: GLC621, GLC623 or GLC624, once with everything.
    """
    by_name = {dataset.name: dataset for dataset in known} | dict(named or {})
    values: dict[Dataset, object] = {}
    problems: list[Problem] = []
    for key, value in given.items():
        dataset = by_name.get(key) if isinstance(key, str) else next(iter(datasets_in(key)), None)
        if dataset is None or dataset not in known:
            shown = key if isinstance(key, str) else getattr(dataset, "name", key)
            problems.append(_unknown(f"{argument} names {shown!r:.80}, which is not read", by_name))
        elif dataset in values:
            problems.append(_unknown(f"{argument} gives dataset {dataset.name!r} twice", by_name))
        else:
            try:
                values[dataset] = conformed(dataset, value)
            except GlacierError as error:
                problems += error.problems
    for dataset, value in values.items():
        if dataset in checked:
            problems += _broken(dataset, value)
    if problems:
        raise TestingError(problems)
    return values


def checked_secrets(
    needed: Iterable[SecretParameter],
    known: Iterable[SecretParameter],
    given: Mapping[str, str | SecretStr],
) -> dict[str, SecretStr]:
    """Return the secrets that a test gives; neither the environment nor `.env` is asked.

    Raises:
        TestingError: GLC621, for one that nobody takes.
        ParameterError: GLC606, once with each that is not given.
    """
    names = dict.fromkeys(item.secret for item in known)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise TestingError(
            _unknown(f"secrets= names {name!r:.80}, which no task takes", names) for name in unknown
        )
    missing = dict.fromkeys(item.secret for item in needed if item.secret not in given)
    if missing:
        raise ParameterError(
            Problem(
                code=Code.SECRET_MISSING,
                message=f"secret {name!r} has no value: a test is told none of the environment's",
                fix=f"give any text in secrets= under the key {name!r}",
            )
            for name in missing
        )
    return {
        name: value if isinstance(value, SecretStr) else SecretStr(value)
        for name, value in given.items()
    }


def _broken(dataset: Dataset, value: object) -> Iterable[Problem]:
    if dataset.on_violation == "warn":
        return
    if broken := broken_rules(dataset, value):
        yield Problem(
            code=Code.TESTING_RULE_BROKEN,
            message=f"what is given as dataset {dataset.name!r} breaks rules that whoever makes it keeps: "
            f"{'; '.join(broken)}",
            fix="give rows that a run could give; example_frame makes some",
            dataset=dataset.name,
        )


def _unknown(fault: str, known: Iterable[str]) -> Problem:
    listed = ", ".join(sorted(known)) or "none"
    return Problem(code=Code.TESTING_NAME_UNKNOWN, message=fault, fix=f"known are: {listed}")
