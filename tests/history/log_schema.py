"""The published JSON Schema of the lines of a run log; run as a script, it is written anew."""

from __future__ import annotations

import json
from pathlib import Path

from glacier_runtime.history.documents import event_schema

__all__ = ["PUBLISHED", "render_log_schema"]

PUBLISHED = Path(__file__).parents[2] / "docs" / "run-log-v1.schema.json"


def render_log_schema() -> str:
    """Return the schema as it is published."""
    return json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(render_log_schema(), encoding="utf-8")
