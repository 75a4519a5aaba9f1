"""What the role of an existing function must be allowed: `modules/lambda_task/policy.tf` in words, for a role that is not ours.

A test holds them to the policies that Terraform plans for functions that are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from glacier_generators.plan.model import Access, Plan, TaskPlan
from glacier_generators.terraform.aws.bucket.hcl import may_have_key

__all__ = ["Right", "rights"]


@dataclass(frozen=True, slots=True)
class Right:
    """Something that a role must be allowed.

    Attributes:
        actions: In IAM's words.
        places: On what: `bucket:key`, names of secrets, or what a key encrypts.
        prefixes: For listing, the only values of `s3:prefix`.
    """

    actions: tuple[str, ...]
    places: tuple[str, ...]
    prefixes: tuple[str, ...] = ()


def rights(task: TaskPlan, plan: Plan) -> list[Right]:
    """Return what the role of a task's function must be allowed, its own log aside."""
    deletes = [*map(_versions, task.writes), *(_published(a) for a in task.writes if _is_folder(a))]
    puts = [place for access in task.writes for place in (_versions(access), _published(access))]
    found = [
        Right(("s3:GetObject",), _distinct(_gets(task))),
        Right(("s3:AbortMultipartUpload", "s3:PutObject"), _distinct(puts)),
        Right(("s3:DeleteObject",), _distinct(deletes)),
        *(Right(("s3:ListBucket",), (name,), _prefixes(task, name)) for name in _known(task)),
    ]
    if task.home is not None:
        if task.writes:
            own = f"{task.home}:_glacier/commits/{task.name}.*"
            found.append(Right(("s3:DeleteObject", "s3:PutObject"), (own,)))
        found.append(Right(("s3:PutObject",), (f"{task.home}:_glacier/runs/*/{task.name}.json",)))
    found.append(Right(("secretsmanager:GetSecretValue",), task.secrets))
    keyed = {bucket.name for bucket in plan.buckets if may_have_key(bucket)}
    for action, touched in (
        ("kms:Decrypt", task.buckets),
        ("kms:GenerateDataKey", task.buckets_written),
    ):
        keys = tuple(f"the key of {name}, if it has one" for name in touched if name in keyed)
        found.append(Right((action,), keys))
    return [right for right in found if right.places]


def _gets(task: TaskPlan) -> list[str]:
    commits = [f"{name}:_glacier/commits/*" for name in _readable(task)]
    sources = [_published(access) for access in task.reads if access.source]
    written = [place for access in task.writes for place in (_versions(access), _published(access))]
    return [*commits, *map(_versions, task.reads), *sources, *written]


def _prefixes(task: TaskPlan, bucket: str) -> tuple[str, ...]:
    sources = [_published(access) for access in task.reads if access.source]
    places = [*map(_versions, task.reads), *sources]
    places += [place for access in task.writes for place in (_versions(access), _published(access))]
    within = (place.partition(":") for place in places)
    return _distinct(["_glacier/commits/*", *(key for name, _, key in within if name == bucket)])


def _readable(task: TaskPlan) -> tuple[str, ...]:
    home = () if task.home is None else (task.home,)
    return _distinct([*(access.bucket for access in task.reads), *home, *task.commits])


def _known(task: TaskPlan) -> tuple[str, ...]:
    return tuple(sorted({*_readable(task), *(access.bucket for access in task.writes)}))


def _versions(access: Access) -> str:
    return f"{access.bucket}:_glacier/{access.path.removesuffix('/')}/*"


def _published(access: Access) -> str:
    return f"{access.bucket}:{access.path}{'*' if _is_folder(access) else ''}"


def _is_folder(access: Access) -> bool:
    return access.path.endswith("/")


def _distinct(places: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(places)))
