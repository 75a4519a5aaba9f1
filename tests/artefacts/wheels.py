"""Wheels of distributions that do not exist elsewhere, and the traces that an installed one leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

__all__ = ["install", "make_wheel"]


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    files: Mapping[str, bytes] | None = None,
    says_version: str | None = None,
) -> Path:
    """Write a wheel.

    Args:
        folder: Where to.
        name: The distribution, which is also its module.
        version: What the file's name says.
        requires: What it needs.
        tag: What it runs on.
        files: What it holds beside one empty module.
        says_version: What its metadata says; by default the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    record = f"{name}-{version}.dist-info"
    content = {
        f"{name}.py": f"VERSION = {version!r}\n".encode(),
        **(files or {}),
        f"{record}/METADATA": _metadata(name, says_version or version, requires),
        f"{record}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    listed = "".join(f"{file},,\n" for file in [*content, f"{record}/RECORD"])
    with ZipFile(path, "w", ZIP_DEFLATED) as wheel:
        for file, data in {**content, f"{record}/RECORD": listed.encode()}.items():
            wheel.writestr(file, data)
    return path


def install(
    folder: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    direct_url: Mapping[str, object] | None = None,
) -> None:
    """Make an importable folder look as if a distribution were installed there."""
    record = folder / f"{name}-{version}.dist-info"
    record.mkdir(parents=True, exist_ok=True)
    (record / "METADATA").write_bytes(_metadata(name, version, requires))
    if direct_url is not None:
        (record / "direct_url.json").write_text(json.dumps(direct_url), encoding="utf-8")


def _metadata(name: str, version: str, requires: Sequence[str]) -> bytes:
    needs = "".join(f"Requires-Dist: {item}\n" for item in requires)
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode()
