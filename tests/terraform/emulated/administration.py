"""What Terraform's requests need permission for: those that make, change, remove and look at what a pipeline consists of.

By the service authorization reference of AWS. A call that is not here needs an action that no policy names, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from tests.terraform.emulated.asking import ACCOUNT, PARTITION, Asked, asked_in_json
from tests.terraform.emulated.cluster_requests import cluster_needs
from tests.terraform.emulated.container_requests import container_needs, image_needs
from tests.terraform.emulated.machine_requests import job_needs, machine_needs
from tests.terraform.emulated.policies import Need

__all__ = ["administration"]


def administration(request: Asked) -> Iterator[Need]:
    """Return what a request of an administrator's kind needs permission for; nothing, if it is not known."""
    read = _NEEDS.get(request.service)
    yield from read(request) if read else ()


_OF_BUCKETS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}


def _s3(request: Asked) -> Iterator[Need]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    if key and "tagging" in request.query:
        yield Need(f"s3:{_VERBS[request.method]}ObjectTagging", f"{arn}/{key}")
    elif not bucket or key:
        return
    elif "versions" in request.query:
        yield Need("s3:ListBucketVersions", arn)
    elif asked := set(request.query) & set(_OF_BUCKETS):
        # Settings are deleted by who may put them; a policy is not.
        is_put = request.method == "DELETE" and "policy" not in asked
        verb = "Put" if is_put else _VERBS[request.method]
        yield Need(f"s3:{verb}{_OF_BUCKETS[asked.pop()]}", arn)
    elif request.method in {"PUT", "DELETE"}:
        yield Need(f"s3:{'Create' if request.method == 'PUT' else 'Delete'}Bucket", arn)


def _iam(request: Asked) -> Iterator[Need]:
    form, action = request.form, request.form.get("Action", "")
    if profile := form.get("InstanceProfileName"):
        yield Need(f"iam:{action}", f"arn:aws:iam::{ACCOUNT}:instance-profile/{profile}")
        if action == "AddRoleToInstanceProfile":
            given = _role(form["RoleName"])
            yield _passed(given.arn if given else form["RoleName"], "ec2")
        if action == "CreateInstanceProfile" and "Tags.member.1.Key" in form:
            yield Need(
                "iam:TagInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/{profile}"
            )
        return
    path, name = form.get("Path", "/"), form.get("RoleName")
    arn = form.get("PolicyArn") or f"arn:aws:iam::{ACCOUNT}:policy{path}{form.get('PolicyName')}"
    context = {}
    if service := form.get("AWSServiceName"):
        name = _ROLES_OF_SERVICES.get(service, "AWSServiceRoleForOthers")
        arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{name}"
        context = {"iam:awsservicename": service}
    elif name is not None:
        standing = _role(name)
        arn = standing.arn if standing else f"arn:aws:iam::{ACCOUNT}:role{path}{name}"
        boundary = form.get("PermissionsBoundary") or (
            standing and standing.permissions_boundary_arn
        )
        context = {"iam:permissionsboundary": boundary} if boundary else {}
        context |= {"iam:policyarn": form["PolicyArn"]} if "PolicyArn" in form else {}
    yield Need(f"iam:{action}", arn, context)
    if action in {"CreateRole", "CreatePolicy"} and "Tags.member.1.Key" in form:
        yield Need(f"iam:Tag{action.removeprefix('Create')}", arn)


def _role(name: str) -> Any:
    from moto.iam.models import iam_backends

    roles = iam_backends[ACCOUNT][PARTITION].roles.values()
    return next((role for role in roles if role.name == name), None)


def _passed(role: str, service: str) -> Need:
    return Need("iam:PassRole", role, {"iam:passedtoservice": f"{service}.amazonaws.com"})


# What each makes in an account, if whoever asks may.
_ROLES_OF_SERVICES = {
    "batch.amazonaws.com": "AWSServiceRoleForBatch",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ops.emr-serverless.amazonaws.com": "AWSServiceRoleForAmazonEMRServerless",
}

_FUNCTION = r"/20\d\d-\d\d-\d\d/functions(?:/([^/]+))?"
_OF_FUNCTIONS = {
    (_FUNCTION, "POST"): "CreateFunction",
    (_FUNCTION, "GET"): "GetFunction",
    (_FUNCTION, "DELETE"): "DeleteFunction",
    (_FUNCTION + "/versions", "GET"): "ListVersionsByFunction",
    (_FUNCTION + "/code-signing-config", "GET"): "GetFunctionCodeSigningConfig",
    (_FUNCTION + "/configuration", "PUT"): "UpdateFunctionConfiguration",
    (_FUNCTION + "/code", "PUT"): "UpdateFunctionCode",
}


