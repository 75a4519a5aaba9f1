"""What each request needs permission for: the calls that tasks, workflows, schedules and Terraform make.

Any other call of a role needs an action that no policy names, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from tests.terraform.emulated.administration import administration
from tests.terraform.emulated.asking import ACCOUNT, Asked
from tests.terraform.emulated.policies import Need

__all__ = ["is_deletion_of_many", "list_bucket", "needs"]


def needs(request: Asked) -> list[Need]:
    """Return everything that a request needs permission for."""
    if request.service == "sts" and request.form.get("Action") == "GetCallerIdentity":
        return []  # which anybody may ask, and no policy can deny
    unknown = Need(f"{request.service}:call-unknown-to-the-emulator", request.path)
    read = _NEEDS.get(request.service)
    return [*administration(request)] or [*(read(request) if read else ())] or [unknown]


def list_bucket(bucket: str, prefix: str | None = None) -> Need:
    """Return what a listing of a bucket needs."""
    context = {} if prefix is None else {"s3:prefix": prefix}
    return Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", context)


def is_deletion_of_many(request: Asked) -> bool:
    """Say whether a request removes a list of objects."""
    return request.service == "s3" and request.method == "POST" and "delete" in request.query


def _s3(request: Asked) -> Iterator[Need]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    if key:
        if "HTTP_X_AMZ_TAGGING" in request.environ:
            yield Need("s3:PutObjectTagging", f"arn:aws:s3:::{bucket}/{key}")
        yield Need(f"s3:{_object_action(request)}", f"arn:aws:s3:::{bucket}/{key}")
        if source := request.environ.get("HTTP_X_AMZ_COPY_SOURCE"):
            yield Need("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/')}")
    elif is_deletion_of_many(request):
        for found in re.findall(r"<Key>(.*?)</Key>", request.body):
            yield Need("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{unescape(found)}")
    elif request.method == "HEAD" or (request.method == "GET" and "uploads" not in request.query):
        yield list_bucket(bucket, *request.query.get("prefix", [])[:1])


def _object_action(request: Asked) -> str:
    is_part = "uploadId" in request.query
    deletion = "DeleteObjectVersion" if "versionId" in request.query else "DeleteObject"
    return {
        "GET": "ListMultipartUploadParts" if is_part else "GetObject",
        "HEAD": "GetObject",
        "DELETE": "AbortMultipartUpload" if is_part else deletion,
    }.get(request.method, "PutObject")


def _lambda(request: Asked) -> Iterator[Need]:
    if called := re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", request.path):
        name = unquote(called[1])
        arn = f"arn:aws:lambda:{request.region}:{ACCOUNT}:function:{name}"
        yield Need("lambda:InvokeFunction", name if name.startswith("arn:") else arn)


_NEEDS: dict[str, Callable[[Asked], Iterator[Need]]] = {"s3": _s3, "lambda": _lambda}
