"""The right by which Step Functions hears that what it waits for has ended: a rule of its own in EventBridge, one for each service."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.roles import Because, Cause, Resource, Right

__all__ = ["hears"]

_ACTIONS: Final = ("events:DescribeRule", "events:PutRule", "events:PutTargets")


def hears(statement: str, rule: str, what: str) -> Right:
    """Return the right to make that rule, and to look at it.

    Args:
        statement: What the statement is called.
        rule: The end of the rule's name, which AWS gives it.
        what: What Step Functions hears.
    """
    text = f"Step Functions hears by a rule of its own that {what}"
    cause = Cause(Because.SERVICE, "Step Functions", text)
    resource = Resource("rule", f"StepFunctionsGetEventsFor{rule}Rule")
    return Right(statement, _ACTIONS, resource, (cause,))
