"""What no emulator of S3 may get wrong here: of several who write a key on one condition at once, one does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

__all__ = ["InOneStep"]

_CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"}


@dataclass(frozen=True)
class InOneStep:
    """A web application that looks and writes in one step, as S3 does, and not in two, as moto does.

    Attributes:
        application: What answers.
        one: Held by a request that depends on what is there.
    """

    application: Callable[..., Iterable[bytes]]
    one: Any = field(default_factory=RLock)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self.one if _CONDITIONS & environ.keys() else nullcontext():
            return self.application(environ, start)
