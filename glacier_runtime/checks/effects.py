"""Keeping user code from touching the world while its columns are checked.

Three fences, put up in the dry run's child process and never taken down: an audit hook (PEP 578) refuses what Python does
(network, processes, writing files, native libraries); Polars' own readers and writers, which work below Python and raise no
audit events, are replaced by ones that refuse; and so are the few functions of `os` that raise none either. Native code of
other libraries is not fenced: the documentation says so.
"""

from __future__ import annotations

import os
import sys
from typing import Final, NoReturn

import polars as pl
from polars.expr.meta import ExprMetaNameSpace

__all__ = ["EffectRefusedError", "activate", "install", "is_installed"]

_REFUSED_PREFIXES: Final = (
    "ctypes.",
    "fcntl.",
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
    "syslog.",
    "telnetlib.",
    "urllib.",
    "webbrowser.",
)
_REFUSED: Final = frozenset(
    {
        "os.chdir",
        "os.chflags",
        "os.chmod",
        "os.chown",
        "os.kill",
        "os.killpg",
        "os.link",
        "os.lockf",
        "os.mkdir",
        "os.putenv",
        "os.remove",
        "os.removexattr",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.symlink",
        "os.system",
        "os.truncate",
        "os.unsetenv",
        "os.utime",
    }
)
_SILENT: Final = ("killpg", "mkfifo", "mknod")  # functions of `os` without an audit event
_POLARS_IO: Final = ("deserialize", "read_", "scan_", "serialize", "sink_", "write_")
_WRITING_FLAGS: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_installed = False
_active = False


class EffectRefusedError(Exception):
    """A task tried to do something other than build a query while its columns were checked."""


def install() -> None:
    """Put up the fences, which refuse nothing until `activate`."""
    global _installed  # noqa: PLW0603 (a process has them or has not; they cannot be taken down)
    _installed = True
    sys.addaudithook(_audit)
    for owner in (pl, pl.DataFrame, pl.LazyFrame, pl.Series, pl.Expr, ExprMetaNameSpace):
        for name in dir(owner):
            if name.startswith(_POLARS_IO):
                setattr(owner, name, _fenced(f"{owner.__name__}.{name}", getattr(owner, name)))
    for name in _SILENT:
        if hasattr(os, name):
            setattr(os, name, _fenced(f"os.{name}", getattr(os, name)))


def is_installed() -> bool:
    """Say whether this process only checks, and must not run anything."""
    return _installed


def activate() -> None:
    """Refuse effects from now on."""
    global _active  # noqa: PLW0603 (an audit hook has no other state)
    _active = True


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
