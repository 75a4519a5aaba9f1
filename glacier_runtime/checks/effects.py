"""Keeping user code from touching the world while its columns are checked.

Two fences, for the length of a task's call in the dry run's child process: an audit hook (PEP 578) refuses what Python
does (network, processes, writing files); and Polars' own readers and writers, which work below Python and raise no audit
events, are replaced by ones that refuse. Native code other than Polars is not fenced: the documentation says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NoReturn

import polars as pl

__all__ = ["EffectRefusedError", "install", "without_effects"]

_REFUSED_PREFIXES: Final = (
    "ftplib.",
    "http.client.",
    "imaplib.",
    "nntplib.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "poplib.",
    "shutil.",
    "smtplib.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "telnetlib.",
    "urllib.",
)
_REFUSED: Final = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.kill",
        "os.link",
        "os.mkdir",
        "os.putenv",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.system",
        "os.truncate",
        "os.unsetenv",
        "os.utime",
    }
)
_WRITING_FLAGS: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_active = False


class EffectRefusedError(Exception):
    """A task tried to do something other than build a query while its columns were checked."""


def install() -> None:
    """Put up both fences, for the rest of the process; they hold within `without_effects`."""
    sys.addaudithook(_audit)
    for owner in (pl, pl.DataFrame, pl.LazyFrame, pl.Series):
        for name in dir(owner):
            if name.startswith(("read_", "scan_", "sink_", "write_")):
                setattr(owner, name, _fenced(f"{owner.__name__}.{name}", getattr(owner, name)))


@contextmanager
def without_effects() -> Generator[None]:
    """Refuse effects while inside."""
    global _active  # noqa: PLW0603 (an audit hook has no other state, and cannot be removed)
    _active = True
    try:
        yield
    finally:
        _active = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _active:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITING_FLAGS:
            _refuse(f"open {path!r} for writing")
    elif event in _REFUSED or event.startswith(_REFUSED_PREFIXES):
        _refuse(event)


def _fenced(name: str, original: object) -> object:
    def call(*args: object, **kwargs: object) -> object:
        if _active:
            _refuse(f"call {name}")
        assert callable(original)
        return original(*args, **kwargs)

    return call


def _refuse(what: str) -> NoReturn:
    message = f"tried to {what}"
    raise EffectRefusedError(message)
