"""Lambda functions that run: the deployed archive, by AWS's own runtime client, in a process of its own.

As in Lambda, a process stays for the next invocation, whether the last one succeeded or raised; one that died or took too
long is started anew, with what it left in its /tmp. It acts under the role of the function, and its log is written with
that role's rights.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import tempfile
import time
from base64 import b64decode
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from threading import Lock
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from tests.terraform.emulated.gate import role_allows
from tests.terraform.emulated.policies import Need
from tests.terraform.emulated.roles import credentials_of
from tests.terraform.emulated.runtime_api import Answer, RuntimeApi, Work

__all__ = ["Functions"]

_LARGEST_CODE_BYTES = 262_144_000
_NOTICE_S = 0.02  # how soon it is noticed that a process has died


@dataclass(frozen=True)
class _Function:
    """What an invocation needs to know; another configuration, or other code, is another process."""

    name: str
    arn: str
    handler: str
    role_arn: str
    memory_mib: int
    timeout_s: int
    variables: str
    code: Path


@dataclass
class _Sandbox:
    """A process that runs one function, one invocation at a time."""

    function: _Function
    python: Path
    folder: Path
    environment: Mapping[str, str]
    stream: str = field(default_factory=lambda: uuid4().hex)
    api: RuntimeApi = field(default_factory=RuntimeApi)
    resources: ExitStack = field(default_factory=ExitStack)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def invoke(self, event: bytes) -> Answer:
        """Give the process an event, and wait for its answer."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        assert self.process is not None
        limit_s = self.function.timeout_s
        deadline_ms = int((time.time() + limit_s) * 1000)
        request_id = str(uuid4())
        self.process.send_signal(signal.SIGCONT)
        self.api.work.put(Work(request_id, event, deadline_ms, self.function.arn))
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            has_ended = self.process.poll() is not None
            try:
                answer = self.api.answers.get(timeout=_NOTICE_S)
            except Empty:
                if has_ended:
                    return _died(request_id, "Runtime.ExitError", "Runtime exited with error")
            else:
                # Lambda freezes what waits for its next event.
                self.process.send_signal(signal.SIGSTOP)
                return answer
        self.stop()
        return _died(request_id, "Sandbox.Timedout", f"Task timed out after {limit_s:.2f} seconds")

    def stop(self) -> None:
        """End the process; what is in its folder stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.resources.close()

    def _start(self) -> None:
        self.stop()
        self.api = self.resources.enter_context(RuntimeApi.serving())
        code, tmp = str(self.function.code), self.folder / "tmp"
        tmp.mkdir(exist_ok=True)
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": "/home/nobody",
            "TMPDIR": str(tmp),
            "PYTHONPATH": code,
            "LAMBDA_TASK_ROOT": code,
            "_HANDLER": self.function.handler,
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": self.function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory_mib),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self.stream,
        }
        log = self.resources.enter_context(self.log.open("ab"))
        self.process = subprocess.Popen(
            [str(self.python), "-m", "awslambdaric", self.function.handler],
            cwd=code,
            env={**variables, **self.environment, **json.loads(self.function.variables)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


@dataclass
class Functions:
    """All functions of the emulator.

    Attributes:
        python: An interpreter that has what Lambda's own runtime has, and nothing else.
        endpoint: Where the emulator is.
        folder: For code, and for the processes.
    """

    python: Path
    endpoint: str
    folder: Path
    _idle: defaultdict[_Function, list[_Sandbox]] = field(default_factory=lambda: defaultdict(list))
    _all: list[_Sandbox] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def teach(self) -> None:
        """Make moto run functions here."""
        from moto.awslambda.models import LambdaFunction

        def _invoke_lambda(described: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
            text = event if isinstance(event, str) else json.dumps(event)
            answer, log = self._invoke(described, text.encode())
            return answer.body, answer.failed, log

        LambdaFunction._invoke_lambda = _invoke_lambda  # type: ignore[method-assign,assignment]

    def stop(self) -> None:
        """End all processes."""
        for sandbox in self._all:
            sandbox.stop()

    def _invoke(self, described: Any, event: bytes) -> tuple[Answer, str]:
        function = self._function(described)
        with self._lock:
            idle = self._idle[function]
            sandbox = idle.pop() if idle else self._sandbox(function, described.region)
        start = sandbox.log.stat().st_size
        answer = sandbox.invoke(event)
        printed = sandbox.log.read_bytes()[start:].decode(errors="replace")
        log = f"START Version: $LATEST\n{printed}\nEND"
        with self._lock:
            self._idle[function].append(sandbox)
        _write_log(described, sandbox.stream, log)
        return answer, log[-4096:]

    def _function(self, described: Any) -> _Function:
        return _Function(
            name=described.function_name,
            arn=described.function_arn,
            handler=described.handler,
            role_arn=described.role,
            memory_mib=int(described.memory_size),
            timeout_s=int(described.timeout),
            variables=json.dumps(described.environment_vars, sort_keys=True),
            code=self._unpacked(described),
        )

    def _sandbox(self, function: _Function, region: str) -> _Sandbox:
        environment = {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self.endpoint,
            **credentials_of(function.role_arn, "lambda.amazonaws.com"),
        }
        folder = Path(tempfile.mkdtemp(dir=self.folder, prefix=f"{function.name}-"))
        sandbox = _Sandbox(function, self.python, folder, environment)
        sandbox.log.touch()
        self._all.append(sandbox)
        return sandbox

    def _unpacked(self, described: Any) -> Path:
        folder = self.folder / "code" / b64decode(described.code_digest).hex()
        with self._lock:
            if not folder.is_dir():
                with ZipFile(io.BytesIO(described.code_bytes)) as archive:
                    size_bytes = sum(item.file_size for item in archive.infolist())
                    assert size_bytes <= _LARGEST_CODE_BYTES, f"{size_bytes} bytes unpacked"
                    archive.extractall(folder)
        return folder


def _died(request_id: str, kind: str, message: str) -> Answer:
    said = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return Answer(json.dumps(said), failed=True)


def _write_log(described: Any, stream: str, text: str) -> None:
    """Write what a function printed where its role may; what it may not is lost, as in Lambda."""
    group = described.logs_group_name
    prefix = f"arn:aws:logs:{described.region}:{described.account_id}:log-group:{group}"
    role = described.role.rpartition("/")[2]
    needed = (
        Need("logs:CreateLogStream", f"{prefix}:log-stream:{stream}"),
        Need("logs:PutLogEvents", f"{prefix}:log-stream:{stream}"),
    )
    if not all(role_allows(role, need) for need in needed):
        return
    logs = described.logs_backend
    if stream not in logs.groups[group].streams:
        logs.create_log_stream(group, stream)
    now_ms = int(time.time() * 1000)
    lines = [{"timestamp": now_ms, "message": line} for line in text.splitlines() if line]
    if lines:
        logs.put_log_events(group, stream, lines)
