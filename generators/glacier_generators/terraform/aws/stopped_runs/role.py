"""The roles of what tells of runs that were stopped: `modules/stopped_runs` as data."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import Plan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust

__all__ = ["stopped_runs_roles"]

_ACCOUNT: Final = "on behalf of this account"
_TELLS: Final = Trust("StepFunctionsTellsOfRuns", "states.amazonaws.com", _ACCOUNT)
_HEARS: Final = Trust("EventBridgeHearsOfRuns", "events.amazonaws.com", _ACCOUNT)


def stopped_runs_roles(plan: Plan) -> tuple[Role, Role]:
    """Return the role of who tells of runs that were stopped, and of who hears of them."""
    text = "a run that is aborted or out of time cannot say so itself"
    cause = Cause(Because.PIPELINE, plan.pipeline, text)
    tell = Right("AnnounceFailures", ("sns:Publish",), Resource("topic", "failures"), (cause,))
    teller = Resource("teller", plan.pipeline)
    hear = Right("PassItOn", ("states:StartExecution",), teller, (cause,))
    return (
        Role("stopped_runs.tell", None, _TELLS, (tell,)),
        Role("stopped_runs.hear", None, _HEARS, (hear,)),
    )
