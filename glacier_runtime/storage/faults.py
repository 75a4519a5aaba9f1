"""What the operating system or an object store says when it fails, as problems."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from glacier_runtime.errors import Code, Problem, StorageError

__all__ = [
    "UNWRITABLE",
    "ReplacedError",
    "is_of_object_store",
    "is_of_polars_in_a_cloud",
    "raise_store_fault",
    "reporting_store_faults",
    "store_fault",
    "write_failed",
]

_DISK_FULL: Final = frozenset({errno.EDQUOT, errno.EFBIG, errno.ENOSPC})
UNWRITABLE: Final = _DISK_FULL | {errno.EROFS}
_POLARS_PREFIX: Final = "object-store error"  # of whatever Polars meets in a cloud


class ReplacedError(ConnectionError):
    """What was just written is there no more as it was: somebody else writes the same."""


def write_failed(error: OSError) -> Problem:
    """Report that something could not be written."""
    if is_of_object_store(error):
        return store_fault(error)
    full = error.errno in _DISK_FULL
    return Problem(
        code=Code.WRITE_FAILED,
        message=f"writing failed, and the unfinished group published nothing: {error}",
        fix=(
            "free space on the disk and run again"
            if full
            else "check path and permissions, and run again"
        ),
    )


@contextmanager
def reporting_store_faults() -> Generator[None]:
    """Turn what an object store raises into errors of Glacier; other errors pass."""
    try:
        yield
    except OSError as error:
        raise_store_fault(error)
        raise


def raise_store_fault(error: BaseException) -> None:
    """Raise an error of Glacier if this one is of an object store.

    Raises:
        StorageError: GLC512 or GLC513.
    """
    if is_of_object_store(error):
        raise StorageError(store_fault(error)) from error


def is_of_object_store(error: BaseException) -> bool:
    """Say whether an error of Glacier's or Polars' own reading and writing is of an object store, not of a disk."""
    if is_of_polars_in_a_cloud(error):
        return True
    # What the operating system refuses or breaks has a number.
    return isinstance(error, PermissionError | ConnectionError) and error.errno is None


def is_of_polars_in_a_cloud(error: BaseException) -> bool:
    """Say whether an error is what Polars met in an object store; that a file is gone is no fault of the store."""
    return _POLARS_PREFIX in str(error) and not isinstance(error, FileNotFoundError)


def store_fault(error: BaseException) -> Problem:
    """Report what an object store said, or that it said nothing."""
    reason = str(error).strip().partition("\n")[0]
    if isinstance(error, PermissionError):
        return Problem(
            code=Code.STORE_DENIED,
            message=f"the object store refused access: {reason}",
            fix="check the credentials, the names in the bindings, and what the role may do",
        )
    return Problem(
        code=Code.STORE_UNREACHABLE,
        message=f"the object store cannot be reached, or failed: {reason}",
        fix="run again; if it lasts, check the credentials, the endpoint and the network (docs/stores.md)",
    )
