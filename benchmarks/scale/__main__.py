"""Run with `python -m benchmarks.scale [--tasks 10000] [--partitions 1000000] [--terabytes 10]`, when the other questions were asked.

What can be done here is done: a pipeline of so many tasks is generated, refusals are provoked, some partitions are made. The rest follows
from what the other questions have found on this machine, and from what services say of themselves.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.answers import known
from benchmarks.measuring import report
from benchmarks.scale import many_partitions, many_tasks, much_data
from benchmarks.scale.findings import Finding, first_met, shown_findings

_REFUSED_TASKS: Final = 2000


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--partitions", type=int, default=1_000_000)
    parser.add_argument("--terabytes", type=float, default=10)
    options = parser.parse_args()
    of_a_run = many_partitions.keys_of_a_run()
    tasks = _of_tasks(options.tasks)
    with tempfile.TemporaryDirectory() as folder:
        made = many_partitions.made(Path(folder))
    asked = many_partitions.keys_at_once()
    partitions = many_partitions.findings(made, options.partitions, of_a_run, asked)
    missing: dict[str, str] = {}
    data: list[Finding] = []
    if tpch := _figures("tpch"):
        data = much_data.findings(much_data.reading(tpch), options.terabytes * 1e12, of_a_run)
    else:
        missing["data"] = "builds on the question tpch, which was not measured here"
    scenarios = (
        (f"A pipeline of {options.tasks:,} tasks", "tasks", tasks),
        (f"A dataset of {options.partitions:,} partitions", "partitions", partitions),
        (f"{options.terabytes:g} TB of Parquet a day", "GB a day", data),
    )
    body = "\n\n".join(_shown(*scenario) for scenario in scenarios if scenario[2])
    figures = {title: [it.as_figures() for it in found] for title, _, found in scenarios}
    report("scale", body, figures, samples={"partitions": asdict(made)}, missing=missing)


def _of_tasks(count: int) -> list[Finding]:
    built = _figures("function-start").get("builds", {}).get("first, x86_64", {})
    graph = _figures("graph").get("us_per_task", {}).get("Glacier", {})
    figures = many_tasks.Figures(
        archive_bytes=built.get("size_bytes"),
        unpacked_bytes=built.get("unpacked_bytes"),
        terraform=many_tasks.measured_terraform(_figures("terraform")),
        graph_us={int(size): taken for size, taken in graph.items()},
    )
    refused = many_tasks.refusal(_REFUSED_TASKS)
    return many_tasks.findings(many_tasks.generated(count), figures, refused)


def _figures(question: str) -> dict[str, Any]:
    """Return what a question has found; nothing if it was not measured here, for the others say enough."""
    try:
        return known(question)
    except LookupError:
        return {}


def _shown(title: str, unit: str, found: Sequence[Finding]) -> str:
    first = first_met(found)
    return (
        f"**{title}** first meets: {first.limit}.\n\n{shown_findings(found, unit, 'here it takes')}"
    )


if __name__ == "__main__":
    main()
