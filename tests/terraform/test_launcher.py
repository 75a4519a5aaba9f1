"""Launchers as their modules have them: that of EMR Serverless run as Spark runs it, in the folder that has the archive beside it; that of
Databricks as a run of it does, with AWS played by a module of its own."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.roots import MODULES

# Says what it was given, and ends as it is told.
STAND_IN = """
import json, os, sys
environment = {name: os.environ[name] for name in ("GLACIER_BINDINGS", "GLACIER_CLOUD")}
print(json.dumps([sys.argv[1:], environment, sorted(os.listdir("."))]))
sys.exit(int(sys.argv[-1]))
"""


def launcher(module: str) -> str:
    """Return the script that a module puts into the bucket for code."""
    return (MODULES / module / "launcher.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [0, 65, 70, 75])
def test_the_launcher_becomes_the_task_and_ends_as_it_does(tmp_path: Path, code: int) -> None:
    (tmp_path / "launcher.py").write_text(launcher("emr_application"), encoding="utf-8")
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


# In place of boto3: archives are in a folder, and what is written to a log is appended to a file, once it was refused.
AWS = """
import json, os, shutil
class Client:
    refusals = 1
    def __init__(self, service, region_name):
        assert region_name == "eu-central-1"
    def create_log_stream(self, **place):
        self.write(place)
    def put_log_events(self, logEvents, **place):
        assert sum(len(it["message"].encode()) + 26 for it in logEvents) <= 1_048_576
        assert 0 < len(logEvents) <= 10_000
        assert all(0 < len(it["message"].encode()) <= 262_144 for it in logEvents)
        if self.refusals and "slow" in logEvents[0]["message"]:
            self.refusals -= 1
            raise OSError("not now")
        for event in logEvents:
            self.write({**place, "message": event["message"]})
    def write(self, what):
        with open(os.environ["SEEN"], "a") as file:
            file.write(json.dumps(what) + "\\n")
    def download_file(self, bucket, key, path):
        shutil.copy(os.path.join(os.environ["STORE"], bucket, key), path)
def client(service, region_name):
    return Client(service, region_name)
"""


def run_of_databricks(folder: Path, script: str, **changed: str) -> tuple[Any, list[Any]]:
    """Run the launcher of Databricks on an archive with a script in place of the task; return its end, and its log."""
    (folder / "launcher.py").write_text(launcher("databricks_workspace"), encoding="utf-8")
    (folder / "boto3.py").write_text(AWS)
    store = folder / "store/code"
    store.mkdir(parents=True)
    with zipfile.ZipFile(store / "0.zip", "w") as archive:
        archive.writestr("glacier_runtime/__init__.py", "")
        archive.writestr("glacier_runtime/run_task.py", script)
    bindings = json.dumps({"version": 1, "buckets": {"lake": "a 'quoted' \"name\""}})
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    told = ["--log-stream", "run/databricks/1f", "--task", "rank", "--params", '{"a": "b c"}']
    environment = {
        "AWS_REGION": "eu-central-1",
        "GLACIER_ARCHIVE": "s3://code/0.zip",
        "GLACIER_ENCODED_BINDINGS": base64.b64encode(bindings.encode()).decode(),
        "GLACIER_LOG_GROUP": "/glacier/tasks/numbers-rank",
        "GLACIER_PYTHON": here,
        "SEEN": str(folder / "seen"),
        "STORE": str(folder / "store"),
    }
    ended = subprocess.run(
        [sys.executable, "launcher.py", *told],
        cwd=folder,
        env=environment | changed,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended, [json.loads(line) for line in (folder / "seen").read_text().splitlines()]


@pytest.mark.parametrize("code", [0, 65, 70, 75])
def test_the_launcher_of_databricks_says_of_the_task_its_exit_code_and_writes_its_log(
    tmp_path: Path, code: int
) -> None:
    script = STAND_IN.replace("int(sys.argv[-1])", str(code))

    ended, (made, written) = run_of_databricks(tmp_path, script)

    assert (ended.returncode == 0) is (code == 0)
    assert ended.stdout == ""
    said = [f"TaskEndedError: ExitCode: {code}"] if code else []
    assert ended.stderr.splitlines()[-1:] == said
    place = {"logGroupName": "/glacier/tasks/numbers-rank", "logStreamName": "run/databricks/1f"}
    assert made == place
    arguments, environment, beside = json.loads(written.pop("message"))
    assert written == place
    assert arguments == ["--task", "rank", "--params", '{"a": "b c"}']
    assert json.loads(environment["GLACIER_BINDINGS"])["buckets"]["lake"] == "a 'quoted' \"name\""
    assert environment["GLACIER_CLOUD"] == "aws"
    assert beside == ["glacier_runtime"]


def test_what_a_task_writes_reaches_the_log_whole_and_in_order_though_a_call_fails(
    tmp_path: Path,
) -> None:
    script = """
import sys, time
print("slow", flush=True)
time.sleep(2.5)
print("é" * 200_000)
for n in range(12_000):
    print(n)
print("last", file=sys.stderr)
"""

    ended, (_, *written) = run_of_databricks(tmp_path, script)

    assert ended.returncode == 0, ended.stderr
    messages = [line["message"] for line in written]
    assert messages[0] == "slow"
    assert "the log could not be written: OSError('not now')" in messages[1]
    whole = [it for it in messages if it.strip("é") == ""]
    assert "".join(whole) == "é" * 200_000
    assert [it for it in messages if it.isdecimal()] == [str(n) for n in range(12_000)]
    assert "last" in messages


def test_code_for_another_python_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    ended, written = run_of_databricks(tmp_path, "raise 1", GLACIER_PYTHON="python3.1")

    assert "TaskEndedError: ExitCode: 65, for the code was built for python3.1" in ended.stderr
    assert len(written) == 1
