"""The published JSON Schema of the manifest, and one manifest kept as an example; run as a script, it writes both anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parent / "data"
EXAMPLE = DATA / "weather_station.json"
PUBLISHED = Path(__file__).parents[2] / "docs" / "manifest-v1.schema.json"


def render_manifest_schema() -> str:
    """Return the schema as it is published."""
    return _analyze("--json-schema", folder=DATA)


def render_manifest(folder: Path = DATA, *, hash_seed: str = "0") -> str:
    """Return the manifest of the example pipeline that lies in a folder."""
    return _analyze("weather_station:pipeline", "--json", folder=folder, hash_seed=hash_seed)


def _analyze(*arguments: str, folder: Path, hash_seed: str = "0") -> str:
    return subprocess.run(
        [sys.executable, "-m", "glacier_runtime", "analyze", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ).stdout


if __name__ == "__main__":
    PUBLISHED.write_text(render_manifest_schema(), encoding="utf-8")
    EXAMPLE.write_text(render_manifest(), encoding="utf-8")
