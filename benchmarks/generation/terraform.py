"""How long Terraform takes for what is generated, by number of tasks. Run with `python -m benchmarks.generation.terraform [--rounds 3]`.

Against the emulator of the tests, which answers at once: an account adds the time of its answers to `plan`. The provider is found
as `terraform init` finds it anywhere.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from glacier_generators.generating import generate

from benchmarks.generation.manifests import make_manifest
from benchmarks.measuring import interleave, report, shown, spread, table
from tests.terraform import emulator
from tests.terraform.harness import OVERRIDE, OVERRIDE_NAME, terraform

SIZES = (1, 10, 100, 1000)
_STEPS: Mapping[str, tuple[str, ...]] = {
    "init": ("init", "-backend=false", "-input=false"),
    "validate": ("validate",),
    "plan": ("plan", "-input=false", "-lock=false", "-out=measured.tfplan"),
}


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--steps", choices=list(_STEPS), nargs="+", default=list(_STEPS))
    options = parser.parse_args()
    steps = {step: _STEPS[step] for step in _STEPS if step in options.steps}
    with tempfile.TemporaryDirectory() as folder, emulator.running() as endpoint:
        roots = {size: _generated(Path(folder) / str(size), size) for size in options.sizes}
        for root in roots.values():  # the steps are measured in any order
            for step in steps.values():
                _run(root, step, endpoint)
        measured = interleave(
            {
                f"{step}|{size:,}": partial(_timed, roots[size], step, endpoint)
                for size in options.sizes
                for step in steps
            },
            options.rounds,
            warm_up=False,  # each step was taken once
        )
        planned = options.sizes if "plan" in steps else ()
        resources = {size: _resources(roots[size], endpoint) for size in planned}
    figures = {name: spread([one["s"] for one in found]) for name, found in measured.items()}
    cells = [
        [f"{step}, s", *(shown(figures[f"{step}|{size:,}"], 1) for size in options.sizes)]
        for step in steps
    ]
    if resources:
        counts = (f"{resources[size]:,}" for size in options.sizes)
        cells.insert(0, ["resources planned", *counts])
    headings = ["tasks", *(f"{size:,}" for size in options.sizes)]
    report(
        "terraform",
        table(headings, cells),
        {"s": figures, "resources": resources},
        samples=measured,
    )


def _generated(root: Path, size: int) -> Path:
    """Generate a pipeline of so many tasks, with code that lies where Terraform looks for it."""
    generate(root, make_manifest("layers", size))
    archive = root / "build" / "code.zip"
    archive.parent.mkdir()
    archive.write_bytes(b"of no consequence for a plan")
    code = {
        "archive": "../build/code.zip",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "runtime": "python3.13",
        "architecture": "x86_64",
    }
    infra = root / "infra"
    (infra / "code.auto.tfvars.json").write_text(json.dumps({"code": code}), encoding="utf-8")
    (infra / OVERRIDE_NAME).write_text(OVERRIDE, encoding="utf-8")
    return infra


def _timed(root: Path, step: str, endpoint: str) -> Mapping[str, float]:
    started = time.perf_counter()
    _run(root, _STEPS[step], endpoint)
    return {"s": time.perf_counter() - started}


def _resources(root: Path, endpoint: str) -> int:
    shown_plan = json.loads(_run(root, ("show", "-json", "measured.tfplan"), endpoint))
    return sum(change["mode"] == "managed" for change in shown_plan["resource_changes"])


def _run(root: Path, arguments: tuple[str, ...], endpoint: str) -> str:
    done = terraform(root, *arguments, endpoint=endpoint)
    if done.returncode:
        raise SystemExit(f"terraform {arguments[0]} in {root}: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
