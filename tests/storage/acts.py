"""What a child does by hand with a dataset made of partitions, until it is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from glacier_runtime.storage.cleaning import clean
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.retention import Retention
from tests.execution.local_runs import lake
from tests.storage.partitions import publish_partitions

__all__ = ["ACTS", "NEW", "OLD", "by_day", "make_old"]

OLD = {"mo": "old", "tu": "old", "we": "old"}
NEW = {**OLD, "tu": "new"}


def by_day(root: Path) -> Location:
    return lake(root).at("nested/by_day/")


def make_old(root: Path) -> None:
    """Publish every partition by an attempt of its own."""
    for key, text in OLD.items():
        publish_partitions(root, f"made-{key}", by_day(root), **{key: text})


def make_one_anew(root: Path) -> None:
    """Publish one partition."""
    publish_partitions(root, "killed", by_day(root), tu="new")


def clean_up(root: Path) -> None:
    """Keep the newest version, and nothing else that is not needed."""
    places = [by_day(root), lake(root).at("other/")]
    clean("by-hand", places, root, Retention(1), dropped=True)


ACTS: Mapping[str, Callable[[Path], None]] = {"make_one_anew": make_one_anew, "clean_up": clean_up}
