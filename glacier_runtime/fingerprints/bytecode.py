"""What a code object does, as a digest that comments, positions and formatting do not change; and what it refers to.

Bytecode and not the source, for it is what will run: a file that was edited since it was imported cannot give its digest to
the older code, functions without source have bytecode, too, and nothing has to be parsed. Line numbers are no part of
it, and what formatting does leave in it (instructions that do nothing, jumps to jumps) is walked through. It differs
between minor versions of Python, which a fingerprint names for that reason.
"""

from __future__ import annotations

import dis
import sys
from hashlib import blake2b
from types import CodeType
from typing import Final

__all__ = ["Instruction", "decoded", "digest_of", "digested", "name_of", "named"]

_OP: Final = dis.opmap
_HAS_CONST: Final = frozenset(dis.hasconst)
_HAS_NAME: Final = frozenset(dis.hasname)
_JUMPS: Final = frozenset(dis.hasjrel)
_BACKWARD: Final = frozenset(op for op in _JUMPS if "JUMP_BACKWARD" in dis.opname[op])
_CACHE: Final = _OP["CACHE"]
_EXTENDED: Final = _OP["EXTENDED_ARG"]

Instruction = tuple[int, int, int]
"""An opcode, its argument, and the index of the instruction it may jump to; -1 for none."""


def named(*names: str) -> frozenset[int]:
    """Return the opcodes of names, as far as this version of Python has them."""
    return frozenset(_OP[name] for name in names if name in _OP)


