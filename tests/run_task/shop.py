"""A shop's tasks, one for each way to read and write: made anew for each test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Previous, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.request import Request
from glacier_runtime.run_task.results import TaskResult
from glacier_runtime.run_task.running import run_task
from glacier_runtime.tasks import AnyTask

__all__ = ["Order", "Shop", "attempt", "shop"]


class Order(BaseModel):
    n: Annotated[int, Field(ge=0)]
    day: str


class Report(BaseModel):
    days: int
    orders: int


@dataclass(frozen=True)
class Shop:
    """Tasks and datasets by name.

    Attributes:
        tasks: The tasks, in an order in which they can run.
        datasets: The datasets.
        drawn: The folder in which `draw` makes its files.
        seen: What `look` has been given.
    """

    tasks: dict[str, AnyTask]
    datasets: dict[str, Dataset]
    drawn: Path
    seen: list[Any]


def attempt(
    shop: Shop,
    task: str,
    root: Path,
    run_id: str = "r1",
    attempt: int = 0,
    *,
    force: bool = False,
    **params: object,
) -> TaskResult:
    found = FoundTask(shop.tasks[task], "shop", {"of_another_task"}, root)
    return run_task(found, Request(task, run_id, attempt, None, params, force=force))


def shop(drawn: Path, provider: Provider | None = None) -> Shop:
    provider = provider or Provider(config=AwsConfig(region="eu-central-1"))
    lake, mart = provider.bucket("lake"), provider.bucket("mart")
    small = provider.serverless()
    orders = Dataset("orders", storage=lake.at("raw/orders.csv"), schema=Order, source=True)
    visits = Dataset(
        "visits", storage=lake.at("raw/visits/"), schema=Order, format="ndjson", source=True
    )
    by_day = Dataset("by_day", storage=lake.at("by_day/"), schema=Order, partition_by="day")
    lines = Dataset("lines", storage=lake.at("lines.ndjson"), schema=Order)
    arrow = Dataset("arrow", storage=lake.at("deep/down/orders.arrow"), schema=Order)
    sheet = Dataset(
        "sheet",
        storage=lake.at("sheet/"),
        schema=Order,
        format="csv",
        unique=("n", "day"),
        on_violation="quarantine",
        quarantine=mart.at("rejects/sheet.parquet"),
    )
    totals = Dataset("totals", storage=lake.at("totals.parquet"), schema=Order)
    report = Dataset("report", storage=mart.at("report.json"), schema=Report)
    pages = Dataset("pages", storage=mart.at("pages/"), format="files")
    image = Dataset("image", storage=mart.at("image.bin"), format="files")

    @small.task
    def split(
        orders: Annotated[pl.LazyFrame, orders], keep: int = 100, start: int = 0
    ) -> tuple[Annotated[pl.LazyFrame, by_day], Annotated[pl.LazyFrame, lines]]:
        kept = orders.filter(pl.col("n") < keep).with_columns(pl.col("n") + start)
        return kept, kept.filter(pl.col("day") == "mo")

    @small.task
    def collect(
        orders: Annotated[pl.LazyFrame, by_day],
        lines: Annotated[pl.DataFrame, lines],
        visits: Annotated[pl.LazyFrame, visits],
        before: Previous[Annotated[pl.LazyFrame, totals]],
    ) -> tuple[
        Annotated[pl.LazyFrame, totals],
        Annotated[pl.LazyFrame, arrow],
        Annotated[pl.LazyFrame, sheet],
    ]:
        every = pl.concat([orders, lines.lazy(), visits])
        return pl.concat([before, every]), every, every

    @small.task
    def tell(
        totals: Annotated[pl.LazyFrame, totals], sheet: Annotated[pl.LazyFrame, sheet]
    ) -> Annotated[Report, report]:
        days = sheet.select(pl.col("day").n_unique()).collect().item()
        return Report(days=days, orders=totals.select(pl.len()).collect().item())

    @small.task
    def draw(
        report: Annotated[Report, report],
    ) -> tuple[Annotated[Path, pages], Annotated[Path, image]]:
        folder = drawn
        (folder / "inner").mkdir(parents=True, exist_ok=True)
        (folder / "inner" / "days.txt").write_text(str(report.days))
        (folder / "orders.txt").write_text(str(report.orders))
        return folder, folder / "orders.txt"

    @small.task
    def look(
        pages: Annotated[Path, pages],
        image: Annotated[Path, image],
        report: Annotated[dict[str, object], report],
    ) -> None:
        texts = {str(p.relative_to(pages)): p.read_text() for p in pages.rglob("*") if p.is_file()}
        seen.append((texts, image.read_text(), report, pages))

    seen: list[Any] = []
    tasks: dict[str, Any] = {t.name: t for t in (split, collect, tell, draw, look)}
    datasets = (orders, visits, by_day, lines, arrow, sheet, totals, report, pages, image)
    return Shop(tasks, {dataset.name: dataset for dataset in datasets}, drawn, seen)
