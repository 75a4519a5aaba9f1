"""Beside Chalice: one function a task, each of which reads one object and writes another. Run with
`python -m benchmarks.generation.chalice [--rounds 5] [--environments FOLDER]`.

Chalice's own road is the model of ours, and its Terraform what a user of it would apply: `chalice package --pkg-format terraform`, with
the policy that it makes of the code (`autogen_policy`). Both are whole commands, each in a process of its own; Chalice's packs its
archive as well, ours reads the pipeline in a process of its own. checkov judges both; it does not read Terraform as JSON, so
Chalice's is written as HCL for it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from glacier_generators.hcl.syntax import Attribute, Block, Body, Reference, render

from benchmarks.environments import HOME, at_hand
from benchmarks.measuring import cannot_run, interleave, report, shown, spread, table

SIZES = (1, 10, 50)
PEERS: Final = ("Chalice", "checkov")

_OURS_HEAD = '''\
"""Tasks that each read one dataset and write another."""

from typing import Annotated

import polars as pl
from glacier_runtime import Dataset, Pipeline, Provider

provider = Provider.from_env()
lake = provider.bucket("lake")
'''
_OUR_TASK = '''
raw_{n} = Dataset("raw_{n}", storage=lake.at("raw/{n}.parquet"), source=True)
made_{n} = Dataset("made_{n}", storage=lake.at("made/{n}.parquet"))


@provider.serverless(memory_mib=1024, timeout_s=300).task
def make_{n}(raw: Annotated[pl.LazyFrame, raw_{n}]) -> Annotated[pl.LazyFrame, made_{n}]:
    """Copy a table."""
    return raw
'''
_SETTINGS = '[project]\nname = "beside"\n\n[tool.glacier]\npipeline = "beside:pipeline"\ncloud = "aws"\n\n[tool.glacier.aws]\nregion = "eu-central-1"\n'

_THEIRS_HEAD = """\
import boto3
from chalice import Chalice

app = Chalice(app_name="beside")
s3 = boto3.client("s3")
"""
_THEIR_TASK = """

@app.lambda_function(name="make_{n}")
def make_{n}(event, context):
    raw = s3.get_object(Bucket="lake", Key="raw/{n}.parquet")["Body"].read()
    s3.put_object(Bucket="lake", Key="made/{n}.parquet", Body=raw)
"""
_CONFIG = {"version": "2.0", "app_name": "beside", "stages": {"dev": {"autogen_policy": True}}}


def main() -> None:
    """Measure, count, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--environments", type=Path, default=HOME, help="where they are kept")
    options = parser.parse_args()
    peers = at_hand(PEERS, options.environments)
    if peers.missing:
        raise cannot_run("; ".join(f"{name} {why}" for name, why in peers.missing.items()))
    chalice, checkov = (peers.commands[name] / name.lower() for name in PEERS)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        calls = {
            f"{tool}|{size}": call
            for size in options.sizes
            for tool, call in _contenders(here, size, chalice).items()
        }
        measured = interleave(calls, options.rounds)
        found = {name: _judged(here, name, checkov) for name in calls}
    figures = {name: spread([one["s"] for one in times]) for name, times in measured.items()}
    rows = [
        [name.replace("|", ", "), shown(figures[name]), *map(str, found[name].values())]
        for name in sorted(calls, key=lambda name: (name[0], int(name.partition("|")[2])))
    ]
    headings = ["functions", "s", *next(iter(found.values()))]
    told = {"s": figures, "found": found}
    report("chalice", table(headings, rows), told, samples=measured, peers=peers.titles)


def _contenders(
    folder: Path, size: int, chalice: Path
) -> dict[str, Callable[[], Mapping[str, float]]]:
    """Write a project of so many functions for each tool, and return what generates from it."""
    ours, theirs = folder / f"ours-{size}", folder / f"theirs-{size}"
    _write_ours(ours, size)
    _write_theirs(theirs, size)
    package = (str(chalice), "package", "--pkg-format", "terraform", "out")
    return {
        "Glacier": partial(_timed, ours, (sys.executable, "-m", "glacier_runtime", "generate")),
        "Chalice": partial(_timed, theirs, package),
    }


def _write_ours(folder: Path, size: int) -> None:
    folder.mkdir()
    tasks = "".join(_OUR_TASK.format(n=n) for n in range(size))
    names = ", ".join(f"make_{n}" for n in range(size))
    end = f'\n\npipeline = Pipeline([{names}], name="beside")\n'
    (folder / "beside.py").write_text(_OURS_HEAD + tasks + end, encoding="utf-8")
    (folder / "pyproject.toml").write_text(_SETTINGS, encoding="utf-8")


def _write_theirs(folder: Path, size: int) -> None:
    (folder / ".chalice").mkdir(parents=True)
    (folder / ".chalice" / "config.json").write_text(json.dumps(_CONFIG), encoding="utf-8")
    (folder / "requirements.txt").write_text("", encoding="utf-8")
    tasks = "".join(_THEIR_TASK.format(n=n) for n in range(size))
    (folder / "app.py").write_text(_THEIRS_HEAD + tasks, encoding="utf-8")


def _timed(folder: Path, command: tuple[str, ...]) -> Mapping[str, float]:
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return {"s": time.perf_counter() - started}


def _judged(folder: Path, name: str, checkov: Path) -> dict[str, int]:
    """Count what checkov says of what a tool generated."""
    tool, _, size = name.partition("|")
    if tool == "Glacier":
        root = folder / f"ours-{size}" / "infra"
    else:
        root = folder / f"theirs-{size}" / "hcl"
        _as_hcl(folder / f"theirs-{size}" / "out" / "chalice.tf.json", root)
    settings = ("--framework", "terraform", "--skip-download", "--compact")
    done = subprocess.run(
        [checkov, "--directory", root, *settings, "--soft-fail", "--output", "json"],
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE"},
        stdout=subprocess.PIPE,
        check=True,
    )
    said = json.loads(done.stdout)["summary"]
    return {name: said[name] for name in ("passed", "failed", "skipped")}


def _as_hcl(source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    document = json.loads(source.read_text(encoding="utf-8"))
    body: Body = list(_blocks(document["resource"]))
    (folder / "main.tf").write_text(render(body), encoding="utf-8")


def _blocks(resources: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[Block]:
    for kind, named in resources.items():
        for name, arguments in named.items():
            written: Body = [Attribute(key, _value(value)) for key, value in arguments.items()]
            yield Block("resource", (kind, name), written)


def _value(value: Any) -> Any:
    """Return what refers to something as Terraform reads it, rather than as text."""
    refers = isinstance(value, str) and "${" in value
    return Reference(json.dumps(value)) if refers else value


if __name__ == "__main__":
    main()
