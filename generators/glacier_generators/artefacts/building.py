"""`glacier build`: from a project and its manifest to an archive, or to an image's content.

    pyproject.toml ─► closure ─► wheels ─► cached archive ┐
    src/, runtime, frozen plan ─────────► staged, compiled ┴─► archive ─► infra/code.auto.tfvars.json

Everything is made below `build/.cache` and appears by one rename; what stood before stands until then.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from glacier_generators.artefacts.built import BuildOptions, Built
from glacier_generators.artefacts.bytecode import compiler
from glacier_generators.artefacts.cache import Order, packed_dependencies
from glacier_generators.artefacts.delivery import Work, deliver
from glacier_generators.artefacts.dependencies import close, installed_here, roots
from glacier_generators.artefacts.inspection import binary_faults
from glacier_generators.artefacts.packing import pack
from glacier_generators.artefacts.settings import read_settings
from glacier_generators.artefacts.sources import (
    imported_modules,
    missing_code,
    project_files,
    runtime_files,
)
from glacier_generators.artefacts.targets import Target, asked_python, choose_target
from glacier_generators.artefacts.wanted import wanted
from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.frozen_plan import PLAN_FILE
from glacier_runtime.manifest import Manifest

__all__ = ["BuildOptions", "Built", "build"]

Observe = Callable[[str], None]


def build(
    root: Path,
    manifest: Manifest,
    options: BuildOptions | None = None,
    *,
    observe: Observe = lambda _: None,
    **asked: Any,
) -> Built:
    """Make what a function runs: the same inputs give the same bytes.

    Args:
        root: The project's folder.
        manifest: Its pipeline.
        options: What is asked for.
        observe: Told what takes time, while it happens.
        asked: Further fields of `BuildOptions`, from a command line that comes through an entry point and knows no types.

    Returns:
        What was made.

    Raises:
        GenerationError: GLC821 to GLC833. The archive and the settings of the previous build stand.
    """
    options = replace(options or BuildOptions(), **asked)
    root = root.resolve()
    try:
        with _workbench(root / "build") as scratch:
            return _build(root, manifest, options, scratch, observe)
    except (OSError, shutil.Error) as error:
        raise GenerationError(
            Problem(
                code=Code.BUILD_FAILED,
                message=f"the build could not read or write its files: {error}",
                fix="make room or mend permissions, and build again; the previous archive stands",
            )
        ) from error


@contextmanager
def _workbench(folder: Path) -> Generator[Path]:
    """Hold the project's lock, and a folder for what is unfinished; leftovers of killed builds are removed."""
    cache = folder / ".cache"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GenerationError(
                Problem(
                    code=Code.BUILD_BUSY,
                    message=f"another build is running in {folder}",
                    fix="wait until it has ended",
                )
            ) from None
        for leftover in cache.glob("unfinished-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        scratch = cache / f"unfinished-{uuid4().hex}"
        scratch.mkdir()
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _build(
    root: Path, manifest: Manifest, options: BuildOptions, scratch: Path, observe: Observe
) -> Built:
    settings = read_settings(root)
    python = asked_python(options.python, manifest)
    target = choose_target(python, options.architecture, settings.requires_python)
    project = project_files(root, manifest, settings.pipeline)
    start = roots(settings, manifest.cloud, imported_modules(project))
    closure = close(start.requirements, target, installed_here, settings.exclude)
    faults = [*closure.problems, *binary_faults(project.items(), target)]
    if faults:
        raise GenerationError(faults)
    order = Order(closure.pins, start.requirements, settings.exclude, target)
    dependencies = packed_dependencies(
        order, root / "build" / ".cache" / "dependencies", scratch, observe
    )
    own = {**runtime_files(), **project}
    _check_content(manifest, project, own, dependencies.names)
    observe("packing the project")
    packed = pack(manifest, own, dependencies, target, scratch)
    work = Work(
        root, manifest, options, target, packed, scratch, wanted(manifest, settings.functions)
    )
    delivery = deliver(work)
    notes = delivery.notes if compiler(target) else (_not_compiled(target), *delivery.notes)
    return Built(
        root=root,
        pipeline=manifest.pipeline,
        runtime=target.runtime,
        architecture=target.architecture,
        archive=delivery.archive,
        image=delivery.image,
        image_uri=delivery.image_uri,
        too_large=delivery.too_large,
        sha256=packed.sha256,
        size_bytes=packed.size_bytes,
        unpacked_bytes=packed.unpacked_bytes,
        files=packed.files,
        own_bytes=packed.own_bytes,
        parts=dependencies.parts,
        left_out=start.left_out,
        settings=delivery.settings,
        removed=delivery.removed,
        notes=notes,
        next_steps=delivery.next_steps,
    )


def _not_compiled(target: Target) -> str:
    return (
        f"without bytecode, so every cold start compiles: build with Python {target.python} itself"
    )


def _check_content(
    manifest: Manifest,
    project: Iterable[str],
    own: Iterable[str],
    dependencies: frozenset[str],
) -> None:
    runtime = {name for name in runtime_files() if name in set(project)}
    twice = sorted(runtime | ({*own, PLAN_FILE} & dependencies) | ({PLAN_FILE} & set(project)))
    problems = missing_code(manifest, {*own, *dependencies})
    problems += [
        Problem(
            code=Code.CODE_COLLIDES,
            message=f"{name} is in the project and in something that it is shipped with",
            fix="rename the project's module, which hides the other one",
        )
        for name in twice
    ]
    if problems:
        raise GenerationError(problems)
