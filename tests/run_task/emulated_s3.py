"""An S3 that remembers what it was asked, and refuses what a role would not be allowed: moto behind a small gate.

Like S3 for a role that may list only some prefixes, the gate answers 403, not 404, to whoever asks for an absent key.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import unescape

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.conditional_writes import InOneStep

__all__ = ["Asked", "EmulatedS3", "Rule"]

Rule = Callable[[str, str, str], bool]
"""Says whether a verb (`Get`, `Put`, `Delete`, `List`) on a key or prefix of a bucket is allowed."""

Asked = tuple[str, str, str]
"""A verb, a bucket, and a key or prefix."""

_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@dataclass
class EmulatedS3:
    """A server, with what it is asked while somebody listens."""

    endpoint: str = ""
    asked: list[Asked] | None = None
    rule: Rule | None = None
    before: Callable[[Asked], None] | None = None
    answering: Condition = field(default_factory=Condition)
    unanswered: int = 0
    application: Any = field(
        default_factory=lambda: InOneStep(DomainDispatcherApplication(create_backend_app))
    )

    @contextmanager
    def serving(self) -> Iterator[EmulatedS3]:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, self, threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.endpoint = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @contextmanager
    def listening(self, rule: Rule | None = None) -> Iterator[list[Asked]]:
        """Note what is asked from now on, and refuse what a rule does not allow."""
        self.asked, self.rule = [], rule
        try:
            yield self.asked
        finally:
            self.asked = self.rule = None

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def keys(self, bucket: str, prefix: str = "") -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {item["Key"] for page in pages for item in page.get("Contents", ())}

    def data(self, bucket: str, prefix: str = "") -> set[str]:
        """All keys but those of leases, which say who held a dataset and stay when that is over."""
        return {key for key in self.keys(bucket, prefix) if not key.endswith("/lease.json")}

    def read(self, bucket: str, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def remove(self, bucket: str, key: str) -> None:
        self.client.delete_object(Bucket=bucket, Key=key)

    def make_bucket(self, name: str) -> None:
        place = {"LocationConstraint": "eu-central-1"}
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration=place)

    def settle(self) -> None:
        """Wait until nothing is being answered, whoever asked."""
        with self.answering:
            self.answering.wait_for(lambda: self.unanswered == 0, timeout=30)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self.answering:
            self.unanswered += 1
        try:
            return self._answer(environ, start)
        finally:
            with self.answering:
                self.unanswered -= 1
                self.answering.notify_all()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked = list(_asked(environ))
        for one in asked:
            if self.asked is not None:
                self.asked.append(one)
            if self.before is not None:
                self.before(one)
        if self.rule is not None and not all(
            self.rule(verb, bucket, key) for verb, bucket, key in asked
        ):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [_DENIED]

        def hiding(status: str, headers: list[Any], info: Any = None) -> Any:
            absent = status.startswith("404") and self.rule is not None
            return start("403 Forbidden" if absent else status, headers, info)

        answer: Iterable[bytes] = self.application(environ, hiding)
        return answer


def _asked(environ: dict[str, Any]) -> Iterator[Asked]:
    """Say what a request needs permission for."""
    path = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/")
    bucket, _, key = path.partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    method = environ["REQUEST_METHOD"]
    if not key:
        if method == "GET":
            yield "List", bucket, query.get("prefix", [""])[0]
        elif method == "POST" and "delete" in query:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(body)
            for found in re.findall(r"<Key>(.*?)</Key>", body.decode()):
                yield "Delete", bucket, unescape(found)
        return
    yield {"GET": "Get", "HEAD": "Get", "DELETE": "Delete"}.get(method, "Put"), bucket, key
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        source_bucket, _, source_key = unquote(source).lstrip("/").partition("/")
        yield "Get", source_bucket, source_key
