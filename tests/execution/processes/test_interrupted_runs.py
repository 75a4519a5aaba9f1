"""`glacier run`, stopped by real signals at one moment or another: stable paths are whole, nothing is left, the next run goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.execution.processes.apart_runs import as_in_a_terminal, children, gone_within

ROOT = Path(__file__).parents[3]
OLD, NEW = [1, 2, 3], [2, 4, 6]

PROJECT = '[tool.glacier]\npipeline = "flow:pipeline"\n'
FLOW = """
import os, re, time
from pathlib import Path
from typing import Annotated
import polars as pl
from pydantic import BaseModel
from glacier_runtime import Dataset, Pipeline, Provider

provider = Provider.from_env()
lake = provider.bucket("lake")

class Number(BaseModel):
    n: int

raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Number, source=True)
first = Dataset("first", storage=lake.at("first.parquet"), schema=Number)
second = Dataset("second", storage=lake.at("second.parquet"), schema=Number)
First = Annotated[pl.LazyFrame, first]
SLOW = os.environ.get("SLOW", "")

def say(word):
    if SLOW:
        Path("reached").write_text(word)

@provider.local().task(retries=1)
def load(rows: Annotated[pl.LazyFrame, raw]) -> First:
    return rows.select(pl.col("n") * 2)

def slowly(rows):
    say("slow")
    if SLOW == "python":
        time.sleep(60)
    if SLOW == "native":
        re.match(r"(a+)+$", "a" * 60 + "b")
    if SLOW == "query":
        wide = rows.join(pl.LazyFrame({"m": range(200_000)}), how="cross")
        wide = wide.join(pl.LazyFrame({"k": range(200_000)}), how="cross")
        return wide.filter(pl.col("m") * pl.col("k") % 7 == 8).select("n")
    if SLOW == "function":
        return rows.select(pl.col("n").map_elements(lambda n: time.sleep(20) or n, return_dtype=pl.Int64))
    return rows
"""
TASK = """
@provider.local({workers}).task({options})
def use(rows: First) -> Annotated[pl.LazyFrame, second]:
    return slowly(rows)

pipeline = Pipeline(name="flow", tasks=[load, use])
"""
PLACES = {
    "here": TASK.format(workers="", options="retries=1, dry_run=False"),
    "apart": TASK.format(workers="", options="timeout_s=300, dry_run=False"),
    "worker": TASK.format(workers="workers=2", options="dry_run=False"),
}


def made(root: Path, name: str) -> list[int] | None:
    file = root / "data" / "lake" / f"{name}.parquet"
    return pl.read_parquet(file)["n"].to_list() if file.exists() else None


def program(root: Path, place: str) -> dict[str, str]:
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "flow.py").write_text(FLOW + PLACES[place])
    raw = root / "data" / "lake" / "raw.parquet"
    raw.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"n": OLD}).write_parquet(raw)
    (root / "scratch").mkdir()
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(root / "scratch"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "COLUMNS": "200",
    }


def run(root: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "glacier_runtime", "run", *options],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def interrupt(
    root: Path, environment: dict[str, str], number: int, when: Callable[[], bool]
) -> tuple[int, str]:
    """Run, send a signal at some moment, and return how it ended; none of its processes may live on."""
    with subprocess.Popen(
        [sys.executable, "-m", "glacier_runtime", "run"],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_in_a_terminal,  # noqa: PLW1509 (it does nothing that could wait for another thread)
    ) as running:
        try:
            deadline = time.monotonic() + 60
            while not when() and running.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.3)
            started = children(running.pid) if running.poll() is None else []
            running.send_signal(number)
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()
    # The process that checks columns ends by itself, as soon as it wants to answer.
    assert gone_within(15.0, started)
    return running.returncode, said


def left(root: Path) -> list[str]:
    """Return files of attempts that no commit record names, and what lies in the temporary folder."""
    commits = "".join(file.read_text() for file in root.rglob("_glacier/commits/*.json"))
    attempts = [
        str(file)
        for file in root.rglob("attempts/*/*")
        if file.is_file() and file.parent.name not in commits
    ]
    return attempts + [str(path) for path in (root / "scratch").glob("glacier-*")]


@pytest.mark.parametrize(
    ("place", "slow", "number"),
    [
        ("here", "query", signal.SIGINT),
        ("here", "python", signal.SIGTERM),
        ("apart", "native", signal.SIGINT),
        ("worker", "query", signal.SIGTERM),
    ],
)
def test_a_run_that_is_stopped_leaves_everything_whole(
    place: str, slow: str, number: int, tmp_path: Path
) -> None:
    environment = program(tmp_path, place)

    code, said = interrupt(
        tmp_path, {**environment, "SLOW": slow}, number, (tmp_path / "reached").exists
    )

    assert code == 128 + number, said
    assert re.search(
        "interrupted: published first, and nothing else; go on with: glacier run --resume", said
    ), said
    assert (made(tmp_path, "first"), made(tmp_path, "second")) == (NEW, None)
    assert left(tmp_path) == []
    again = run(tmp_path, environment, "--resume")
    assert again.returncode == 0, again.stderr
    assert made(tmp_path, "second") == NEW


def test_a_query_that_cannot_be_stopped_ends_with_the_process(tmp_path: Path) -> None:
    environment = program(tmp_path, "here")
    begun_s = time.monotonic()

    code, said = interrupt(
        tmp_path, {**environment, "SLOW": "function"}, signal.SIGINT, (tmp_path / "reached").exists
    )

    assert code == 130, said
    assert "interrupted: published first, and nothing else" in said
    assert time.monotonic() - begun_s < 40  # three rows take a minute
    assert left(tmp_path) == []
    assert run(tmp_path, environment).returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("place", PLACES)
def test_a_run_can_be_stopped_at_any_moment(place: str, number: int, tmp_path: Path) -> None:
    environment = program(tmp_path, place)
    for tenths in range(0, 40, 2):
        (tmp_path / "data" / "lake" / "raw.parquet").unlink(missing_ok=True)
        factor = tenths + 1
        pl.DataFrame({"n": [factor]}).write_parquet(tmp_path / "data" / "lake" / "raw.parquet")
        before = made(tmp_path, "first"), made(tmp_path, "second")
        begun_s = time.monotonic()

        def when(start_s: float = begun_s, moment_s: float = tenths / 10) -> bool:
            return time.monotonic() - start_s > moment_s

        code, said = interrupt(tmp_path, environment, number, when)

        # While Python or a library is being imported, each ends in its own way.
        assert code in {0, 128 + number, -number} or "KeyboardInterrupt" in said, said
        assert made(tmp_path, "first") in (before[0], [2 * factor])
        assert made(tmp_path, "second") in (before[1], [2 * factor])
        assert left(tmp_path) == []
    assert run(tmp_path, environment).returncode == 0
    assert made(tmp_path, "second") == made(tmp_path, "first")
