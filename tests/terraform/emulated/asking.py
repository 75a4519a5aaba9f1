"""Who asks what of AWS: a request, as far as rights depend on it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

__all__ = ["ACCOUNT", "PARTITION", "Asked", "asked", "asked_in_json"]

ACCOUNT = "123456789012"
PARTITION = "aws"

_SIGNED_BY = re.compile(r"Credential=([^/]+)/[0-9]+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Asked:
    """A request to AWS.

    Attributes:
        environ: As the web server gives it.
        access_key: Whose it is; empty if nobody signed it.
        region: Where.
        service: Of which service, as signatures call it.
    """

    environ: dict[str, Any]
    access_key: str
    region: str
    service: str

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        return str(self.environ["PATH_INFO"]).encode("latin-1").decode()

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.environ.get("QUERY_STRING", ""), keep_blank_values=True)

    @property
    def is_form(self) -> bool:
        """Whether it is a call of a service that takes forms and answers in XML."""
        return str(self.environ.get("CONTENT_TYPE", "")).startswith(
            "application/x-www-form-urlencoded"
        )

    @property
    def body(self) -> str:
        """The text that is sent; it can be read again by whoever answers."""
        body = self.environ["wsgi.input"].read(int(self.environ.get("CONTENT_LENGTH") or 0))
        self.environ["wsgi.input"] = io.BytesIO(body)
        return str(body.decode())

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


def asked_in_json(request: Asked) -> tuple[str, dict[str, Any]]:
    """Return what a service that takes JSON is asked for: the action, and what it is given."""
    target = str(request.environ.get("HTTP_X_AMZ_TARGET", ""))
    return target.rpartition(".")[2], json.loads(request.body or "{}")


def asked(environ: dict[str, Any]) -> Asked:
    """Say who asks which service."""
    signed = _SIGNED_BY.search(environ.get("HTTP_AUTHORIZATION", ""))
    return Asked(environ, *(signed.groups() if signed else ("", "", "")))
