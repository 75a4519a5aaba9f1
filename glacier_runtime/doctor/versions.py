"""Versions that have to agree: the runtime that runs, the one that the project says, the template, and tools named twice."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

import glacier_runtime
from glacier_runtime.doctor.recorded import ANSWERS, Recorded
from glacier_runtime.errors import Code, Place, Problem

__all__ = ["look_at_versions"]

_UPDATE: Final = "nox -s update"
_HOOKS: Final = ".pre-commit-config.yaml"
_REPOSITORY: Final = re.compile(r"^(?:[\w.+-]+://|[\w.-]+@[\w.-]+:|g[hl]:|git\+|/|~|[A-Za-z]:\\)")


def look_at_versions(root: Path, recorded: Recorded) -> Iterator[Problem]:
    """Yield what does not belong together.

    Args:
        root: The project's folder.
        recorded: What the template wrote down.

    Raises:
        OSError: If a file cannot be read.
    """
    pyproject = _pyproject(root)
    looks = {"vendored": _vendored, "git": _pinned, "index": _from_index}
    source = recorded.answers.get("runtime_source")
    if source in looks:
        yield from looks[source](root, recorded, pyproject)
    if recorded.answers:
        yield from _origin(root, recorded)
        yield from _cloud(root, recorded, pyproject)
    yield from _hooks(root, pyproject)


def _vendored(root: Path, recorded: Recorded, _: Mapping[str, Any]) -> Iterator[Problem]:
    own = root / "vendor" / "glacier_runtime"
    if not (own / "__init__.py").is_file():
        return
    running = Path(glacier_runtime.__file__).parent
    if running.resolve() != own.resolve():
        yield _out_of_step(
            f"the glacier that runs is the one in {running}, and the project brings its own in vendor/",
            "run it by nox, or in an environment of the project: python -m pip install --editable .",
        )
    version = _version_in((own / "__init__.py").read_text(encoding="utf-8", errors="replace"))
    if recorded.runtime is not None and version != recorded.runtime:
        yield _out_of_step(
            f"vendor/ holds the runtime {version or 'of no version'}, and the template is the one of {recorded.runtime}",
            f"update both at once: {_UPDATE}",
        )


def _pinned(root: Path, recorded: Recorded, pyproject: Mapping[str, Any]) -> Iterator[Problem]:
    pin = _requirement(pyproject).rpartition("@")[2].strip()
    place = _line_of(root / "pyproject.toml", "glacier-runtime")
    if recorded.commit is not None and pin != recorded.commit:
        yield _out_of_step(
            f"pyproject.toml takes the runtime of commit {pin or 'nothing'}, and the template is the one of {recorded.commit}",
            f"put the template's commit there, or update both at once: {_UPDATE}",
            place,
        )
    installed = _installed_commit()
    if pin and installed is not None and installed != pin:
        yield _out_of_step(
            f"the runtime of commit {installed} is installed, and pyproject.toml asks for {pin}",
            "install the project again: python -m pip install --editable . (nox does it itself)",
            place,
        )


def _from_index(root: Path, recorded: Recorded, pyproject: Mapping[str, Any]) -> Iterator[Problem]:
    requirement = _requirement(pyproject)
    place = _line_of(root / "pyproject.toml", "glacier-runtime")
    found = re.search(r"~=\s*(\d+(?:\.\d+)+)", requirement)
    if recorded.runtime is not None and (found is None or found[1] != recorded.runtime):
        yield _out_of_step(
            f"pyproject.toml asks for {requirement or 'no glacier-runtime'}, and the template is the one of {recorded.runtime}",
            f"write ~={recorded.runtime} there, or update both at once: {_update_to(found[1] if found else '', recorded.runtime)}",
            place,
        )
    running = glacier_runtime.__version__
    if found is not None and not _is_compatible(running, found[1]):
        yield _out_of_step(
            f"the glacier that runs is {running}, and pyproject.toml asks for {requirement}",
            "install the project again: python -m pip install --editable . (nox does it itself)",
            place,
        )


def _update_to(version: str, rendered_by: str) -> str:
    """Return the command that moves template and runtime; over a major version only who means it goes."""
    later = _major(version) > _major(rendered_by)
    return f"{_UPDATE} -- --major, which goes on to the next major version" if later else _UPDATE


def _origin(root: Path, recorded: Recorded) -> Iterator[Problem]:
    place = Place(str(root / ANSWERS), 1)
    if "_commit" not in recorded.answers:
        yield _out_of_step(
            f"{ANSWERS} records no version of the template, so that no update knows where to begin",
            "it was rendered from a folder without git: write _commit: and the tag that is nearest to it, and commit",
            place,
        )
    source = recorded.answers.get("_src_path", "")
    if source and not _REPOSITORY.match(source):
        yield _out_of_step(
            f"{ANSWERS} finds the template at {source!r:.200}, which is another place from every other folder",
            "write the whole address as _src_path: an absolute path, gh:owner/name, or a URL",
            place,
        )


def _cloud(root: Path, recorded: Recorded, pyproject: Mapping[str, Any]) -> Iterator[Problem]:
    answer = recorded.answers.get("cloud", "none")
    table = _table(pyproject, "tool", "glacier")
    named = table.get("cloud", "none")
    if answer != named:
        yield _out_of_step(
            f"pyproject.toml deploys to {named}, and the template was rendered for {answer}",
            f"nox -s update, then: copier update --vcs-ref :current: --data cloud={named}; or put cloud back in [tool.glacier]",
            _line_of(root / "pyproject.toml", "[tool.glacier]"),
        )


def _hooks(root: Path, pyproject: Mapping[str, Any]) -> Iterator[Problem]:
    """Compare the pins of git's hooks with those of the lint session: two versions of black undo each other's work."""
    file = root / _HOOKS
    group = _table(pyproject, "dependency-groups").get("lint", [])
    pinned = {_name(pin): pin for pin in group if isinstance(pin, str)}
    if not file.is_file():
        return
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        found = re.match(r"""\s*additional_dependencies:\s*\[\s*["']([^"']+)["']""", line)
        if found and pinned.get(_name(found[1]), found[1]) != found[1]:
            yield _out_of_step(
                f"{_HOOKS} asks for {found[1]}, and the group lint of pyproject.toml for {pinned[_name(found[1])]}",
                "write the same in both",
                Place(str(file), number),
            )


def _out_of_step(message: str, fix: str, place: Place | None = None) -> Problem:
    return Problem(code=Code.OUT_OF_STEP, message=message, fix=fix, place=place)


def _pyproject(root: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}  # missing, or unreadable: others say so


def _table(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = document.get(name)
        document = found if isinstance(found, dict) else {}
    return document


def _requirement(pyproject: Mapping[str, Any]) -> str:
    dependencies = _table(pyproject, "project").get("dependencies", [])
    return next((line for line in dependencies if _name(str(line)) == "glacier-runtime"), "")


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found[0].lower().replace("_", "-") if found else ""


def _is_compatible(version: str, asked: str) -> bool:
    """Say whether a version satisfies `~=`: not older, and alike but for the last number."""
    have, want = _numbers(version), _numbers(asked)
    return have >= want and have[: len(want) - 1] == want[:-1]


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def _major(version: str) -> tuple[int, ...]:
    """Return what stays the same as long as nothing breaks; until 1.0 the second number counts, too."""
    numbers = _numbers(version)
    return numbers[:1] if numbers and numbers[0] else numbers[:2]


def _version_in(source: str) -> str | None:
    found = re.search(r"""(?m)^__version__ = ["']([^"']+)["']""", source)
    return found[1] if found else None


def _installed_commit() -> str | None:
    """Return the commit that the runtime was installed from, if it was installed from a repository."""
    try:
        told: Any = json.loads(distribution("glacier-runtime").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    commit = told.get("vcs_info", {}).get("commit_id")
    return commit if isinstance(commit, str) else None


def _line_of(file: Path, text: str) -> Place | None:
    if not file.is_file():
        return None
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    number = next((n for n, line in enumerate(lines, start=1) if text in line), None)
    return Place(str(file), number) if number is not None else None
