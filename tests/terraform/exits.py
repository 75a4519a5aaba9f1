"""A workflow of one task, applied, whose process ends as the parameters of a run say: what is the same in a container and on a machine.

What runs is no Glacier, but a script in its place: a whole image runs in tests/end_to_end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.terraform import emulator

__all__ = ["IMAGE", "Applied", "lay_image", "network", "without", "without_retries"]

DIGEST = "d" * 64
IMAGE = f"{emulator.ACCOUNT}.dkr.ecr.{emulator.REGION}.amazonaws.com/numbers-code@sha256:{DIGEST}"

# Ends with the exit code that is next, and writes down what it was given.
STAND_IN = """
import json, os, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
given["environment"] = {name: os.environ[name] for name in ("GLACIER_CLOUD", "GLACIER_TASK")}
with open("seen.jsonl", "a") as file:
    file.write(json.dumps(given) + "\\n")
print("it says something")
exits = json.loads(given["--params"])["exits"]
tried = sum(json.loads(line)["--run-id"] == given["--run-id"] for line in open("seen.jsonl"))
sys.exit(exits[tried - 1])
"""


@dataclass(frozen=True)
class Applied:
    """The workflow, applied.

    Attributes:
        endpoint: Where the emulator is.
        seen: What containers wrote down.
        patient: The state machine as it is generated.
        impatient: The same, that never tries again.
        log_group: Where containers write.
    """

    endpoint: str
    seen: Path
    patient: str
    impatient: str
    log_group: str

    def client(self, service: str) -> Any:
        keys = {
            name.lower(): value
            for name, value in emulator.credentials(self.endpoint).items()
            if name.startswith(("AWS_ACCESS", "AWS_SECRET"))
        }
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=emulator.REGION, **keys
        )

    def run(
        self, machine: str, *exits: int, **given: Any
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Run the workflow to its end; return what is said of it, and what its containers were given."""
        states, name = self.client("stepfunctions"), f"run-{uuid4()}"
        said = {"logical_date": "2026-01-05T05:00:00Z", "params": {"exits": exits}, **given}
        started = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(said))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = states.describe_execution(executionArn=started["executionArn"])
            if said["status"] != "RUNNING":
                break
            time.sleep(0.1)
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        seen = [line for line in map(json.loads, lines) if line["--run-id"] == name]
        return said, seen


def lay_image(images: Path) -> Path:
    """Lay the image down where the emulator finds it; return the file in which its processes write what they are given."""
    package = images / DIGEST / "glacier_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "run_task.py").write_text(STAND_IN)
    return package.parent / "seen.jsonl"


def network(applied: Applied) -> dict[str, list[str]]:
    """Return the network that every account has."""
    ec2 = applied.client("ec2")
    group, *_ = ec2.describe_security_groups()["SecurityGroups"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    return {"subnet_ids": subnets[:2], "security_group_ids": [group["GroupId"]]}


def without_retries(applied: Applied, machine: str) -> str:
    states = applied.client("stepfunctions")
    described = states.describe_state_machine(stateMachineArn=machine)
    definition = json.loads(
        described["definition"],
        object_hook=lambda it: {key: value for key, value in it.items() if key != "Retry"},
    )
    made = states.create_state_machine(
        name="impatient", definition=json.dumps(definition), roleArn=described["roleArn"]
    )
    arn: str = made["stateMachineArn"]
    return arn


def without(policy: Mapping[str, Any], sid: str) -> dict[str, Any]:
    return {**policy, "Statement": [item for item in policy["Statement"] if item["Sid"] != sid]}
