"""How a build becomes visible: the archive first, then the settings that name it, and then older ones make room."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from glacier_generators.artefacts.built import BuildOptions
from glacier_generators.artefacts.handover import (
    remove_old_archives,
    settings_document,
    write_settings,
)
from glacier_generators.artefacts.images import (
    check_image,
    image_commands,
    tagged,
    write_image,
)
from glacier_generators.artefacts.packing import Packed
from glacier_generators.artefacts.targets import Target
from glacier_generators.artefacts.wanted import Wanted
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
    wanted: Wanted

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self.manifest.pipeline

    @property
    def folder(self) -> Path:
        """Where archives are."""
        return self.root / "build"

    @property
    def is_too_large(self) -> bool:
        """Whether functions could not run it as an archive."""
        return self.packed.unpacked_bytes > self.options.limit_bytes

    @property
    def archive_stands(self) -> bool:
        """Whether functions run an archive, whatever containers run."""
        return self.wanted.archive and not self.options.image and not self.is_too_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What can now be seen; the attributes are those of `Built`."""

    archive: Path | None = None
    image: Path | None = None
    image_uri: str | None = None
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
    if work.archive_stands and not work.wanted.image:
        return _archived(work, None)
    image = work.folder / "image"
    write_image(work.packed.archive, work.packed.sha256, work.target, image, work.scratch)
    if work.options.repository is not None and work.wanted.image:
        return replace(_pushed_to(work, work.options.repository()), image=image)
    commands = image_commands(work.pipeline, work.target, "build/image", work.packed.sha256)
    if work.archive_stands:
        return replace(_archived(work, None), image=image, next_steps=commands)
    is_surprise = work.wanted.archive and not work.options.image
    return Delivery(image=image, too_large=is_surprise, next_steps=commands)


def _archived(work: Work, image_uri: str | None) -> Delivery:
    sha256 = work.packed.sha256
    archive = work.folder / f"{work.pipeline}-{sha256[:16]}.zip"
    work.packed.archive.replace(archive)
    os.utime(archive)  # the newest, also if it was there before
    address = f"../build/{archive.name}"
    settings = _settings(work, archive=address, sha256=sha256, image_uri=image_uri)
    return Delivery(
        archive=archive,
        image_uri=image_uri,
        settings=settings,
        removed=remove_old_archives(work.folder, work.pipeline, archive),
        next_steps=_PLAN_NEXT if settings else (),
    )


def _pushed_to(work: Work, repository: str) -> Delivery:
    address, sha256 = tagged(repository, work.packed.sha256), work.packed.sha256
    if work.archive_stands:
        return _archived(work, address)
    settings = _settings(work, archive=None, sha256=sha256, image_uri=address)
    return Delivery(image_uri=address, settings=settings)


def _recorded(work: Work, address: str) -> Delivery:
    note = check_image(address, work.packed.sha256, work.folder / "image")
    notes = (note,) if note else ()
    # Where something runs an archive and something else an image, both are what is deployed.
    if work.archive_stands and work.wanted.image:
        return replace(_archived(work, address), notes=notes)
    settings = _settings(work, archive=None, sha256=address.rpartition(":")[2], image_uri=address)
    steps = _PLAN_NEXT if settings else ()
    return Delivery(image_uri=address, settings=settings, notes=notes, next_steps=steps)


def _settings(
    work: Work, *, archive: str | None, sha256: str, image_uri: str | None
) -> Path | None:
    if work.manifest.cloud != "aws":
        return None
    document = settings_document(
        work.manifest, archive=archive, sha256=sha256, image_uri=image_uri, target=work.target
    )
    return write_settings(work.root, document, work.scratch)
