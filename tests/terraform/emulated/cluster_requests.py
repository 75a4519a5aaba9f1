"""What requests about applications of EMR Serverless need permission for: of Terraform, which makes them; and of a workflow, which
starts, follows and stops job runs there.

By the service authorization reference of AWS. A call that is not here needs an action that no policy names, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from tests.terraform.emulated.asking import ACCOUNT, Asked
from tests.terraform.emulated.policies import Need

__all__ = ["cluster_needs"]

_RULE: Final = "StepFunctionsGetEventsForEMRServerlessJobRule"
_SERVICE: Final = "emr-serverless.amazonaws.com"
_OPERATIONS: Final = "ops.emr-serverless.amazonaws.com"
_OWN_ROLE: Final = f"role/aws-service-role/{_OPERATIONS}/AWSServiceRoleForAmazonEMRServerless"
_APPLICATION: Final = re.compile(r"/applications/([^/]+)")
_JOB_RUN: Final = re.compile(r"/applications/([^/]+)/jobruns(?:/([^/]+))?")
_ECR: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
_OF_METHOD: Final = {
    "GET": "GetApplication",
    "PATCH": "UpdateApplication",
    "DELETE": "DeleteApplication",
}
_OF_TAGS: Final = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}


def cluster_needs(request: Asked) -> Iterator[Need]:
    """Yield everything that a request to EMR Serverless needs permission for."""
    path = unquote(request.path)
    if path.startswith("/tags/"):
        arn = path.removeprefix("/tags/")
        yield Need(f"emr-serverless:{_OF_TAGS[request.method]}", arn, _tags(request, arn))
    elif path == "/applications":
        yield from _made(request, json.loads(request.body or "{}"))
    elif (found := _JOB_RUN.fullmatch(path)) is not None:
        yield from _run(request, found[1], found[2])
    elif (found := _APPLICATION.fullmatch(path)) is not None:
        arn = _arn(request, found[1])
        yield Need(f"emr-serverless:{_OF_METHOD[request.method]}", arn, _tags(request, arn))


def _arn(request: Asked, application: str) -> str:
    return f"arn:aws:emr-serverless:{request.region}:{ACCOUNT}:/applications/{application}"


def _tags(request: Asked, arn: str) -> dict[str, str]:
    """Return what an application is tagged with."""
    from moto.emrserverless.models import emrserverless_backends

    applications = emrserverless_backends[ACCOUNT][request.region].applications
    found = applications.get(arn.rpartition("/")[2])
    tags = found.tags if found is not None else {}
    return {f"aws:resourcetag/{key}": value for key, value in tags.items()}


def _made(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
    """Making an application lets EMR look at its image, enter its network, and make a role of its own with the first one."""
    from moto.emrserverless.models import emrserverless_backends

    tags = {f"aws:requesttag/{key}": value for key, value in given.get("tags", {}).items()}
    yield Need(
        "emr-serverless:CreateApplication",
        f"arn:aws:emr-serverless:{request.region}:{ACCOUNT}:/*",
        tags,
    )
    image = given.get("imageConfiguration", {}).get("imageUri", "")
    if found := _ECR.match(image):
        account, region, repository = found.groups()
        for action in ("BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer"):
            yield Need(f"ecr:{action}", f"arn:aws:ecr:{region}:{account}:repository/{repository}")
    if given.get("networkConfiguration"):
        interface = f"arn:aws:ec2:{request.region}:{ACCOUNT}:network-interface/eni-0"
        yield Need("ec2:CreateNetworkInterface", interface, {"aws:calledvialast": _OPERATIONS})
    if not emrserverless_backends[ACCOUNT][request.region].applications:
        role = f"arn:aws:iam::{ACCOUNT}:{_OWN_ROLE}"
        yield Need("iam:CreateServiceLinkedRole", role, {"iam:awsservicename": _OPERATIONS})


def _run(request: Asked, application: str, job_run: str | None) -> Iterator[Need]:
    """Starting a job run gives it a role; and Step Functions keeps a rule by which it hears of its end."""
    arn = _arn(request, application)
    if job_run is not None:
        action = "CancelJobRun" if request.method == "DELETE" else "GetJobRun"
        yield Need(f"emr-serverless:{action}", f"{arn}/jobruns/{job_run}")
        return
    given = json.loads(request.body or "{}")
    yield Need("emr-serverless:StartJobRun", arn, _tags(request, arn))
    passed = {"iam:passedtoservice": _SERVICE}
    yield Need("iam:PassRole", given["executionRoleArn"], passed)
    for heard in ("DescribeRule", "PutRule", "PutTargets"):
        rule = f"arn:aws:events:{request.region}:{ACCOUNT}:rule/{_RULE}"
        yield Need(f"events:{heard}", rule)
