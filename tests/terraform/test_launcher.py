"""The launcher of EMR Serverless as its module has it, run as Spark runs it: in the folder that has the archive beside it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.terraform.roots import MODULES

# Says what it was given, and ends as it is told.
STAND_IN = """
import json, os, sys
environment = {name: os.environ[name] for name in ("GLACIER_BINDINGS", "GLACIER_CLOUD")}
print(json.dumps([sys.argv[1:], environment, sorted(os.listdir("."))]))
sys.exit(int(sys.argv[-1]))
"""


@pytest.mark.parametrize("code", [0, 65, 70, 75])
def test_the_launcher_becomes_the_task_and_ends_as_it_does(tmp_path: Path, code: int) -> None:
    text = (MODULES / "emr_application/launcher.tf").read_text(encoding="utf-8")
    found = re.search(r"<<-EOT\n(.*?)\n +EOT\n", text, re.DOTALL)
    assert found is not None
    (tmp_path / "launcher.py").write_text(textwrap.dedent(found[1]), encoding="utf-8")
    package = tmp_path / "code" / "glacier_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "run_task.py").write_text(STAND_IN)
    (tmp_path / "code" / "glacier_plan.json").write_text("{}")
    bindings = json.dumps({"version": 1, "buckets": {"lake": "a 'quoted' \"name\""}})
    encoded = base64.b64encode(bindings.encode()).decode()

    ended = subprocess.run(
        [sys.executable, "launcher.py", "--bindings", encoded, "--task", "rank", str(code)],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == code, ended.stderr
    assert json.loads(ended.stdout) == [
        ["--task", "rank", str(code)],
        {"GLACIER_BINDINGS": bindings, "GLACIER_CLOUD": "aws"},
        ["glacier_plan.json", "glacier_runtime"],
    ]
