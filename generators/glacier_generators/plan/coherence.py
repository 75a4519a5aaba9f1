"""Whether a manifest fits together: ours do, but it may have been written by a tool that nobody here knows.

What the manifest's own types cannot say is said here: names that are used are declared, once; and tasks come after what
they wait for, and wait for what they read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from glacier_generators.plan.model import granted_places
from glacier_runtime.errors import Code, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["incoherences"]


def incoherences(manifest: Manifest) -> list[Problem]:
    """Return everything in a manifest that contradicts the rest of it."""
    return [
        Problem(
            code=Code.BAD_MANIFEST,
            message=f"manifest of {manifest.pipeline!r}: {fault}",
            fix="mend whatever wrote the manifest; `glacier analyze --json` writes a good one",
        )
        for faults in (_names, _former_names, _datasets, _places, _tasks, _order, _arrival)
        for fault in faults(manifest)
    ]


def _names(manifest: Manifest) -> Iterator[str]:
    if manifest.cloud != manifest.provider.cloud:
        yield f"cloud is {manifest.cloud!r}, and provider.cloud {manifest.provider.cloud!r}"
    if not manifest.tasks:
        yield "it has no tasks"
    for kind, names in (
        ("bucket", [bucket.name for bucket in manifest.buckets]),
        ("dataset", [dataset.name for dataset in manifest.datasets]),
        ("task", [task.name for task in manifest.tasks]),
        ("parameter", [parameter.name for parameter in manifest.parameters]),
    ):
        for name in _repeated(names):
            yield f"{kind} {name!r} is declared more than once"


def _former_names(manifest: Manifest) -> Iterator[str]:
    for kind, entries in (("task", manifest.tasks), ("dataset", manifest.datasets)):
        former = [name for entry in entries for name in entry.renamed_from]
        for name in sorted({*former} & {entry.name for entry in entries}):
            yield f"{kind} {name!r} is said to have another name by now"
        for name in _repeated(former):
            yield f"{kind} {name!r} is said more than once to have another name by now"


def _datasets(manifest: Manifest) -> Iterator[str]:
    buckets = {bucket.name for bucket in manifest.buckets}
    for dataset in manifest.datasets:
        if (dataset.bucket is None) != (dataset.path is None):
            yield f"dataset {dataset.name!r} has a bucket without a path, or a path without a bucket"
        elif dataset.bucket is not None and dataset.bucket not in buckets:
            yield f"dataset {dataset.name!r} lies in bucket {dataset.bucket!r}, which is not declared"
    for name in _repeated(made.dataset for task in manifest.tasks for made in task.outputs):
        yield f"dataset {name!r} is written more than once"


def _places(manifest: Manifest) -> Iterator[str]:
    """Find datasets inside others, which whoever may touch the others could touch: sorted, they come right behind."""
    stored = sorted(
        ((item.bucket or "", *item.path.rstrip("/").split("/")), item.name)
        for item in manifest.datasets
        if item.path is not None
    )
    outer, holder = (stored or [((), "")])[0]
    for place, name in stored[1:]:
        if place[: len(outer)] == outer:
            yield f"datasets {holder!r} and {name!r} overlap in storage"
        else:
            outer, holder = place, name


def _tasks(manifest: Manifest) -> Iterator[str]:
    datasets = {dataset.name for dataset in manifest.datasets}
    parameters = {parameter.name for parameter in manifest.parameters}
    buckets = {bucket.name for bucket in manifest.buckets}
    for task in manifest.tasks:
        read = {item.dataset for item in task.inputs} | {item.dataset for item in task.watermarks}
        written = {made.dataset for made in task.outputs}
        for name in sorted((read | written) - datasets):
            yield f"task {task.name!r} touches dataset {name!r}, which is not declared"
        for name in sorted({place.bucket for place in granted_places(task)} - buckets):
            yield f"task {task.name!r} is granted a place in bucket {name!r}, which is not declared"
        for name in sorted(set(task.parameters) - parameters):
            yield f"task {task.name!r} takes parameter {name!r}, which is not declared"


def _order(manifest: Manifest) -> Iterator[str]:
    producers = {made.dataset: task.name for task in manifest.tasks for made in task.outputs}
    seen: set[str] = set()
    for task in manifest.tasks:
        for needed in task.depends_on:
            if needed not in seen:
                yield f"task {task.name!r} waits for {needed!r}, which does not come before it"
        read = [producers.get(item.dataset) for item in task.inputs if not item.previous]
        for producer in read:
            if producer is not None and producer not in task.depends_on:
                yield f"task {task.name!r} reads what {producer!r} makes, and does not wait for it"
        seen.add(task.name)


def _arrival(manifest: Manifest) -> Iterator[str]:
    if manifest.arrival is None:
        return
    name = manifest.arrival.dataset
    stored = {dataset.name for dataset in manifest.datasets if dataset.bucket is not None}
    if name not in stored:
        yield f"it is started by files of {name!r}, which is no dataset in a bucket"
    if name in {made.dataset for task in manifest.tasks for made in task.outputs}:
        yield f"it is started by files of {name!r}, which it writes itself"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in sorted(Counter(names).items()) if count > 1]
