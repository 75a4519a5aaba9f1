"""A Google Cloud Storage by its XML interface, which is S3's but for some headers: moto behind a translation.

What S3 does not know is kept here: every object has a generation, and a write may ask for the one it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from threading import RLock
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from tests.run_task.emulated_s3 import EmulatedS3

__all__ = ["EmulatedGcs"]

_SIGNED = "AWS4-HMAC-SHA256 Credential=gcs/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
_EXPECTED = "HTTP_X_GOOG_IF_GENERATION_MATCH"
_SOURCE = "HTTP_X_GOOG_COPY_SOURCE"


@dataclass
class EmulatedGcs(EmulatedS3):
    """Emulated S3, asked and answering as Google's."""

    generations: dict[str, int] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1_700_000_000_000_001))
    writing: Any = field(default_factory=RLock)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        # Whoever signs as for S3 is the test itself.
        if environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4"):
            with self.writing:
                return self._numbered(environ, start)
        environ["HTTP_AUTHORIZATION"] = _SIGNED
        for name in {
            "RAW_URI",
            "REQUEST_URI",
        } & environ.keys():  # with more escaped than moto expects
            path, mark, query = environ[name].partition("?")
            environ[name] = quote(unquote(path)) + mark + query
        if source := environ.pop(_SOURCE, None):
            environ["HTTP_X_AMZ_COPY_SOURCE"] = source
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            return self._numbered(environ, start)
        expected = environ.pop(_EXPECTED, None)
        with self.writing:
            path = environ["PATH_INFO"]
            if expected is not None and int(expected) != self.generations.get(path, 0):
                start("412 Precondition Failed", [("Content-Type", "application/xml")])
                return [
                    f"<Error><Code>PreconditionFailed</Code><Key>{escape(path)}</Key></Error>".encode()
                ]
            return self._numbered(environ, start)

    def _numbered(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, with the generation of the object; a write makes a new one."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        is_part = "partNumber=" in environ.get("QUERY_STRING", "")

        def telling(status: str, headers: list[Any], info: Any = None) -> Any:
            if status.startswith("2") and method in {"PUT", "POST"} and not is_part:
                self.generations[path] = next(self.numbers)
            elif status.startswith("2") and method == "DELETE":
                self.generations.pop(path, None)
            generation = self.generations.get(path)
            told = [] if generation is None else [("x-goog-generation", str(generation))]
            return start(status, [*headers, *told], info)

        return super().__call__(environ, telling)
