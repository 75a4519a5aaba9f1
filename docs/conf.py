"""Sphinx builds the site from these pages; `nox -s docs` calls it, strictly."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_site"))

from glacier_runtime import __version__

project = "Glacier"
author = "The Glacier developers"
project_copyright = author
release = version = __version__

extensions = [
    "myst_parser",  # the pages stay Markdown, readable where they lie
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",  # docstrings in Google's style
    "sphinxcontrib.mermaid",
    "api_pages",  # one page for each public door
]
exclude_patterns = ["_site"]
html_theme = "furo"
html_title = f"Glacier {release}"

myst_enable_extensions = ["smartquotes"]
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # `_site/signatures.py` writes them
default_role = "code"  # docstrings mark code as Markdown does
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# A reference that leads nowhere fails the build; those into other projects are names, not links, for a build needs no network.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(?!glacier_runtime)[\w.]+"),
    (r"py:.*", r".*\bR_co|~P"),  # type variables
]
