"""A manifest in, the files of `infra/` out: the same bytes for the same manifest, on any machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from glacier_generators.hcl.syntax import (
    Attribute,
    Blank,
    Block,
    Body,
    Comment,
    Reference,
    Value,
    parted,
    render,
)
from glacier_generators.plan.model import Plan
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.arrivals.hcl import arrivals_call
from glacier_generators.terraform.aws.bucket.hcl import bucket_call, bucket_name, bucket_variables
from glacier_generators.terraform.aws.kinds import KINDS, kind_name, kind_of, reached_services
from glacier_generators.terraform.aws.late_runs.hcl import late_runs_call
from glacier_generators.terraform.aws.limits import accepted_machines
from glacier_generators.terraform.aws.moved import moved_blocks
from glacier_generators.terraform.aws.network import network_calls
from glacier_generators.terraform.aws.readme import readme
from glacier_generators.terraform.aws.schedule.hcl import schedule_call
from glacier_generators.terraform.aws.secret.hcl import secret_arn, secret_call
from glacier_generators.terraform.aws.starter.hcl import starter_call
from glacier_generators.terraform.aws.stopped_runs.hcl import stopped_runs_call
from glacier_generators.terraform.aws.workflow.hcl import definitions, workflow_calls
from glacier_runtime.manifest import Manifest

__all__ = ["aws_files"]

_HERE: Final = "glacier_generators.terraform.aws"


def aws_files(manifest: Manifest) -> dict[str, str]:
    """Write a pipeline as Terraform for AWS.

    Args:
        manifest: The pipeline as AWS sees it.

    Returns:
        Files by their path in the repository, each below `infra/`.

    Raises:
        GenerationError: GLC802, once with everything that AWS would refuse.
    """
    plan = make_plan(manifest)
    machines = accepted_machines(plan)
    written = {
        "README.md": readme(plan),
        "terraform.tfvars": render(_answers(plan)),
        "tasks.tf": render(parted(kind_of(task).call(task, plan) for task in plan.tasks)),
        "workflow.tf": render(parted([workflow_calls(plan, machines), stopped_runs_call(plan)])),
        **definitions(machines),
        "outputs.tf": render(_outputs(plan)),
        "deployed.tf": render(_record(plan)),
    }
    if plan.buckets:
        written["storage.tf"] = render(parted(map(bucket_call, plan.buckets)))
    if plan.secrets:
        written["secrets.tf"] = render(parted(map(secret_call, plan.secrets)))
    if existing := _existing(plan):
        written["existing.tf"] = render(existing)
    written |= {name: render(body) for name, body in _of_kinds(plan).items()}
    written |= {name: render(parted(calls)) for name, calls in _starters(plan).items()}
    if moved := moved_blocks(plan):
        written["moved.tf"] = render(moved)
    everything = {**_static_files(), **written}
    return {f"infra/{path}": everything[path] for path in sorted(everything)}


@cache
def _static_files() -> Mapping[str, str]:
    """Return the files that are the same for every pipeline, by their path in `infra/`."""
    here = files(_HERE)
    return {
        **dict(_walk(here / "stack", "")),
        **dict(_walk(here / "modules", "modules/")),
    }


def _walk(folder: Traversable, prefix: str) -> Iterable[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".tf", ".md", ".py")):
            yield prefix + entry.name, entry.read_text(encoding="utf-8")


def _answers(plan: Plan) -> Body:
    """Write what differs between two projects with one pipeline; nothing else in `infra/*.tf` does."""
    body = [Attribute("project", plan.pipeline), Attribute("region", plan.region)]
    if plan.account_id is not None:
        body.append(Attribute("account_id", plan.account_id))
    if plan.tags:
        body.append(Attribute("tags", dict(plan.tags)))
    return body


def _existing(plan: Plan) -> Body:
    """Write the variables by which what somebody else made is found."""
    of_buckets = map(bucket_variables, plan.buckets)
    of_tasks = (kind_of(task).variables(task) for task in plan.tasks)
    return parted(body for body in (*of_buckets, *of_tasks) if body)


def _starters(plan: Plan) -> dict[str, list[Body]]:
    """Write what starts runs by itself. There is one starter, however many ask it."""
    files: dict[str, list[Body]] = {}
    if plan.schedule:
        late = late_runs_call(plan.schedule)
        files["schedule.tf"] = [schedule_call(plan.schedule), starter_call(), late]
    if plan.arrival:
        starter = [] if plan.schedule else [starter_call()]
        files["arrivals.tf"] = [arrivals_call(plan.arrival), *starter]
    return files


def _of_kinds(plan: Plan) -> dict[str, Body]:
    """Write what tasks of one kind share, and the network of those that stand in one."""
    used = [KINDS[kind] for kind in sorted(set(map(kind_name, plan.tasks)))]
    found = {name: body for kind in used for name, body in kind.files(plan).items()}
    if services := reached_services(plan):
        found["network.tf"] = network_calls(services)
    return found


def _outputs(plan: Plan) -> Body:
    bindings: Value = {
        "version": 1,
        "cloud": "aws",
        "region": Reference("var.region"),
        "buckets": {bucket.name: bucket_name(bucket.name) for bucket in plan.buckets},
        "secrets": {secret.name: secret_arn(secret.name) for secret in plan.secrets},
    }
    return [
        Block(
            "output",
            ("bindings",),
            [
                Attribute(
                    "description",
                    "What the pipeline's names stand for here; `terraform output -json bindings` is what GLACIER_BINDINGS takes.",
                ),
                Attribute("value", bindings),
            ],
        ),
        Blank(),
        Block(
            "output",
            ("state_machine_arn",),
            [
                Attribute(
                    "description", "The workflow; start an execution of it to run the pipeline."
                ),
                Attribute("value", Reference("module.workflow.arn")),
            ],
        ),
        Blank(),
        Block(
            "output",
            ("failure_topic_arn",),
            [
                Attribute("description", "Subscribe to it to hear of runs that fail."),
                Attribute("value", Reference("module.failure_topic.arn")),
            ],
        ),
    ]


def _record(plan: Plan) -> Body:
    """Write down what `glacier plan` compares to: a resource, for Terraform changes outputs though an apply fails."""
    starters = {"module.schedule": plan.schedule, "module.arrivals": plan.arrival}
    last = ["module.workflow", *(name for name, it in starters.items() if it)]
    body: Body = [
        Comment("Nothing in it is secret; a plan that shows all of it would be long."),
        Attribute("input", Reference("sensitive(var.manifest)")),
        Blank(),
        Attribute("depends_on", [Reference(name) for name in last]),
    ]
    return [
        Comment("The pipeline of the last deployment that came to its end, as data."),
        Block("resource", ("terraform_data", "deployed"), body),
    ]
