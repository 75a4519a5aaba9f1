"""A question of a few milliseconds, that ends as it is told: `python -m tests.benchmarks.asked measured|failed|cannot`."""

import sys

from benchmarks.measuring import cannot_run, interleave, report, spreads, table

if __name__ == "__main__":
    match sys.argv[1]:
        case "failed":
            raise SystemExit("the disk is on fire")
        case "cannot":
            raise cannot_run("no tool is installed: pip install tool")
        case _:
            rounds = interleave({"one": lambda: {"s": 1.0}}, 3)
            body = table(["", "s"], [["one", "1.0"]])
            absent = {"Nobody 1.0": "cannot be installed: no such thing"}
            report("asked", body, {"s": spreads(rounds)}, samples=rounds, missing=absent)
