"""`python -m glacier_runtime.run_task`: one task of one run, in this process.

It prints one JSON document, and exits with 0 if the task is done, 65 if trying again would not help, 70 if the task itself
failed, 75 if another attempt may help. Whatever the task prints goes to standard error.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic_core import to_json

from glacier_runtime.errors import GlacierError
from glacier_runtime.run_task.finding import FoundTask, find_in_pipeline, find_in_plan, plan_file
from glacier_runtime.run_task.outcomes import outcome_of, readable
from glacier_runtime.run_task.request import read_request
from glacier_runtime.run_task.running import run_task

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the task that the command line names.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(arguments)
    # Tasks, and what they start, may print: that is no part of the document.
    output = os.dup(1)
    os.dup2(2, 1)
    if options.timeout_s is not None:
        # A thread of C's own, which needs nothing of Python: it says where the task was, and ends the process with 1.
        faulthandler.dump_traceback_later(options.timeout_s, exit=True)
    try:
        document, code = _run(options)
    finally:
        sys.stdout.flush()
        os.dup2(output, 1)
        os.close(output)
    sys.stdout.write(document.decode() + "\n")
    return code


def _run(options: argparse.Namespace) -> tuple[bytes, int]:
    try:
        request = read_request(
            {
                "task": options.task,
                "run_id": options.run_id,
                "attempt": options.attempt,
                "logical_date": options.logical_date,
                "params": {**options.params, **dict(options.param)},
                "partition": options.partition,
                "force": options.force,
            }
        )
        return to_json(run_task(_found(options), request)), 0
    except GlacierError as error:
        sys.stderr.write(readable(error))
        outcome = outcome_of(error)
        failed = {
            "task": options.task,
            "run_id": options.run_id,
            "attempt": options.attempt,
            "status": "failed",
            "outcome": outcome.value,
            "problems": [problem.to_dict() for problem in error.problems],
        }
        return to_json(failed), outcome.exit_code


def _found(options: argparse.Namespace) -> FoundTask:
    if options.pipeline:
        return find_in_pipeline(options.pipeline, options.task)
    return find_in_plan(plan_file(options.plan), options.task)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r:.80} is no NAME=VALUE")
    return name.strip(), value


def _values(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text!r:.80} is no object of JSON")
    return found


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r:.80} is no number of seconds from 1")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m glacier_runtime.run_task", description="Run one task of a pipeline."
    )
    parser.add_argument("--task", required=True, help="the task's name")
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(4).hex()}"
    parser.add_argument(
        "--run-id", default=now, help="the run it belongs to; a new one if not given"
    )
    parser.add_argument("--attempt", type=int, default=0, help="which attempt this is, from 0")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--pipeline", help="package.module:pipeline, to need no frozen plan")
    where.add_argument("--plan", help="the frozen plan; by default glacier_plan.json here")
    parser.add_argument("--logical-date", help="the moment that the run stands for, in ISO 8601")
    parser.add_argument(
        "--partition",
        metavar="COLUMN=VALUE",
        help="the partition to make, as day=2024-01-31; of several columns day=2024-01-31/region=eu",
    )
    parser.add_argument(
        "--force", action="store_true", help="run it though what it publishes is current"
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="a run parameter; may be repeated",
    )
    parser.add_argument(
        "--params",
        default={},
        type=_values,
        metavar="JSON",
        help="run parameters by name, as an object of JSON; what --param says counts more",
    )
    parser.add_argument(
        "--timeout-s",
        type=_seconds,
        metavar="SECONDS",
        help="end this process with exit code 1 when it takes longer, for whoever cannot end it",
    )
    return parser


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    os.dup2(2, 1)  # what tasks print while the process ends is no part of the document either
    sys.exit(exit_code)
