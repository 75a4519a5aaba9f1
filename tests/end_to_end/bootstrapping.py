"""What an administrator applies before CI deploys, and CI's roles, taken with a token."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.end_to_end.deployments import client, succeed
from tests.end_to_end.projects import Project
from tests.terraform import emulator
from tests.terraform.emulated.tokens import token
from tests.terraform.harness import init

__all__ = ["Bootstrap"]

_SUBJECT = "repo:acme@12/flights@34"
_OCCASIONS = {"plan": "pull_request", "deploy": "environment:production"}
_LOOKS = {"look", "look.jobs"}
_CHANGES = {
    *("change", "change.clusters", "change.containers", "change.machines", "change.telling"),
    "bind",
}
_LAST_OF_A_ROLE = {"plan": _LOOKS, "deploy": _LOOKS | _CHANGES}


_HERE = "eu-central-1:123456789012"
# What a task on Databricks takes of who calls it, beyond the pipeline's own: docs/databricks.md.
_SAID = f"""\
github_subject = "{_SUBJECT}"

further_rights = [{{
  actions = ["events:RetrieveConnectionCredentials", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
  resources = [
    "arn:aws:events:{_HERE}:connection/flights/*",
    "arn:aws:secretsmanager:{_HERE}:secret:events!connection/flights/*",
  ]
}}]
"""


@dataclass(frozen=True)
class Bootstrap:
    """The root `infra/bootstrap` of a project, which knows its repository."""

    project: Project

    def plan(self, endpoint: str) -> None:
        """Plan it, and write the files of `infra/` that follow from it, as the project's README says.

        Terraform knows what they say before anything is made; people ask it afterwards.
        """
        folder = self.project.infra / "bootstrap"
        (folder / "ci.auto.tfvars").write_text(_SAID, "utf-8")
        init(folder)
        arguments = ("-input=false", "-var-file=../terraform.tfvars", "-out=bootstrap.tfplan")
        succeed(folder, "plan", *arguments, endpoint=endpoint)
        shown = json.loads(succeed(folder, "show", "-json", "bootstrap.tfplan", endpoint=endpoint))
        said = {name: it.get("value") for name, it in shown["planned_values"]["outputs"].items()}
        (self.project.infra / "backend.tf").write_text(said["backend"], "utf-8")
        (self.project.infra / "bootstrap.auto.tfvars").write_text(said["variables"], "utf-8")

    def apply(self, endpoint: str) -> None:
        """Apply what was planned."""
        folder = self.project.infra / "bootstrap"
        succeed(folder, "apply", "-input=false", "bootstrap.tfplan", endpoint=endpoint)

    def add_network(self, endpoint: str) -> None:
        """Apply it once more, with a network for containers, and write what `infra/` is told of it."""
        folder = self.project.infra / "bootstrap"
        (folder / "network.auto.tfvars").write_text('network_services = ["logs"]\n', "utf-8")
        arguments = ("-auto-approve", "-input=false", "-var-file=../terraform.tfvars")
        succeed(folder, "apply", *arguments, endpoint=endpoint)
        said = json.loads(succeed(folder, "output", "-json", "variables", endpoint=endpoint))
        (self.project.infra / "bootstrap.auto.tfvars").write_text(said, "utf-8")

    def wait(self, applying: Future[None], endpoint: str) -> None:
        """Wait until the roles and the buckets are there, of which some settings take longer."""
        while not applying.done() and not self._is_ready(endpoint):
            time.sleep(0.2)

    def taken(self, role: str, endpoint: str) -> Mapping[str, str]:
        """Take a role as a job of CI does, and return the environment in which its rights hold."""
        session = client("sts", endpoint).assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{emulator.ACCOUNT}:role/deployment/flights.{role}",
            RoleSessionName="ci",
            WebIdentityToken=token(
                iss="https://token.actions.githubusercontent.com",
                aud="sts.amazonaws.com",
                sub=f"{_SUBJECT}:{_OCCASIONS[role]}",
            ),
        )["Credentials"]
        return {
            **emulator.credentials(endpoint),
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def _is_ready(self, endpoint: str) -> bool:
        buckets = client("s3", endpoint).list_buckets()["Buckets"]
        iam = client("iam", endpoint)
        return len(buckets) == 2 and all(
            _attached(iam, f"flights.{role}") >= {f"flights.{name}" for name in names}
            for role, names in _LAST_OF_A_ROLE.items()
        )


def _attached(iam: Any, role: str) -> set[str]:
    try:
        found = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    except ClientError:
        return set()
    return {policy["PolicyName"] for policy in found}
