"""The table of wrong programs in `docs/typing.md`, made from what they say of themselves; run as a script, it writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.typing.programs import Program, programs

PAGE = Path(__file__).parents[2] / "docs" / "typing.md"
_BETWEEN = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end of table -->)", re.DOTALL)
_STAGES = {
    "import": "What the import refuses",
    "validate": "What only `glacier validate` sees",
    "warn": "What `glacier validate` warns of",
    "run": "What only the run can see",
}


def with_table(page: str) -> str:
    """Return the page with the table as it should be."""
    return _BETWEEN.sub(lambda _: render_table(), page)


def render_table() -> str:
    """Return everything between the two markers of the page."""
    return "\n".join([*_of_checkers(), *_of_glacier()]) + "\n"


def _of_checkers() -> Iterator[str]:
    plain = [program for program in programs("wrong") if program.marked_lines]
    bare = programs("wrong_bare")
    seen = {
        checker: sum(bool(program.errors(checker)) for program in plain)
        for checker in ("mypy", "pyright")
    }
    silent = [program for program in programs("wrong") if not program.marked_lines]
    yield (
        f"\nOf {len(plain) + len(silent) + len(bare)} programs, mypy refuses {seen['mypy'] + len(bare)} ({len(bare)} of them "
        f"with the plugin) and pyright {seen['pyright'] + len(bare)}; {len(silent)} look right to both.\n"
    )
    yield "### What a type checker sees\n"
    yield "| what is wrong | mypy `--strict` | pyright, strict | who else |\n|---|---|---|---|"
    for program in plain:
        cells = (_codes(program, "mypy"), _codes(program, "pyright"), _other(program))
        yield f"| {_cell(program.sentence)} | {' | '.join(cells)} |"
    yield "\n### What mypy sees with the plugin\n"
    yield "pyright refuses the form itself, right or wrong, mostly as `reportInvalidTypeForm`.\n"
    yield "| what is wrong | mypy with the plugin | who else |\n|---|---|---|"
    for program in bare:
        yield f"| {_cell(program.sentence)} | {_codes(program, 'mypy')} | {_other(program)} |"


def _of_glacier() -> Iterator[str]:
    silent = [program for program in programs("wrong") if not program.marked_lines]
    for stage, title in _STAGES.items():
        yield f"\n### {title}\n\n| what is wrong | as |\n|---|---|"
        for program in silent:
            when, what = program.caught
            if when == stage:
                yield f"| {_cell(program.sentence)} | {what.replace(',', ', ')} |"


def _codes(program: Program, checker: str) -> str:
    found = sorted(code for codes in program.errors(checker).values() for code in codes)
    return ", ".join(f"`{code}`" for code in found) or "-"


def _other(program: Program) -> str:
    when, what = program.caught
    return f"{when}: {what.replace(',', ', ')}" if when else "nobody"


def _cell(sentence: str) -> str:
    return sentence.removesuffix(".").replace("|", r"\|").replace("_", r"\_")


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
