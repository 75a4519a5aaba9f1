"""One run of one contender: in a place and a process of its own, and held to the results of the others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.testing import assert_frame_equal

from benchmarks.measuring import ContenderFailedError, run_child, run_script
from benchmarks.tpch.tables import RESULTS

__all__ = ["PEERS", "Contest", "require_room"]

PEERS: Final[Mapping[str, tuple[str, str]]] = {
    "Hamilton, lazy frames": ("Hamilton", "with_hamilton.py"),
    "Kedro, parquet catalog": ("Kedro", "with_kedro.py"),
    "Dagster, default IO manager": ("Dagster", "with_dagster.py"),
    "Dagster, Polars IO manager, Polars 1": ("dagster-polars", "with_dagster_polars.py"),
    "DuckDB, SQL": ("DuckDB", "with_duckdb.py"),
}
"""By contender: the peer, and the script that runs the queries with it."""

_SCRIPTS: Final = Path(__file__).parent / "peers"
_BYTES_A_SCALE: Final = 2 * 10**9  # the tables, and the steps of who keeps them as pickles


@dataclass(frozen=True, slots=True)
class Contest:
    """Where contenders run, and what they have to find.

    Attributes:
        root: A folder for what they write.
        data: Where the tables are.
        commands: By name, where the commands of peers are.
        expected: The results of who came first, by query.
    """

    root: Path
    data: Path
    commands: Mapping[str, Path] = field(default_factory=dict)
    expected: dict[str, pl.DataFrame] = field(default_factory=dict)

    def run(self, name: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Let a contender run, and return what it measured; its place is removed.

        Raises:
            ContenderFailedError: If it fails.
            AssertionError: If its results are not those of who came first: then nobody's figures are worth anything.
        """
        place = self._fresh()
        try:
            measured: dict[str, Any] = self._measured(name, place, environment or {})
            self._require_same(name, place)
        finally:
            shutil.rmtree(place)
            # What one contender leaves for the disk to do must not slow the next.
            os.sync()
        return measured

    def figures(self, name: str) -> Mapping[str, float]:
        """Let a contender run, and return the figures alone."""
        return {key: value for key, value in self.run(name).items() if isinstance(value, float)}

    def _measured(self, name: str, place: Path, environment: Mapping[str, str]) -> Any:
        if name not in PEERS:
            return run_child("benchmarks.tpch.contender", name, str(place), environment=environment)
        peer, script = PEERS[name]
        python = self.commands[peer] / "python"
        return run_script(python, _SCRIPTS / script, str(place), folder=place)

    def _fresh(self) -> Path:
        """A place with the tables and nothing else."""
        place = self.root / "place"
        (place / "data/lake").mkdir(parents=True)
        (place / "data/lake/raw").symlink_to(self.data.resolve())
        return place

    def _require_same(self, name: str, place: Path) -> None:
        for query in RESULTS:
            path = place / f"data/lake/out/{query}.parquet"
            if not path.is_file():
                raise ContenderFailedError(f"{name} has written no {query}")
            found = pl.read_parquet(path)
            expected = self.expected.setdefault(query, found)
            try:
                assert_frame_equal(found.cast(expected.schema), expected)
            except (AssertionError, pl.exceptions.PolarsError) as error:
                raise AssertionError(f"{name} finds another {query}: {error}") from error


def require_room(folder: Path, scale: float) -> str | None:
    """Return what is missing on the disk for a scale factor; None if nothing is."""
    folder.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(folder).free, scale * _BYTES_A_SCALE
    if free < needed:
        return f"{folder} has {free / 1e9:.0f} GB left, and scale factor {scale:g} takes {needed / 1e9:.0f}"
    return None
