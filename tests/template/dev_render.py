"""`nox -s dev-render`: a project rendered from the working tree, kept in step with it; edits of it are ported to the template.

`-- --data cloud=aws --data example=orders` are its answers. It lies in build/dev-render; `--once` looks once and does not watch.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.template.porting import NotPorted, ported
from tests.template.recorded_rendering import Rendering, recorded_rendering
from tests.template.rendering import GIT_IDENTITY, ROOT, files_of

__all__ = ["DevRender", "look"]

_WATCHED = ("copier.yml", "template", "glacier_runtime", "generators")
_DATE = "2000-01-01T00:00:00Z"
_TOLD_BY_ALL = (".template-files.json", ".copier-answers.yml")
_NOT_RENDERED = re.compile(
    r"(?:^|/)(?:\.git|\.nox|\.venv|build|__pycache__|\.\w+_cache|_glacier)(?:/|$)"
)
# What the generator wrote for an example: `nox -s regenerate` would write it again.
_GENERATED = re.compile(r"^template/.*/infra/.*\.jinja$")


@dataclass(frozen=True)
class DevRender:
    """A rendered copy, and what it is a copy of.

    Attributes:
        template: The template's repository.
        answers: Answers, by question.
        copy: The folder that is worked in.
        pristine: The same as it was rendered last.
    """

    template: Path
    answers: Mapping[str, str]
    copy: Path
    pristine: Path

    def rendered(self) -> Rendering:
        """Render the working tree."""
        return recorded_rendering(self.template, self.answers)


def look(work: DevRender) -> tuple[str, ...]:
    """Port what was edited in the copy, and bring in what changed in the template.

    Returns:
        What was done, and what could not be, a line or a hunk each.
    """
    if not work.pristine.is_dir():
        now = work.rendered()
        shutil.rmtree(work.copy, ignore_errors=True)
        for folder in (work.copy, work.pristine):
            _write(folder, now.files)
        return (f"rendered {len(now.files)} files into {work.copy}",)
    was, mine = files_of(work.pristine), files_of(work.copy)
    edited = {path: mine[path] for path in was if path in mine and mine[path] != was[path]}
    said = [
        *(f"{path} is new here: write it below template/, too" for path in _new(was, mine)),
        *(
            f"{path} is gone here: remove it below template/, too"
            for path in was
            if path not in mine
        ),
    ]
    now = work.rendered()
    for path, content in edited.items():
        now, told = _port(work, now, path, content)
        said += told
    return (*said, *_bring_in(work, was, mine, now))


def _new(was: Mapping[str, bytes], mine: Mapping[str, bytes]) -> Iterator[str]:
    return (path for path in mine if path not in was and not _NOT_RENDERED.search(path))


def _port(
    work: DevRender, now: Rendering, path: str, edited: bytes
) -> tuple[Rendering, tuple[str, ...]]:
    """Carry one file's edits to the template; if what that renders is not the file as it was edited, take them back."""
    if now.files.get(path) == edited:
        return now, ()  # the template was changed by hand, to the same
    try:
        before = _sources(work, now, path)
        after = _changed(now.files[path], edited, before)
    except NotPorted as error:
        return now, (f"{path} was not ported: {error}",)
    for name, content in after.items():
        (work.template / name).write_bytes(content)
    try:
        again = work.rendered()
        is_same, why = again.files.get(path) == edited, "the template would render another file"
    except Exception as error:  # noqa: BLE001 (whatever Jinja thinks of a line)
        again, is_same, why = now, False, f"the template would not render any more: {error}"
    if not is_same:
        for name in after:
            (work.template / name).write_bytes(before[name])
        return now, (f"{path} was not ported, and its source is as it was: {why}",)
    others = sorted(
        name
        for name in again.files
        if again.files[name] != now.files.get(name) and name not in {path, *_TOLD_BY_ALL}
    )
    also = f"; that changes {', '.join(others)}, too" if others else ""
    return again, (f"{path} was ported to {', '.join(after)}{also}",)


def _sources(work: DevRender, now: Rendering, path: str) -> dict[str, bytes]:
    if path not in now.files or path in _TOLD_BY_ALL:
        raise NotPorted("the template makes it of other files")
    names = now.sources[path]
    if any(map(_GENERATED.match, names)):
        raise NotPorted("the generator writes it: change that, then nox -s regenerate")
    return {name: (work.template / name).read_bytes() for name in names}


def _changed(old: bytes, new: bytes, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the sources that change; a file that is copied as it is, text or not, becomes what it was made."""
    (first, content), *others = sources.items()
    if not others and content == old and not first.endswith(".jinja"):
        return {first: new}
    try:
        texts = {name: text.decode() for name, text in sources.items()}
        changed = ported(old.decode(), new.decode(), texts)
    except UnicodeDecodeError:
        raise NotPorted("it is no text") from None
    return {name: text.encode() for name, text in changed.items()}


def _bring_in(
    work: DevRender, was: Mapping[str, bytes], mine: Mapping[str, bytes], now: Rendering
) -> Iterator[str]:
    """Bring the copy in step; what was edited there and could not be ported stays."""
    for path in sorted({*was, *now.files}):
        old, new = was.get(path), now.files.get(path)
        if old == new or mine.get(path) == new:
            continue
        if mine.get(path) != old:
            yield f"{path} stays as you have it, and the template changed it meanwhile"
        elif new is None:
            (work.copy / path).unlink()
            yield f"{path} is no longer rendered"
        else:
            _write(work.copy, {path: new})
            yield f"{path} was rendered anew"
    shutil.rmtree(work.pristine)
    _write(work.pristine, now.files)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def main(arguments: list[str]) -> int:
    """Keep a rendered copy in step until somebody interrupts."""
    parser = argparse.ArgumentParser(prog="nox -s dev-render --", description=__doc__)
    parser.add_argument("--data", metavar="NAME=VALUE", action="append", default=[])
    parser.add_argument("--once", action="store_true", help="look once, and do not watch")
    parser.add_argument("--new", action="store_true", help="throw away the copy of before")
    asked = parser.parse_args(arguments)
    # The same files are the same commit, whenever they are rendered: `runtime_source=git` writes it into pyproject.toml.
    os.environ.update(GIT_IDENTITY, GIT_AUTHOR_DATE=_DATE, GIT_COMMITTER_DATE=_DATE)
    answers = dict(pair.partition("=")[::2] for pair in asked.data)
    build = ROOT / "build"
    work = DevRender(ROOT, answers, build / "dev-render", build / ".dev-render")
    if asked.new:
        shutil.rmtree(work.pristine, ignore_errors=True)
    print(*look(work), sep="\n")  # noqa: T201
    if not asked.once:
        _watch(work)
    return 0


def _watch(work: DevRender) -> None:
    from watchfiles import watch

    watched = [work.template / name for name in _WATCHED]
    for _ in watch(*watched, work.copy, raise_interrupt=False):
        if said := look(work):
            print(*said, sep="\n", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
