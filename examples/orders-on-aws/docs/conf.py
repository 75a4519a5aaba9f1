"""Sphinx builds a site of the Markdown in this folder; `nox -s docs` calls it, and every warning fails."""

import tomllib
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
PYPROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))

project = html_title = PYPROJECT["project"]["name"]
extensions = [
    "myst_parser",  # pages stay Markdown, which forges show as they are
    "sphinxcontrib.mermaid",  # pictures are drawn in the reader's browser, as forges do
]
html_theme = "furo"
html_show_copyright = False
smartquotes = False  # names and rules read as they are written in the code

myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 2  # sections have the addresses that forges give them

# Who turned docs on later has the generated pages first.
root_doc = "index" if (HERE / "index.md").is_file() else "reference/pipeline"
CONTENTS = "\n\n```{toctree}\n:glob:\n:hidden:\n\n/**\n```\n"


def add_contents(_app: Sphinx, page: str, text: list[str]) -> None:
    """Put every page into the contents, unless the first one lists them itself."""
    if page == root_doc and "{toctree}" not in text[0]:
        text[0] += CONTENTS


def setup(app: Sphinx) -> None:
    """Let Sphinx call what is above."""
    app.connect("source-read", add_contents)
