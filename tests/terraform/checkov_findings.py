"""Hold checkov's findings in generated Terraform to what its modules and docs/security.md say about them.

`nox -s checkov` runs this in an environment of its own, because checkov pins half of what it uses. It exits 1 when
anything fails, when a comment skips what would pass, and when the page and the comments do not say the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.terraform.roots import MODULES, ROOT, lay_out

PAGE = ROOT / "docs/security.md"
GENERATED = ROOT / "examples/flights-on-aws/infra"


Place = tuple[str, str, str]
"""A check, the type of the resource that fails it, and the module that this is in."""


@dataclass(frozen=True, order=True)
class Skip:
    """A check that a module does not pass, on purpose.

    Attributes:
        check: Its number.
        kind: The type of the resource.
        module: The module whose resource it is.
        reason: Why.
    """

    check: str
    kind: str
    module: str
    reason: str

    @property
    def place(self) -> Place:
        """What is skipped where, whatever the reason."""
        return self.check, self.kind, self.module

    def __str__(self) -> str:
        """Return what to look for, and where."""
        return f"{self.check} of {self.kind} in {self.module} ({self.reason})"


@dataclass
class Report:
    """What checkov said of several folders."""

    passed: int = 0
    failed: set[Place] = field(default_factory=set)
    skipped: set[Skip] = field(default_factory=set)


def explained(page: str) -> set[Skip]:
    """Return what a page's table says is skipped: rows of check, type and modules, what it asks for, and why."""
    row = r"^\| (CKV2?_[A-Z]+_[0-9]+) \| `(\w+)` in ([\w`, ]+) \|[^|]*\| ([^|]*) \|$"
    return {
        Skip(check, kind, module, reason)
        for check, kind, modules, reason in re.findall(row, page, re.MULTILINE)
        for module in re.findall(r"\w+", modules)
    }


def written() -> Iterator[Skip]:
    """Yield what comments in the modules skip."""
    for file in sorted(MODULES.rglob("*.tf")):
        kind = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if opened := re.match(r'(?:resource|data) "(\w+)"', line):
                kind = opened[1]
            if said := re.match(r"  # checkov:skip=(\w+):(.*)$", line):
                yield Skip(said[1], kind, file.parent.name, said[2])


def add(report: Report, folder: Path) -> None:
    """Run checkov, offline, on all Terraform below a folder.

    Raises:
        subprocess.CalledProcessError: If checkov itself fails.
    """
    settings = ("--framework", "terraform", "--skip-download", "--compact")
    result = subprocess.run(
        ["checkov", "--directory", str(folder), *settings, "--soft-fail", "--output", "json"],
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE"},
        stdout=subprocess.PIPE,
        check=True,
    )
    said = json.loads(result.stdout)
    if said["summary"]["parsing_errors"] or not said["summary"]["passed"]:
        raise SystemExit(f"checkov did not understand {folder}: {said['summary']}")
    report.passed += said["summary"]["passed"]
    found = said["results"]
    report.failed |= {_place(one) for one in found["failed_checks"]}
    report.skipped |= {
        Skip(*_place(one), one["check_result"]["suppress_comment"])
        for one in found["skipped_checks"]
    }


def _place(found: dict[str, Any]) -> Place:
    kind = str(found["resource"]).split(".")[-2].split("[")[0]
    return found["check_id"], kind, Path(found["file_path"]).parent.name


def _uncover(folder: Path) -> Path:
    """Take away the comments: a check that is skipped is not made, so nothing else tells whether it would pass."""
    for file in folder.rglob("*.tf"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if "# checkov:skip=" not in line]
        file.write_text("".join(kept), encoding="utf-8")
    return folder


def main() -> int:
    """Say what fails, what is skipped for nothing, and where page and comments differ."""
    report, uncovered = Report(), Report()
    with tempfile.TemporaryDirectory() as scratch:
        add(report, lay_out(Path(scratch, "as_it_is"), "every_module"))
        add(report, GENERATED)
        add(uncovered, _uncover(lay_out(Path(scratch, "uncovered"), "every_module")))
    comments, page = set(written()), explained(PAGE.read_text(encoding="utf-8"))
    name = PAGE.relative_to(ROOT)
    lines = [
        *(
            f"{kind} in {module} fails {check}: mend it, or skip it there and say why"
            for check, kind, module in sorted(report.failed)
        ),
        *(f"checkov does not see: {skip}" for skip in sorted(comments - report.skipped)),
        *(
            f"{skip} would pass: remove the comment"
            for skip in sorted(comments)
            if skip.place not in uncovered.failed
        ),
        *(f"{name} does not say: {skip}" for skip in sorted(comments - page)),
        *(f"{name} says, and no comment does: {skip}" for skip in sorted(page - comments)),
    ]
    done = f"{report.passed} checks pass, none fails, {len(comments)} comments skip one and say why"
    sys.stdout.write("\n".join(lines) or done)
    sys.stdout.write("\n")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
