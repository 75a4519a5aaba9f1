"""Names of state machines and of what they run, as Step Functions writes them."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["execution_arn", "region_of"]

_ARN: Final = re.compile(
    r"arn:[a-z-]+:states:(?P<region>[a-z0-9-]+):[0-9]{12}:(?:stateMachine|execution):.+"
)


def execution_arn(workflow_arn: str, run: str) -> str:
    """Return the ARN of an execution.

    Example:
        >>> execution_arn("arn:aws:states:eu-west-1:123456789012:stateMachine:flights", "nightly")
        'arn:aws:states:eu-west-1:123456789012:execution:flights:nightly'
    """
    return f"{workflow_arn.replace(':stateMachine:', ':execution:')}:{run}"


def region_of(arn: str) -> str | None:
    """Return the region that an ARN of Step Functions names; None for what is no such ARN.

    Example:
        >>> region_of("arn:aws:states:eu-west-1:123456789012:execution:flights:nightly")
        'eu-west-1'
    """
    found = _ARN.fullmatch(arn)
    return None if found is None else found["region"]
