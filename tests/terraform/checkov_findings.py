"""Compare what checkov finds in generated Terraform with what docs/security.md says about it.

`nox -s checkov` runs this in an environment of its own, because checkov pins half of what it uses. It exits 1 when a
finding is not explained, or when an explanation has nothing to explain.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.terraform.roots import ROOT, lay_out

PAGE = ROOT / "docs/security.md"
GENERATED = ROOT / "examples/flights-on-aws/infra"

# A check, and the type of the resources that fail it.
Finding = tuple[str, str]


def explained(page: str) -> set[Finding]:
    """Return the findings in a page's tables: rows that start with a check and a resource type."""
    rows = re.findall(r"^\| (CKV2?_[A-Z]+_[0-9]+) \| `([a-z0-9_]+)` \|", page, re.MULTILINE)
    return set(rows)


def found(folder: Path) -> set[Finding]:
    """Run checkov, offline, on all Terraform below a folder.

    Raises:
        subprocess.CalledProcessError: If checkov itself fails.
    """
    settings = ("--framework", "terraform", "--skip-download", "--quiet", "--compact")
    result = subprocess.run(
        ["checkov", "--directory", str(folder), *settings, "--soft-fail", "--output", "json"],
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE"},
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(result.stdout)
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        raise SystemExit(f"checkov did not understand {folder}: {report['summary']}")
    return {
        (failed["check_id"], failed["resource"].split(".")[-2].split("[")[0])
        for failed in report["results"]["failed_checks"]
    }


def main() -> int:
    """Say what is found without explanation, and what is explained without being found."""
    with tempfile.TemporaryDirectory() as scratch:
        findings = found(lay_out(Path(scratch), "every_module")) | found(GENERATED)
    known = explained(PAGE.read_text(encoding="utf-8"))
    page = PAGE.relative_to(ROOT)
    lines = [
        f"{kind} fails {check}: mend or explain it in {page}" for check, kind in findings - known
    ]
    lines += [f"{kind} passes {check}: remove it from {page}" for check, kind in known - findings]
    sys.stdout.write("\n".join(sorted(lines)) or f"{len(findings)} findings, all of them explained")
    sys.stdout.write("\n")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
