"""The reference: a page for each public door, and one for what their names give back. Nothing is listed by hand."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import indent
from types import ModuleType
from typing import Any, Final, get_args, get_type_hints

from docutils import nodes
from signatures import as_written, hide_colon, show_colon
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.logging import getLogger

from glacier_runtime.doors import DOORS

_FOLDER: Final = "reference"
_OWN: Final = "glacier_runtime."
_GIVEN_BACK: Final = "results"
_LOG: Final = getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks for any, and lead short names to them."""
    app.connect("builder-inited", _write_pages)
    app.connect("autodoc-process-signature", as_written)
    app.connect("autodoc-process-docstring", hide_colon, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", show_colon, priority=600)  # after it
    app.connect("missing-reference", _reference)
    app.connect("env-check-consistency", _complain_of_missing_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write_pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / _FOLDER
    folder.mkdir(exist_ok=True)
    pages = {door: _door_page(import_module(door)) for door in DOORS}
    pages[_GIVEN_BACK] = _page("What they give back", _RESULTS, _given_back())
    pages["index"] = "# Reference\n\n```{toctree}\n" + "\n".join(pages) + "\n```\n"
    for old in folder.glob("*.md"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


_RESULTS: Final = "Nobody imports these: they are what public names return, hold or take."


def _door_page(door: ModuleType) -> str:
    names = sorted(door.__all__)
    things = ((f"{door.__name__}.{name}", getattr(door, name)) for name in names)
    return _page(f"`{door.__name__}`", f".. automodule:: {door.__name__}\n", things)


def _page(title: str, text: str, things: Iterable[tuple[str, object]]) -> str:
    directives = "\n".join(map(_directive, things))
    return f"# {title}\n\n```{{eval-rst}}\n{text}\n\n{directives}```\n"


def _directive(item: tuple[str, object]) -> str:
    path, thing = item
    if inspect.isclass(thing) and issubclass(thing, BaseException):
        return f".. autoexception:: {path}\n   :members:\n   :show-inheritance:\n"
    if inspect.isclass(thing):
        return f".. autoclass:: {path}\n   :members:\n   :exclude-members: model_config\n"
    if inspect.isroutine(thing):
        return f".. autofunction:: {path}\n"
    door, _, name = path.rpartition(".")
    words = indent(_words_below(path), "   ")
    return f".. py:data:: {name}\n   :module: {door}\n\n{words}\n"


def _words_below(path: str) -> str:
    """Return the docstring below an assignment, in the module where that stands."""
    door, _, name = path.rpartition(".")
    home = getattr(import_module(door), "_HOMES", {}).get(name)
    analyzed = ModuleAnalyzer.for_module(_OWN + home if home else door)
    return "\n".join(analyzed.find_attr_docs().get(("", name), ()))


def _given_back() -> Iterator[tuple[str, object]]:
    """Follow the annotations of everything public to classes of ours that no door offers."""
    offered = [
        getattr(import_module(door), name) for door in DOORS for name in import_module(door).__all__
    ]
    seen = {id(thing) for thing in offered}
    waiting = list(offered)
    found: dict[str, object] = {}
    while waiting:
        for kind in _classes_named_by(waiting.pop()):
            if id(kind) not in seen:
                seen.add(id(kind))
                waiting.append(kind)
                found[f"{kind.__module__}.{kind.__qualname__}"] = kind
    yield from sorted(found.items())


def _classes_named_by(thing: object) -> Iterator[type]:
    members = (
        [m for n, m in vars(thing).items() if not n.startswith("_")]
        if inspect.isclass(thing)
        else []
    )
    for owner in (thing, *members):
        function = getattr(owner, "__func__", getattr(owner, "fget", owner))
        if (
            inspect.isfunction(function) or inspect.isclass(function)
        ) and function.__module__.startswith(_OWN):
            hints = get_type_hints(function, localns=_for_checkers(function.__module__))
        else:
            hints = {}
        for hint in hints.values():
            yield from _classes_in(hint)


@cache
def _for_checkers(module: str) -> dict[str, object]:
    """Return what a module imports for type checkers only."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    guarded = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    imports = (node for block in guarded for node in block.body if isinstance(node, ast.ImportFrom))
    return {
        alias.name: getattr(import_module(node.module or ""), alias.name)
        for node in imports
        for alias in node.names
    }


def _classes_in(hint: Any) -> Iterator[type]:
    if (
        isinstance(hint, type)
        and hint.__module__.startswith(_OWN)
        and not hint.__name__.startswith("_")
    ):
        yield hint
    for part in get_args(hint):
        for item in part if isinstance(part, list) else [part]:
            yield from _classes_in(item)


def _complain_of_missing_names(_app: Sphinx, env: BuildEnvironment) -> None:
    documented = env.domains.python_domain.objects
    for door in DOORS:
        for name in import_module(door).__all__:
            if f"{door}.{name}" not in documented:
                _LOG.warning("%s.%s is public, and not in the reference", door, name)


def _reference(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    """Lead a name without its module, as `from __future__ import annotations` leaves it, to the only thing of that name."""
    domain = env.domains.python_domain
    target = str(node.get("reftarget", ""))
    ends = {
        entry
        for name, entry in domain.objects.items()
        if name.rpartition(".")[2] == target.rpartition(".")[2] and not entry.aliased
    }
    if node.get("refdomain") != "py" or len(ends) != 1:
        return None
    entry = ends.pop()
    found = nodes.reference("", "", text, internal=True)
    found["refuri"] = (
        app.builder.get_relative_uri(node["refdoc"], entry.docname) + "#" + entry.node_id
    )
    return found
