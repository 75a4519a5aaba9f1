"""Generated files against what the code would generate now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.compiled import Generation
from glacier_runtime.deployed import read_deployed
from glacier_runtime.errors import Code, GlacierError, Problem
from glacier_runtime.project import Project
from glacier_runtime.workshop import workshop

__all__ = ["GeneratedFiles", "look_at_generated_files"]

_WOULD: Final = {
    "write": ("not what the code says", "glacier generate writes"),
    "merge": ("edited by hand, and behind the code", "glacier generate merges"),
    "remove": ("no longer what the code asks for", "glacier generate removes"),
}


@dataclass(frozen=True, slots=True)
class GeneratedFiles:
    """What became of generated files.

    Attributes:
        edited: Files that were edited by hand, and keep that.
        deleted: Files that were deleted by hand, and stay so.
        problems: What is not as generated, and why nothing could be generated.
    """

    edited: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def look_at_generated_files(project: Project) -> GeneratedFiles:
    """Hold generated files against the code; a project that asks for none has none.

    Args:
        project: The project.
    """
    if not project.is_generated:
        return GeneratedFiles()
    try:
        generate = workshop("generate", "glacier doctor")
        manifest = read_deployed(project, anywhere=True)
        found: Generation = generate(project.root, manifest, write=False, also=project.generators)
    except GlacierError as error:
        return GeneratedFiles(problems=error.problems)
    return GeneratedFiles(
        tuple(file.path for file in found.files if file.state == "edited"),
        tuple(file.path for file in found.files if file.state == "deleted"),
        (*_drift(project.root, found), *found.problems),
    )


def _drift(root: Path, found: Generation) -> Iterator[Problem]:
    for change, (what, fix) in _WOULD.items():
        paths = [path for path, wanted in found.changes.items() if wanted == change]
        if paths:
            yield Problem(
                code=Code.GENERATED_DRIFT,
                message=f"{what}: {', '.join(paths)}",
                fix=f"{fix} {'it' if len(paths) == 1 else 'them'}; glacier generate --diff shows how",
            )
    if not found.changes and not found.is_current:
        yield Problem(
            code=Code.GENERATED_DRIFT,
            message=f"{root.name}: what is remembered in .glacier/base is not what the code says",
            fix="glacier generate brings it up to date, and commit .glacier/",
        )
