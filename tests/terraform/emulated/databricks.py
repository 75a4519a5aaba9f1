"""A workspace of Databricks, as far as its Jobs API is called: a run is the launcher, on a machine that has the role of its instance profile.

There is no Spark and no machine here; the Python is whichever the emulator is given. What a workspace does that goes wrong, a run asks for itself, in its
parameters: `faults`, how often each call answers that it is busy, after it was heard; `ends`, how it ends in place of running.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.terraform.emulated.asking import ACCOUNT, PARTITION
from tests.terraform.emulated.gate import role_allows
from tests.terraform.emulated.policies import Need
from tests.terraform.emulated.roles import credentials_of

__all__ = ["CLIENT", "SECRET", "Databricks"]

CLIENT, SECRET = "client-of-numbers", "canary-of-numbers"
_TOKEN: Final = "token-of-numbers"
_RUNS: Final = "/api/2.2/jobs/runs/"
_FIRST: Final = 998_877_665_544_332  # as long as theirs
_WELL: Final = {"code": "SUCCESS", "type": "SUCCESS", "message": ""}
_TYPES: Final = {"CLUSTER_ERROR": "CLOUD_FAILURE", "INTERNAL_ERROR": "INTERNAL_ERROR"}


@dataclass
class _Run:
    """A run, and its only task."""

    number: int
    submitted: Mapping[str, Any]
    status: dict[str, Any] = field(default_factory=lambda: {"state": "PENDING"})
    output: dict[str, Any] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def task(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.submitted["tasks"][0]
        return found

    @property
    def told(self) -> list[str]:
        return list(self.task["spark_python_task"]["parameters"])

    @property
    def params(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.told[self.told.index("--params") + 1])
        return found

    def end(self, code: str, message: str) -> None:
        kind = _TYPES.get(code, "CLIENT_ERROR")
        details = _WELL if code == "SUCCESS" else {"code": code, "type": kind, "message": message}
        self.status = {"state": "TERMINATED", "termination_details": details}


@dataclass
class Databricks:
    """All runs of all workspaces.

    Attributes:
        python: The Python of every machine.
        endpoint: Where AWS is.
    """

    python: Path
    endpoint: str
    runs: dict[int, _Run] = field(default_factory=dict)
    tokens: dict[str, _Run] = field(default_factory=dict)
    running: dict[int, subprocess.Popen[str]] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(_FIRST, 2))
    lock: Lock = field(default_factory=Lock)

    def serve(self) -> ThreadingHTTPServer:
        """Listen until the server is shut down."""
        workspace = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("")

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._answer(self.rfile.read(length).decode())

            def _answer(self, body: str) -> None:
                known = self.headers.get("Authorization", "")
                status, answer = workspace.answer(self.command, self.path, known, body)
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        return server

    def stop(self) -> None:
        """End all processes."""
        for process in list(self.running.values()):
            process.kill()

    def answer(self, method: str, address: str, known: str, body: str) -> tuple[int, Any]:
        """Answer a call: its status and its JSON."""
        parts = urlsplit(address)
        if (method, parts.path) == ("POST", "/oidc/v1/token"):
            return _token(known, body)
        if known != f"Bearer {_TOKEN}":
            return 401, {"error_code": "401", "message": "Credential was not sent or was of none"}
        if (method, parts.path) == ("POST", f"{_RUNS}submit"):
            run = self._submitted(json.loads(body))
            return self._unless_busy(run, "submit", {"run_id": run.number})
        asked = parse_qs(parts.query).get("run_id", ["0"])[0]
        run_or_none = self.runs.get(int(asked)) if asked.isdecimal() else None
        if method != "GET" or run_or_none is None:
            return 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": f"no run {asked}"}
        return self._asked(run_or_none, int(asked), parts.path.removeprefix(_RUNS))

    def _asked(self, run: _Run, number: int, action: str) -> tuple[int, Any]:
        if action == "get":
            task = {"run_id": run.number + 1, "task_key": run.task["task_key"]}
            told = {"run_id": run.number, "status": run.status, "tasks": [task]}
            return self._unless_busy(run, "get", told)
        if action == "get-output" and number == run.number + 1:
            return self._unless_busy(run, "get-output", run.output)
        # As there: what has several tasks, or could have, has no output as a whole.
        return 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "not supported"}

    def _unless_busy(self, run: _Run, action: str, answer: object) -> tuple[int, Any]:
        run.asked[action] += 1
        if run.asked[action] <= run.params.get("faults", {}).get(action, 0):
            return 503, {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "try again"}
        return 200, answer

    def _submitted(self, given: dict[str, Any]) -> _Run:
        token = given["idempotency_token"]
        assert 0 < len(token) <= 64
        with self.lock:
            if token in self.tokens:
                return self.tokens[token]
            run = _Run(next(self.numbers), given)
            self.tokens[token] = self.runs[run.number] = self.runs[run.number + 1] = run
        Thread(target=self._work, args=(run,), daemon=True).start()
        return run

    def _work(self, run: _Run) -> None:
        if how := run.params.get("ends"):
            if how != "NEVER":
                run.end(how, "as it was told")
            return
        try:
            code = self._ran(run)
        except PermissionError as error:
            run.end("UNAUTHORIZED_ERROR", str(error))
            return
        if code == 0:
            run.end("SUCCESS", "")
        else:
            run.end("RUN_EXECUTION_ERROR", "Workload failed, see run output for details")

    def _ran(self, run: _Run) -> int:
        """Run the launcher to its end, and return whether it ended well; an exit code is nothing that Databricks tells of."""
        machine, told = run.task["new_cluster"], run.task["spark_python_task"]
        assert machine["num_workers"] == 0
        role = _role_of(machine["aws_attributes"]["instance_profile_arn"])
        credentials = credentials_of(role, "ec2.amazonaws.com")
        with tempfile.TemporaryDirectory(prefix="run-") as work:
            launcher = Path(work) / "launcher.py"
            launcher.write_bytes(_fetched(role, told["python_file"]))
            run.status = {"state": "RUNNING"}
            process = subprocess.Popen(
                [str(self.python), launcher.name, *told["parameters"]],
                cwd=work,
                env={
                    "PATH": "/usr/local/bin:/usr/bin:/bin",
                    "AWS_ENDPOINT_URL": self.endpoint,
                    **machine["spark_env_vars"],
                    **credentials,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            self.running[run.number] = process
            printed, failed = process.communicate()
            del self.running[run.number]
        run.output = {"logs": printed, "metadata": {"run_id": run.number + 1}}
        if process.returncode:
            error = failed.strip().rpartition("\n")[2].removeprefix("__main__.")
            run.output |= {"error": error, "error_trace": failed}
        return process.returncode


def _token(known: str, body: str) -> tuple[int, Any]:
    expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    asked = {name: values[0] for name, values in parse_qs(body).items()}
    if known != f"Basic {expected}":
        return 401, {"error": "invalid_client"}
    if asked != {"grant_type": "client_credentials", "scope": "all-apis"}:
        return 400, {"error": "invalid_request"}
    return 200, {"access_token": _TOKEN, "token_type": "Bearer", "expires_in": 3600}


def _role_of(profile_arn: str) -> str:
    """Return the role that an instance profile gives."""
    from moto.iam.models import iam_backends

    name = profile_arn.rpartition("/")[2]
    profile = iam_backends[ACCOUNT][PARTITION].get_instance_profile(name)
    return str(profile.roles[0].arn)


def _fetched(role_arn: str, uri: str) -> bytes:
    """Return an object, if the role may read it."""
    from moto.s3.models import s3_backends

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    role, need = role_arn.rpartition("/")[2], Need("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
    if not role_allows(role, need):
        raise PermissionError(f"{role} may not {need.action} on {need.resource}")
    found = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
    assert found is not None, uri
    return bytes(found.value)
