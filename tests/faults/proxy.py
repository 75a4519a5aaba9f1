"""A proxy before a store that answers as bad networks and busy stores do: errors, silence, half an answer, none at all.

`answer lost` is the worst: the store has done what it was asked, and nobody hears of it.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

__all__ = ["Proxy", "Rule"]

_OF_A_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "date", "server"}
_BODY = b"<Error><Code>InternalError</Code><Message>try again</Message></Error>"


@dataclass(frozen=True)
class Rule:
    """What goes wrong with some requests.

    Attributes:
        fault: A status (500, 503, 429); `cut` (half the answer), `lost` (the store is asked, and nobody is told), `refused` (the
            connection is closed at once), `slow` (every answer is late).
        probability: How many of the requests that match meet it.
        methods: Which they are; empty for all.
        seconds: How late a slow answer is.
    """

    fault: int | str
    probability: float
    methods: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class Proxy:
    """A server that passes requests on, unless a rule says otherwise.

    Attributes:
        target: The address of the store.
        seed: Of the chances that are taken.
        endpoint: Where it answers.
        rules: What goes wrong, looked at in this order.
        met: How many requests met each fault.
        before: Called with the method and path of every request.
    """

    target: str
    seed: int = 0
    endpoint: str = ""
    rules: Sequence[Rule] = ()
    met: dict[str, int] = field(default_factory=dict)
    before: Callable[[str, str], None] | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    @contextmanager
    def serving(self) -> Generator[Proxy]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, TimeoutError, ValueError):
                    self.close_connection = True

            def answer(self) -> None:
                proxy._answer(self)

            do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def handle_error(self, *_: object) -> None: ...

        server = Server(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.endpoint = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _rule(self, method: str) -> Rule | None:
        with self._lock:
            for rule in self.rules:
                matches = not rule.methods or method in rule.methods
                if matches and self._chance.random() < rule.probability:
                    self.met[str(rule.fault)] = self.met.get(str(rule.fault), 0) + 1
                    return rule
        return None

    def _answer(self, client: BaseHTTPRequestHandler) -> None:
        length = int(client.headers.get("Content-Length") or 0)
        body = client.rfile.read(length) if length else b""
        if self.before is not None:
            self.before(client.command, client.path)
        rule = self._rule(client.command)
        fault = None if rule is None else rule.fault
        if rule is not None and fault == "slow":
            time.sleep(rule.seconds)
        if isinstance(fault, int):
            _send(client, fault, [("Content-Type", "application/xml")], _BODY)
            return
        if fault == "refused":
            _hang_up(client)
            return
        status, headers, content = self._ask(client, body)
        if fault == "lost":
            _hang_up(client)
        elif fault == "cut":
            _send(client, status, headers, content, is_cut=True)
            _hang_up(client)
        else:
            _send(client, status, headers, content)

    def _ask(
        self, client: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        address = urlsplit(self.target)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
        headers = {k: v for k, v in client.headers.items() if k.lower() not in _OF_A_CONNECTION}
        try:
            connection.request(client.command, client.path, body, headers)
            response: HTTPResponse = connection.getresponse()
            content = response.read()
            kept = [(k, v) for k, v in response.getheaders() if k.lower() not in _OF_A_CONNECTION]
            return response.status, kept, content
        finally:
            connection.close()


def _send(
    client: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    content: bytes,
    *,
    is_cut: bool = False,
) -> None:
    """Answer; of an answer that is cut off, half is sent."""
    client.send_response(status)
    has_length = False
    for name, value in headers:
        has_length |= name.lower() == "content-length"
        client.send_header(name, value)
    if not has_length:
        client.send_header("Content-Length", str(len(content)))
    client.end_headers()
    if client.command != "HEAD":
        client.wfile.write(content[: len(content) // 2] if is_cut else content)


def _hang_up(client: BaseHTTPRequestHandler) -> None:
    client.close_connection = True
    client.connection.shutdown(socket.SHUT_RDWR)
