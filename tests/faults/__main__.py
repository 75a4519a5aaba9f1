"""Bring about faults, and count: `python -m tests.faults [--tries N] [--only NAME] [--write docs/reliability.md]`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.registry import FAULTS, Fault
from tests.faults.table import Row, write_table
from tests.faults.verdict import Counts


def main() -> int:
    """Bring about what is asked for; the exit code says whether anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--tries", type=int, help="of each fault; without it, what the table has")
    parser.add_argument(
        "--only", action="append", default=[], help="faults with this in their name"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--write", type=Path, help="a page: rows of its table are replaced")
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    losses = 0
    for fault in FAULTS:
        if asked.only and not any(part in fault.name for part in asked.only):
            continue
        start_s = time.monotonic()
        counts = bring(fault, asked.tries or fault.many, asked.seed)
        losses += len(counts.losses)
        _show(fault, counts, time.monotonic() - start_s)
        if asked.write is not None:
            order = [known.name for known in FAULTS]
            write_table(asked.write, [Row.of(fault.name, fault.how, counts)], order)
    return 1 if losses else 0


def bring(fault: Fault, tries: int, seed: int) -> Counts:
    """Bring a fault about below a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        return fault.bring(Path(folder), tries, random.Random(f"{seed} {fault.name}"))


def _show(fault: Fault, counts: Counts, seconds: float) -> None:
    sys.stdout.write(
        f"{fault.name}: {counts.tries} tries, old {counts.old}, between {counts.between}, new {counts.new}, "
        f"explained {counts.explained} {sorted(counts.codes)}, mended {counts.mended}, "
        f"{counts.met} requests, LOSSES {len(counts.losses)}, {seconds:.0f} s\n"
    )
    for loss in counts.losses:
        sys.stdout.write(f"  {loss}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
