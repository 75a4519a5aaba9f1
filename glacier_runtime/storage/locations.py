"""Places in storage by logical name: a bucket, and a path inside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Final

from glacier_runtime.config.choice import config_for
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.errors import Code, DefinitionError, Problem

if TYPE_CHECKING:
    from glacier_runtime.config.stores import BucketConfig

__all__ = [
    "INTERNAL_FOLDER",
    "MAX_PATH_LENGTH",
    "PATH_PATTERN",
    "BucketSpec",
    "Location",
    "check_path",
    "is_kept",
    "is_utf8",
]

INTERNAL_FOLDER: Final = "_glacier"
# Folders in it that belong to no dataset; a dataset's own is called like its path.
_KEPT_FOLDERS: Final = frozenset({"commits", "runs"})
_MAX_SEGMENT_LENGTH: Final = 200  # a file name may have 255 bytes
_PART: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._=-]{0,198}[A-Za-z0-9_=-])?"
_SEGMENT: Final = re.compile(_PART)
MAX_PATH_LENGTH: Final = (
    512  # S3 keys may have 1,024 bytes; attempts put up to half of that around a path
)
PATH_PATTERN: Final = f"^{_PART}(?:/{_PART})*/?$"
"""What `check_path` accepts, whole length aside, for readers of a manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSpec:
    """A bucket by its logical name.

    Attributes:
        name: The logical name; the physical one is made by Terraform.
        scope: Which part of which cloud holds it.
        base_path: For a local bucket, the folder that holds it.
        versioning: Whether the store keeps replaced objects.
        protected: Whether the infrastructure's tools must refuse to destroy it.
        configs: What the stores of clouds are told beyond that, one for each cloud.
        existing: What it is to the tool that made it, if that was another.
    """

    name: str
    scope: CloudScope
    base_path: PurePath | None = None
    versioning: bool = False
    protected: bool = True
    configs: tuple[BucketConfig, ...] = ()
    existing: ExistingResource | None = None

    @property
    def cloud(self) -> str:
        """The cloud that holds it, or "local"."""
        return self.scope.cloud

    def config_for(self, cloud: str) -> BucketConfig | None:
        """Return what a cloud's store is told beyond the neutral options, if anything."""
        return config_for(self.configs, cloud)

    def is_versioned(self, cloud: str) -> bool:
        """Say whether a cloud's store keeps replaced objects, which its configuration may say too."""
        config = self.config_for(cloud)
        said = None if config is None else config.versioning
        return self.versioning if said is None else said


@dataclass(frozen=True, slots=True)
class Location:
    """A file (`raw/flights.parquet`) or folder (`clean/flights/`) in a bucket.

    Attributes:
        bucket: The bucket.
        path: Relative path with forward slashes; a trailing slash says folder.
    """

    bucket: BucketSpec
    path: str

    @property
    def is_folder(self) -> bool:
        """Whether the location is a folder of files."""
        return self.path.endswith("/")

    @property
    def key(self) -> str:
        """The path without a trailing slash."""
        return self.path.rstrip("/")

    @property
    def suffix(self) -> str:
        """The file suffix with its dot, or an empty string."""
        return "" if self.is_folder else PurePosixPath(self.path).suffix

    def overlaps(self, other: Location) -> bool:
        """Say whether one location is the other, or lies inside it."""
        mine, theirs = self.bucket, other.bucket
        if mine is not theirs and (mine.cloud, mine.name) != (theirs.cloud, theirs.name):
            return False
        inner, outer = f"{self.key}/", f"{other.key}/"
        return inner.startswith(outer) or outer.startswith(inner)

    def __str__(self) -> str:
        return f"{self.bucket.name}:{self.path}"


def check_path(path: str) -> str:
    """Return a path that every store accepts, unchanged.

    Args:
        path: What the user wrote.

    Raises:
        DefinitionError: GLC102, if it is absolute, escapes the bucket, or has characters a store could refuse.

    Example:
        >>> check_path("clean/flights/")
        'clean/flights/'
    """
    if (fault := _path_fault(path)) is not None:
        raise DefinitionError(
            Problem(
                code=Code.BAD_LOCATION,
                message=f"storage path {path!r:.80} {fault}",
                fix="write a relative path such as 'raw/flights.parquet', or 'clean/flights/' for a folder",
            )
        )
    return path


def is_kept(path: str) -> bool:
    """Say whether the versions of a dataset at a path would lie among the records of all tasks.

    Who may write the one could write the other. Case does not count: a local folder may not tell it apart.

    Example:
        >>> is_kept("commits/flights.parquet"), is_kept("clean/commits/")
        (True, False)
    """
    return path.split("/", maxsplit=1)[0].lower() in _KEPT_FOLDERS


def is_utf8(path: str) -> bool:
    """Say whether a path of this machine is text; any bytes may be a name, and Polars opens only text."""
    return path.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in path)


def _path_fault(path: object) -> str | None:
    if not isinstance(path, str):
        return f"must be a string, not {type(path).__name__}"
    segments = path.removesuffix("/").split("/")
    faults = {
        f"has {len(path)} characters; {MAX_PATH_LENGTH} is the most": len(path) > MAX_PATH_LENGTH,
        f"has a part of more than {_MAX_SEGMENT_LENGTH} characters": any(
            len(segment) > _MAX_SEGMENT_LENGTH for segment in segments
        ),
        "is absolute; it must be relative to its bucket": path.startswith("/"),
        f"lies in {INTERNAL_FOLDER}/, which Glacier keeps for itself": segments[0]
        == INTERNAL_FOLDER,
        f"begins with {segments[0]!r:.80}, a name that Glacier keeps for its own records": is_kept(
            path
        ),
        "has a part that is empty, starts with '.' or '_', ends with '.', or holds characters other than "
        "letters, digits, '.', '_', '=' and '-'": not all(map(_SEGMENT.fullmatch, segments)),
    }
    return next((fault for fault, found in faults.items() if found), None)
