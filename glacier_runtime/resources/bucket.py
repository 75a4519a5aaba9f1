"""Buckets: where data lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.roots import find_root
from glacier_runtime.sources import SourceMetadata
from glacier_runtime.storage.faults import raise_store_fault
from glacier_runtime.storage.locations import BucketSpec, Location, check_path

__all__ = ["Bucket"]


class Bucket(Location):
    """A bucket of a provider, or a place in it; made by `Provider.bucket`.

    It is storage for datasets, and a source: what tasks publish, or people put there, can be read through it, and loose files
    can be written. Paths of this machine count from the project's root.

    Attributes:
        bucket: The bucket's logical name, cloud and options.
        path: Relative path with forward slashes; a trailing slash says folder, and an empty one the whole bucket.

    Example:
        >>> import polars as pl
        >>> from glacier_runtime import Provider
        >>> from glacier_runtime.config import LocalConfig
        >>> lake = Provider(config=LocalConfig(base_path="data")).bucket("lake")
        >>> numbers = lake.at("raw/numbers.parquet")
        >>> numbers.exists()
        False
        >>> numbers.write(pl.DataFrame({"n": [1, 2, 3]}))
        >>> numbers.scan().select(pl.col("n").sum()).collect().item()
        6
    """

    __slots__ = ()

    @property
    def spec(self) -> BucketSpec:
        """The bucket itself, without a path."""
        return self.bucket

    @property
    def name(self) -> str:
        """The logical name."""
        return self.bucket.name

    def at(self, path: str) -> Bucket:
        """Name a place in the bucket, or in the folder that this place is.

        Args:
            path: A relative path with forward slashes: a file (`raw/flights.parquet`), or a folder if it ends in `/`.

        Raises:
            DefinitionError: GLC102, if a store could refuse the path, or this place is a file.

        Example:
            >>> from glacier_runtime import Provider
            >>> from glacier_runtime.config import LocalConfig
            >>> str(Provider(config=LocalConfig()).bucket("lake").at("raw/flights.parquet"))
            'lake:raw/flights.parquet'
        """
        if self.suffix:
            raise DefinitionError(
                Problem(
                    code=Code.BAD_LOCATION,
                    message=f"{self} is a file, in which there is no place {path!r:.80}",
                    fix="name the place from the bucket, or from a folder in it",
                )
            )
        return replace(self, path=check_path(f"{self.key}/" + path if self.path else path))

    def scan(self) -> pl.LazyFrame:
        """Read it lazily: the newest version, where tasks publish; else the file, or all files of the folder.

        Raises:
            DefinitionError: GLC103, if its format is none that holds rows.
            StorageError: GLC501, if nothing is there; GLC507, GLC510 or GLC511, if its store cannot be reached from here.
        """
        from glacier_runtime.storage.loose import (  # noqa: PLC0415 (most buckets only name places)
            scan_place,
        )

        return scan_place(self, _root())

    def read(self) -> pl.DataFrame:
        """Read it at once.

        Raises:
            DefinitionError: As `scan`.
            StorageError: As `scan`; GLC512 or GLC513, if its store fails.
        """
        frame = self.scan()
        try:
            return frame.collect()
        except OSError as error:
            raise_store_fault(error)
            raise

    def write(self, frame: pl.DataFrame | pl.LazyFrame) -> None:
        """Write a frame to this file; readers see it whole, or what was there before.

        What a task makes is better returned by it, as a dataset: then it is checked, versioned and resumed.

        Args:
            frame: The frame; the path's suffix says in which format it is written.

        Raises:
            DefinitionError: GLC102, if this is no file; GLC103, if its suffix is of no format that holds rows.
            StorageError: GLC509, if tasks publish here; GLC508, if it cannot be written; GLC507, GLC510 or GLC511, if its
                store cannot be reached from here.
        """
        from glacier_runtime.storage.loose import write_place  # noqa: PLC0415 (as in scan)

        write_place(self, frame.lazy(), _root())

    def get_uri(self) -> str:
        """Return what other tools find it by: a path of this machine, or `s3://bucket/path`.

        Raises:
            StorageError: GLC507, GLC510 or GLC511, if its store cannot be reached from here.
        """
        from glacier_runtime.storage.loose import address_of  # noqa: PLC0415 (as in scan)

        return address_of(self, _root())

    def exists(self) -> bool:
        """Say whether anything is there.

        Raises:
            StorageError: As `read`.
        """
        from glacier_runtime.storage.loose import is_there  # noqa: PLC0415 (as in scan)

        return is_there(self, _root())

    def get_metadata(self) -> SourceMetadata:
        """Say what it is and where, by logical names and without asking its store."""
        return SourceMetadata(kind="bucket", location=str(self))


def _root() -> Path:
    return find_root(Path.cwd())
