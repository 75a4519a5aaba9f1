"""Real Terraform for tests: format, initialise, validate, plan, apply; against an emulator, never against AWS.

What the commands need is in their environment and in an override file. Nothing is added to the Terraform under test.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.emulator import credentials

INSTALL_HINT = (
    "install terraform 1.9 or newer: https://developer.hashicorp.com/terraform/install, "
    "or `brew install hashicorp/tap/terraform`"
)
# A call that the emulator does not know is an error at once, rather than after the provider's 25 attempts.
OVERRIDE = 'provider "aws" {\n  max_retries = 2\n}\n'
OVERRIDE_NAME = "tests_override.tf"
_PATIENCE_S = 600


class TerraformError(Exception):
    """Terraform refused; the text is what it said, on one line."""


@dataclass(frozen=True)
class Plan:
    """What `terraform show -json` says of a plan.

    Attributes:
        document: All of it.
        warnings: What Terraform warned of when it planned.
    """

    document: dict[str, Any]
    warnings: list[str] = field(default_factory=list[str])

    @property
    def changes(self) -> dict[str, list[str]]:
        """What happens to which address, without what stays."""
        return {
            change["address"]: change["change"]["actions"]
            for change in self.document.get("resource_changes", ())
            if change["change"]["actions"] != ["no-op"]
        }

    @property
    def outputs(self) -> dict[str, Any]:
        """Values of outputs that are known before anything exists."""
        outputs = self.document["planned_values"].get("outputs", {})
        return {name: output["value"] for name, output in outputs.items() if "value" in output}

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the planned values of all resources of a type, by address."""
        return {
            resource["address"]: resource["values"]
            for resource in _resources(self.document["planned_values"]["root_module"])
            if resource["type"] == kind and resource["mode"] == "managed"
        }

    def policies(self) -> dict[str, dict[str, Any]]:
        """Return every policy document that is known before anything exists, parsed, by the address that has it."""
        kinds = ("aws_iam_role_policy", "aws_s3_bucket_policy", "aws_iam_policy")
        return {
            address: json.loads(values["policy"])
            for kind in kinds
            for address, values in self.resources(kind).items()
            if values.get("policy") is not None
        }


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def find_terraform() -> str:
    """Return the path of Terraform, or skip the test."""
    path = shutil.which("terraform")
    if path is None:
        pytest.skip(INSTALL_HINT)
    return path


def terraform(
    folder: Path,
    *arguments: str,
    endpoint: str | None = None,
    keys: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run Terraform in a folder, with an administrator's keys or others, and return what it printed, whatever came of it."""
    settings = os.environ.get("TF_CLI_CONFIG_FILE")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS"))
        # A file that is not there is a warning in everything that Terraform prints.
        and not (name == "TF_CLI_CONFIG_FILE" and settings and not Path(settings).is_file())
    }
    environment |= {"TF_IN_AUTOMATION": "true", "CHECKPOINT_DISABLE": "true"}
    # Without an emulator, credentials for nowhere: a test that forgot one must not find an account.
    environment |= credentials(endpoint or "http://127.0.0.1:9") if keys is None else keys
    return subprocess.run(
        [find_terraform(), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )


def fmt_check(folder: Path, *below: str) -> str:
    """Return what `terraform fmt` would change below a folder, or only below some in it; an empty text is good."""
    result = terraform(folder, "fmt", "-check", "-diff", "-recursive", "-no-color", *below)
    return result.stdout + result.stderr


def init(folder: Path, *, backend: Mapping[str, str] | None = None) -> None:
    """Install the provider and the modules of a root; make it fit for the emulator.

    Args:
        folder: Where the root is.
        backend: Whose keys reach its backend; without them, it is left alone.

    Raises:
        TerraformError: If a module or the provider is not to be had.
    """
    (folder / OVERRIDE_NAME).write_text(OVERRIDE, encoding="utf-8")
    options = ("-input=false", "-no-color", *(["-backend=false"] if backend is None else []))
    _succeed(terraform(folder, "init", *options, keys=backend))


def validate(folder: Path) -> list[str]:
    """Return what Terraform and the provider's schema have against an initialised root; an empty list is good."""
    result = terraform(folder, "validate", "-json")
    return [_described(diagnostic) for diagnostic in json.loads(result.stdout)["diagnostics"]]


def plan_json(
    folder: Path, variables: Mapping[str, object] | None = None, *, endpoint: str
) -> Plan:
    """Plan an initialised root against the emulator.

    Raises:
        TerraformError: If there is no plan.
    """
    arguments = ("-input=false", "-no-color", "-lock=false", "-out=tests.tfplan")
    said = _succeed(
        terraform(folder, "plan", *arguments, *_given(variables, folder), endpoint=endpoint)
    )
    shown = _succeed(terraform(folder, "show", "-json", "tests.tfplan", endpoint=endpoint))
    return Plan(json.loads(shown), [it for it in said.splitlines() if "Warning: " in it])


def refusals(folder: Path, *, endpoint: str) -> list[str]:
    """Return every error of a plan that is to fail, each on one line, with the call that it is about."""
    lines = terraform(folder, "plan", "-json", "-lock=false", endpoint=endpoint).stdout.splitlines()
    events = map(json.loads, lines)
    return [_described(event["diagnostic"]) for event in events if event["@level"] == "error"]


def apply(
    folder: Path, variables: Mapping[str, object] | None = None, *, endpoint: str
) -> dict[str, Any]:
    """Apply an initialised root to the emulator, and return its outputs.

    Raises:
        TerraformError: If it fails.
    """
    arguments = ("-auto-approve", "-input=false", "-no-color")
    _succeed(terraform(folder, "apply", *arguments, *_given(variables, folder), endpoint=endpoint))
    outputs = json.loads(_succeed(terraform(folder, "output", "-json", endpoint=endpoint)))
    return {name: output["value"] for name, output in outputs.items()}


def statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a policy's statements in one way of writing them: lists where IAM takes lists, sorted."""
    listed = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    return [{key: _sorted(value) for key, value in statement.items()} for statement in listed]


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _sorted(inner) for key, inner in value.items()}
    return sorted(value) if isinstance(value, list) else value


def _given(variables: Mapping[str, object] | None, folder: Path) -> Iterable[str]:
    if not variables:
        return ()
    (folder / "tests.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")
    return ("-var-file=tests.tfvars.json",)


def _succeed(result: subprocess.CompletedProcess[str]) -> str:
    if result.returncode != 0:
        raise TerraformError(" ".join(f"{result.stdout}\n{result.stderr}".split()))
    return result.stdout


def _described(diagnostic: Mapping[str, Any]) -> str:
    snippet = diagnostic.get("snippet") or {}
    parts = (snippet.get("context"), diagnostic["summary"], diagnostic.get("detail"))
    return " ".join(": ".join(part for part in parts if part).split())
