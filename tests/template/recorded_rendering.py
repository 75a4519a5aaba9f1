"""A rendering that remembers which files of the template each rendered file was made of."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copier._main import Worker

from tests.template.rendering import files_of, snapshot, without_origin

__all__ = ["Rendering", "recorded_rendering"]

_ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Rendering:
    """What a template makes of some answers.

    Attributes:
        files: The content of each rendered file, by path.
        sources: What each was made of, by path: the file of the template that bears its name first, then what that includes.
    """

    files: Mapping[str, bytes]
    sources: Mapping[str, tuple[str, ...]]


class _Recording(Worker):
    """Copier, which says what it loads."""

    def note_sources(self, sources: dict[str, tuple[str, ...]]) -> None:
        """Write down, from now on, what each file is made of."""
        load, loaded = self.jinja_env.get_template, list[str]()

        def noted(name: Any, *arguments: Any, **named: Any) -> Any:
            loaded.append(str(name))
            return load(name, *arguments, **named)

        render_file = self._render_file

        def noting(source: Path, target: Path, extra_context: Any = None) -> None:
            loaded[:] = [source.as_posix()]
            render_file(source, target, extra_context)
            sources[target.as_posix()] = tuple(dict.fromkeys(loaded))

        vars(self)["_render_file"] = noting
        vars(self.jinja_env)["get_template"] = noted


def recorded_rendering(template: Path, answers: Mapping[str, str]) -> Rendering:
    """Render a template as its working tree is, uncommitted changes included.

    Args:
        template: The template's repository.
        answers: Answers, by question; the template has defaults for the rest.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = snapshot(Path(folder) / template.name, tag="v0.0.0", root=template)
        target = Path(folder) / "rendered"
        sources: dict[str, tuple[str, ...]] = {}
        with _Recording(
            src_path=str(copy.path),
            dst_path=target,
            data=dict(answers),
            defaults=True,
            quiet=True,
            vcs_ref="HEAD",
        ) as worker:
            worker.note_sources(sources)
            worker.run_copy()
        files = files_of(target)
        if answered := files.get(_ANSWERS):
            files[_ANSWERS] = without_origin(answered)  # another one each time
    return Rendering(files, {path: sources[path] for path in files})
