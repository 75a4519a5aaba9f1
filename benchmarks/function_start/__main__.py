"""Run with `python -m benchmarks.function_start [--rounds 15]`; fetches wheels from the index."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from glacier_generators.artefacts.building import BuildOptions, Built, build

from benchmarks.function_start.project import write_data, write_project
from benchmarks.measuring import interleave, ratio, report, shown, spread, table
from glacier_runtime.deployed import read_deployed
from glacier_runtime.project import read_project

_BARE: Final = "import polars"
_FIRST_LINE: Final = "first line:"
_TASK: Final = ("-m", "glacier_runtime.run_task", "--task", "add_up", "--run-id")


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder / "project")
        builds = _builds(folder / "project")
        archive = builds["first, x86_64"][1].archive
        assert archive is not None
        with ZipFile(archive) as packed:
            packed.extractall(folder / "with bytecode")
        shutil.copytree(
            folder / "with bytecode",
            folder / "without",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        write_data(folder)
        measured = interleave(
            {
                f"{what}, {code}": partial(measure, folder, code)
                for code in ("with bytecode", "without")
                for what, measure in (("`import polars`", _import), ("first line of a task", _task))
            },
            options.rounds,
        )
    base = [result["ms"] for result in measured["`import polars`, with bytecode"]]
    times = {what: [result["ms"] for result in results] for what, results in measured.items()}
    starts = table(
        ["", "ms", f"beside `{_BARE}`"],
        [[what, shown(spread(ms), 0), shown(ratio(ms, base))] for what, ms in times.items()],
    )
    sizes = table(
        ["build", "seconds", "MB packed", "MB unpacked"],
        [
            [what, f"{s:.1f}", f"{made.size_bytes / 1e6:.1f}", f"{made.unpacked_bytes / 1e6:.1f}"]
            for what, (s, made) in builds.items()
        ],
    )
    figures = {
        "starts": {what: {"ms": spread(ms)} for what, ms in times.items()},
        "builds": {
            what: {
                "seconds": seconds,
                "size_bytes": made.size_bytes,
                "unpacked_bytes": made.unpacked_bytes,
            }
            for what, (seconds, made) in builds.items()
        },
    }
    report("function_start", f"{starts}\n\n{sizes}", figures, samples=measured)


def _builds(root: Path) -> Mapping[str, tuple[float, Built]]:
    manifest = read_deployed(read_project(root))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"

    def timed(architecture: str) -> tuple[float, Built]:
        start_s = time.perf_counter()
        made = build(root, manifest, BuildOptions(python=python, architecture=architecture))
        return time.perf_counter() - start_s, made

    return {
        "first, x86_64": timed("x86_64"),
        "again, x86_64": timed("x86_64"),
        "first, arm64": timed("arm64"),
    }


def _import(folder: Path, code: str) -> Mapping[str, float]:
    start_ns = time.monotonic_ns()
    _python(folder, code, "-c", _BARE)
    return {"ms": (time.monotonic_ns() - start_ns) / 1e6}


def _task(folder: Path, code: str) -> Mapping[str, float]:
    # What was published before is current, and would be left out.
    lake = folder / "data" / "lake"
    shutil.rmtree(lake / "_glacier", ignore_errors=True)
    (lake / "total.parquet").unlink(missing_ok=True)
    start_ns = time.monotonic_ns()
    said = _python(folder, code, *_TASK, f"run-{start_ns}")
    line = next(line for line in said.splitlines() if line.startswith(_FIRST_LINE))
    return {"ms": (int(line.removeprefix(_FIRST_LINE)) - start_ns) / 1e6}


def _python(folder: Path, code: str, *arguments: str) -> str:
    """Run a Python without any distribution on the unpacked archive, and return its standard error."""
    done = subprocess.run(
        [folder / "venv" / "bin" / "python", *arguments],
        cwd=folder,
        env={
            "GLACIER_CLOUD": "local",
            "LAMBDA_TASK_ROOT": str(folder / code),
            "PYTHONPATH": str(folder / code),
            "PYTHONDONTWRITEBYTECODE": "1",  # as where the file system is read-only
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


if __name__ == "__main__":
    main()
