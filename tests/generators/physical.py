"""What the names of a pipeline stand for in a plan of Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from glacier_generators.plan.roles import Resource

from tests.generators.pipelines import CONNECTION
from tests.terraform.harness import Plan

__all__ = ["Physical"]

_ACCOUNT: Final = "123456789012"
_KEYS: Final = "aws_s3_bucket_server_side_encryption_configuration"


@dataclass(frozen=True)
class Physical:
    """The ARNs of one pipeline's resources.

    Attributes:
        plan: The plan, which has the pipeline as a module.
        module: The address of that module.
        region: Where the pipeline is.
        existing: The variables that name what somebody else made.
    """

    plan: Plan
    module: str
    region: str
    existing: Mapping[str, str]

    def arn(self, resource: Resource) -> str | None:
        """Return a resource's ARN, or None for a key that a bucket has not."""
        match resource.kind:
            case "object" | "bucket":
                bucket = f"arn:aws:s3:::{self._bucket(resource.name)}"
                return f"{bucket}/{resource.key}" if resource.key else bucket
            case "key":
                return self._key(resource.name)
            case "arn":
                return resource.name
            case "function":
                return self._regional("lambda", f"function:{self._function(resource.name)}")
            case _:
                return self._other(resource)

    def _other(self, resource: Resource) -> str | None:
        match resource.kind:
            case "log" | "logs":
                function = self._function(resource.name) if resource.kind == "log" else ""
                rest = f"log-group:/aws/lambda/{function}:*" if function else "*"
                return self._regional("logs", rest)
            case "topic":
                return self._regional(
                    "sns", self._planned("failure_topic", "aws_sns_topic")["name"]
                )
            case "workflow" | "starter" | "arrivals" | "teller" | "part" | "runs":
                return self._of_workflow(resource)
            case "parts":
                machine = self._planned("workflow", "aws_sfn_state_machine")["name"]
                return self._regional("states", f"stateMachine:{machine}-from_*")
            case "rule":
                return self._regional("events", f"rule/{resource.name}")
            case other:
                return self._of_job(other, resource.name)

    def _of_job(self, kind: str, name: str) -> str | None:
        if kind in {"archive", "launcher", "log_groups"}:
            return self._of_cluster(kind, name)
        if kind in {"connection", "secret_of_connection"}:
            return _of_connection(kind)
        return self._of_container(kind, name)

    def _of_cluster(self, kind: str, name: str) -> str:
        if kind == "log_groups":
            return self._regional("logs", "log-group:*")
        objects = self.plan.resources("aws_s3_object")
        part = (
            "aws_s3_object.code[0]"
            if kind == "archive"
            else f"module.{name}.aws_s3_object.launcher"
        )
        planned = objects[f"{self.module}.{part}"]
        return f"arn:aws:s3:::{planned['bucket']}/{planned['key']}"

    def _of_workflow(self, resource: Resource) -> str:
        named = f"workflow_{resource.name}"
        modules = {"teller": "stopped_runs", "part": named, "runs": named}
        module = modules.get(resource.kind, resource.kind)
        machine = self._planned(module, "aws_sfn_state_machine")["name"]
        runs = f"execution:{machine}:*"
        return self._regional(
            "states", runs if resource.kind == "runs" else f"stateMachine:{machine}"
        )

    def _of_container(self, kind: str, name: str) -> str | None:
        task = f"task_{name}"
        match kind:
            case "container":
                family = self._planned(task, "aws_ecs_task_definition")["family"]
                return self._regional("ecs", f"task-definition/{family}:*")
            case "containers":
                cluster = self._planned("containers", "aws_ecs_cluster")["name"]
                return self._regional("ecs", f"task/{cluster}/*")
            case "role" | "execution_role":
                which = "execution" if kind == "execution_role" else "this"
                role = self._planned(task, "aws_iam_role", which)["name"]
                return f"arn:aws:iam::{_ACCOUNT}:role/{role}"
            case "task_log":
                group = self._planned(task, "aws_cloudwatch_log_group")["name"]
                return self._regional("logs", f"log-group:{group}:*")
            case "image":
                planned = self._planned(task, "aws_ecs_task_definition")
                described = planned.get("container_definitions")  # unknown beside a secret
                known = described and json.loads(described)[0]["image"]
                job = self._planned(task, "aws_batch_job_definition").get("container_properties")
                in_job = job and json.loads(job)["image"]
                return _repository(known or in_job or self.existing[f"image_{name}"])
            case _:
                return self._of_machine(kind, name)

    def _of_machine(self, kind: str, name: str) -> str:
        machine = f"machine_{name.replace('-', '_')}"
        match kind:
            case "job_definition" | "job_definition_revisions":
                job = self._planned(f"task_{name}", "aws_batch_job_definition")["name"]
                every = ":*" if kind == "job_definition_revisions" else ""
                return self._regional("batch", f"job-definition/{job}{every}")
            case "jobs":
                return self._regional("batch", "job/*")
            case "queue":
                queue = self._planned(machine, "aws_batch_job_queue")["name"]
                return self._regional("batch", f"job-queue/{queue}")
            case "machine_cluster" | "machine_instances":
                environment = self._planned(machine, "aws_batch_compute_environment")
                prefix = environment["compute_environment_name_prefix"]
                what = "cluster" if kind == "machine_cluster" else "container-instance"
                return self._regional("ecs", f"{what}/AWSBatch-{prefix}*")
            case other:
                raise AssertionError(other)

    def _regional(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{_ACCOUNT}:{rest}"

    def _bucket(self, name: str) -> str:
        made = self._planned(f"bucket_{name}", "aws_s3_bucket")
        return str(made["bucket"]) if made else self.existing[f"bucket_{name}"]

    def _key(self, name: str) -> str | None:
        settings = self._planned(f"bucket_{name}.module.settings", _KEYS)
        for rule in settings.get("rule", ()):
            for default in rule["apply_server_side_encryption_by_default"]:
                return default["kms_master_key_id"] or None
        return None

    def _function(self, name: str) -> str:
        made = self._planned(f"task_{name}", "aws_lambda_function")
        return str(made["function_name"]) if made else self.existing[f"function_{name}"]

    def _planned(self, part: str, kind: str, name: str = "this") -> dict[str, Any]:
        return self.plan.resources(kind).get(f"{self.module}.module.{part}.{kind}.{name}", {})


def _of_connection(kind: str) -> str:
    if kind == "connection":
        return CONNECTION
    *_, region, account, connection = CONNECTION.split(":")
    name = connection.split("/")[1]
    return f"arn:aws:secretsmanager:{region}:{account}:secret:events!connection/{name}/*"


def _repository(image: str) -> str:
    host, _, rest = image.partition("/")
    account, _, _, region, *_ = host.split(".")
    return f"arn:aws:ecr:{region}:{account}:repository/{rest.partition('@')[0]}"
