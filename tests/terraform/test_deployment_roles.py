"""The roles of CI: taken by whom they are for and nobody else, enough for what they are for, and no way to more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.terraform import emulator
from tests.terraform.emulated.policies import Need, allows
from tests.terraform.emulated.tokens import token
from tests.terraform.harness import apply, init, plan_json, statements
from tests.terraform.roots import lay_out

ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "repo:acme@12/flights@34"
ROLE = f"arn:aws:iam::{emulator.ACCOUNT}:role"
POLICY = f"arn:aws:iam::{emulator.ACCOUNT}:policy"
BOUNDARY = f"{POLICY}/deployment/flights.boundary"
STATES, CODE, LAKE = "flights-tfstate-1a2b", "flights-artefacts-1a2b", "flights-lake-1a2b"
TRUSTED = {"plan": f"{REPOSITORY}:pull_request", "deploy": f"{REPOSITORY}:environment:production"}
REPOSITORY_OF_IMAGES = "flights-code"
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
BY_LAMBDA = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ]
    }
)
REFUSED = r"AccessDenied|Forbidden"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with both roles, initialised."""
    folder = lay_out(tmp_path_factory.mktemp("roles"), "deployment_roles")
    init(folder)
    return folder


@pytest.fixture(scope="module")
def account(applied: Path) -> Iterator[str]:
    """The address of an account in which an administrator has applied it, with a pipeline's data beside it."""
    with emulator.running() as endpoint:
        apply(applied, endpoint=endpoint)
        admin = emulator.credentials(endpoint)
        s3 = client("s3", admin)
        for bucket in (STATES, CODE, LAKE):
            where = {"LocationConstraint": emulator.REGION}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        for bucket, key in (
            (STATES, "infra.tfstate"),
            (STATES, "bootstrap.tfstate"),
            (LAKE, "a.csv"),
            (CODE, "flights/0.zip"),
        ):
            s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
        client("secretsmanager", admin).create_secret(Name="flights-token", SecretString="canary")
        iam = client("iam", admin)
        for name in ("somebody-elses", "flights.standing"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=BY_LAMBDA)
        iam.create_role(
            RoleName="flights-bound",
            AssumeRolePolicyDocument=BY_LAMBDA,
            PermissionsBoundary=BOUNDARY,
        )
        ecs = client("ecs", admin)
        for name in ("flights", "lights"):
            client("ecr", admin).create_repository(repositoryName=f"{name}-code")
            ecs.create_cluster(clusterName=f"{name}-standing")
            ecs.register_task_definition(**DEFINITION | {"family": f"{name}-standing"})
        iam.create_instance_profile(InstanceProfileName="flights-stolen")
        iam.add_role_to_instance_profile(
            InstanceProfileName="flights-stolen", RoleName="somebody-elses"
        )
        yield endpoint


@pytest.fixture(scope="module")
def taken(account: str) -> Callable[[str, str], Any]:
    """A client of a service under one of the roles."""
    sessions = {
        role: take(account, role, iss=ISSUER, aud="sts.amazonaws.com", sub=subject)
        for role, subject in TRUSTED.items()
    }

    def _taken(role: str, service: str) -> Any:
        return client(service, sessions[role])

    return _taken


