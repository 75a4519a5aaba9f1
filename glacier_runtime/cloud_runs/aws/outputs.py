"""What Terraform says of a deployment: asked, where it is installed and the project's `infra/` was initialised."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from glacier_runtime.storage.bindings import VARIABLE as BINDINGS

__all__ = ["STATE_MACHINE", "deployment_variables"]

STATE_MACHINE: Final = "GLACIER_STATE_MACHINE"
_TOOL: Final = "GLACIER_TERRAFORM"
_NAMES: Final = ("terraform", "tofu")
_PATIENCE_S: Final = 60


def deployment_variables(root: Path) -> dict[str, str]:
    """Return the variables that lead to what is deployed, as far as the environment does not say them and Terraform does.

    Nothing is missing without: a workflow has a name by rule, and without bindings results are known, but not read.

    Args:
        root: The project's root.
    """
    if os.environ.get(STATE_MACHINE) and os.environ.get(BINDINGS):
        return {}
    outputs = _outputs(root / "infra")
    found: dict[str, str] = {}
    arn, bindings = outputs.get("state_machine_arn"), outputs.get("bindings")
    if isinstance(arn, str):
        found[STATE_MACHINE] = arn
    if isinstance(bindings, dict):
        found[BINDINGS] = json.dumps(bindings)
    return {name: value for name, value in found.items() if not os.environ.get(name)}


def _outputs(folder: Path) -> dict[str, Any]:
    """Return outputs by name; none if nobody can say them."""
    named = os.environ.get(_TOOL)
    tool = named or next(filter(None, map(shutil.which, _NAMES)), None)
    if tool is None or not (folder / ".terraform").is_dir():
        return {}
    try:
        done = subprocess.run(  # noqa: S603 (the tool that deploys, as the user has it)
            [tool, f"-chdir={folder}", "output", "-json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
        )
        said: Any = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return {name: item.get("value") for name, item in said.items()}
