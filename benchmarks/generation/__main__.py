"""How long generation takes: a manifest to files, and files to disk. Run with `python -m benchmarks.generation [--rounds 9]`.

The bar is one second for a pipeline of 1,000 tasks, and two where files that were edited by hand are merged.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from glacier_generators.generating import generate
from glacier_generators.terraform.aws.target import aws_files

from benchmarks.generation.manifests import SHAPES, make_manifest
from benchmarks.measuring import interleave, report, shown, spread, table
from glacier_runtime.manifest import Manifest

SIZES = (1, 10, 100, 1000)
BAR_MS = 1000
MERGING_BAR_MS = 2000
MERGED = "on disk, every task changed, every tenth edited"
MOVED = "the same, and every tenth renamed and in another file"


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            **{
                f"{shape}|{size:,}": _timed(partial(aws_files, make_manifest(shape, size)))
                for shape in SHAPES
                for size in SIZES
            },
            **{
                f"{what}|{size:,}": call
                for size in SIZES
                for what, call in _on_disk(Path(folder), size).items()
            },
        }
        measured = interleave(contenders, options.rounds)
    figures = {name: spread([one["ms"] for one in found]) for name, found in measured.items()}
    rows = dict.fromkeys(name.partition("|")[0] for name in figures)
    cells = [[row, *(shown(figures[f"{row}|{size:,}"], 1) for size in SIZES)] for row in rows]
    slowest = max(figures[f"{row}|1,000"][0] for row in rows if row not in {MERGED, MOVED})
    merging = max(figures[f"{row}|1,000"][0] for row in (MERGED, MOVED))
    verdict = (
        f"The slowest of 1,000 tasks takes {slowest / 1000:.2f} s; the bar is {BAR_MS / 1000:.0f} s. "
        f"Merging takes {merging / 1000:.2f} s; the bar is {MERGING_BAR_MS / 1000:.0f} s."
    )
    body = f"Milliseconds, by number of tasks:\n\n{table(['', *(f'{size:,}' for size in SIZES)], cells)}\n\n{verdict}"
    report("generation", body, {"ms": figures}, samples=measured)


def _timed(call: Callable[[], object]) -> Callable[[], Mapping[str, float]]:
    """Measure a call in milliseconds, the collector at rest."""

    def measure() -> Mapping[str, float]:
        gc.collect()
        gc.disable()
        start_s = time.perf_counter()
        call()
        seconds = time.perf_counter() - start_s
        gc.enable()
        return {"ms": seconds * 1e3}

    return measure


def _on_disk(folder: Path, size: int) -> dict[str, Callable[[], Mapping[str, float]]]:
    manifest = make_manifest("layers", size)
    changed = _changed(manifest)
    redescribed = manifest.model_copy(
        update={
            "tasks": tuple(
                task.model_copy(update={"description": "Other words."}) for task in manifest.tasks
            )
        }
    )
    new, kept, edited, moved = (
        folder / f"{name}-{size}" for name in ("new", "kept", "edited", "moved")
    )
    for root in (kept, edited, moved):
        generate(root, manifest)
    for root in (edited, moved):
        _edit(root / "infra" / "tasks.tf")
    _move(moved / "infra")

    def first() -> Mapping[str, float]:
        shutil.rmtree(new, ignore_errors=True)
        return _timed(partial(generate, new, manifest))()

    def one_task() -> Mapping[str, float]:
        taken = _timed(partial(generate, kept, changed))()
        generate(kept, manifest)
        return taken

    def merged(start: Path, changed: Manifest, path: str) -> Mapping[str, float]:
        work = folder / f"merged-{size}"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(start, work)
        return _timed(partial(_merge, work, changed, path))()

    return {
        "on disk, the first time": first,
        "on disk, nothing changed": _timed(partial(generate, kept, manifest)),
        "on disk, one task changed": one_task,
        MERGED: partial(merged, edited, redescribed, "infra/tasks.tf"),
        MOVED: partial(merged, moved, _renamed(redescribed), "infra/elsewhere.tf"),
    }


def _edit(file: Path) -> None:
    """Change the memory of every tenth task by hand, and say why."""
    before, *calls = file.read_text(encoding="utf-8").split('\nmodule "')
    calls[::10] = [
        call.replace("= 1024\n", "= 2048 # measured in May\n", 1) for call in calls[::10]
    ]
    file.write_text('\nmodule "'.join([before, *calls]), encoding="utf-8")


def _move(infra: Path) -> None:
    """Move every tenth call to a file that nobody generates."""
    before, *calls = (infra / "tasks.tf").read_text(encoding="utf-8").split('\nmodule "')
    # Behind the call stands the comment of the next one, if there is one.
    own = (call.rpartition("\n}\n")[0] for call in calls[::10])
    moved = "".join(f'\nmodule "{call}\n}}\n' for call in own)
    (infra / "elsewhere.tf").write_text(moved, encoding="utf-8")
    kept = [call for number, call in enumerate(calls) if number % 10]
    (infra / "tasks.tf").write_text('\nmodule "'.join([before, *kept]), encoding="utf-8")


def _renamed(manifest: Manifest) -> Manifest:
    """Give every tenth task another name, and say so."""
    names = {task.name: f"re{task.name}" for task in manifest.tasks[::10]}
    tasks = [
        task.model_copy(
            update={
                "name": names.get(task.name, task.name),
                "depends_on": tuple(names.get(needed, needed) for needed in task.depends_on),
                "renamed_from": (task.name,) if task.name in names else (),
            }
        )
        for task in manifest.tasks
    ]
    return manifest.model_copy(update={"tasks": tuple(tasks)})


def _merge(root: Path, manifest: Manifest, path: str) -> None:
    done = generate(root, manifest)
    assert done.changes[path] == "merge", done.problems


def _changed(manifest: Manifest) -> Manifest:
    *others, last = manifest.tasks
    return manifest.model_copy(
        update={"tasks": (*others, last.model_copy(update={"description": "Another word on it."}))}
    )


if __name__ == "__main__":
    main()
