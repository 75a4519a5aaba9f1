"""The generator `docs`: pages about a pipeline, in Markdown that forges show as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from glacier_generators.docs.dataset_pages import dataset_pages
from glacier_generators.docs.pipeline_page import pipeline_page
from glacier_generators.docs.subject import subject_of
from glacier_generators.docs.task_pages import task_pages
from glacier_generators.plan.coherence import incoherences
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest

__all__ = ["FOLDER", "docs_files"]

FOLDER: Final = "docs/reference"


def docs_files(manifest: Manifest) -> Mapping[str, str]:
    """Write the pages about a pipeline: the same bytes for the same manifest, wherever it runs.

    Args:
        manifest: The pipeline.

    Returns:
        Pages by their path from the project's root.

    Raises:
        GenerationError: GLC801, if the manifest contradicts itself.
    """
    if problems := incoherences(manifest):
        raise GenerationError(problems)
    subject = subject_of(manifest)
    pages = {"pipeline.md": pipeline_page(subject), **dataset_pages(subject), **task_pages(subject)}
    return {f"{FOLDER}/{name}": "\n".join([*lines, ""]) for name, lines in sorted(pages.items())}
