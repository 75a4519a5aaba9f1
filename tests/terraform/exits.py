"""A workflow of one task, applied, whose process ends as the parameters of a run say: the same in a container, on a machine and on EMR.

What runs is no Glacier, but a script in its place: a whole image runs in tests/end_to_end.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.workflow.hcl import state_machine_text

from glacier_runtime import Pipeline
from tests.terraform import emulator
from tests.terraform.harness import apply, init

__all__ = ["IMAGE", "Applied", "applied_root", "lay_image", "network", "stand_in"]

DIGEST = "d" * 64
IMAGE = f"{emulator.ACCOUNT}.dkr.ecr.{emulator.REGION}.amazonaws.com/numbers-code@sha256:{DIGEST}"

# Ends with the exit code that is next, and writes down what it was given.
_STAND_IN = """
import json, os, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
given["environment"] = {name: os.environ[name] for name in %r}
given["beside"] = [name for name in %r if os.path.exists(name)]
with open(%r, "a") as file:
    file.write(json.dumps(given) + "\\n")
print("it says something")
exits = json.loads(given["--params"])["exits"]
tried = sum(json.loads(line)["--run-id"] == given["--run-id"] for line in open(%r))
sys.exit(exits[tried - 1])
"""


@dataclass(frozen=True)
class Applied:
    """The workflow, applied.

    Attributes:
        endpoint: Where the emulator is.
        folder: Where Terraform is.
        seen: What processes of the task wrote down.
        patient: The state machine as it is generated.
        impatient: The same, that never tries again.
        log_group: Where processes of the task write.
    """

    endpoint: str
    folder: Path
    seen: Path
    patient: str = ""
    impatient: str = ""
    log_group: str = ""

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
        """Run the workflow to its end; return what is said of it, and what processes of the task were given."""
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


@contextmanager
def applied_root(
    folder: Path,
    pipeline: Pipeline,
    seen: Path,
    told: Callable[[Applied], Mapping[str, object]],
    images: Path | None = None,
) -> Iterator[Applied]:
    """Apply a root that runs the workflow of a pipeline.

    Args:
        folder: The root.
        pipeline: The pipeline.
        seen: Where processes of its task write down what they are given.
        told: Values for its variables, of what the emulator has.
        images: Where images lie; None for a pipeline that needs none.
    """
    (folder / "workflow.asl.json").write_text(state_machine_text(make_plan(pipeline.manifest)))
    init(folder)
    with emulator.running(Path(sys.executable), images) as endpoint:
        ours = Applied(endpoint, folder, seen)
        outputs = apply(folder, told(ours), endpoint=endpoint)
        machine = outputs["state_machine_arn"]
        yield replace(
            ours,
            patient=machine,
            impatient=_without_retries(ours, machine),
            log_group=outputs["log_group"],
        )


def stand_in(seen: str, environment: Sequence[str], files: Sequence[str] = ()) -> str:
    """Return the script that runs in place of Glacier.

    Args:
        seen: The file in which it writes down what it was given.
        environment: Which variables it writes down.
        files: Which files it looks for beside it.
    """
    return _STAND_IN % (tuple(environment), tuple(files), seen, seen)


def lay_image(images: Path) -> Path:
    """Lay the image down where the emulator finds it; return the file in which its processes write what they are given."""
    package = images / DIGEST / "glacier_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "run_task.py").write_text(stand_in("seen.jsonl", ["GLACIER_CLOUD", "GLACIER_TASK"]))
    return package.parent / "seen.jsonl"


def network(applied: Applied) -> dict[str, list[str]]:
    """Return the network that every account has."""
    ec2 = applied.client("ec2")
    group, *_ = ec2.describe_security_groups()["SecurityGroups"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    return {"subnet_ids": subnets[:2], "security_group_ids": [group["GroupId"]]}


def _without_retries(applied: Applied, machine: str) -> str:
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
