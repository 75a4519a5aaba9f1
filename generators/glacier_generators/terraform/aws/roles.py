"""Every role of a pipeline in AWS: those of its tasks, of what starts them, of its workflow, of what starts it and of what tells of it."""

from __future__ import annotations

from glacier_generators.plan.planning import make_plan
from glacier_generators.plan.roles import Role
from glacier_generators.terraform.aws.arrivals.role import arrivals_roles
from glacier_generators.terraform.aws.kinds import kind_name, kind_of
from glacier_generators.terraform.aws.limits import accepted_machines
from glacier_generators.terraform.aws.schedule.role import schedule_role
from glacier_generators.terraform.aws.starter.role import starter_role
from glacier_generators.terraform.aws.stopped_runs.role import stopped_runs_roles
from glacier_generators.terraform.aws.workflow.role import workflow_roles
from glacier_runtime.manifest import Manifest

__all__ = ["aws_roles"]


def aws_roles(manifest: Manifest) -> tuple[Role, ...]:
    """Return the roles that a pipeline has in AWS, with all that they may do.

    Args:
        manifest: The pipeline as AWS sees it.

    Raises:
        GenerationError: GLC801, if the manifest contradicts itself; GLC802, with everything that AWS would refuse: of what
            cannot be generated, nobody knows the roles.
    """
    plan = make_plan(manifest)
    machines = accepted_machines(plan)
    tasks = [kind_of(task).role(task, plan) for task in plan.tasks]
    further = [role for task in plan.tasks for role in kind_of(task).further_roles(task)]
    used = {kind_name(task): kind_of(task) for task in plan.tasks}
    further += [role for _, kind in sorted(used.items()) for role in kind.shared_roles(plan)]
    starters = [starter_role(plan)] if plan.starts_itself else []
    starters += [schedule_role(plan.schedule, plan)] if plan.schedule else []
    starters += arrivals_roles(plan.arrival, plan) if plan.arrival else ()
    return (*tasks, *further, *workflow_roles(plan, machines), *starters, *stopped_runs_roles(plan))