_ALWAYS_JUMPS: Final = named("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")
_DOES_NOTHING: Final = named("NOP", "NOT_TAKEN")
_PASSED: Final = _ALWAYS_JUMPS | _DOES_NOTHING
_ENDS: Final = named("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE")
_STORE_NAME: Final = _OP["STORE_NAME"]
# Two in one, which Python 3.13 makes of neighbours, but only on one line; 3.12 returns constants in one.
_PAIRS: Final = {
    _OP[pair]: (_OP[first], _OP[second])
    for pair, first, second in (
        ("LOAD_FAST_LOAD_FAST", "LOAD_FAST", "LOAD_FAST"),
        ("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "LOAD_FAST", "LOAD_FAST"),
        ("STORE_FAST_LOAD_FAST", "STORE_FAST", "LOAD_FAST"),
        ("STORE_FAST_STORE_FAST", "STORE_FAST", "STORE_FAST"),
    )
    if pair in _OP
}
_RETURNS_CONST: Final = _OP.get("RETURN_CONST", -1)
# Forwards or backwards is a matter of layout; Python 3.11 has two opcodes for it.
_SAME_AS: Final = {
    op: _OP[name.replace("_BACKWARD_", "_FORWARD_")]
    for name, op in _OP.items()
    if name.startswith("POP_JUMP_BACKWARD_")
}
# "Go there if so, else on" is "go on if not so, else there": which of them is written depends on the layout, too.
_OPPOSITE: Final = {
    _OP[name]: _OP[name.replace("_IF_NOT_NONE", "_IF_NONE").replace("_IF_TRUE", "_IF_FALSE")]
    for name in _OP
    if name.startswith("POP_JUMP_") and name.endswith(("_IF_NOT_NONE", "_IF_TRUE"))
}
# Bits of an argument below the index of a name: they say how the name is used.
_BITS_BELOW_NAME: Final = {
    op: bits
    for name, bits, since in (
        ("LOAD_GLOBAL", 1, (3, 11)),
        ("LOAD_ATTR", 1, (3, 12)),
        ("LOAD_SUPER_ATTR", 2, (3, 12)),
    )
    for op in named(name)
    if sys.version_info >= since
}
# What the body of a class notes about itself and not for the program.
_NOTED: Final = frozenset({"__doc__", "__firstlineno__", "__static_attributes__"})
_FLAGS: Final = 0x2AF  # takes *args or **kwargs; generator, coroutine; local names


def digest_of(*parts: str) -> str:
    """Return a digest of texts, which cannot be mistaken for that of other texts.

    Example:
        >>> digest_of("a", "b") == digest_of("ab")
        False
    """
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def decoded(code: CodeType) -> list[Instruction]:
    """Return the instructions of a code object, without caches and prefixes."""
    raw = code.co_code
    found: list[tuple[int, int, int]] = []
    index_at: dict[int, int] = {}
    extended, start = 0, -1
    for offset, op in zip(range(0, len(raw), 2), raw[::2], strict=True):
        if op == _CACHE:
            continue
        if start < 0:
            start = offset
        arg = raw[offset + 1] | extended
        if op == _EXTENDED:
            extended = arg << 8
            continue
        index_at[start] = len(found)
        found += _parts(op, arg, start)
        extended, start = 0, -1
    return _with_targets(found, index_at, len(raw))


def _parts(op: int, arg: int, start: int) -> list[tuple[int, int, int]]:
    """Return what an instruction consists of, each with its place in the code."""
    if op == _RETURNS_CONST:
        return [(_OP["LOAD_CONST"], arg, start), (_OP["RETURN_VALUE"], 0, start)]
    if op in _PAIRS:
        first, second = _PAIRS[op]
        return [(first, arg >> 4, start), (second, arg & 15, start)]
    return [(op, arg, start)]


def _with_targets(
    found: list[tuple[int, int, int]], index_at: dict[int, int], end: int
) -> list[Instruction]:
    instructions: list[Instruction] = []
    for index, (op, arg, _) in enumerate(found):
        target = -1
        if op in _JUMPS:
            # Jumps count from behind the instruction and its caches.
            behind = found[index + 1][2] if index + 1 < len(found) else end
            target = index_at[behind + (-2 * arg if op in _BACKWARD else 2 * arg)]
        instructions.append((op, arg, target))
    return instructions


def name_of(code: CodeType, op: int, arg: int) -> str:
    """Return the name that an instruction with a name uses."""
    return code.co_names[arg >> _BITS_BELOW_NAME.get(op, 0)]


def digested(code: CodeType, instructions: list[Instruction]) -> str:
    """Return the digest of a code object, the functions inside it included.

    Args:
        code: The code object.
        instructions: Those of it, decoded.
    """
    handlers = _handlers(code)
    if handlers is None and not any(target >= 0 for _, _, target in instructions):
        order = [index for index, item in enumerate(instructions) if item[0] not in _DOES_NOTHING]
        said = [_said(code, instructions, index) for index in order]
    else:
        said = _walked(code, instructions, handlers or {})
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    closure = (code.co_varnames, code.co_cellvars, code.co_freevars)
    head = repr((code.co_name, arguments, code.co_flags & _FLAGS, closure))
    return digest_of(head, *said)


def _said(code: CodeType, instructions: list[Instruction], index: int) -> str:
    """Return what one instruction says: its opcode, and its argument with names and constants spelled out."""
    op, arg, target = instructions[index]
    if op in _HAS_CONST:
        following = instructions[index + 1] if index + 1 < len(instructions) else (-1, 0, -1)
        if following[0] == _STORE_NAME and code.co_names[following[1]] in _NOTED:
            return f"{op} noted"
        return f"{op} {_constant(code.co_consts[arg])}"
    if op in _HAS_NAME:
        bits = _BITS_BELOW_NAME.get(op, 0)
        return f"{op} {arg & ((1 << bits) - 1)} {code.co_names[arg >> bits]}"
    return f"{_SAME_AS.get(op, op)} {'' if target >= 0 else arg}"


def _constant(value: object) -> str:
    if isinstance(value, CodeType):
        return digested(value, decoded(value))
    if isinstance(value, tuple):
        return f"({','.join(map(_constant, value))})"
    if isinstance(value, frozenset):  # its order is not the same everywhere
        return f"set({','.join(sorted(map(_constant, value)))})"
    return repr(value)


def _walked(
    code: CodeType, instructions: list[Instruction], handlers: dict[int, tuple[int, int]]
) -> list[str]:
    """Return what instructions say in the order in which a walk from the first one finds them.

    Where a block lies does not matter then, nor how many jumps lead to it.
    """
    number_of: dict[int, int] = {}
    said: list[tuple[str, list[int]]] = []
    waiting = [0]
    while waiting:
        index = _effective(instructions, waiting.pop())
        while index not in number_of:
            number_of[index] = len(said)
            op, _, target = instructions[index]
            text = _said(code, instructions, index)
            following = index + 1
            if op in _OPPOSITE:
                following, target = target, following
                text = f"{_SAME_AS.get(_OPPOSITE[op], _OPPOSITE[op])} "
            leads_to: list[int] = []
            if target >= 0:
                leads_to.append(_effective(instructions, target))
            if index in handlers:
                handler, kept = handlers[index]
                leads_to.append(_effective(instructions, handler))
                text = f"{text} {kept}"
            said.append((text, leads_to))
            waiting += leads_to
            if op in _ENDS or following == len(
                instructions
            ):  # a loop without an end has nothing behind it
                break
            index = following
            if instructions[index][0] in _PASSED:
                index = _effective(instructions, index)
        else:
            said.append(("on at", [index]))
    return [f"{text} {[number_of[item] for item in to]}" if to else text for text, to in said]


def _effective(instructions: list[Instruction], index: int) -> int:
    """Return the first instruction from here on that does something, through jumps that are always taken."""
    passed: set[int] = set()
    while index not in passed and index < len(instructions):
        passed.add(index)
        op, _, target = instructions[index]
        if op in _ALWAYS_JUMPS:
            index = target
        elif op in _DOES_NOTHING:
            index += 1
        else:
            return index
    return index


def _handlers(code: CodeType) -> dict[int, tuple[int, int]] | None:
    """Return, by instruction, where an exception leads, and what the stack keeps then; None if nothing is caught."""
    table = code.co_exceptiontable
    if not table:
        return None
    parts: dict[int, range] = {}
    raw, prefixed, count = code.co_code, -1, 0
    for offset in range(0, len(raw), 2):
        op, arg = raw[offset], raw[offset + 1]
        if op == _CACHE:
            continue
        made = 0 if op == _EXTENDED else len(_parts(op, arg, 0))
        unit = offset // 2 if prefixed < 0 else prefixed
        parts[unit] = range(count, count + made)
        prefixed = unit if op == _EXTENDED else -1
        count += made
    found: dict[int, tuple[int, int]] = {}
    numbers = _numbers(table)
    for start, length, target, kept in zip(*[iter(numbers)] * 4, strict=True):
        for unit in range(start, start + length):
            found |= dict.fromkeys(parts.get(unit, ()), (parts[target].start, kept))
    return found


def _numbers(table: bytes) -> list[int]:
    """Return the numbers of an exception table: six bits a byte, one for more to come."""
    numbers: list[int] = []
    value = 0
    for byte in table:
        value = (value << 6) | (byte & 63)
        if not byte & 64:
            numbers.append(value)
            value = 0
    return numbers
