"""All faults: what each is called, how it is brought about, and what else must hold beside the common verdict."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults import clocks, damaged, disks, killed, meanwhile, names, stores
from tests.faults.verdict import Counts

__all__ = ["FAULTS", "Fault"]


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: What it is called.
        how: How it is brought about.
        bring: Brings it about so many times, below a folder, by chance.
        few: Tries of every run of the tests; 0 for none.
        many: Tries for the table.
    """

    name: str
    how: str
    bring: Callable[[Path, int, random.Random], Counts]
    few: int
    many: int


_IN_SHORT = ("everything at once",)  # the others wait most of the time
_STORE_HOWS = {
    "status 500": "S3 answers 500 to between 2 and 90 % of requests",
    "status 503": "S3 answers 503 to between 2 and 90 % of requests",
    "status 429": "S3 answers 429 to between 2 and 90 % of requests",
    "answers lost": "S3 does what it is asked, and the connection ends without an answer: 2 to 60 % of PUT, POST, DELETE",
    "answers cut off": "half of the body, then the connection ends: 2 to 50 % of GET",
    "connections refused": "the connection ends before anything is done: 2 to 60 % of requests",
    "slow": "2 to 30 % of answers are up to 1 s late",
    "everything at once": "503, lost, cut off, refused and late, each 2 to 20 %",
}

FAULTS: tuple[Fault, ...] = (
    Fault("kill -9 of a run", "SIGKILL at a random moment", killed.run_killed, 10, 120),
    Fault("kill -9, groups in parallel", "the same; partitions are made side by side", killed.parallel_killed, 4, 40),
    Fault("kill -9 of resumed runs", "a killed run is resumed, killed again, and so on", killed.resumed_killed, 4, 40),
    Fault("kill -9 of single tasks", "`run_task`, killed, and asked again as a scheduler does", killed.task_killed, 4, 40),
    Fault("kill -9 against S3", "a run whose data is in S3", stores.killed_on_a_store, 1, 20),
    Fault("sink fails midway", "a task raises at a random row while rows are written; its message holds the secret", disks.sink_fails, 2, 20),
    Fault("file limit", "RLIMIT_FSIZE of 3 bytes to 80 kB", disks.file_limit, 2, 40),
    Fault("full disk", "a file system of 24 MiB (tmpfs) with 0 to 250 kB left", disks.full_disk, 2, 30),
    Fault("read-only folder", "the data is remounted read-only", disks.read_only, 1, 10),
    *(
        Fault(f"store: {name}", _STORE_HOWS[name], bring, int(name in _IN_SHORT), 12)
        for name, bring in stores.STORE_FAULTS.items()
    ),
    Fault("store: single tasks", "`run_task` while S3 answers 503 and loses answers", stores.tasks_on_a_bad_store, 0, 12),
    Fault("truncated source", "parquet, cut off at a random byte", damaged.truncated_source, 1, 20),
    Fault("corrupted source", "the rest of a parquet file, from a random byte on, is random", damaged.corrupt_source, 1, 20),
    Fault("corrupted state", "a record, ticket, lock, mark or run log is emptied, cut off or garbage", damaged.corrupt_state, 2, 60),
    Fault("edited by hand", "a stable file is rewritten or removed, or a published file inside is", damaged.edited_by_hand, 2, 30),
    Fault("clock jumps", "by a second to 50 years, both ways, once or to and fro (LD_PRELOAD)", clocks.clock_jumps, 1, 20),
    Fault("clock jumps, S3", "the same against S3, with its leases", clocks.clock_jumps_on_a_store, 0, 10),
    Fault("two runs at once", "a second run starts at a random moment of the first", meanwhile.two_runs, 1, 20),
    Fault("partition vanishes", "the files of a published day are removed at a random moment of a run", meanwhile.partition_vanishes, 1, 20),
    Fault("source swapped", "a local source is replaced or overwritten in place while it is read", meanwhile.source_swapped, 1, 30),
    Fault("object swapped", "an object of S3 is replaced between two requests for parts of it", meanwhile.source_swapped_on_a_store, 0, 24),
    Fault("names of folders", "no UTF-8, 255 bytes, kilobytes, and all that shells and addresses mind", names.strange_roots, 2, 10),
    Fault("names of files", "strangers of such names among Glacier's files; a key of 100 kB", names.strange_files, 2, 16),
)  # fmt: skip
