"""`docs/errors.md`, made from `Code`; run as a script, it writes the page anew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from glacier_runtime.errors import Code

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"

_HEAD = """# Errors

Every problem that Glacier reports has a code, a message, a place where one is known, and a fix. Codes are stable: a script
may compare them (`glacier validate --json`, `error.codes`), and you may search for them here. All errors are subclasses of
`glacier_runtime.errors.GlacierError`, and one error carries every problem that was found at that moment.

This page is made from `glacier_runtime.errors.Code` by `nox -s regenerate`.
"""

_GROUPS = {
    "1": ("Declarations", "`DefinitionError`, when the module that declares it is imported"),
    "2": ("Signatures", "reported by `glacier validate`, and before every run"),
    "3": ("The pipeline as a whole", "reported by `glacier validate`, and before every run"),
    "4": (
        "Columns, and what code does",
        "reported by `glacier validate`, and before every run; from GLC430 on, warnings of it and of `glacier analyze --static`",
    ),
    "5": ("Data", "`StorageError` or `ExecutionError` of a run; what was published before stands"),
    "6": (
        "Runs",
        "`ParameterError`, `ExecutionError` or `ProjectError` of a run, `CloudError` of one in a cloud; `TestingError` of a test",
    ),
    "7": ("Projects", "`ProjectError`, when the pipeline is loaded"),
    "8": (
        "Generation and builds",
        "`GenerationError` of `glacier generate`, `build`, `plan`, `deploy` or `destroy`; unless it says otherwise, what stood before stands",
    ),
}


def render_error_table() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    for digit, codes in groupby(Code, key=lambda code: code.code[3]):
        title, moment = _GROUPS[digit]
        yield f"## GLC{digit}xx: {title}\n\n{moment[0].upper()}{moment[1:]}.\n"
        yield "| code | in Python | reported when |\n|---|---|---|"
        for code in codes:
            yield f"| {code.code} | `Code.{code.name}` | {_escaped(code.meaning)} |"
        yield ""


def _escaped(text: str) -> str:
    return text.replace("*", r"\*").replace("_", r"\_")


if __name__ == "__main__":
    PAGE.write_text(render_error_table(), encoding="utf-8")
