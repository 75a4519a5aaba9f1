"""How much the history of one run of a state machine holds: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html ."""

from __future__ import annotations

from typing import Final

__all__ = ["MOST_EVENTS"]

MOST_EVENTS: Final = 25_000
