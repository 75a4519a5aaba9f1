"""The whole content of a build as one archive that nobody sees yet: dependencies, runtime, project, frozen plan."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glacier_generators.artefacts.archives import append_files, digest
from glacier_generators.artefacts.bytecode import compile_below, compiler
from glacier_generators.artefacts.cache import PackedDependencies
from glacier_generators.artefacts.targets import Target
from glacier_runtime.frozen_plan import PLAN_FILE, freeze
from glacier_runtime.manifest import Manifest

__all__ = ["Packed", "pack"]


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive, and what it holds.

    Attributes:
        archive: Where it is.
        sha256: Its digest.
        size_bytes: Its size.
        files: How many files are inside.
        own_bytes: What the project, the runtime and the plan take of it, unpacked.
        unpacked_bytes: What everything takes unpacked.
    """

    archive: Path
    sha256: str
    size_bytes: int
    files: int
    own_bytes: int
    unpacked_bytes: int


def pack(
    manifest: Manifest,
    own: Mapping[str, Path],
    dependencies: PackedDependencies,
    target: Target,
    scratch: Path,
) -> Packed:
    """Add the project's files, the runtime's and the frozen plan to the dependencies.

    Args:
        manifest: The pipeline, which the plan is made from.
        own: The files of the project and the runtime, by their names in the archive.
        dependencies: What they need.
        target: What for; decides whether they are compiled here.
        scratch: Where to.
    """
    stage = scratch / "own"
    for name, source in own.items():
        copy = stage / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)  # with its mode
    (stage / PLAN_FILE).write_text(_plan(manifest), encoding="utf-8")
    if compiler(target):
        compile_below(stage)
    files = {
        path.relative_to(stage).as_posix(): path for path in stage.rglob("*") if path.is_file()
    }
    archive = scratch / "archive.zip"
    append_files(dependencies.archive, archive, files)
    own_bytes = sum(path.stat().st_size for path in files.values())
    return Packed(
        archive=archive,
        sha256=digest(archive),
        size_bytes=archive.stat().st_size,
        files=len(files) + len(dependencies.names),
        own_bytes=own_bytes,
        unpacked_bytes=own_bytes + dependencies.size_bytes,
    )


def _plan(manifest: Manifest) -> str:
    plan = freeze(manifest).model_dump(mode="json")
    return json.dumps(plan, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
