"""Lambda's Runtime API, by which the process of a function asks for work and answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import Any

__all__ = ["Answer", "RuntimeApi", "Work"]

_NEXT = "/2018-06-01/runtime/invocation/next"


@dataclass(frozen=True)
class Work:
    """One invocation: its id, what the function is given, and when it has to be done."""

    request_id: str
    event: bytes
    deadline_ms: int
    arn: str


@dataclass(frozen=True)
class Answer:
    """What the function returned, or what it raised."""

    body: str
    failed: bool


@dataclass
class RuntimeApi:
    """The API of one process.

    Attributes:
        address: Host and port.
        work: What the process is to do next.
        answers: What it has said.
    """

    address: str = ""
    work: SimpleQueue[Work | None] = field(default_factory=SimpleQueue)
    answers: SimpleQueue[Answer] = field(default_factory=SimpleQueue)

    @classmethod
    @contextmanager
    def serving(cls) -> Generator[RuntimeApi]:
        """Serve until the block ends."""
        api = cls()

        class Handler(_Handler):
            runtime = api

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        api.address = f"127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield api
        finally:
            api.work.put(None)  # lets go of whoever waits
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    runtime: RuntimeApi

    def do_GET(self) -> None:
        work = self.runtime.work.get() if self.path == _NEXT else None
        if work is None:
            self._send(410, b"", {})
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": work.request_id,
            "Lambda-Runtime-Deadline-Ms": str(work.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": work.arn,
            "Content-Type": "application/json",
        }
        self._send(200, work.event, headers)

    def do_POST(self) -> None:
        body = self._body().decode()
        self._send(202, b'{"status": "OK"}', {"Content-Type": "application/json"})
        # What goes wrong before the first invocation is said at /runtime/init/error.
        self.runtime.answers.put(Answer(body, failed=self.path.endswith("/error")))

    def _body(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        chunks = []
        while size := int(self.rfile.readline().strip(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing of every request."""
