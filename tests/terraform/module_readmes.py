"""READMEs of modules as terraform-docs lays them out: what a module is for, by hand; inputs and outputs, from its files.

`python -m tests.terraform.module_readmes` writes anew what stands below the mark; a test holds the pages to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2

from tests.terraform.roots import MODULES

__all__ = ["current", "pages"]

MARK = "<!-- BEGIN_TF_DOCS -->"
END = "<!-- END_TF_DOCS -->"


def pages() -> list[Path]:
    """Return the page of each module."""
    return [module / "README.md" for module in sorted(MODULES.iterdir())]


def current(page: Path) -> str:
    """Return a page as its module's files would have it."""
    by_hand = page.read_text(encoding="utf-8").partition(MARK)[0]
    return f"{by_hand}{MARK}\n" + "\n".join(_tables(page.parent)) + f"\n{END}\n"


def _tables(module: Path) -> Iterator[str]:
    yield from ("## Inputs", "", "| Name | Description | Type | Default | Required |")
    yield "|---|---|---|---|:---:|"
    for name, body in _blocks(module, "variable"):
        kind = " ".join(_plain(body["type"]).split())
        default = f"`{json.dumps(_value(body['default']))}`" if "default" in body else "n/a"
        required = "no" if "default" in body else "yes"
        yield f"| {name} | {_text(body)} | `{kind}` | {default} | {required} |"
    yield from ("", "## Outputs", "", "| Name | Description |", "|---|---|")
    for name, body in _blocks(module, "output"):
        yield f"| {name} | {_text(body)} |"


def _blocks(module: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for file in sorted(module.glob("*.tf")):
        for entry in hcl2.loads(file.read_text(encoding="utf-8")).get(kind, []):
            found += [(name.strip('"'), body) for name, body in entry.items()]
    return sorted(found, key=lambda item: item[0])


def _text(body: dict[str, Any]) -> str:
    return str(_value(body["description"])).replace("|", "\\|").replace('\\"', '"')


def _plain(value: object) -> str:
    return str(value).removeprefix("${").removesuffix("}")


def _value(value: object) -> object:
    """Return a literal without the quotation marks that the parser leaves around text."""
    if value == "null":
        return None
    if isinstance(value, str):
        return value[1:-1] if value.startswith('"') and value.endswith('"') else value
    return value


def main() -> None:
    """Write the pages."""
    for page in pages():
        page.write_text(current(page), encoding="utf-8")


if __name__ == "__main__":
    main()
