"""What the role of a task may do in S3: the list that `modules/lambda_task/policy.tf` turns into a policy."""

from __future__ import annotations

from fnmatch import fnmatchcase

from glacier_runtime.datasets import Dataset
from glacier_runtime.tasks import AnyTask
from tests.run_task.emulated_s3 import Rule

__all__ = ["role_of"]

Grant = tuple[str, str, str]


def role_of(task: AnyTask, buckets: dict[str, str]) -> Rule:
    """Return what a task may do.

    Args:
        task: The task.
        buckets: Physical names by logical ones.
    """
    grants: list[Grant] = []
    reads = [item.dataset for item in task.signature.inputs]
    for dataset in reads:
        grants += _reads(dataset, buckets)
    for dataset in task.writes:
        grants += _writes(dataset, buckets)
    stored = [d.storage.bucket.name for d in (*task.writes, *reads) if d.storage]
    if stored:
        home = buckets[stored[0]]
        grants += [(verb, home, "_glacier/commits/*") for verb in ("Get", "List")]
        grants.append(("Put", home, f"_glacier/runs/*/{task.name}.json"))
        if task.writes:
            own = f"_glacier/commits/{task.name}.*"
            grants += [("Put", home, own), ("Delete", home, own)]

    def allows(verb: str, bucket: str, key: str) -> bool:
        return any((verb, bucket) == grant[:2] and fnmatchcase(key, grant[2]) for grant in grants)

    return allows


def _reads(dataset: Dataset, buckets: dict[str, str]) -> list[Grant]:
    bucket, versions, published = _places(dataset, buckets)
    patterns = [versions, "_glacier/commits/*", *([published] if dataset.source else [])]
    return [(verb, bucket, pattern) for verb in ("Get", "List") for pattern in patterns]


def _writes(dataset: Dataset, buckets: dict[str, str]) -> list[Grant]:
    bucket, versions, published = _places(dataset, buckets)
    assert dataset.storage is not None
    grants = [(v, bucket, p) for v in ("Get", "Put", "List") for p in (versions, published)]
    grants += [("List", bucket, "_glacier/commits/*"), ("Delete", bucket, versions)]
    # The object at a file's path is overwritten, never deleted.
    return [*grants, *([("Delete", bucket, published)] if dataset.storage.is_folder else [])]


def _places(dataset: Dataset, buckets: dict[str, str]) -> tuple[str, str, str]:
    location = dataset.storage
    assert location is not None
    published = f"{location.key}/*" if location.is_folder else location.key
    return buckets[location.bucket.name], f"_glacier/{location.key}/*", published
