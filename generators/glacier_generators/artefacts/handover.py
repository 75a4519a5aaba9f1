"""What a build leaves behind: the settings that Terraform reads, and no more archives than needed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Final

from glacier_generators.artefacts.targets import Target
from glacier_runtime.manifest import Manifest

__all__ = ["remove_old_archives", "settings_document", "write_settings"]

SETTINGS: Final = Path("infra", "code.auto.tfvars.json")
_KEPT_ARCHIVES: Final = 3


def settings_document(
    manifest: Manifest,
    *,
    archive: str | None,
    sha256: str,
    image_uri: str | None,
    target: Target,
) -> dict[str, object]:
    """Return the variables by which Terraform knows the code, and the pipeline that it is of.

    Args:
        manifest: The pipeline.
        archive: The archive's path as seen from `infra/`.
        sha256: Its digest, or the image's.
        image_uri: The image instead of an archive.
        target: What it was built for.
    """
    return {
        "code": {
            "archive": archive,
            "sha256": sha256,
            "image_uri": image_uri,
            "runtime": target.runtime,
            "architecture": target.architecture,
        },
        "manifest": _text(manifest),
    }


def _text(manifest: Manifest) -> str:
    """Return a pipeline as one text, which is the same for equal pipelines."""
    return json.dumps(
        manifest.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def write_settings(root: Path, document: dict[str, object], scratch: Path) -> Path | None:
    """Write the variables where Terraform finds them, whole or not at all.

    Args:
        root: The project's folder.
        document: The variables.
        scratch: A folder for the unfinished file, on the same file system.

    Returns:
        The file, or None for a project without `infra/`.
    """
    path = root / SETTINGS
    if not path.parent.is_dir():
        return None
    text = json.dumps(document, indent=2) + "\n"
    try:
        if path.read_text(encoding="utf-8") == text:
            return path
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    temporary = scratch / path.name
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return path


def remove_old_archives(folder: Path, pipeline: str, current: Path) -> tuple[Path, ...]:
    """Remove a pipeline's archives except the current one and the newest before it.

    Args:
        folder: Where archives are.
        pipeline: Whose archives.
        current: The one that was just built.

    Returns:
        What was removed.
    """
    ours = re.compile(re.escape(pipeline) + r"-[0-9a-f]{16}\.zip")
    others = [p for p in folder.iterdir() if ours.fullmatch(p.name) and p != current]
    others.sort(key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
    old = tuple(others[_KEPT_ARCHIVES - 1 :])
    for path in old:
        path.unlink(missing_ok=True)
    return old
