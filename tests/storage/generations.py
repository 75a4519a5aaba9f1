"""Small pipelines whose data says which run wrote it, and readers that say what they see of it.

Every row of a generation carries its number, so that a mix of two runs cannot hide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline
from glacier_runtime.execution.inputs import pin, read, scan
from glacier_runtime.storage.locations import Location
from tests.execution.local_runs import lake, local

__all__ = ["SHAPES", "Shape", "documents", "fused_tables", "quarantine"]

DAYS = 3


class Row(BaseModel):
    generation: int = Field(ge=1)
    number: int = Field(ge=0)
    day: int = Field(ge=0, lt=DAYS)


class Even(BaseModel):
    generation: int
    number: int = Field(multiple_of=2)


class Summary(BaseModel):
    generation: int
    rows: int


@dataclass(frozen=True)
class Shape:
    """A pipeline of one group with two outputs, and ways to read it.

    Attributes:
        pipeline: Takes run parameters `generation` and `rows`.
        datasets: What it publishes in one step.
        visible: The generation that each dataset shows to a reader inside Glacier; None for none.
        exposed: The generation that each stable path shows to other tools; None if it is absent.
    """

    pipeline: Pipeline
    datasets: Sequence[Dataset]
    visible: Callable[[], list[int | None]]
    exposed: Callable[[], list[int | None]]

    @property
    def locations(self) -> list[Location]:
        return [dataset.storage for dataset in self.datasets if dataset.storage is not None]


def fused_tables(root: Path) -> Shape:
    """Two fused tasks: one writes a file, the other a partitioned folder from it."""
    bucket = lake(root)
    flat = Dataset("flat", storage=bucket.at("flat.parquet"), schema=Row)
    by_day = Dataset("by_day", storage=bucket.at("nested/by_day/"), schema=Row, partition_by="day")

    @local.task
    def make(generation: int, rows: int) -> Annotated[pl.LazyFrame, flat]:
        number = pl.int_range(rows, eager=True).alias("number")
        return (
            number.to_frame()
            .lazy()
            .select(
                generation=pl.lit(generation, pl.Int64),
                number="number",
                day=pl.col("number") % DAYS,
            )
        )

    @local.task
    def spread(rows: Annotated[pl.LazyFrame, flat]) -> Annotated[pl.LazyFrame, by_day]:
        return rows.filter(pl.col("number") >= 0)

    def visible() -> list[int | None]:
        found: list[int | None] = []
        for dataset in (flat, by_day):
            pinned = pin(dataset, root)
            frame = None if pinned is None else read(pinned, pl.LazyFrame)
            assert frame is None or isinstance(frame, pl.LazyFrame)
            found.append(None if frame is None else _generation_of(frame))
        return found

    def exposed() -> list[int | None]:
        file, folder = (root / "data/lake" / name for name in ("flat.parquet", "nested/by_day"))
        return [
            _generation_of(pl.scan_parquet(file)) if file.exists() else None,
            _generation_of(pl.scan_parquet(folder / "**/*.parquet")) if folder.exists() else None,
        ]

    return Shape(
        Pipeline(name="fused-tables", tasks=[make, spread]), (flat, by_day), visible, exposed
    )


def documents(root: Path) -> Shape:
    """One task that writes a document and a folder of files."""
    bucket = lake(root)
    summary = Dataset("summary", storage=bucket.at("summary.json"), schema=Summary)
    pages = Dataset("pages", storage=bucket.at("pages/"), format="files")

    @local.task
    def report(
        generation: int, rows: int
    ) -> tuple[Annotated[Summary, summary], Annotated[Path, pages]]:
        made = root / "workshop"
        (made / "inner").mkdir(parents=True, exist_ok=True)
        (made / "one.txt").write_text(str(generation))
        (made / "inner/two.txt").write_text(str(generation))
        return Summary(generation=generation, rows=rows), made

    def visible() -> list[int | None]:
        document, folder = pin(summary, root), pin(pages, root)
        shown: Any = None if document is None else read(document, Summary)
        return [
            None if shown is None else shown.generation,
            None if folder is None else _generation_of_pages(Path(folder.address)),
        ]

    def exposed() -> list[int | None]:
        file, folder = (root / "data/lake" / name for name in ("summary.json", "pages"))
        text = file.read_text() if file.exists() else None
        return [
            None if text is None else Summary.model_validate_json(text).generation,
            _generation_of_pages(folder) if folder.exists() else None,
        ]

    return Shape(Pipeline(name="documents", tasks=[report]), (summary, pages), visible, exposed)


def quarantine(root: Path) -> Shape:
    """One task whose rows go to two files: those that keep the rules, and the rejects."""
    bucket = lake(root)
    even = Dataset(
        "even",
        storage=bucket.at("even.parquet"),
        schema=Even,
        unique="number",
        on_violation="quarantine",
        quarantine=bucket.at("nested/odd.parquet"),
    )

    @local.task
    def make(generation: int, rows: int) -> Annotated[pl.LazyFrame, even]:
        number = pl.int_range(2 * rows, eager=True).alias("number")
        return (
            number.to_frame()
            .lazy()
            .select(pl.lit(generation, pl.Int64).alias("generation"), "number")
        )

    def halved(frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.with_columns(pl.col("number") // 2)

    def visible() -> list[int | None]:
        pinned = [pin(dataset, root) for dataset in (even, even.rejects)]
        return [None if found is None else _generation_of(halved(scan(found))) for found in pinned]

    def exposed() -> list[int | None]:
        files = [root / "data/lake" / name for name in ("even.parquet", "nested/odd.parquet")]
        return [
            _generation_of(halved(pl.scan_parquet(file))) if file.exists() else None
            for file in files
        ]

    pipeline = Pipeline(name="quarantine", tasks=[make])
    return Shape(pipeline, (even, even.rejects), visible, exposed)


SHAPES: Mapping[str, Callable[[Path], Shape]] = {
    "fused_tables": fused_tables,
    "documents": documents,
    "quarantine": quarantine,
}


def _generation_of(frame: pl.LazyFrame) -> int:
    """The one generation of a table that has all its rows; anything else is a failure."""
    found = (
        frame.group_by("generation")
        .agg(rows=pl.len(), distinct=pl.col("number").n_unique(), last=pl.col("number").max())
        .collect()
        .to_dicts()
    )
    assert len(found) == 1, f"a mix of generations: {found}"
    assert found[0]["rows"] == found[0]["distinct"] == found[0]["last"] + 1, f"not whole: {found}"
    return int(found[0]["generation"])


def _generation_of_pages(folder: Path) -> int:
    texts = {name: (folder / name).read_text() for name in ("one.txt", "inner/two.txt")}
    assert len(set(texts.values())) == 1, f"a mix of generations: {texts}"
    return int(texts["one.txt"])
