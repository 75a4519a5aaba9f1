"""The gate in front of the emulator: whoever acts under a role may do what the role's policies allow, and nothing else.

Who asks is told by the access key. The administrator, who runs Terraform, may do everything. A service of AWS, whose key
is its name, may take the roles that trust it. All other keys are those of sessions of roles.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from tests.terraform.emulated.asking import ACCOUNT, PARTITION, Asked, asked
from tests.terraform.emulated.policies import Need, allows, trusts
from tests.terraform.emulated.requests import is_deletion_of_many, list_bucket, needs
from tests.terraform.emulated.tokens import may_take_with

__all__ = ["ADMINISTRATOR", "Gate", "may_take", "role_allows"]

ADMINISTRATOR = "emulated"

_OF_AWS = ".amazonaws.com"


@dataclass(frozen=True)
class Gate:
    """A web application that lets through what is allowed.

    Attributes:
        application: What is behind it.
    """

    application: Callable[..., Iterable[bytes]]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = asked(environ)
        if request.access_key == ADMINISTRATOR:
            return self.application(environ, start)
        if request.access_key.endswith(_OF_AWS):
            taken = request.form.get("RoleArn", "")
            allowed = request.service == "sts" and may_take(request.access_key, taken)
            return self.application(environ, start) if allowed else _refuse(request, [], start)
        if not request.access_key and request.is_form:
            allowed = may_take_with(request.form["WebIdentityToken"], request.form["RoleArn"])
            return self.application(environ, start) if allowed else _refuse(request, [], start)
        role = _role_of(request.access_key)
        if role is None:
            return _refuse(request, [], start)
        refused = [need for need in needs(request) if not role_allows(role, need)]
        if refused:
            return _refuse(request, refused, start)
        return self.application(environ, _hiding(request, role, start))


def may_take(service: str, role_arn: str) -> bool:
    """Say whether a role trusts a service of AWS."""
    from moto.iam.models import iam_backends

    role = iam_backends[ACCOUNT][PARTITION].get_role_by_arn(role_arn)
    context = {"aws:sourceaccount": ACCOUNT}
    return trusts(json.loads(role.assume_role_policy_document), service, context)


def role_allows(role: str, need: Need) -> bool:
    """Say whether the policies of a role, by its name, allow something now, and its boundary does not rule it out."""
    from moto.iam.models import iam_backends

    iam = iam_backends[ACCOUNT][PARTITION]
    documents = [iam.get_role_policy(role, name)[1] for name in iam.list_role_policies(role)]
    attached, _ = iam.list_attached_role_policies(role)
    documents += [v.document for policy in attached for v in policy.versions if v.is_default]
    boundary = iam.get_role(role).permissions_boundary_arn
    most = (
        [v.document for v in iam.get_policy(boundary).versions if v.is_default] if boundary else []
    )
    return allows(map(json.loads, documents), need) and (
        not boundary or allows(map(json.loads, most), need)
    )


def _role_of(access_key: str) -> str | None:
    from moto.sts.models import sts_backends

    session = sts_backends[ACCOUNT][PARTITION].get_assumed_role_from_access_key(access_key)
    return None if session is None else session.role_arn.rpartition("/")[2]


def _hiding(request: Asked, role: str, start: Callable[..., Any]) -> Callable[..., Any]:
    """Like S3, tell nobody that an object is absent who may not list the whole bucket."""
    bucket, _, key = request.path.lstrip("/").partition("/")

    def hide(status: str, headers: list[Any], info: Any = None) -> Any:
        is_absent = request.service == "s3" and key and status.startswith("404")
        hidden = is_absent and not role_allows(role, list_bucket(bucket))
        return start("403 Forbidden" if hidden else status, headers, info)

    return hide


def _refuse(request: Asked, refused: Iterable[Need], start: Callable[..., Any]) -> Iterable[bytes]:
    wanted = ", ".join(f"{need.action} on {need.resource}" for need in refused)
    message = (
        f"not authorized to perform: {wanted}" if wanted else "nobody is known by these credentials"
    )
    status, kind, body = "403 Forbidden", "application/xml", ""
    if is_deletion_of_many(request):
        status, body = "200 OK", _not_deleted(refused)
    elif request.service in {"s3", "sns", "sts"} or request.is_form:
        error = f"<Error><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        body = error if request.service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
    else:
        kind = "application/json"
        body = json.dumps({"__type": "AccessDeniedException", "message": message})
    headers = [("Content-Type", kind), ("x-amzn-ErrorType", "AccessDeniedException")]
    start(status, [*headers, ("Content-Length", str(len(body.encode())))])
    return [] if request.method == "HEAD" else [body.encode()]


def _not_deleted(refused: Iterable[Need]) -> str:
    """Say it as S3 does of a list: object by object, in an answer that is none of failure."""
    keys = (need.resource.partition(":::")[2].partition("/")[2] for need in refused)
    errors = (
        f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        for key in keys
    )
    return f"<DeleteResult>{''.join(errors)}</DeleteResult>"
