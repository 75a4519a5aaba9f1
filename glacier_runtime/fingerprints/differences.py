"""What has changed between two fingerprints, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from glacier_runtime.storage.records import Fingerprint

__all__ = ["differences"]


def differences(before: Fingerprint | None, now: Fingerprint) -> tuple[str, ...]:
    """Say why outputs that were made from one thing would be made from another now.

    Args:
        before: What they were made from; None if they were never made, or nobody wrote it down.
        now: What they would be made from.

    Returns:
        What has changed, the most telling first; nothing if they are equal.

    Example:
        >>> old = Fingerprint(parameters={"since": "a"}, libraries={"polars": "2.1.0"})
        >>> new = Fingerprint(parameters={"since": "b"}, libraries={"polars": "2.2.0"})
        >>> differences(old, new)
        ('parameter since changed', 'polars 2.1.0 → 2.2.0')
    """
    if before is None:
        return ("never made",)
    if before == now:
        return ()
    python = before.libraries.get("Python") == now.libraries.get("Python")
    return (
        *(_code(before.code, now.code) if python else ()),  # bytecode of two Pythons is never equal
        *_named("parameter", before.parameters, now.parameters),
        *_named("input", before.inputs, now.inputs),
        *_named("declaration of", before.declared, now.declared),
        *_libraries(before.libraries, now.libraries),
    )


def _code(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key in now:
        if key in before and before[key] != now[key]:
            is_code = now[key].startswith("code:")
            yield f"code of {key} changed" if is_code else f"{key} changed"
    for key in now:
        if key not in before:
            yield f"now {'calls' if now[key].startswith('code:') else 'uses'} {key}"
    for key in before:
        if key not in now:
            yield f"no longer {'calls' if before[key].startswith('code:') else 'uses'} {key}"


def _named(what: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in now:
        if name not in before:
            yield f"{what} {name} is new"
        elif before[name] != now[name]:
            yield f"{what} {name} changed"
    for name in before:
        if name not in now:
            yield f"{what} {name} is gone"


def _libraries(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if old is None:
            yield f"now uses {name} {new}"
        elif new is None:
            yield f"no longer uses {name} {old}"
        elif old != new:
            yield f"{name} {old} → {new}"
