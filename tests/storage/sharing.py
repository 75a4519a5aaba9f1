"""A run in a process of its own that makes partitions of a dataset by hand.

It holds its partitions, says `ready`, waits for a line, publishes each of them some times, with rising numbers as content, and
says `published` once it holds them no more; or `refused …`. PLACE is a folder, or `aws` for a bucket of S3. Without keys it publishes the whole dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.leases import hold_leases
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import lock_file
from tests.execution.local_runs import lake
from tests.storage.partitions import publish_partitions, publish_whole

__all__ = ["holding", "place_in", "share"]


def place_in(folder: str) -> Location:
    if folder == "environment":
        return Provider.from_env().bucket("lake").at("by_day/")
    if folder == "aws":
        return Provider(config=AwsConfig(region="eu-central-1")).bucket("lake").at("by_day/")
    return lake(Path(folder)).at("by_day/")


@contextmanager
def holding(place: Location, run: str, *keys: str, task: str | None = None) -> Generator[None]:
    """Hold some partitions, or without keys the whole dataset, as a run does."""
    labels = [f"day={key}" for key in keys]
    holder, lock = Holder(run, "shop", task), lock_file(place, Path())
    with (
        hold_all(
            {} if lock is None else {"by_day": lock},
            str(holder),
            {"by_day": labels} if keys else {},
        ),
        hold_leases([place], Path(), holder, {place: labels} if keys else {}),
    ):
        yield


def share(
    say: Callable[[str], None],
    wait: Callable[[], object],
    folder: str,
    run: str,
    times: str,
    *keys: str,
) -> None:
    """Be such a run."""
    place = place_in(folder)
    try:
        with holding(place, run, *keys):
            say("ready")
            wait()
            for number in range(int(times)):
                for key in keys:
                    name = f"t.{run}-{key}-{number}"
                    publish_partitions(Path(), name, place, run, **{key: str(number)})
                if not keys:
                    publish_whole(Path(), f"t.{run}-{number}", place, run, whole=str(number))
        say("published")
    except StorageError as error:
        say(f"refused {error.problems[0].code.code} {error.problems[0].message}")
