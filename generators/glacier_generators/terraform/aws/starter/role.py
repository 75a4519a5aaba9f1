"""The role of the starter: `modules/starter` as data."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import Plan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust

__all__ = ["starter_role"]

_TRUST: Final = Trust(
    "StepFunctionsStartsRuns", "states.amazonaws.com", "on behalf of this account"
)


def starter_role(plan: Plan) -> Role:
    """Return the role of what starts runs, which sees those that run and wait."""
    workflow, starter = Resource("workflow", plan.pipeline), Resource("starter", plan.pipeline)
    started = _cause(plan, "runs that nobody starts by hand are started under a name of their own")
    seen = _cause(plan, "a run waits for, or is left out because of, one that is going on")
    listing = ("states:ListExecutions",)
    rights = (
        Right("StartTheWorkflow", ("states:StartExecution",), workflow, (started,)),
        Right("SeeWhatRunsAndWaits", listing, workflow, (seen,)),
        Right("SeeWhatRunsAndWaits", listing, starter, (seen,)),
    )
    return Role("starter", None, _TRUST, rights)


def _cause(plan: Plan, text: str) -> Cause:
    return Cause(Because.PIPELINE, plan.pipeline, text)
