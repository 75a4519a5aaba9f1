"""The `glacier` command: thin and lazy, so that help and mistakes are answered at once."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; installed as `glacier`.

    Python looks for no garbage while modules are loaded, which stay; `reporting` has it look again.
    """
    gc.disable()
    try:
        from glacier_runtime.cli.app import app  # noqa: PLC0415 (an extra: say how to get it)
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit("glacier needs its command line extra: pip install 'glacier-runtime[cli]'")
    app()
