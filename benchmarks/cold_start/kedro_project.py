"""The three tasks as the project that `kedro run` wants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["write_kedro_project"]

_TASKS: Final = Path(__file__).parent / "peers" / "three_tasks.py"
_FILES: Final[Mapping[str, str]] = {
    "pyproject.toml": """\
[project]
name = "small"
version = "0.1.0"

[tool.kedro]
package_name = "small"
project_name = "small"
kedro_init_version = "1.7.0"
source_dir = "src"
""",
    "conf/base/catalog.yml": """\
doubled:
  type: polars.LazyPolarsDataset
  filepath: doubled.parquet
  file_format: parquet
total:
  type: polars.LazyPolarsDataset
  filepath: total.parquet
  file_format: parquet
""",
    "conf/base/parameters.yml": "{}\n",
    "conf/local/credentials.yml": "{}\n",
    "src/small/__init__.py": '__version__ = "0.1.0"\n',
    "src/small/settings.py": "",
    "src/small/pipeline_registry.py": """\
from kedro.pipeline import Pipeline, node

from .three_tasks import add_up, count, double


def register_pipelines():
    nodes = [
        node(count, None, "numbers"),
        node(double, "numbers", "doubled"),
        node(add_up, "doubled", "total"),
    ]
    return {"__default__": Pipeline(nodes)}
""",
    "src/small/three_tasks.py": _TASKS.read_text(encoding="utf-8"),
}


def write_kedro_project(folder: Path) -> None:
    """Write the project's files."""
    for name, text in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
