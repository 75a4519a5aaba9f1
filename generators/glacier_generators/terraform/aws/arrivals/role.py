"""The roles of what hears of files that arrive: `modules/arrivals` as data."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import ArrivalPlan, Plan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust

__all__ = ["arrivals_roles"]

_ACCOUNT: Final = "on behalf of this account"
_ASKS: Final = Trust("StepFunctionsAsksForRuns", "states.amazonaws.com", _ACCOUNT)
_HEARS: Final = Trust("EventBridgeHearsOfFiles", "events.amazonaws.com", _ACCOUNT)


def arrivals_roles(arrival: ArrivalPlan, plan: Plan) -> tuple[Role, Role]:
    """Return the role of who asks for a run, and of who hears of files; neither may touch a file."""
    text = f"pipeline {plan.pipeline} starts when files of {arrival.dataset} arrive"
    cause = Cause(Because.PIPELINE, plan.pipeline, text)
    start = ("states:StartExecution",)
    ask = Right("AskTheStarter", start, Resource("starter", plan.pipeline), (cause,))
    hear = Right("PassItOn", start, Resource("arrivals", plan.pipeline), (cause,))
    return (
        Role("arrivals.ask", None, _ASKS, (ask,)),
        Role("arrivals.hear", None, _HEARS, (hear,)),
    )
