"""What a task must be allowed on data, secrets and keys, whatever it runs on: the statements of `modules/lambda_task/policy.tf`.

Tests hold them to what Terraform plans, so neither can change alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.plan.model import Access, Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Condition, Resource, Right, merged
from glacier_generators.terraform.aws.bucket.hcl import may_have_key
from glacier_generators.terraform.aws.hand_rights import granted_causes, hand_rights

__all__ = ["data_rights"]

_COMMITS: Final = "_glacier/commits/*"
_PREFIX: Final = "s3:prefix"


def data_rights(task: TaskPlan, plan: Plan) -> tuple[Right, ...]:
    """Return what a task's role must be allowed, what only its kind of compute needs aside."""
    return merged(
        [
            *_gets(task),
            *_puts(task),
            *_deletes(task),
            *_lists(task),
            *_records(task),
            *_secrets(task),
            *_keys(task, plan),
            *hand_rights(task),
        ]
    )


def _gets(task: TaskPlan) -> Iterator[Right]:
    def get(bucket: str, key: str, causes: tuple[Cause, ...]) -> Right:
        return Right("ReadDatasets", ("s3:GetObject",), Resource("object", bucket, key), causes)

    for bucket, causes in _recorded(task).items():
        yield get(bucket, _COMMITS, causes)
    for access in task.reads:
        yield get(access.bucket, _versions(access), access.causes)
        if access.source:
            yield get(access.bucket, _published(access), access.causes)
    for access in task.writes:
        for key in (_versions(access), _published(access)):
            yield get(access.bucket, key, access.causes)


def _puts(task: TaskPlan) -> Iterator[Right]:
    actions = ("s3:AbortMultipartUpload", "s3:PutObject")
    for access in task.writes:
        for key in (_versions(access), _published(access)):
            place = Resource("object", access.bucket, key)
            yield Right("WriteDatasets", actions, place, access.causes)


def _deletes(task: TaskPlan) -> Iterator[Right]:
    """The object at a file's path is overwritten, never deleted."""
    for access in task.writes:
        for key in (_versions(access), *([_published(access)] if _is_folder(access) else ())):
            place = Resource("object", access.bucket, key)
            yield Right("RemoveOldVersions", ("s3:DeleteObject",), place, access.causes)


def _lists(task: TaskPlan) -> Iterator[Right]:
    """One statement for each bucket: a condition holds for all resources of its statement."""

    def listing(bucket: str, prefix: str, causes: tuple[Cause, ...]) -> Right:
        condition = Condition("StringLike", _PREFIX, prefix)
        return Right(
            "ListBucket", ("s3:ListBucket",), Resource("bucket", bucket), causes, condition
        )

    recorded = _recorded(task)
    for bucket in sorted({*recorded, *(access.bucket for access in task.writes)}):
        own = [access for access in (*task.reads, *task.writes) if access.bucket == bucket]
        yield listing(bucket, _COMMITS, recorded.get(bucket, _together(own)))
        for access in own:
            yield listing(bucket, _versions(access), access.causes)
            if access.source or access in task.writes:
                yield listing(bucket, _published(access), access.causes)


def _records(task: TaskPlan) -> Iterator[Right]:
    """What a task notes of its own runs, in its home."""
    if task.home is None:
        return
    if task.writes:
        own = Resource("object", task.home, f"_glacier/commits/{task.name}.*")
        actions = ("s3:DeleteObject", "s3:PutObject")
        yield Right("RecordCommits", actions, own, _together(task.writes))
    result = Resource("object", task.home, f"_glacier/runs/*/{task.name}.json")
    note = Cause(
        Because.TASK, task.name, "what became of each run is noted beside the data", task.name
    )
    yield Right("RecordRuns", ("s3:PutObject",), result, (note,))


def _secrets(task: TaskPlan) -> Iterator[Right]:
    for item in sorted(task.entry.secrets, key=lambda item: item.secret):
        text = f"parameter {item.parameter!r} takes secret {item.secret}"
        cause = Cause(Because.SECRET, item.parameter, text, task.name)
        secret = Resource("secret", item.secret)
        yield Right("ReadSecrets", ("secretsmanager:GetSecretValue",), secret, (cause,))


def _keys(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    keyed = {bucket.name: bucket for bucket in plan.buckets if may_have_key(bucket)}
    suffix = ".cn" if plan.region.startswith("cn-") else ""
    through = Condition("StringEquals", "kms:ViaService", f"s3.{plan.region}.amazonaws.com{suffix}")
    for statement, action, touched in (
        ("DecryptData", "kms:Decrypt", task.buckets),
        ("EncryptData", "kms:GenerateDataKey", task.buckets_written),
    ):
        for name in touched:
            if name in keyed:
                may = "may be" if keyed[name].existing is not None else "is"
                text = f"bucket {name} {may} encrypted with a key of its own"
                users = (*_in_bucket(task, name), *granted_causes(task, name))
                causes = (Cause(Because.OPTION, "kms_key_arn", text), *users)
                yield Right(statement, (action,), Resource("key", name), causes, through)


def _recorded(task: TaskPlan) -> dict[str, tuple[Cause, ...]]:
    """Return the buckets whose commit records a task reads, each with what asks for it."""
    found = {access.bucket: _in_bucket(task, access.bucket) for access in task.reads}
    if task.home is not None:
        found[task.home] = _in_bucket(task, task.home)
    return {**found, **task.commits}


def _in_bucket(task: TaskPlan, bucket: str) -> tuple[Cause, ...]:
    own = [access for access in (*task.reads, *task.writes) if access.bucket == bucket]
    return _together(own) or task.commits.get(bucket, ())


def _together(accesses: Iterable[Access]) -> tuple[Cause, ...]:
    return tuple(dict.fromkeys(cause for access in accesses for cause in access.causes))


def _versions(access: Access) -> str:
    return f"_glacier/{access.path.removesuffix('/')}/*"


def _published(access: Access) -> str:
    return f"{access.path}{'*' if _is_folder(access) else ''}"


def _is_folder(access: Access) -> bool:
    return access.path.endswith("/")
