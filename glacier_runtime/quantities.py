"""Sizes, times and numbers of things as people read them: the same words in every table and line."""

from __future__ import annotations

from typing import Final

__all__ = ["counted", "duration", "readable_size"]

_KILO: Final = 1000  # decimal units, as disks and stores count
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Example:
        >>> counted(1, "task"), counted(1200, "file")
        ('1 task', '1200 files')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time as people say it.

    Example:
        >>> duration(0.254), duration(75), duration(7260)
        ('0.25 s', '1 min 15 s', '2 h 1 min')
    """
    if round(seconds, 2) < _MINUTE_S:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"


def readable_size(size_bytes: int) -> str:
    """Return a size as people write it.

    Example:
        >>> readable_size(123_456), readable_size(1_500_000)
        ('123 kB', '1.5 MB')
    """
    size = float(size_bytes)
    for unit, digits in (("B", 0), ("kB", 0), ("MB", 1), ("GB", 1)):
        if round(size, digits) < _KILO:
            return f"{size:.{digits}f} {unit}"
        size /= _KILO
    return f"{size:.1f} TB"
