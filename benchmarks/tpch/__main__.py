"""Run with `python -m benchmarks.tpch [--sf 1] [--rounds 15] [--only NAME ...] [--data FOLDER] [--budget-mib 4096]`.

Without a budget: how long the fused pipeline takes and what it holds, beside the query by hand and beside peers. With one: whether the
fused pipeline breaks it, and stays inside of it when it is told.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.answers import FOLDER
from benchmarks.environments import HOME, AtHand, at_hand
from benchmarks.measuring import Rounds, cannot_run, interleave, ratio, report, shown, spread, table
from benchmarks.tpch.contender import CONTENDERS
from benchmarks.tpch.contest import PEERS, Contest, require_room
from benchmarks.tpch.tables import generate, generator

_BASE: Final = "by hand"
_BUDGET: Final = "GLACIER_MEMORY_BUDGET_MIB"
_HEADINGS: Final = ["", "wall s", "ratio", "CPU s", "ratio", "peak MiB", "ratio"]


def main() -> None:
    """Measure, and print a table and JSON."""
    every = [*CONTENDERS, *PEERS]
    parser = argparse.ArgumentParser()
    parser.add_argument("--sf", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--no-warm-up", action="store_true", help="no round that is thrown away")
    parser.add_argument("--only", nargs="*", choices=every, default=every)
    parser.add_argument("--data", type=Path, help="where the tables are kept for the next time")
    parser.add_argument("--environments", type=Path, default=HOME, help="where peers are kept")
    parser.add_argument("--budget-mib", type=int)
    options = parser.parse_args()
    if generator() is None:
        raise cannot_run("tpchgen-cli is not installed: pip install tpchgen-cli")
    data: Path = options.data or FOLDER / "tpch" / f"sf{options.sf:g}"
    if lacking := require_room(data, options.sf):
        raise cannot_run(lacking)
    generate(data, options.sf)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="glacier-tpch-", dir=FOLDER) as folder:
        if options.budget_mib:
            _within(Contest(Path(folder), data), options.sf, options.budget_mib)
            return
        names = list(dict.fromkeys([_BASE, *options.only]))
        needed = dict.fromkeys(PEERS[name][0] for name in names if name in PEERS)
        peers = at_hand(needed, options.environments)
        contest = Contest(Path(folder), data, peers.commands)
        _beside(contest, peers, options.sf, names, options.rounds, warm_up=not options.no_warm_up)


def _beside(
    contest: Contest,
    peers: AtHand,
    scale: float,
    names: Sequence[str],
    rounds: int,
    *,
    warm_up: bool,
) -> None:
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {
        name: partial(contest.figures, name)
        for name in names
        if name not in PEERS or PEERS[name][0] in peers.commands
    }
    missing = dict(peers.missing)
    measured = interleave(contenders, rounds, left_out=missing, warm_up=warm_up)
    if _BASE not in measured:
        raise SystemExit(f"{_BASE} {missing[_BASE]}")
    rows, figures = [], {}
    for name in (name for name in names if name in measured):
        figures[name], row = _compared(name, measured)
        rows.append(row)
    body = f"Scale factor {scale:g}, {rounds} round{'s' if rounds > 1 else ''}, equal results.\n\n{table(_HEADINGS, rows)}"
    size = sum(path.stat().st_size for path in contest.data.iterdir())
    told = {"scale": scale, "bytes": size, "contenders": figures}
    report("tpch", body, told, samples=measured, peers=peers.titles, missing=missing)


def _compared(name: str, measured: Rounds) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of a contender beside those of the query by hand, and its row."""
    results, base = measured[name], measured[_BASE]
    columns = {key: [result[key] for result in results] for key in results[0]}
    beside = {key: ratio(found, [b[key] for b in base]) for key, found in columns.items()}
    figures = {key: spread(found) for key, found in columns.items()} | {
        f"{key}_ratio": interval for key, interval in beside.items()
    }
    cells = (
        (f"{spread(columns[key])[0]:,.{digits}f}", shown(beside[key]))
        for key, digits in (("wall_s", 2), ("cpu_s", 2), ("peak_mib", 0))
    )
    return figures, [name, *(cell for pair in cells for cell in pair)]


def _within(contest: Contest, scale: float, budget_mib: int) -> None:
    """Run once without a limit, once within it; each in a process of its own."""
    unlimited = {_BUDGET: str(2**30)}
    contenders = {
        _BASE: (_BASE, {}),
        "fused, as if there were no end of memory": ("fused", unlimited),
        f"within {budget_mib:,} MiB": ("fused", {_BUDGET: str(budget_mib)}),
    }
    runs = {title: contest.run(name, given) for title, (name, given) in contenders.items()}
    rows = [
        [
            name,
            f"{run['wall_s']:.1f}",
            f"{run['cpu_s']:.1f}",
            f"{run['peak_mib']:,.0f}",
            ", ".join(run["warned_of"]),
        ]
        for name, run in runs.items()
    ]
    headings = ["", "wall s", "CPU s", "peak MiB", "warned of"]
    body = f"Scale factor {scale:g}, one run each, equal results.\n\n{table(headings, rows)}"
    figures = {"scale": scale, "budget_mib": budget_mib, "runs": runs}
    report("tpch within a budget", body, figures, samples=runs)


if __name__ == "__main__":
    main()