def _lambda(request: Asked) -> Iterator[Need]:
    for (pattern, method), action in _OF_FUNCTIONS.items():
        if request.method == method and (found := re.fullmatch(pattern, request.path)):
            given = json.loads(request.body or "{}") if method in {"POST", "PUT"} else {}
            name = unquote(found[1] or given["FunctionName"]).rpartition(":")[2]
            arn = f"arn:aws:lambda:{request.region}:{ACCOUNT}:function:{name}"
            yield Need(f"lambda:{action}", arn)
            yield from _code(given.get("Code", given))
            if "Role" in given:
                yield _passed(given["Role"], "lambda")
            if given.get("Tags"):
                yield Need("lambda:TagResource", arn)


def _code(given: Mapping[str, Any]) -> Iterator[Need]:
    """Whoever deploys an archive must be allowed to read it."""
    if "S3Key" in given:
        yield Need("s3:GetObject", f"arn:aws:s3:::{given['S3Bucket']}/{given['S3Key']}")


def _scheduler(request: Asked) -> Iterator[Need]:
    if found := re.fullmatch(r"/schedules/([^/]+)", request.path):
        verb = {"POST": "Create", "PUT": "Update", "GET": "Get", "DELETE": "Delete"}[request.method]
        arn = f"arn:aws:scheduler:{request.region}:{ACCOUNT}:schedule/default/{found[1]}"
        yield Need(f"scheduler:{verb}Schedule", arn)
        if verb in {"Create", "Update"}:
            yield _passed(json.loads(request.body)["Target"]["RoleArn"], "scheduler")


def _sns(request: Asked) -> Iterator[Need]:
    form = request.form
    named = f"arn:aws:sns:{request.region}:{ACCOUNT}:{form.get('Name')}"
    arn = form.get("TopicArn") or form.get("ResourceArn") or named
    yield Need(f"sns:{form.get('Action')}", arn)
    if form.get("Action") == "CreateTopic" and "Tags.member.1.Key" in form:
        yield Need("sns:TagResource", arn)


def _monitoring(request: Asked) -> Iterator[Need]:
    form, action = request.form, request.form.get("Action")
    name = form.get("AlarmName") or form.get("AlarmNames.member.1")
    arn = f"arn:aws:cloudwatch:{request.region}:{ACCOUNT}:alarm:{name}"
    yield Need(f"cloudwatch:{action}", form.get("ResourceARN") or arn)
    if action == "PutMetricAlarm" and "Tags.member.1.Key" in form:
        yield Need("cloudwatch:TagResource", arn)


def _logs(request: Asked) -> Iterator[Need]:
    action, given = asked_in_json(request)
    groups = f"arn:aws:logs:{request.region}:{ACCOUNT}:log-group"
    named = given.get("logGroupName")
    stream = f":log-stream:{given['logStreamName']}" if "logStreamName" in given else ""
    of_group = f"{groups}:{named}{stream}" if named else f"{groups}::log-stream:"
    arn = given.get("resourceArn") or of_group
    yield Need(f"logs:{action}", arn)
    if given.get("tags") and action == "CreateLogGroup":
        yield Need("logs:TagResource", arn)


def _events(request: Asked) -> Iterator[Need]:
    action, given = asked_in_json(request)
    name = given.get("Rule") or given.get("Name")
    rule = f"arn:aws:events:{request.region}:{ACCOUNT}:rule/{name}"
    yield Need(f"events:{action}", given.get("ResourceARN") or rule)
    if given.get("Tags") and action == "PutRule":
        yield Need("events:TagResource", rule)
    for target in given.get("Targets", ()):
        if "RoleArn" in target:
            yield _passed(target["RoleArn"], "events")


def _states(request: Asked) -> Iterator[Need]:
    action, given = asked_in_json(request)
    named = ("stateMachineArn", "resourceArn", "executionArn")
    arn = next((given[name] for name in named if name in given), None)
    if "name" in given and action == "CreateStateMachine":
        arn = f"arn:aws:states:{request.region}:{ACCOUNT}:stateMachine:{given['name']}"
    yield Need(f"states:{action}", arn or "*")
    if given.get("tags") and arn:
        yield Need("states:TagResource", arn)
    if "roleArn" in given and action != "ValidateStateMachineDefinition":
        yield _passed(given["roleArn"], "states")


def _secretsmanager(request: Asked) -> Iterator[Need]:
    action, given = asked_in_json(request)
    # AWS draws six letters for its end.
    named = f"arn:aws:secretsmanager:{request.region}:{ACCOUNT}:secret:{given.get('Name')}-AbCdEf"
    yield Need(f"secretsmanager:{action}", given.get("SecretId") or named)
    if given.get("Tags") and action == "CreateSecret":
        yield Need("secretsmanager:TagResource", named)


_NEEDS: dict[str, Callable[[Asked], Iterator[Need]]] = {
    "s3": _s3,
    "iam": _iam,
    "lambda": _lambda,
    "scheduler": _scheduler,
    "monitoring": _monitoring,
    "sns": _sns,
    "logs": _logs,
    "events": _events,
    "states": _states,
    "secretsmanager": _secretsmanager,
    "ecs": container_needs,
    "ecr": image_needs,
    "emr-serverless": cluster_needs,
    "batch": job_needs,
    "ec2": machine_needs,
}
