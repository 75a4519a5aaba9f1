"""What a code object refers to: globals and what is taken from them, modules that it imports, and globals that it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Final

from glacier_runtime.fingerprints.bytecode import Instruction, decoded, digested, name_of, named

__all__ = ["Imported", "Shape", "forget", "shape"]

_LOADS_GLOBAL: Final = named("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_LOADS_ATTRIBUTE: Final = named("LOAD_ATTR", "LOAD_METHOD")
_LOADS_LOCAL: Final = named("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW")
_IMPORTS: Final = named("IMPORT_NAME")
_IMPORTS_FROM: Final = named("IMPORT_FROM")
_STORES_LOCAL: Final = named("STORE_FAST")
_WRITES_GLOBAL: Final = named("STORE_GLOBAL", "DELETE_GLOBAL")
_WRITES_ATTRIBUTE: Final = named("STORE_ATTR", "DELETE_ATTR")
_LOADS_CONST: Final = named("LOAD_CONST", "LOAD_SMALL_INT")
_BEFORE_IMPORT: Final = 2  # constants that Python loads for it: the level, and the names


@dataclass(frozen=True, slots=True)
class Imported:
    """A module that is imported inside a function.

    Attributes:
        module: Its name, as written.
        level: How many dots stand before it.
        names: What is taken from it; empty for the module itself.
    """

    module: str
    level: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A code object, without where it stands, and with what it refers to; functions inside it included.

    Attributes:
        digest: Of what it does.
        chains: The globals it uses, each with the attributes that are taken from it at once: `("settings", "RATE")`.
        imports: What it imports.
        imported_chains: What it takes from modules that it imports, as far as that is seen: `("os", "environ")`.
        attributes: Names of all attributes it takes of anything.
        changes: Globals that it assigns, or whose attributes it assigns.
        texts: The texts in it.
    """

    digest: str
    chains: tuple[tuple[str, ...], ...]
    imports: tuple[Imported, ...]
    imported_chains: tuple[tuple[str, ...], ...]
    attributes: frozenset[str]
    changes: tuple[str, ...]
    texts: tuple[str, ...]


_SHAPES: dict[int, tuple[CodeType, Shape]] = (
    {}
)  # by id: comparing code objects is slow, and they never change


def shape(code: CodeType) -> Shape:
    """Return what a code object does and refers to; looked at once in a process."""
    known = _SHAPES.get(id(code))
    if known is None:
        known = _SHAPES[id(code)] = (code, _shape(code))
    return known[1]


def forget() -> None:
    """Forget all code objects that were looked at."""
    _SHAPES.clear()


def _shape(code: CodeType) -> Shape:
    instructions = decoded(code)
    chains: dict[tuple[str, ...], None] = {}
    changes: dict[str, None] = {}
    attributes: set[str] = set()
    for index, (op, arg, _) in enumerate(instructions):
        if op in _LOADS_GLOBAL:
            first = name_of(code, op, arg)
            chain, after = _chain(code, instructions, index + 1)
            chains[(first, *chain)] = None
            if after in _WRITES_ATTRIBUTE:
                changes[first] = None
        elif op in _LOADS_ATTRIBUTE:
            attributes.add(name_of(code, op, arg))
        elif op in _WRITES_GLOBAL:
            changes[name_of(code, op, arg)] = None
    uses_import = any(op in _IMPORTS for op, _, _ in instructions)
    imports = tuple(_imports(code, instructions)) if uses_import else ()
    imported = tuple(_imported_chains(code, instructions)) if uses_import else ()
    inner = [shape(item) for item in code.co_consts if isinstance(item, CodeType)]
    texts = [item for item in code.co_consts if isinstance(item, str)]
    return Shape(
        digested(code, instructions),
        tuple(dict.fromkeys((*chains, *(chain for item in inner for chain in item.chains)))),
        (*imports, *(each for item in inner for each in item.imports)),
        (*imported, *(chain for item in inner for chain in item.imported_chains)),
        frozenset(attributes).union(*(item.attributes for item in inner)),
        tuple(dict.fromkeys((*changes, *(name for item in inner for name in item.changes)))),
        (*texts, *(text for item in inner for text in item.texts)),
    )


def _chain(
    code: CodeType, instructions: list[Instruction], index: int
) -> tuple[tuple[str, ...], int]:
    """Return the attributes that are taken from here on, one of the other, and the opcode behind them."""
    names: list[str] = []
    while index < len(instructions) and instructions[index][0] in _LOADS_ATTRIBUTE:
        op, arg, _ = instructions[index]
        names.append(name_of(code, op, arg))
        index += 1
    return tuple(names), instructions[index][0] if index < len(instructions) else -1


def _imports(code: CodeType, instructions: list[Instruction]) -> Iterator[Imported]:
    for index, (op, arg, _) in enumerate(instructions):
        if op in _IMPORTS:
            before = [
                code.co_consts[item[1]] if item[0] in _LOADS_CONST else None
                for item in instructions[max(index - _BEFORE_IMPORT, 0) : index]
            ]
            small = instructions[index - _BEFORE_IMPORT]
            level = small[1] if small[0] in named("LOAD_SMALL_INT") else before[0]
            names = before[-1] if isinstance(before[-1], tuple) else ()
            yield Imported(name_of(code, op, arg), level if isinstance(level, int) else 0, names)


def _imported_chains(code: CodeType, instructions: list[Instruction]) -> Iterator[tuple[str, ...]]:
    """Yield what is taken from absolute modules that are kept under local names."""
    module, known = "", dict[str, tuple[str, ...]]()
    for index, (op, arg, _) in enumerate(instructions):
        following = instructions[index + 1] if index + 1 < len(instructions) else (-1, 0, -1)
        if op in _IMPORTS or op in _IMPORTS_FROM:
            name = name_of(code, op, arg)
            if op in _IMPORTS:
                module = name
            path = (module,) if op in _IMPORTS else (module, name)
            if op in _IMPORTS and following[0] in _STORES_LOCAL:
                path = (module.partition(".")[0],)
            if following[0] in _STORES_LOCAL:
                known[code.co_varnames[following[1]]] = path
            yield path
        elif op in _LOADS_LOCAL and code.co_varnames[arg : arg + 1]:
            origin = known.get(code.co_varnames[arg])
            if origin is not None:
                yield (*origin, *_chain(code, instructions, index + 1)[0])
