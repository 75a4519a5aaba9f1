"""Generated HCL as others read it: python-hcl2, and Terraform itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import hcl2

from tests.terraform.harness import find_terraform, terraform

__all__ = ["evaluated", "formatted", "parsed", "unquoted"]

_ESCAPE = re.compile(r'\\(?:(["\\nrt])|u([0-9a-f]{4})|U([0-9a-f]{8}))')
_NAMED = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def parsed(text: str) -> dict[str, Any]:
    """Parse a file with python-hcl2, which has trouble with an escaped `${` that nobody closes; Terraform has not."""
    found: dict[str, Any] = hcl2.loads(text.replace("$${", "$ {").replace("%%{", "% {"))
    return found


def unquoted(literal: str) -> str:
    """Return what a quoted string means, by the book: https://developer.hashicorp.com/terraform/language/expressions/strings."""
    assert literal[0] == literal[-1] == '"'
    inner = literal[1:-1]
    assert re.search(r"(?<![$])(?:[$][$])*[$]\{", "") is None
    plain = _ESCAPE.sub(lambda m: _NAMED[m[1]] if m[1] else chr(int(m[2] or m[3], 16)), inner)
    return plain.replace("$${", "${").replace("%%{", "%{")


def formatted(text: str) -> str:
    """Return a file as `terraform fmt` would have it.

    Raises:
        AssertionError: If Terraform cannot read it.
    """
    # Without an emulator and without a folder: nothing but the text matters.
    done = subprocess.run(
        [find_terraform(), "fmt", "-no-color", "-"],
        input=text.encode("utf-8"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8")


def evaluated(folder: Path, expression: str, text: str) -> Any:
    """Return what an expression is to Terraform, in a root that holds one file."""
    output = f"\noutput \"it\" {'{'}\n  value = {expression}\n{'}'}\n"
    (folder / "main.tf").write_text(text + output, encoding="utf-8")
    applied = terraform(folder, "apply", "-auto-approve", "-input=false", "-no-color")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    return json.loads(terraform(folder, "output", "-json", "it").stdout)
