"""Comments that allow a dangerous call: `# glacier: allow[GLC431] why it must be`."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from typing import Final

from glacier_runtime.static_analysis.dangers import CODES
from glacier_runtime.static_analysis.reading import Module

__all__ = ["Allowance", "allowances"]

_COMMENT: Final = re.compile(r"#\s*glacier:\s*allow(?:\[([^\]]*)\])?(.*)")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a comment allows.

    Attributes:
        codes: The codes it names.
        fault: What is wrong with it; empty if it holds.
    """

    codes: frozenset[str]
    fault: str


def allowances(module: Module) -> dict[int, Allowance]:
    """Return the allowances of a file, by line."""
    if b"glacier:" not in module.data:
        return {}
    found = {}
    for token in tokenize.tokenize(io.BytesIO(module.data).readline):
        match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            found[token.start[0]] = _allowance(match)
    return found


def _allowance(match: re.Match[str]) -> Allowance:
    codes = frozenset(code.strip() for code in (match[1] or "").split(",") if code.strip())
    unknown = sorted(codes - CODES)
    if not codes:
        return Allowance(codes, "names no code")
    if unknown:
        return Allowance(codes, f"names {', '.join(unknown)}, which is no code of a dangerous call")
    return Allowance(codes, "" if match[2].strip(" :-") else "gives no reason")
