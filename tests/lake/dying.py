"""A run that is killed with SIGKILL at one moment of its publication; `python -m tests.lake.dying ROOT KIND MODE WHEN`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from glacier_runtime.storage import publication
from glacier_runtime.storage.lake import delta, iceberg
from tests.lake.ledger import Ledger

ROWS = [(2, date(2024, 1, 2), 20.0), (3, date(2024, 1, 3), 3.0)]


def dying(function: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def die(*arguments: Any, **options: Any) -> Any:
        if not before:
            function(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    return die


def main() -> None:
    root, kind, mode, when = sys.argv[1:]
    table: Any = {"delta": delta._Delta, "iceberg": iceberg._Iceberg}[kind]
    match when:
        case "before the commit record":
            changed: Any = publication
            changed.create_commit = dying(changed.create_commit, before=True)
        case "before the table's commit":
            table.change = dying(table.change, before=True)
        case "while the table is written":
            if kind == "delta":
                delta._stream = dying(delta._stream, before=False)
            else:
                table._write = dying(table._write, before=False)
        case "after the table's commit":
            table.change = dying(table.change, before=False)
    Ledger(Path(root), kind, mode).run(ROWS)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