def take(endpoint: str, role: str, pipeline: str = "flights", **claims: str) -> dict[str, str]:
    """Take a role of a pipeline with a token, as a job of CI does."""
    sts = boto3.client("sts", endpoint_url=endpoint, region_name=emulator.REGION)
    session = sts.assume_role_with_web_identity(
        RoleArn=f"{ROLE}/deployment/{pipeline}.{role}",
        RoleSessionName="ci",
        WebIdentityToken=token(**claims),
    )["Credentials"]
    return {
        **emulator.credentials(endpoint),
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def client(service: str, keys: dict[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=keys["AWS_ENDPOINT_URL"],
        region_name=emulator.REGION,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys.get("AWS_SESSION_TOKEN"),
    )


def policies(account: str, role: str) -> list[dict[str, Any]]:
    """Return the policies that are attached to a role."""
    iam = client("iam", emulator.credentials(account))
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    arns = [policy["PolicyArn"] for policy in attached]
    versions = [iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] for arn in arns]
    return [
        iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        for arn, version in zip(arns, versions, strict=True)
    ]


def test_what_is_applied_is_then_as_planned(applied: Path, account: str) -> None:
    assert plan_json(applied, endpoint=account).changes == {}


@pytest.mark.parametrize("role", TRUSTED)
def test_a_role_is_taken_on_the_occasion_it_is_for(account: str, role: str) -> None:
    assert take(account, role, iss=ISSUER, aud="sts.amazonaws.com", sub=TRUSTED[role])


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        ("deploy", {"sub": TRUSTED["plan"]}),
        ("plan", {"sub": TRUSTED["deploy"]}),
        ("plan", {"sub": f"{REPOSITORY}:ref:refs/heads/main"}),
        ("deploy", {"sub": f"{REPOSITORY}:ref:refs/heads/main"}),
        ("deploy", {"sub": f"{REPOSITORY}:environment:production2"}),
        ("deploy", {"sub": f"{REPOSITORY}:environment:staging"}),
        ("deploy", {"sub": "repo:acme/flights:environment:production"}),
        ("deploy", {"sub": "repo:acme@12/flights@35:environment:production"}),
        ("deploy", {"sub": "repo:mallory@13/flights@34:environment:production"}),
        ("plan", {"sub": "repo:mallory@13/flights@99:pull_request"}),
        ("deploy", {"aud": "https://github.com/acme"}),
        ("deploy", {"iss": "https://gitlab.com"}),
    ],
)
def test_a_role_is_taken_on_no_other_occasion(
    account: str, role: str, claims: dict[str, str]
) -> None:
    right = {"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": TRUSTED[role]}

    with pytest.raises(ClientError, match=REFUSED):
        take(account, role, **{**right, **claims})


SHIPS = "project_path:acme/data/ships:ref_type"
GITLAB = {"iss": "https://git.acme.example", "aud": "sts.amazonaws.com"}


@pytest.mark.parametrize(
    ("role", "occasion"),
    [
        ("plan", f"{SHIPS}:branch:ref:feature/x"),
        ("plan", f"{SHIPS}:branch:ref:release/1"),
        ("deploy", f"{SHIPS}:branch:ref:release/1"),
    ],
)
def test_on_gitlab_any_branch_looks_and_one_deploys(account: str, role: str, occasion: str) -> None:
    assert take(account, role, "ships", **GITLAB, sub=occasion)


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        ("deploy", {"sub": f"{SHIPS}:branch:ref:main"}),
        ("deploy", {"sub": f"{SHIPS}:branch:ref:release/10"}),
        ("deploy", {"sub": f"{SHIPS}:tag:ref:release/1"}),
        ("plan", {"sub": f"{SHIPS}:tag:ref:v1"}),
        ("plan", {"sub": "project_path:acme/data/ships-of-mallory:ref_type:branch:ref:main"}),
        ("plan", {"sub": "project_path:mallory/data/ships:ref_type:branch:ref:main"}),
        ("plan", {"iss": "https://gitlab.com"}),
        ("plan", {"aud": "https://git.acme.example"}),
    ],
)
def test_on_gitlab_no_other_project_or_branch_takes_a_role(
    account: str, role: str, claims: dict[str, str]
) -> None:
    right = {**GITLAB, "sub": f"{SHIPS}:branch:ref:release/1"}

    with pytest.raises(ClientError, match=REFUSED):
        take(account, role, "ships", **{**right, **claims})


NEW_ROLE = {"RoleName": "flights-new", "AssumeRolePolicyDocument": BY_LAMBDA}
SECOND_ROLE = {"AssumeRolePolicyDocument": BY_LAMBDA, "PermissionsBoundary": BOUNDARY}
POLICY_OF_ALL = json.dumps(ANYTHING)
FUNCTION = {
    "FunctionName": "flights-new",
    "Runtime": "python3.12",
    "Handler": "a.b",
    "Code": {"S3Bucket": CODE, "S3Key": "flights/0.zip"},
}

SPARK = f"{emulator.ACCOUNT}.dkr.ecr.{emulator.REGION}.amazonaws.com/flights-code:spark"
APPLICATION: dict[str, Any] = {
    "name": "flights-emr-7-5-0",
    "releaseLabel": "emr-7.5.0",
    "type": "SPARK",
    "imageConfiguration": {"imageUri": SPARK},
    "networkConfiguration": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
    "tags": {"pipeline": "flights"},
}

