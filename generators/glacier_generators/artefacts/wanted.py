"""What the tasks of a pipeline run: an archive, an image, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from glacier_runtime.manifest import Manifest

__all__ = ["Wanted", "wanted"]

_IN_IMAGES: Final = frozenset({"container", "vm"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a build is to make.

    Attributes:
        archive: Whether something runs an archive.
        image: Whether something runs the image of the project, and none of its user's.
    """

    archive: bool
    image: bool


def wanted(manifest: Manifest) -> Wanted:
    """Say what the tasks of a pipeline run.

    Args:
        manifest: The pipeline.
    """
    specs = [task.compute for task in manifest.tasks]
    image = any(spec.kind in _IN_IMAGES and getattr(spec, "image", None) is None for spec in specs)
    in_archives = any(spec.kind not in _IN_IMAGES for spec in specs)
    return Wanted(archive=in_archives or not image, image=image)
