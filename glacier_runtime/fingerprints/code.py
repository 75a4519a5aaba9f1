"""The code that a task depends on: every function, class and constant of the project that it reaches, each with a digest.

What has a name of its own in a module is a *part*: its digest covers what it does and which parts it refers to, and not
what these do. So a change is told where it was made. All else (closures, lambdas, what containers hold) is digested where
it is referred to. See `values` for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from glacier_runtime.fingerprints.patched import patched
from glacier_runtime.fingerprints.unseen import Doubt
from glacier_runtime.fingerprints.values import Digester

__all__ = ["Code", "CodeReader"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a function depends on.

    Attributes:
        parts: Digests of all functions, classes and constants that it reaches, by module and name.
        libraries: The libraries that they use, by the names they are imported by.
        doubts: What is not seen, each with the part that it was found in.
    """

    parts: dict[str, str]
    libraries: frozenset[str]
    doubts: tuple[tuple[str, Doubt], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A function, class or constant of the project that has a name.

    Attributes:
        digest: Of what it does, and of the names of what it refers to.
        refers_to: The parts it refers to.
        libraries: The libraries it refers to.
        doubts: What is not seen of what it depends on.
    """

    digest: str
    refers_to: tuple[str, ...]
    libraries: frozenset[str]
    doubts: tuple[Doubt, ...]


class CodeReader:
    """Reads code as it is now; what many tasks share is read once.

    A reader is for one moment, such as the beginning of a run: what is rebound or changed later, it does not see.

    Example:
        >>> from textwrap import dedent
        >>> sorted(CodeReader().read(dedent).parts)
        ['textwrap.dedent']
    """

    def __init__(self) -> None:
        self._objects: dict[str, object] = {}
        self._parts: dict[str, _Part] = {}

    @cached_property
    def _added(self) -> Mapping[str, tuple[object, ...]]:
        """What the project has added to Polars' classes; looked for once, and not where no code is read."""
        return patched()

    def read(self, function: Callable[..., object]) -> Code:
        """Return what a function depends on."""
        part = self._part("", function)
        code = self._reached(part)
        if not part.digest.startswith("code:@"):  # made inside a function, so that no module has it
            name = f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"
            code.parts[name] = part.digest
        return code

    def digest(self, value: object) -> tuple[str, Code]:
        """Return the digest of a value, and what the digest does not cover but names."""
        part = self._part("", value)
        return part.digest, self._reached(part)

    def _part(self, key: str, value: object) -> _Part:
        digester = Digester(self._objects, self._added)
        digest = digester.whole(value, named=bool(key))
        return _Part(
            digest,
            tuple(digester.parts),
            frozenset(digester.libraries),
            tuple(dict.fromkeys(digester.doubts)),
        )

    def _reached(self, start: _Part) -> Code:
        digests: dict[str, str] = {}
        libraries = set(start.libraries)
        doubts = [("", doubt) for doubt in start.doubts]
        waiting = list(start.refers_to)
        while waiting:
            key = waiting.pop()
            if key in digests:
                continue
            part = self._parts.get(key)
            if part is None:
                part = self._parts[key] = self._part(key, self._objects[key])
            digests[key] = part.digest
            libraries |= part.libraries
            doubts += [(key, doubt) for doubt in part.doubts]
            waiting += part.refers_to
        return Code(
            dict(sorted(digests.items())), frozenset(libraries), tuple(sorted(doubts, key=str))
        )
