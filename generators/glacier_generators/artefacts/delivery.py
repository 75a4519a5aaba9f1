"""How a build becomes visible: the archive first, then the settings that name it, and then older ones make room."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from glacier_generators.artefacts.built import BuildOptions
from glacier_generators.artefacts.handover import (
    remove_old_archives,
    settings_document,
    write_settings,
)
from glacier_generators.artefacts.images import check_image, image_commands, write_image
from glacier_generators.artefacts.packing import Packed
from glacier_generators.artefacts.targets import Target
from glacier_runtime.manifest import Manifest

__all__ = ["Delivery", "Work", "deliver"]

_PLAN_NEXT = ("terraform -chdir=infra plan",)


@dataclass(frozen=True, slots=True)
class Work:
    """What was packed, for whom, and where its place is."""

    root: Path
    manifest: Manifest
    options: BuildOptions
    target: Target
    packed: Packed
    scratch: Path

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self.manifest.pipeline

    @property
    def folder(self) -> Path:
        """Where archives are."""
        return self.root / "build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What can now be seen; the attributes are those of `Built`."""

    archive: Path | None = None
    image: Path | None = None
    too_large: bool = False
    settings: Path | None = None
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()


def deliver(work: Work) -> Delivery:
    """Put a packed build where it belongs.

    Raises:
        GenerationError: GLC833, if an image is named that cannot be recorded.
    """
    if work.options.image_uri is not None:
        return _recorded(work, work.options.image_uri)
    too_large = work.packed.unpacked_bytes > work.options.limit_bytes
    if work.options.image or too_large:
        image = work.folder / "image"
        write_image(work.packed.archive, work.packed.sha256, work.target, image, work.scratch)
        return Delivery(
            image=image,
            too_large=too_large and not work.options.image,
            next_steps=image_commands(work.pipeline, work.target, "build/image"),
        )
    return _archived(work)


def _archived(work: Work) -> Delivery:
    sha256 = work.packed.sha256
    archive = work.folder / f"{work.pipeline}-{sha256[:16]}.zip"
    work.packed.archive.replace(archive)
    os.utime(archive)  # the newest, also if it was there before
    settings = _settings(work, archive=f"../build/{archive.name}", sha256=sha256, image_uri=None)
    return Delivery(
        archive=archive,
        settings=settings,
        removed=remove_old_archives(work.folder, work.pipeline, archive),
        next_steps=_PLAN_NEXT if settings else (),
    )


def _recorded(work: Work, address: str) -> Delivery:
    note = check_image(address, work.packed.sha256, work.folder / "image")
    settings = _settings(work, archive=None, sha256=address.rpartition(":")[2], image_uri=address)
    return Delivery(
        settings=settings,
        notes=(note,) if note else (),
        next_steps=_PLAN_NEXT if settings else (),
    )


def _settings(
    work: Work, *, archive: str | None, sha256: str, image_uri: str | None
) -> Path | None:
    if work.manifest.cloud != "aws":
        return None
    document = settings_document(
        work.manifest, archive=archive, sha256=sha256, image_uri=image_uri, target=work.target
    )
    return write_settings(work.root, document, work.scratch)
