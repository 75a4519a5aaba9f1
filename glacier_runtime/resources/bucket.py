"""Buckets: where data lies."""

from __future__ import annotations

from dataclasses import dataclass

from glacier_runtime.storage.locations import BucketSpec, Location, check_path

__all__ = ["Bucket"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of a provider; made by `Provider.bucket`.

    Attributes:
        spec: Its logical name, cloud and options.
    """

    spec: BucketSpec

    @property
    def name(self) -> str:
        """The logical name."""
        return self.spec.name

    def at(self, path: str) -> Location:
        """Name a place in the bucket.

        Args:
            path: A relative path with forward slashes: a file (`raw/flights.parquet`), or a folder if it ends in `/`.

        Raises:
            DefinitionError: GLC102, if a store could refuse the path.

        Example:
            >>> from glacier_runtime import Provider
            >>> from glacier_runtime.config import LocalConfig
            >>> str(Provider(config=LocalConfig()).bucket("lake").at("raw/flights.parquet"))
            'lake:raw/flights.parquet'
        """
        return Location(self.spec, check_path(path))
