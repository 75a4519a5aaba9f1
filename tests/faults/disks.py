"""Disks that are full or may not be written, and a sink that fails midway."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.faults.books import TOKEN
from tests.faults.children import run
from tests.faults.places import folder
from tests.faults.verdict import ALL_DAYS, Counts, Series

__all__ = ["file_limit", "full_disk", "read_only", "sink_fails"]

ROWS = 20_000
MIB = 1 << 20


def sink_fails(root: Path, tries: int, chance: random.Random) -> Counts:
    """A task raises while its rows are being written, with the secret in its message."""
    series = Series(folder(root / "project", TOKEN), chance, ROWS)
    series.begin()
    for _ in range(tries):
        series.renew()
        params = {"fail_at": chance.randrange(ROWS)}
        end = run(series.place, replace(ALL_DAYS, params=params))
        series.judge(end)
        if end.codes != ("GLC601",):
            series.lost(f"the task that failed is not named: {end.said[-2000:]}")
        series.mend()
    return series.counts


def file_limit(root: Path, tries: int, chance: random.Random) -> Counts:
    """No file may grow beyond some bytes (RLIMIT_FSIZE): from not even a lock, to all but the largest."""
    series = Series(folder(root / "project", TOKEN), chance, ROWS)
    series.begin()
    for _ in range(tries):
        series.renew()
        limit = int(10 ** chance.uniform(0.5, 4.9))
        end = run(series.place, replace(ALL_DAYS, file_limit=limit))
        series.judge(end)
        if end.codes and "GLC508" not in end.codes:
            series.lost(f"a disk without space was not named: {end.said[-2000:]}")
        series.mend()
    return series.counts


def full_disk(root: Path, tries: int, chance: random.Random) -> Counts:
    """A small file system, filled up to a random number of bytes; without the right to mount one, a limit stands in."""
    with _small_disk(root / "disk") as is_mounted:
        if not is_mounted:
            return file_limit(root, tries, chance)
        series = Series(folder(root / "disk" / "project", TOKEN), chance, ROWS)
        series.begin()
        filler = root / "disk" / "filler"
        for _ in range(tries):
            series.renew()
            free = shutil.disk_usage(root / "disk").free
            left = chance.randrange(0, 250_000)
            filler.write_bytes(bytes(max(0, free - left)))
            end = run(series.place, ALL_DAYS)
            filler.unlink()
            series.judge(end)
            if end.codes and "GLC508" not in end.codes:
                series.lost(f"a full disk was not named: {end.said[-2000:]}")
            series.mend()
        return series.counts


@contextmanager
def _small_disk(at: Path) -> Generator[bool]:
    """Mount a file system of 24 MiB; False if only the administrator may."""
    at.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={24 * MIB}", "tmpfs", str(at)]
    try:
        is_mounted = subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    if not is_mounted:
        at.rmdir()
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(at)], check=True)


def read_only(root: Path, tries: int, chance: random.Random) -> Counts:
    """The data, or a folder in it, may not be written: a file system remounted read-only, or, without that right, folder modes."""
    with _small_disk(root / "disk") as is_mounted:
        home = root / "disk" if is_mounted else root
        series = Series(folder(home / "project", TOKEN), chance)
        series.begin()
        for _ in range(tries):
            series.renew()
            closed = series.place.data if is_mounted else _some_folder(series)
            with _closed(closed, is_mount=is_mounted):
                end = run(series.place, ALL_DAYS)
                series.judge(end)
            if not end.codes or "GLC508" not in end.codes:
                series.lost(f"a folder that is read-only was not named: {end.said[-2000:]}")
            series.mend()
        return series.counts


def _some_folder(series: Series) -> Path:
    data = series.place.data
    choices = (data, data / "_glacier/flat.parquet/attempts", data / "_glacier/commits")
    return series.chance.choice(choices)


@contextmanager
def _closed(path: Path, *, is_mount: bool) -> Generator[None]:
    if is_mount:  # the administrator, whom modes do not stop
        subprocess.run(["mount", "--bind", str(path), str(path)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(path)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(path)], check=True)
        return
    assert os.geteuid() != 0, "the administrator may write everywhere"
    mode = path.stat().st_mode
    path.chmod(0o555)
    try:
        yield
    finally:
        path.chmod(mode)
