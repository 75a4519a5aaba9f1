"""What each request needs permission for: the calls that tasks, workflows and schedules make.

Any other call of a role needs an action that no policy names, and is refused.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import unescape

from tests.terraform.emulated.policies import Need

__all__ = ["ACCOUNT", "Asked", "asked", "is_deletion_of_many", "list_bucket", "needs"]

ACCOUNT = "123456789012"

_SIGNED_BY = re.compile(r"Credential=([^/]+)/[0-9]+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Asked:
    """A request to AWS.

    Attributes:
        environ: As the web server gives it.
        access_key: Whose it is; empty if nobody signed it.
        region: Where.
        service: Of which service, as signatures call it.
    """

    environ: dict[str, Any]
    access_key: str
    region: str
    service: str

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        return str(self.environ["PATH_INFO"]).encode("latin-1").decode()

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.environ.get("QUERY_STRING", ""), keep_blank_values=True)

    @property
    def body(self) -> str:
        """The text that is sent; it can be read again by whoever answers."""
        body = self.environ["wsgi.input"].read(int(self.environ.get("CONTENT_LENGTH") or 0))
        self.environ["wsgi.input"] = io.BytesIO(body)
        return str(body.decode())

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


def asked(environ: dict[str, Any]) -> Asked:
    """Say who asks which service."""
    signed = _SIGNED_BY.search(environ.get("HTTP_AUTHORIZATION", ""))
    return Asked(environ, *(signed.groups() if signed else ("", "", "")))


def needs(request: Asked) -> list[Need]:
    """Return everything that a request needs permission for."""
    unknown = Need(f"{request.service}:call-unknown-to-the-emulator", request.path)
    read = _NEEDS.get(request.service)
    return [*(read(request) if read else ())] or [unknown]


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
        yield Need(f"s3:{_object_action(request)}", f"arn:aws:s3:::{bucket}/{key}")
        if source := request.environ.get("HTTP_X_AMZ_COPY_SOURCE"):
            yield Need("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/')}")
    elif is_deletion_of_many(request):
        for found in re.findall(r"<Key>(.*?)</Key>", request.body):
            yield Need("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{unescape(found)}")
    elif request.method == "HEAD" or (request.method == "GET" and _is_listing(request)):
        yield list_bucket(bucket, *request.query.get("prefix", [])[:1])


def _object_action(request: Asked) -> str:
    is_part = "uploadId" in request.query
    return {
        "GET": "ListMultipartUploadParts" if is_part else "GetObject",
        "HEAD": "GetObject",
        "DELETE": "AbortMultipartUpload" if is_part else "DeleteObject",
    }.get(request.method, "PutObject")


def _is_listing(request: Asked) -> bool:
    return not set(request.query) & {"location", "uploads", "versions", "versioning", "policy"}


def _lambda(request: Asked) -> Iterator[Need]:
    if called := re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", request.path):
        name = unquote(called[1])
        arn = f"arn:aws:lambda:{request.region}:{ACCOUNT}:function:{name}"
        yield Need("lambda:InvokeFunction", name if name.startswith("arn:") else arn)


def _sns(request: Asked) -> Iterator[Need]:
    yield Need(f"sns:{request.form.get('Action')}", request.form.get("TopicArn", "*"))


def _json(prefix: str, member: str) -> Callable[[Asked], Iterator[Need]]:
    """Return what reads a call of a service that takes JSON, about the resource that a member of it names."""

    def read(request: Asked) -> Iterator[Need]:
        action = str(request.environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
        yield Need(f"{prefix}:{action}", str(json.loads(request.body).get(member, "*")))

    return read


_NEEDS: dict[str, Callable[[Asked], Iterator[Need]]] = {
    "s3": _s3,
    "lambda": _lambda,
    "sns": _sns,
    "states": _json("states", "stateMachineArn"),
    "secretsmanager": _json("secretsmanager", "SecretId"),
}