PIPELINE = [{"key": "pipeline", "value": "flights"}]
DEFINITION = {
    "family": "flights-new",
    "containerDefinitions": [{"name": "task", "image": "image", "memory": 512}],
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "taskRoleArn": f"{ROLE}/flights-bound",
    "executionRoleArn": f"{ROLE}/flights-bound",
    "tags": PIPELINE,
}
JOB: dict[str, Any] = {
    "jobDefinitionName": "flights-new",
    "type": "container",
    "containerProperties": {
        "image": "image",
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "512"},
        ],
        "jobRoleArn": f"{ROLE}/flights-bound",
        "executionRoleArn": f"{ROLE}/flights-bound",
    },
    "tags": {"pipeline": "flights"},
}
TEMPLATE: dict[str, Any] = {
    "LaunchTemplateName": "flights-new",
    "LaunchTemplateData": {"InstanceType": "m6i.large"},
    "TagSpecifications": [
        {"ResourceType": "launch-template", "Tags": [{"Key": "pipeline", "Value": "flights"}]}
    ],
}
ENVIRONMENT: dict[str, Any] = {
    "computeEnvironmentName": "flights-new",
    "type": "MANAGED",
    "computeResources": {
        "type": "EC2",
        "minvCpus": 0,
        "maxvCpus": 1,
        "instanceTypes": ["m6i.large"],
        "instanceRole": f"arn:aws:iam::{emulator.ACCOUNT}:instance-profile/flights-stolen",
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
    },
}
QUEUE = {"jobQueueName": "lights-new", "priority": 1, "computeEnvironmentOrder": []}
OF_DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": OF_DOCKER,
        "config": {"digest": f"sha256:{'0' * 64}", "size": 0, "mediaType": OF_DOCKER},
        "layers": [],
    }
)
IMAGE = {"repositoryName": REPOSITORY_OF_IMAGES, "imageManifest": MANIFEST, "imageTag": "new"}

