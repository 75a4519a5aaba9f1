"""What requests about machines need permission for: of Terraform, which makes their environments, queues and definitions of jobs; and of a
workflow, which submits, follows and ends jobs.

By the service authorization reference of AWS. A call that is not here needs an action that no policy names, and is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from tests.terraform.emulated.asking import ACCOUNT, PARTITION, Asked
from tests.terraform.emulated.policies import Need

__all__ = ["job_needs", "machine_needs"]

_BY_STEP_FUNCTIONS: Final = {"name": "MANAGED_BY_AWS", "value": "STARTED_BY_STEP_FUNCTIONS"}
_RULE: Final = "StepFunctionsGetEventsForBatchJobsRule"
_ROLE_OF_BATCH: Final = "role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
_OF_TAGS: Final = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}
_TEMPLATES: Final = frozenset(
    {
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion",
        "DeleteLaunchTemplate",
        "ModifyLaunchTemplate",
    }
)


def job_needs(request: Asked) -> Iterator[Need]:
    """Yield everything that a request to AWS Batch needs permission for."""
    _, _, rest = request.path.partition("/v1/")
    call, _, arn = rest.partition("/")
    if call == "tags":
        yield Need(f"batch:{_OF_TAGS[request.method]}", unquote(arn))
    elif read := _NEEDS.get(call):
        yield from read(request, json.loads(request.body or "{}"))


def machine_needs(request: Asked) -> Iterator[Need]:
    """Yield everything that a request about launch templates needs permission for."""
    form, action = request.form, request.form.get("Action", "")
    if action in {"DescribeLaunchTemplates", "DescribeLaunchTemplateVersions"}:
        yield Need(f"ec2:{action}", "*", {"aws:requestedregion": request.region})
    if action not in _TEMPLATES:
        return
    name = form.get("LaunchTemplateId", "lt-new")
    arn = f"arn:aws:ec2:{request.region}:{ACCOUNT}:launch-template/{name}"
    tags = _tags_of_form(form)
    if action == "CreateLaunchTemplate":
        yield Need(f"ec2:{action}", arn, _requested(tags))
        yield Need("ec2:CreateTags", arn, {"ec2:createaction": action, **_requested(tags)})
    else:
        yield Need(f"ec2:{action}", arn, _standing(_tags_of_template(name, request.region)))


def _tags_of_form(form: Mapping[str, str]) -> dict[str, str]:
    prefix, found = "TagSpecification.1.Tag.", dict[str, str]()
    for key, value in form.items():
        if key.startswith(prefix) and key.endswith(".Key"):
            found[value] = form[f"{key.removesuffix('Key')}Value"]
    return found


def _tags_of_template(name: str, region: str) -> dict[str, str]:
    from moto.ec2.models import ec2_backends

    tags = ec2_backends[ACCOUNT][region].describe_tags({"resource-id": [name]})
    return {tag["key"]: tag["value"] for tag in tags}


def _requested(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:requesttag/{key}".lower(): value for key, value in tags.items()}


def _standing(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:resourcetag/{key}".lower(): value for key, value in tags.items()}


def _arn(request: Asked, kind: str, name: str) -> str:
    whole = f"arn:aws:batch:{request.region}:{ACCOUNT}:{kind}/{name}"
    return name if name.startswith("arn:") else whole


def _look(action: str) -> Callable[[Asked, dict[str, Any]], Iterator[Need]]:
    def read(request: Asked, _given: dict[str, Any]) -> Iterator[Need]:
        yield Need(f"batch:{action}", "*", {"aws:requestedregion": request.region})

    return read


def _of_environment(action: str) -> Callable[[Asked, dict[str, Any]], Iterator[Need]]:
    def read(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
        name = given.get("computeEnvironmentName") or given["computeEnvironment"]
        arn = _arn(request, "compute-environment", name)
        yield Need(f"batch:{action}", arn)
        if given.get("tags"):
            yield Need("batch:TagResource", arn)
        if profile := given.get("computeResources", {}).get("instanceRole"):
            yield _passed(_role_of(profile), "ec2")
        if action == "CreateComputeEnvironment" and _is_first(request):
            role = f"arn:aws:iam::{ACCOUNT}:{_ROLE_OF_BATCH}"
            named = {"iam:awsservicename": "batch.amazonaws.com"}
            yield Need("iam:CreateServiceLinkedRole", role, named)

    return read


def _is_first(request: Asked) -> bool:
    """AWS Batch makes a role of its own with the first environment of an account."""
    from moto.batch.models import batch_backends

    return not batch_backends[ACCOUNT][request.region]._compute_environments


def _role_of(profile: str) -> str:
    from moto.iam.models import iam_backends

    profiles = iam_backends[ACCOUNT][PARTITION].get_instance_profiles()
    (role,) = next(it.roles for it in profiles if profile in {it.arn, it.name})
    arn: str = role.arn
    return arn


def _of_queue(action: str) -> Callable[[Asked, dict[str, Any]], Iterator[Need]]:
    def read(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
        name = given.get("jobQueueName") or given["jobQueue"]
        arn = _arn(request, "job-queue", name)
        yield Need(f"batch:{action}", arn)
        for it in given.get("computeEnvironmentOrder", ()):
            environment = it["computeEnvironment"]
            yield Need(f"batch:{action}", _arn(request, "compute-environment", environment))
        if given.get("tags"):
            yield Need("batch:TagResource", arn)

    return read


def _register(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
    arn = _arn(request, "job-definition", given["jobDefinitionName"])
    yield Need("batch:RegisterJobDefinition", arn)
    if given.get("tags"):
        yield Need("batch:TagResource", f"{arn}:1")
    for role in ("jobRoleArn", "executionRoleArn"):
        yield _passed(given["containerProperties"][role], "ecs-tasks")


def _deregister(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
    arn = _arn(request, "job-definition", given["jobDefinition"])
    yield Need("batch:DeregisterJobDefinition", arn)


def _submit(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
    """Submitting names a definition and a queue; and Step Functions keeps a rule by which it hears of the job's end."""
    definition = _arn(request, "job-definition", given["jobDefinition"])
    for arn in (definition, f"{definition}:1", _arn(request, "job-queue", given["jobQueue"])):
        yield Need("batch:SubmitJob", arn)
    if tags := given.get("tags"):
        yield Need("batch:TagResource", _arn(request, "job", "new"), _requested(tags))
    if _BY_STEP_FUNCTIONS in given.get("containerOverrides", {}).get("environment", ()):
        rule = f"arn:aws:events:{request.region}:{ACCOUNT}:rule/{_RULE}"
        for heard in ("DescribeRule", "PutRule", "PutTargets"):
            yield Need(f"events:{heard}", rule)


