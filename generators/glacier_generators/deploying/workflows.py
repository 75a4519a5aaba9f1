"""How many steps a run of a state machine takes, for that is what it costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["transitions"]


def transitions(definition: str) -> tuple[int, int]:
    """Return how many state transitions a run that succeeds takes: at least, and at most.

    Retries are not counted, and a Map is taken for one item: how many there are, only data knows.

    Args:
        definition: The state machine in Amazon States Language.

    Example:
        >>> transitions('{"StartAt": "a", "States": {"a": {"Type": "Pass", "Next": "b"}, "b": {"Type": "Succeed"}}}')
        (3, 3)
    """
    least, most = _steps(json.loads(definition), {})
    return least + 1, most + 1  # the start is one


def _steps(machine: Mapping[str, Any], known: dict[str, tuple[int, int]]) -> tuple[int, int]:
    return _from(machine["StartAt"], machine["States"], known, frozenset())


def _from(
    name: str,
    states: Mapping[str, Any],
    known: dict[str, tuple[int, int]],
    before: frozenset[str],
) -> tuple[int, int]:
    if name in before:  # a loop that waits: counted once
        return 0, 0
    state = states[name]
    inner = [_steps(branch, {}) for branch in state.get("Branches", ())]
    processor = state.get("ItemProcessor") or state.get("Iterator")
    inner += [_steps(processor, {})] if processor else []
    names = [choice["Next"] for choice in state.get("Choices", ())]
    names += [state[key] for key in ("Next", "Default") if key in state]
    ways = []
    for following in names:
        if following not in known:
            known[following] = _from(following, states, known, before | {name})
        ways.append(known[following])
    least = 1 + sum(low for low, _ in inner) + min((low for low, _ in ways), default=0)
    most = 1 + sum(high for _, high in inner) + max((high for _, high in ways), default=0)
    return least, most
