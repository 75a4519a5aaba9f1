"""Where in the source a signature says something: found by reading the file, for a manifest knows no lines."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SignaturePlaces"]


@dataclass(slots=True)
class SignaturePlaces:
    """The lines of a project's signatures.

    Attributes:
        root: The project's root.
        read: Files that were read already.
    """

    root: Path
    read: dict[str, tuple[str, ast.Module] | None] = field(
        default_factory=dict[str, "tuple[str, ast.Module] | None"]
    )

    def find(self, identity: str, kind: str, name: str) -> str | None:
        """Return `file:line` of what a task's function says, as seen from the project's root.

        Args:
            identity: The task's, `package.module:function`.
            kind: `parameter`, `secret`, `return` or `grant`; anything else is the function's own line.
            name: The parameter's name.

        Returns:
            None for a function that is not written down as one, such as a lambda or one that a factory returns.
        """
        module, _, qualified = identity.partition(":")
        found = self._module(module)
        function = found and _function(found[1], qualified.split("."))
        if not found or function is None:
            return None
        return f"{found[0]}:{_line(function, kind, name)}"

    def _module(self, name: str) -> tuple[str, ast.Module] | None:
        if name not in self.read:
            self.read[name] = self._parsed(name)
        return self.read[name]

    def _parsed(self, name: str) -> tuple[str, ast.Module] | None:
        path = Path(*name.split("."))
        for folder in (self.root / "src", self.root):
            for file in (folder / path.with_suffix(".py"), folder / path / "__init__.py"):
                try:
                    return str(file.relative_to(self.root)), ast.parse(file.read_bytes())
                except (OSError, SyntaxError, ValueError):
                    continue
        return None


def _function(tree: ast.AST, names: list[str]) -> ast.FunctionDef | None:
    for name in names:
        if name == "<locals>":
            continue
        defined = [
            node
            for node in ast.iter_child_nodes(tree)
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        ]
        if not defined:
            return None
        tree = defined[-1]
    return tree if isinstance(tree, ast.FunctionDef) else None


def _line(function: ast.FunctionDef, kind: str, name: str) -> int:
    if kind in {"parameter", "secret"}:
        arguments = [*function.args.args, *function.args.kwonlyargs]
        return next((item.lineno for item in arguments if item.arg == name), function.lineno)
    if kind == "return" and function.returns is not None:
        return function.returns.lineno
    if kind == "grant":
        keywords = (
            keyword
            for decorator in function.decorator_list
            if isinstance(decorator, ast.Call)
            for keyword in decorator.keywords
        )
        return next((it.value.lineno for it in keywords if it.arg == "grants"), function.lineno)
    return function.lineno
