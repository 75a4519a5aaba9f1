"""What somebody else made: variables that say what it is called, for nothing here knows."""

from __future__ import annotations

import re
from typing import Final

from glacier_generators.hcl.syntax import Attribute, Block, Reference
from glacier_runtime.config.existing import ExistingResource

__all__ = ["described", "export_name", "output_command", "variable"]

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_-]+")


def variable(name: str, description: str) -> Block:
    """Write a variable without a default: whoever applies has to say it."""
    body = [
        Attribute("description", description),
        Attribute("type", Reference("string")),
        Attribute("nullable", False),
    ]
    return Block("variable", (name,), body)


def described(what: str, existing: ExistingResource) -> str:
    """Say what a variable holds, and where its value is found."""
    return f"{what}: what {existing.tool} made as {existing.type} {existing.name!r}. {output_command(existing)} prints it."


def output_command(existing: ExistingResource) -> str:
    """Return the command that prints a resource's physical name, if its program exports it."""
    return f"`{existing.tool} stack output {export_name(existing)}`"


def export_name(existing: ExistingResource) -> str:
    """Return what the program of another tool exports the physical name as: the resource's own name, as one word."""
    return _NO_WORD.sub("-", existing.name)