def _terminate(request: Asked, given: dict[str, Any]) -> Iterator[Need]:
    from moto.batch.models import batch_backends

    batch, arn = batch_backends[ACCOUNT][request.region], _arn(request, "job", given["jobId"])
    yield Need("batch:TerminateJob", arn, _standing(batch.list_tags_for_resource(arn)))


def _passed(role: str, service: str) -> Need:
    return Need("iam:PassRole", role, {"iam:passedtoservice": f"{service}.amazonaws.com"})


_NEEDS: dict[str, Callable[[Asked, dict[str, Any]], Iterator[Need]]] = {
    **{
        action.lower(): _look(action)
        for action in (
            *("DescribeComputeEnvironments", "DescribeJobDefinitions"),
            *("DescribeJobQueues", "DescribeJobs"),
        )
    },
    **{
        f"{verb}ComputeEnvironment".lower(): _of_environment(f"{verb}ComputeEnvironment")
        for verb in ("Create", "Delete", "Update")
    },
    **{
        f"{verb}JobQueue".lower(): _of_queue(f"{verb}JobQueue")
        for verb in ("Create", "Delete", "Update")
    },
    "registerjobdefinition": _register,
    "deregisterjobdefinition": _deregister,
    "submitjob": _submit,
    "terminatejob": _terminate,
}
