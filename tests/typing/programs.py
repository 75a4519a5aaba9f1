"""Right and wrong programs, and what each says of itself.

A wrong line has a comment with the errors that type checkers give, at its end or, if that is too long, above it:
`# wrong: mypy=arg-type pyright=reportArgumentType`, without the checker that is content. Below its docstring, a wrong
program says who notices when nobody has asked a type checker:

- `# caught: import GLC101`: the module cannot be imported, by that code or exception;
- `# caught: validate GLC401`: `glacier validate` reports it;
- `# caught: warn GLC431`: `glacier validate` warns of it;
- `# caught: run GLC602`: its function `use`, or a run of its pipeline, raises;
- `# caught: not at all`: nobody; it runs, as far as it goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).parent
_MARK = re.compile(r"# wrong:(?: mypy=(?P<mypy>\S+))?(?: pyright=(?P<pyright>\S+))?$")
_CAUGHT = re.compile(
    r"^# caught: (?:not at all|(?P<when>import|validate|warn|run) (?P<what>\S+))$", re.MULTILINE
)


@dataclass(frozen=True)
class Program:
    """A file that type checkers read and Python imports."""

    path: Path

    @property
    def name(self) -> str:
        """Its name, for people."""
        return self.path.stem

    @property
    def module(self) -> str:
        """Its name, for Python."""
        return f"{self.path.parent.name}.{self.path.stem}"

    @cached_property
    def text(self) -> str:
        """Its source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def sentence(self) -> str:
        """What it is about."""
        found = re.match(r'"""(.+?)"""', self.text, re.DOTALL)
        return " ".join(found[1].split()) if found else ""

    @cached_property
    def caught(self) -> tuple[str, str]:
        """When it is noticed without a type checker, and as what."""
        found = _CAUGHT.search(self.text)
        assert found, f"{self.path} does not say when it is caught"
        return found["when"] or "", found["what"] or ""

    def errors(self, checker: str) -> dict[int, set[str]]:
        """Return the errors that a type checker shall give, by line."""
        found: dict[int, set[str]] = {}
        for number, line in enumerate(self.text.splitlines(), start=1):
            mark = _MARK.search(line)
            if mark and mark[checker]:
                found[number + line.lstrip().startswith("#")] = set(mark[checker].split(","))
        return found

    @property
    def marked_lines(self) -> int:
        """How many lines have a mark."""
        return sum(map(bool, map(_MARK.search, self.text.splitlines())))


def programs(folder: str) -> list[Program]:
    """Return the programs of a folder, by name."""
    return [Program(path) for path in sorted(HERE.glob(f"{folder}/*.py"))]
