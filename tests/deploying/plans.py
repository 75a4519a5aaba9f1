"""What `terraform show -json` prints of plans, as far as it is read; the real thing is read in tests/end_to_end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["document", "resource", "resource_change"]


def resource_change(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    """Return an entry of `resource_changes`."""
    kind = address.rpartition(".")[0].rpartition(".")[2]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "change": {"actions": actions, **change},
    }


def resource(address: str, **values: Any) -> dict[str, Any]:
    """Return a resource of a state, or of planned values."""
    kind = address.rpartition(".")[0].rpartition(".")[2]
    return {"address": address, "mode": "managed", "type": kind, "values": values}


def document(
    *changes: Mapping[str, Any],
    standing: tuple[Mapping[str, Any], ...] = (),
    planned: tuple[Mapping[str, Any], ...] = (),
    record: str | None = None,
) -> str:
    """Return a plan, some of whose resources lie in a module."""
    root = [] if record is None else [resource("terraform_data.deployed", input=record)]
    prior = {
        "root_module": {"resources": root, "child_modules": [{"resources": list(standing)}]},
    }
    return json.dumps(
        {
            "resource_changes": list(changes),
            "prior_state": {"values": prior},
            "planned_values": {"root_module": {"resources": list(planned)}},
            "variables": {"region": {"value": "eu-central-1"}},
        }
    )
