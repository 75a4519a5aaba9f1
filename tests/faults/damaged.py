"""Files that somebody truncated, scribbled over, edited or removed: sources, Glacier's records, what it published."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tests.faults.books import SINGLE_FILES, TOKEN, raw_rows
from tests.faults.children import Ended, run
from tests.faults.places import Place, folder
from tests.faults.verdict import ALL_DAYS, Counts, Series

__all__ = ["corrupt_source", "corrupt_state", "edited_by_hand", "follow", "truncated_source"]


def truncated_source(root: Path, tries: int, chance: random.Random) -> Counts:
    return _bad_source(
        root, tries, chance, lambda content: content[: chance.randrange(len(content))]
    )


def corrupt_source(root: Path, tries: int, chance: random.Random) -> Counts:
    """Some bytes of the source are overwritten. Parquet as Polars writes it has no checksums of values: where a changed
    value still is one, nobody can know, so the bytes are taken from the footer and from page headers, or many at once.
    """

    def scribble(content: bytes) -> bytes:
        start = chance.randrange(len(content) // 2, len(content) - 4)
        return content[:start] + chance.randbytes(len(content) - start)

    return _bad_source(root, tries, chance, scribble)


def _bad_source(
    root: Path, tries: int, chance: random.Random, spoil: Callable[[bytes], bytes]
) -> Counts:
    series = Series(folder(root / "project", TOKEN), chance, 5_000)
    series.begin()
    for _ in range(tries):
        series.renew()
        good = raw_rows(series.generation, series.rows)
        series.place.put("raw.parquet", spoil(good))
        end = run(series.place, ALL_DAYS)
        series.judge(end)
        if "GLC502" not in end.codes and "GLC503" not in end.codes:
            series.lost(f"a source that cannot be read was not named: {end.said[-2000:]}")
        series.place.put("raw.parquet", good)
        series.mend()
    return series.counts


def corrupt_state(root: Path, tries: int, chance: random.Random) -> Counts:
    """One of Glacier's own files is emptied, cut off or scribbled over; the message says what to do, and that is done."""
    series = Series(folder(root / "project", TOKEN), chance)
    series.begin()
    for _ in range(tries):
        series.renew()
        path = chance.choice(_state_files(series.place))
        _spoil(path, chance)
        end = run(series.place, ALL_DAYS)
        series.judge(end, is_damaged=True)
        follow(series, end)
        series.mend()
    return series.counts


def _state_files(place: Place) -> list[Path]:
    """Records, locks, marks, the run log; not the rows, which sizes guard (`edited_by_hand` removes them)."""
    found = [
        path
        for home in (place.data / "_glacier", place.root / ".glacier")
        for path in home.rglob("*")
        if path.is_file() and path.suffix != ".parquet"
    ]
    return sorted(found)


def _spoil(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.unlink()  # what Glacier wrote is read-only, and may be a hard link
    cut = content[: len(content) // 2]
    path.write_bytes(chance.choice([b"", cut, b"\xff\xfe\x00" + content[3:], b"{}", b"null"]))


def follow(series: Series, end: Ended) -> None:
    """Do what the message says, until nothing is left to do: remove what it names."""
    for _ in range(6):
        if end.is_done or not end.codes:
            return
        places = _named_in(end, series.place, "  fix: ")
        places = places or _named_in(end, series.place, "GLC506 ", "GLC509 ")
        if not places:
            return
        for name in places:
            path = Path(name)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        end = run(series.place, ALL_DAYS)


def _named_in(end: Ended, place: Place, *beginnings: str) -> set[str]:
    """Return the places that a message names: in what it says to do, else in what it says is wrong."""
    lines = [line for line in end.said.splitlines() if line.startswith(beginnings)]
    return set(re.findall(re.escape(str(place.root)) + r"[^\s,;:'\"]*", "\n".join(lines)))


def edited_by_hand(root: Path, tries: int, chance: random.Random) -> Counts:
    """Between two runs somebody rewrites or removes what was published, at its stable path or inside."""
    series = Series(folder(root / "project", TOKEN), chance)
    series.begin()
    for _ in range(tries):
        name = chance.choice(SINGLE_FILES)
        stable = series.place.data / f"{name}.parquet"
        edit = chance.choice((_rewrite, _remove, _remove_inside))
        edit(series, stable)
        kept = stable.read_bytes() if stable.exists() else None
        series.renew()
        end = run(series.place, ALL_DAYS)
        series.judge(end, is_damaged=edit is _remove_inside, edited=name)
        if edit is _rewrite:
            if end.codes != ("GLC509",) or stable.read_bytes() != kept:
                series.lost(f"an edit was not kept, or not named: {end.said[-2000:]}")
            stable.unlink(missing_ok=True)  # as the message says: moved away
        elif edit is _remove_inside:
            follow(series, end)
        series.mend()
    return series.counts


def _rewrite(_: Series, stable: Path) -> None:
    frame = pl.read_parquet(stable).with_columns(pl.col("generation") + 1000)
    stable.unlink()
    frame.write_parquet(stable)


def _remove(_: Series, stable: Path) -> None:
    stable.unlink()


def _remove_inside(series: Series, stable: Path) -> None:
    """Remove a file of a published version; sometimes of an old one, which nobody misses."""
    files = series.place.data.glob(f"_glacier/{stable.name}/attempts/*/*")
    series.chance.choice(sorted(files)).unlink()
