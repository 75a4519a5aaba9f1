"""What the tasks of a pipeline run: an archive, an image, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from glacier_runtime.errors import Code, GenerationError, Problem
from glacier_runtime.manifest import Manifest

__all__ = ["Wanted", "wanted"]

_IN_IMAGES: Final = frozenset({"container", "vm"})
_FUNCTION: Final = "serverless"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a build is to make.

    Attributes:
        archive: Whether something runs an archive.
        image: Whether something runs the image of the project, and none of its user's.
    """

    archive: bool
    image: bool


def wanted(manifest: Manifest, functions: str = "archive") -> Wanted:
    """Say what the tasks of a pipeline run.

    Args:
        manifest: The pipeline.
        functions: What its functions run: an `archive`, or an `image`.

    Raises:
        GenerationError: GLC822, if functions are to run an image beside tasks that need the archive, which functions then run.
    """
    in_images = _IN_IMAGES | ({_FUNCTION} if functions == "image" else frozenset())
    specs = [task.compute for task in manifest.tasks]
    image = any(spec.kind in in_images and getattr(spec, "image", None) is None for spec in specs)
    in_archives = [task.name for task in manifest.tasks if task.compute.kind not in in_images]
    if in_archives and functions == "image" and any(spec.kind == _FUNCTION for spec in specs):
        raise GenerationError(
            Problem(
                code=Code.BUILD_SETTINGS,
                message=f"functions are to run an image, and task {in_archives[0]!r} needs the archive, which functions run where there is one",
                fix='take functions = "image" out of [tool.glacier.build], or let that task run in a container',
            )
        )
    return Wanted(archive=bool(in_archives) or not image, image=image)
