"""Fingerprints of tasks: what their outputs would be made from now."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.fingerprints.bytecode import digest_of
from glacier_runtime.fingerprints.code import Code, CodeReader
from glacier_runtime.fingerprints.declared import declared_by
from glacier_runtime.fingerprints.origins import ALWAYS, UNKNOWN_VERSION, version_of
from glacier_runtime.signatures import Parameter
from glacier_runtime.sources import Source
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.tasks import AnyTask

__all__ = ["Unknown", "fingerprint"]

_MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Unknown:
    """What stands in for a fingerprint that cannot be made: the task always runs.

    Attributes:
        reason: Why, and the way out.
    """

    reason: str


def fingerprint(
    task: AnyTask,
    params: Mapping[str, object],
    inputs: Mapping[str, str],
    *,
    code: CodeReader | None = None,
) -> Fingerprint | Unknown:
    """Return what a task's outputs would be made from now.

    Args:
        task: The task.
        params: Values of run parameters and partition keys; those that the task does not take are not looked at.
        inputs: What tells the rows of each input from others, by the dataset's name.
        code: What reads code; give one to all tasks of a run, so that what they share is read once.

    Returns:
        The fingerprint; or `Unknown`, if equal fingerprints would not mean equal outputs, unless the task says `cache=True`.
    """
    missing = [dataset.name for dataset in task.reads if dataset.name not in inputs]
    if missing:
        return Unknown(f"whether {', '.join(missing)} has changed cannot be known")
    reader = code or CodeReader()
    found = [reader.read(task.function), *_code_of_documents(task, reader)]
    parameters: dict[str, str] = {}
    for name, value in task.signature.constants.items():
        digest, more = reader.digest(value)
        parameters[name] = digest
        found.append(more)
    for parameter in task.signature.parameters:
        if parameter.name in params:
            parameters[parameter.name], more = _digest(parameter, params[parameter.name], reader)
            found.append(more)
    for item in task.signature.partitions:
        parameters[item.name] = digest_of("partition", str(params.get(item.name)))
    for secret in task.signature.secrets:
        parameters[secret.parameter] = digest_of(
            "secret", secret.secret
        )  # its name, never its value
    versions = _versions(frozenset().union(*(item.libraries for item in found)))
    if task.cache is not True and (reason := _reason(task, found) or _nameless(versions)):
        return Unknown(reason)
    return Fingerprint(
        code={key: digest for item in found for key, digest in item.parts.items()},
        parameters=parameters,
        inputs={name: inputs[name] for name in sorted(inputs)},
        declared=declared_by(task),
        libraries=versions,
    )


def _code_of_documents(task: AnyTask, reader: CodeReader) -> list[Code]:
    """Read the models that documents are read and written with, and the classes of objects that give rows."""
    signature = task.signature
    datasets = [item.dataset for item in signature.inputs]
    datasets += [item.dataset for item in signature.outputs]
    carriers = [dataset.document for dataset in datasets]
    origins = [type(item.dataset.origin) for item in signature.inputs if item.dataset.origin]
    return [reader.read(each) for each in (*carriers, *origins) if each is not None]


def _digest(parameter: Parameter, value: object, reader: CodeReader) -> tuple[str, Code]:
    """Return the digest of a parameter's value as JSON, with its type: a date is no text, even where JSON has one form."""
    kind = f"{parameter.argument} {type(value).__module__}.{type(value).__qualname__}"
    try:
        text = json.dumps(
            parameter.adapter.dump_python(value, mode="json", warnings=False), sort_keys=True
        )
    except (TypeError, ValueError):
        digest, code = reader.digest(value)
        return digest_of(kind, digest), code
    return digest_of(kind, text), Code({}, frozenset(), ())


def _reason(task: AnyTask, found: list[Code]) -> str:
    """Say what about a task's code is not seen; nothing if all is."""
    carriers = [item.carrier for item in task.signature.inputs]
    carriers += [item.carrier for item in task.signature.outputs]
    is_given_files = Path in carriers or Source in carriers
    told: dict[str, None] = {}
    for item in found:
        for key, doubt in item.doubts:
            if not (doubt.is_file and is_given_files):
                told[doubt.told(key or task.name)] = None
    more = f"; and {len(told) - _MOST_REASONS} more" if len(told) > _MOST_REASONS else ""
    return "; ".join(list(told)[:_MOST_REASONS]) + more


def _nameless(versions: Mapping[str, str]) -> str:
    """Say which libraries have no version that would tell one from another."""
    names = [name for name, version in versions.items() if version == UNKNOWN_VERSION]
    return f"the version of {', '.join(names)} is not known: install it" if names else ""


def _versions(libraries: frozenset[str]) -> dict[str, str]:
    versions = {"Python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    versions.update(version_of(library) for library in sorted({*ALWAYS, *libraries}))
    return versions
