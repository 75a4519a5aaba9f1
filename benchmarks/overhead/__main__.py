"""Run with `python -m benchmarks.overhead [--rounds 15]`: what a task, a commit and an event of the run log cost."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import run_log
from benchmarks.measuring import report, spreads
from benchmarks.overhead import commits, runs


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        samples = {
            "tasks": runs.measured(root, rounds),
            "commits": commits.measured(root, rounds),
            "run_log": run_log.measured(root, rounds),
        }
    tasks = runs.least(samples["tasks"])
    published, written = spreads(samples["commits"]), spreads(samples["run_log"])
    body = f"""CPU microseconds for each task that does nothing, in memory; the least of {rounds} rounds:

{runs.shown_runs(tasks)}

A table of one row that is published on this disk; milliseconds, medians:

{commits.shown_commits(published)}

The run log, of which each group that runs writes two events:

{run_log.shown_events(written)}"""
    figures = {"cpu_us_per_task": tasks, "commit": published, "run_log": written}
    report("overhead", body, figures, samples=samples)


if __name__ == "__main__":
    main()