# Ways to be more than one is, or to touch what is not the pipeline's.
ESCAPES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a role without the boundary": ("iam", "create_role", NEW_ROLE),
    "a role under another boundary": (
        "iam",
        "create_role",
        NEW_ROLE | {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "a role of another name": ("iam", "create_role", SECOND_ROLE | {"RoleName": "lights-new"}),
    "a role that looks like this one": (
        "iam",
        "create_role",
        SECOND_ROLE | {"RoleName": "flights.new", "Path": "/deployment/"},
    ),
    "rights for itself": (
        "iam",
        "put_role_policy",
        {"RoleName": "flights.deploy", "PolicyName": "x", "PolicyDocument": POLICY_OF_ALL},
    ),
    "rights for the one that plans": (
        "iam",
        "put_role_policy",
        {"RoleName": "flights.plan", "PolicyName": "x", "PolicyDocument": POLICY_OF_ALL},
    ),
    "rights for a role that has no boundary": (
        "iam",
        "put_role_policy",
        {"RoleName": "flights.standing", "PolicyName": "x", "PolicyDocument": POLICY_OF_ALL},
    ),
    "a policy of somebody else's": (
        "iam",
        "attach_role_policy",
        {
            "RoleName": "flights-bound",
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
    ),
    "others who may take it": (
        "iam",
        "update_assume_role_policy",
        {"RoleName": "flights.deploy", "PolicyDocument": BY_LAMBDA},
    ),
    "a role freed of its boundary": (
        "iam",
        "delete_role_permissions_boundary",
        {"RoleName": "flights-bound"},
    ),
    "a wider boundary for a role": (
        "iam",
        "put_role_permissions_boundary",
        {
            "RoleName": "flights-bound",
            "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
    ),
    "a wider boundary": (
        "iam",
        "create_policy_version",
        {"PolicyArn": BOUNDARY, "PolicyDocument": POLICY_OF_ALL, "SetAsDefault": True},
    ),
    "no boundary": ("iam", "delete_policy", {"PolicyArn": BOUNDARY}),
    "a user": ("iam", "create_user", {"UserName": "flights-new"}),
    "other tokens": (
        "iam",
        "create_open_id_connect_provider",
        {"Url": "https://gitlab.com", "ClientIDList": ["x"]},
    ),
    "code under a role of somebody else's": (
        "lambda",
        "create_function",
        FUNCTION | {"Role": f"{ROLE}/somebody-elses"},
    ),
    "code under its own role": (
        "lambda",
        "create_function",
        FUNCTION | {"Role": f"{ROLE}/deployment/flights.deploy"},
    ),
    "a container under a role of somebody else's": (
        "ecs",
        "register_task_definition",
        DEFINITION | {"taskRoleArn": f"{ROLE}/somebody-elses"},
    ),
    "a container that its own role starts": (
        "ecs",
        "register_task_definition",
        DEFINITION | {"executionRoleArn": f"{ROLE}/deployment/flights.deploy"},
    ),
    "a container that is marked as somebody else's": (
        "ecs",
        "register_task_definition",
        DEFINITION | {"tags": [{"key": "pipeline", "value": "lights"}]},
    ),
    "a container that is not marked": (
        "ecs",
        "register_task_definition",
        {key: value for key, value in DEFINITION.items() if key != "tags"},
    ),
    "a container that runs without the workflow": (
        "ecs",
        "run_task",
        {"cluster": "flights-standing", "taskDefinition": "flights-standing"},
    ),
    "an application that is marked as somebody else's": (
        "emr-serverless",
        "create_application",
        APPLICATION | {"tags": {"pipeline": "lights"}},
    ),
    "an application in an image of somebody else's": (
        "emr-serverless",
        "create_application",
        APPLICATION | {"imageConfiguration": {"imageUri": SPARK.replace("flights", "lights")}},
    ),
    "somebody else's cluster": ("ecs", "delete_cluster", {"cluster": "lights-standing"}),
    "a cluster of another name": ("ecs", "create_cluster", {"clusterName": "lights-new"}),
    "somebody else's images": ("ecr", "put_image", IMAGE | {"repositoryName": "lights-code"}),
    "no images": (
        "ecr",
        "delete_repository",
        {"repositoryName": REPOSITORY_OF_IMAGES, "force": True},
    ),
    "images that change": (
        "ecr",
        "put_image_tag_mutability",
        {"repositoryName": REPOSITORY_OF_IMAGES, "imageTagMutability": "MUTABLE"},
    ),
    "a job under a role of somebody else's": (
        "batch",
        "register_job_definition",
        JOB
        | {
            "containerProperties": JOB["containerProperties"]
            | {"jobRoleArn": f"{ROLE}/somebody-elses"}
        },
    ),
    "a job of another name": (
        "batch",
        "register_job_definition",
        JOB | {"jobDefinitionName": "lights-new"},
    ),
    "a job that runs without the workflow": (
        "batch",
        "submit_job",
        {"jobName": "new", "jobDefinition": "flights-new", "jobQueue": "flights-new"},
    ),
    "a machine under a role of somebody else's": (
        "batch",
        "create_compute_environment",
        ENVIRONMENT,
    ),
    "a queue of another name": ("batch", "create_job_queue", QUEUE),
    "a profile with its own role": (
        "iam",
        "add_role_to_instance_profile",
        {"InstanceProfileName": "flights-made", "RoleName": "flights.deploy"},
    ),
    "a launch template that is not marked": (
        "ec2",
        "create_launch_template",
        {key: value for key, value in TEMPLATE.items() if key != "TagSpecifications"},
    ),
    "somebody else's launch template": (
        "ec2",
        "delete_launch_template",
        {"LaunchTemplateId": "lt-0f3c"},
    ),
    "a role of another service": (
        "iam",
        "create_service_linked_role",
        {"AWSServiceName": "spot.amazonaws.com"},
    ),
    "somebody else's function": ("lambda", "delete_function", {"FunctionName": "lights-new"}),
    "the administrator's state": (
        "s3",
        "put_object",
        {"Bucket": STATES, "Key": "bootstrap.tfstate", "Body": b""},
    ),
    "the end of its state": ("s3", "delete_object", {"Bucket": STATES, "Key": "infra.tfstate"}),
    "a state for all to read": (
        "s3",
        "put_bucket_policy",
        {"Bucket": STATES, "Policy": json.dumps({"Statement": []})},
    ),
    "no versions of code": (
        "s3",
        "put_bucket_versioning",
        {"Bucket": CODE, "VersioningConfiguration": {"Status": "Suspended"}},
    ),
    "no bucket for states": ("s3", "delete_bucket", {"Bucket": STATES}),
    "a bucket of another name": (
        "s3",
        "create_bucket",
        {
            "Bucket": "lights-1a2b",
            "CreateBucketConfiguration": {"LocationConstraint": emulator.REGION},
        },
    ),
    "data": ("s3", "get_object", {"Bucket": LAKE, "Key": "a.csv"}),
    "the end of data": ("s3", "delete_object", {"Bucket": LAKE, "Key": "a.csv"}),
    "a secret": ("secretsmanager", "get_secret_value", {"SecretId": "flights-token"}),
    "a secret's new value": (
        "secretsmanager",
        "put_secret_value",
        {"SecretId": "flights-token", "SecretString": "x"},
    ),
}


@pytest.mark.parametrize("role", TRUSTED)
@pytest.mark.parametrize("gained", ESCAPES)
def test_neither_role_gets_beyond_the_pipeline(
    taken: Callable[[str, str], Any], role: str, gained: str
) -> None:
    service, operation, given = ESCAPES[gained]

    with pytest.raises(ClientError, match=REFUSED):
        getattr(taken(role, service), operation)(**given)


# What the one that deploys may, and the one that plans may not.
CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a role": ("iam", "create_role", SECOND_ROLE | {"RoleName": "flights-made"}),
    "the boundary of a role that has none": (
        "iam",
        "put_role_permissions_boundary",
        {"RoleName": "flights.standing", "PermissionsBoundary": BOUNDARY},
    ),
    "a bucket": (
        "s3",
        "create_bucket",
        {
            "Bucket": "flights-made-1a2b",
            "CreateBucketConfiguration": {"LocationConstraint": emulator.REGION},
        },
    ),
    "its state": ("s3", "put_object", {"Bucket": STATES, "Key": "infra.tfstate", "Body": b"{}"}),
    "the state of a workspace": (
        "s3",
        "put_object",
        {"Bucket": STATES, "Key": "env:/staging/infra.tfstate", "Body": b"{}"},
    ),
    "its lock": (
        "s3",
        "put_object",
        {"Bucket": STATES, "Key": "infra.tfstate.tflock", "Body": b""},
    ),
    "an archive": ("s3", "put_object", {"Bucket": CODE, "Key": "flights/1.zip", "Body": b""}),
    "a secret's place": ("secretsmanager", "create_secret", {"Name": "flights-made"}),
    "a log": ("logs", "create_log_group", {"logGroupName": "/aws/lambda/flights-made"}),
    "a cluster": ("ecs", "create_cluster", {"clusterName": "flights-made", "tags": PIPELINE}),
    "a container": ("ecs", "register_task_definition", DEFINITION),
    "an image": ("ecr", "put_image", IMAGE),
    "a job": ("batch", "register_job_definition", JOB),
    "what machines are like": ("ec2", "create_launch_template", TEMPLATE),
    "a machine's profile": (
        "iam",
        "create_instance_profile",
        {"InstanceProfileName": "flights-made"},
    ),
    "a container's log": (
        "logs",
        "create_log_group",
        {"logGroupName": "/glacier/tasks/flights-made"},
    ),
    "an application": ("emr-serverless", "create_application", APPLICATION),
    "a topic": ("sns", "create_topic", {"Name": "flights-made"}),
    "a rule": ("events", "put_rule", {"Name": "flights-made", "EventPattern": "{}"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_role_changes_what_the_other_only_looks_at(
    taken: Callable[[str, str], Any], change: str
) -> None:
    service, operation, given = CHANGES[change]

    with pytest.raises(ClientError, match=REFUSED):
        getattr(taken("plan", service), operation)(**given)
    getattr(taken("deploy", service), operation)(**given)


def test_the_role_that_plans_has_no_action_that_changes_or_tells_a_secret(account: str) -> None:
    actions = actions_of(policies(account, "flights.plan"))

    assert {action.partition(":")[2] for action in actions if not _looks(action)} == set()
    assert "secretsmanager:GetSecretValue" not in actions


@pytest.mark.parametrize("role", TRUSTED)
def test_no_role_of_ci_touches_a_network_but_for_emr_to_stand_in_it(
    account: str, role: str
) -> None:
    documents = policies(account, f"flights.{role}")
    of_ec2 = [it for document in documents for it in statements(document) if "ec2:" in str(it)]
    # What machines are like says nothing about where they stand.
    found = [it for it in of_ec2 if "LaunchTemplate" not in str(it)]

    assert [(it["Action"], it["Condition"]) for it in found] == [
        (
            "ec2:CreateNetworkInterface",
            {"StringEquals": {"aws:CalledViaLast": "ops.emr-serverless.amazonaws.com"}},
        )
    ] * (role == "deploy")


def actions_of(documents: list[dict[str, Any]]) -> set[str]:
    found = [it["Action"] for document in documents for it in statements(document)]
    return {action for it in found for action in ([it] if isinstance(it, str) else it)}


def _looks(action: str) -> bool:
    return action.partition(":")[2].startswith(("Get", "List", "Describe", "Validate"))


@pytest.fixture(scope="module")
def greedy(account: str, taken: Callable[[str, str], Any]) -> dict[str, str]:
    """The keys of a role that CI made, and gave every right."""
    iam = taken("deploy", "iam")
    iam.create_role(**SECOND_ROLE, RoleName="flights-greedy")
    iam.put_role_policy(
        RoleName="flights-greedy", PolicyName="all", PolicyDocument=json.dumps(ANYTHING)
    )
    service = {
        **emulator.credentials(account),
        "AWS_ACCESS_KEY_ID": "lambda.amazonaws.com",
        "AWS_SECRET_ACCESS_KEY": "of the service itself",
    }
    session = client("sts", service).assume_role(
        RoleArn=f"{ROLE}/flights-greedy", RoleSessionName="a-run"
    )["Credentials"]
    return {
        **service,
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def test_a_role_that_ci_makes_is_bound_whatever_ci_gives_it(greedy: dict[str, str]) -> None:
    keys = greedy
    assert client("s3", keys).get_object(Bucket=LAKE, Key="a.csv")
    assert client("s3", keys).get_object(Bucket=CODE, Key="flights/0.zip")  # as a job run of EMR
    for operation, given in (
        ("get_object", {"Bucket": STATES, "Key": "infra.tfstate"}),
        ("put_object", {"Bucket": STATES, "Key": "bootstrap.tfstate", "Body": b""}),
        ("put_object", {"Bucket": CODE, "Key": "flights/1.zip", "Body": b""}),
        ("delete_object", {"Bucket": CODE, "Key": "flights/0.zip"}),
        ("list_objects_v2", {"Bucket": CODE}),
        ("put_bucket_policy", {"Bucket": LAKE, "Policy": "{}"}),
    ):
        with pytest.raises(ClientError, match=REFUSED):
            getattr(client("s3", keys), operation)(**given)
    with pytest.raises(ClientError, match=REFUSED):
        client("iam", keys).create_user(UserName="flights-new")


def test_it_runs_containers_of_the_pipeline_under_its_roles_and_changes_nothing_of_them(
    account: str, greedy: dict[str, str]
) -> None:
    ecs, ecr = client("ecs", greedy), client("ecr", greedy)
    ec2 = client("ec2", emulator.credentials(account))
    subnet, *_ = ec2.describe_subnets()["Subnets"]
    group, *_ = ec2.describe_security_groups()["SecurityGroups"]
    network = {"subnets": [subnet["SubnetId"]], "securityGroups": [group["GroupId"]]}
    where = {"awsvpcConfiguration": network}
    ours = {"cluster": "flights-standing", "taskDefinition": "flights-standing"}
    run = {**ours, "launchType": "FARGATE", "networkConfiguration": where}

    assert ecs.run_task(**run)["tasks"]
    assert ecr.get_authorization_token()["authorizationData"]
    for role in (f"{ROLE}/deployment/flights.deploy", f"{ROLE}/somebody-elses"):
        with pytest.raises(ClientError, match=REFUSED):
            ecs.run_task(**run, overrides={"taskRoleArn": role})
    with pytest.raises(ClientError, match=REFUSED):
        ecs.run_task(**run | {"taskDefinition": "lights-standing"})
    with pytest.raises(ClientError, match=REFUSED):
        ecs.register_task_definition(**DEFINITION)
    with pytest.raises(ClientError, match=REFUSED):
        ecr.put_image(**IMAGE | {"imageTag": "forged"})


def test_it_runs_jobs_in_applications_of_the_pipeline_under_its_roles_and_in_no_others(
    account: str, taken: Callable[[str, str], Any], greedy: dict[str, str]
) -> None:
    admin = client("emr-serverless", emulator.credentials(account))
    ours, theirs = (
        admin.create_application(**APPLICATION | {"tags": {"pipeline": name}})["applicationId"]
        for name in ("flights", "lights")
    )
    emr, ci = client("emr-serverless", greedy), taken("deploy", "emr-serverless")
    run = {"applicationId": ours, "executionRoleArn": f"{ROLE}/flights-bound"}

    started = emr.start_job_run(**run)
    assert emr.get_job_run(applicationId=ours, jobRunId=started["jobRunId"])
    assert emr.cancel_job_run(applicationId=ours, jobRunId=started["jobRunId"])
    assert taken("plan", "emr-serverless").get_application(applicationId=ours)
    for changed in (
        {"applicationId": theirs},
        {"executionRoleArn": f"{ROLE}/deployment/flights.deploy"},
        {"executionRoleArn": f"{ROLE}/somebody-elses"},
    ):
        with pytest.raises(ClientError, match=REFUSED):
            emr.start_job_run(**run | changed)
    with pytest.raises(ClientError, match=REFUSED):
        emr.create_application(**APPLICATION)
    arn = admin.get_application(applicationId=theirs)["application"]["arn"]
    for operation, given in (
        ("delete_application", {"applicationId": theirs}),
        ("tag_resource", {"resourceArn": arn, "tags": {"pipeline": "flights"}}),
        ("start_job_run", run),
    ):
        with pytest.raises(ClientError, match=REFUSED):
            getattr(ci, operation)(**given)
    admin.stop_application(applicationId=ours)
    ci.delete_application(applicationId=ours)


def test_it_submits_and_ends_jobs_of_the_pipeline_and_changes_nothing_of_them(
    account: str, greedy: dict[str, str]
) -> None:
    del account
    batch = client("batch", greedy)
    submitted = {"jobName": "new", "jobDefinition": "flights-new", "jobQueue": "flights-new"}

    for other in ("jobDefinition", "jobQueue"):
        with pytest.raises(ClientError, match=REFUSED):
            batch.submit_job(**submitted | {other: "lights-new"})
    with pytest.raises(ClientError, match=REFUSED):
        batch.submit_job(**submitted, tags={"workflow": "lights"})
    # Allowed, if they were there.
    with pytest.raises(ClientError, match="does not exist"):
        batch.submit_job(
            **submitted | {"jobDefinition": "flights-gone"}, tags={"workflow": "flights"}
        )
    with pytest.raises(ClientError, match=REFUSED):
        batch.register_job_definition(**JOB)


def test_its_workflow_may_call_databricks_by_the_connection_that_the_boundary_is_told(
    account: str,
) -> None:
    iam = client("iam", emulator.credentials(account))
    versions = iam.list_policy_versions(PolicyArn=BOUNDARY)["Versions"]
    (version,) = [it["VersionId"] for it in versions if it["IsDefaultVersion"]]
    most = iam.get_policy_version(PolicyArn=BOUNDARY, VersionId=version)["PolicyVersion"]
    here = f"{emulator.REGION}:{emulator.ACCOUNT}"
    secrets = f"arn:aws:secretsmanager:{here}:secret:events!connection"

    def may(action: str, resource: str) -> bool:
        return allows([most["Document"]], Need(action, resource))

    for name, is_told in (("databricks", True), ("others", False)):
        connection = f"arn:aws:events:{here}:connection/{name}/1f"
        assert may("events:RetrieveConnectionCredentials", connection) is is_told
        assert may("secretsmanager:GetSecretValue", f"{secrets}/{name}/1f-AbCdEf") is is_told
        assert may("secretsmanager:DescribeSecret", f"{secrets}/{name}/1f-AbCdEf") is is_told
    for machine, is_ours in (("flights", True), ("flights-from_clean", True), ("lights", False)):
        arn = f"arn:aws:states:{here}:stateMachine:{machine}"
        assert may("states:InvokeHTTPEndpoint", arn) is is_ours


def test_without_an_environment_one_branch_deploys(account: str) -> None:
    admin = client("iam", emulator.credentials(account))
    role = admin.get_role(RoleName="trains_of_all.deploy")["Role"]
    (statement,) = statements(role["AssumeRolePolicyDocument"])

    assert statement["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/trains:ref:refs/heads/main",
    }


def test_each_prefix_is_named_as_the_service_has_it(account: str) -> None:
    text = json.dumps(policies(account, "trains_of_all.deploy"))

    for prefix in ("trains_of_all", "trains_of_all_staging"):
        assert f"arn:aws:s3:::{prefix.replace('_', '-')}-*" in text
        assert f"role/{prefix}-*" in text
