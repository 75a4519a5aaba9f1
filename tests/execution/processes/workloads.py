"""Tasks that another process can find: some do as they are told, the others must be stopped or die."""

# ruff: noqa: ARG001 (most have an input only to have one)

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline, Previous, Provider, Secret, task
from glacier_runtime import pipeline as traced_pipeline
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig())  # its folder lies in the root of each attempt
here = provider.local()
lake = provider.bucket("lake")


class Number(BaseModel):
    n: Annotated[int, Field(ge=0)]


class Report(BaseModel):
    title: str
    total: int = Field(alias="sumOfAll")


numbers = Dataset("numbers", storage=lake.at("numbers.parquet"), schema=Number, source=True)
doubled = Dataset("doubled", storage=lake.at("doubled.parquet"), schema=Number)
seen = Dataset("seen", storage=lake.at("seen.parquet"), schema=Number)
note = Dataset("note", storage=lake.at("note.json"))
pages = Dataset("pages", storage=lake.at("pages/"), format="files")
rows = Dataset("rows")
more_rows = Dataset("more_rows")
report = Dataset("report", schema=Report, format="json")
summary = Dataset("summary", schema=Report, format="json")
loose = Dataset("loose", format="json")
folder = Dataset("folder", format="files")
listing = Dataset("listing", storage=lake.at("listing.json"))

Numbers = Annotated[pl.LazyFrame, numbers]
Doubled = Annotated[pl.LazyFrame, doubled]
Note = Annotated[dict[str, object], note]


@here.task(timeout_s=60)
def double(values: Numbers) -> Doubled:
    sys.stdout.write("doubling\n")
    return values.select(pl.col("n") * 2)


@here.task
def add_up(
    values: Numbers, before: Previous[Annotated[pl.LazyFrame, seen]]
) -> Annotated[pl.LazyFrame, seen]:
    return pl.concat([before, values])


@here.task
def negate(values: Numbers) -> Doubled:
    return values.select(-pl.col("n"))


@here.task
def misspell(values: Numbers) -> Doubled:
    return values.select(pl.col("m"))


@here.task
def fail(values: Numbers) -> Doubled:
    1 // 0  # noqa: B018
    return values


@here.task
def strict(values: Numbers) -> Doubled:
    return values.select(
        n=pl.col("n").cast(pl.String).str.to_date("%Y", strict=True).cast(pl.Int64)
    )


@here.task
def complain(values: Numbers, token: Annotated[str, Secret("api-token")]) -> Doubled:
    message = f"no access with {token}"
    raise PermissionError(message)


@here.task
def show_places(token: Annotated[str, Secret("api-token")]) -> Note:
    """Tell where the secret can be seen, besides in the argument."""
    process, scratch = Path("/proc/self"), Path(tempfile.gettempdir())
    found = {
        name: token in (process / name).read_bytes().decode() for name in ("cmdline", "environ")
    }
    files = (file for file in scratch.rglob("*") if file.is_file())
    hits = [file.name for file in files if token.encode() in file.read_bytes()]
    return {"length": len(token), **found, "files": hits}


@here.task
def grow(frame: Annotated[pl.DataFrame, rows]) -> Annotated[pl.DataFrame, more_rows]:
    return frame.with_columns(twice=pl.col("n") * 2)


@here.task
def summarise(
    given: Annotated[Report, report],
) -> tuple[Annotated[Report, summary], Annotated[dict[str, object], loose]]:
    return Report(title=given.title.upper(), sumOfAll=given.total + 1), {"title": given.title}


@here.task
def write_pages(values: Annotated[pl.DataFrame, numbers], target: str) -> Annotated[Path, folder]:
    target_folder = Path(target)
    target_folder.mkdir()
    for n in values["n"]:
        (target_folder / f"{n}.txt").write_text(f"page {n}")
    return target_folder


@here.task
def list_pages(path: Annotated[Path, folder]) -> Annotated[dict[str, object], listing]:
    return {file.name: file.read_text() for file in sorted(path.iterdir())}


@here.task
def tell(
    day: date,
    name: str,
    limits: tuple[float, ...] = (1.5,),
    since: date | None = None,
    odd: Any = ...,
) -> Note:
    return {
        "day": day.isoformat(),
        "name": name,
        "limits": list(map(str, limits)),
        "since": since,
        "odd": odd is ...,
    }


@here.task
def hold_objects(frame: Annotated[pl.DataFrame, rows]) -> Annotated[pl.DataFrame, more_rows]:
    return frame.with_columns(pl.Series("thing", [object()] * frame.height, dtype=pl.Object))


@here.task(timeout_s=0.4)
def cross(values: Numbers) -> Doubled:
    wide = pl.LazyFrame({"a": range(200_000)})
    count = wide.join(wide.rename({"a": "b"}), how="cross").select(
        n=(pl.col("a") * pl.col("b")).sum()
    )
    return count.with_columns(pl.col("n").cast(pl.Int64))


@here.task(timeout_s=0.4)
def spin(values: Numbers) -> Doubled:
    while True:
        pass


@here.task(timeout_s=0.4)
def match(values: Numbers) -> Doubled:
    re.match(r"(a+)+$", "a" * 60 + "b")  # holds Python's lock for ever
    return values


@here.task(timeout_s=0.4)
def sleep_on(values: Numbers) -> Doubled:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(300)
    return values


@here.task(timeout_s=0.4)
def breed(values: Numbers, pids: str) -> Doubled:
    child = subprocess.Popen(["sleep", "300"])
    stubborn = subprocess.Popen(
        [sys.executable, "-c", "import signal, time; signal.signal(15, 1); time.sleep(300)"]
    )
    Path(pids).write_text(f"{os.getpid()} {child.pid} {stubborn.pid}")
    time.sleep(300)
    return values


@here.task
def crash(values: Numbers) -> Doubled:
    ctypes.string_at(0)
    return values


@here.task
def be_killed(values: Numbers) -> Doubled:
    os.kill(os.getpid(), signal.SIGKILL)
    return values


@here.task
def leave(values: Numbers) -> Doubled:
    os._exit(3)


@here.task
def eat(values: Numbers) -> Doubled:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    size = 1 << 32
    return values.select(
        pl.int_range(0, size, eager=False).sort_by(-pl.int_range(0, size)).alias("n")
    )


@here.task
def who(values: Numbers) -> Note:
    return {"process": os.getpid(), "threads": pl.thread_pool_size()}


@here.task
def work(values: Numbers) -> Note:
    """Bound by Python: no thread could do it beside another."""
    begun = time.process_time()
    total = sum(i * i % 7 for i in range(3_000_000))
    return {"total": total, "seconds": time.process_time() - begun}


pipeline = Pipeline(name="workloads", tasks=[double])


@task(timeout_s=60)
def scale(values: pl.LazyFrame, by: int) -> pl.LazyFrame:
    return values.select(pl.col("n") * by)


@traced_pipeline(name="scaling")
def traced() -> pl.LazyFrame:
    return scale(numbers.rows, by=3)


@here.task(timeout_s=1.5, retries=1)
def hesitate(values: Numbers, marker: str) -> Annotated[pl.DataFrame, rows]:
    """Hang, but only the first time."""
    if not Path(marker).exists():
        Path(marker).touch()
        time.sleep(300)
    return values.collect()


@provider.local(workers=2).task
def grow_there(frame: Annotated[pl.DataFrame, rows]) -> Annotated[pl.DataFrame, more_rows]:
    return frame.with_columns(twice=pl.col("n") * 2, process=pl.lit(os.getpid()))


@here.task
def write_rows(frame: Annotated[pl.DataFrame, more_rows]) -> Doubled:
    return frame.lazy().select(n="twice")


hesitating = Pipeline(name="hesitating", tasks=[hesitate, grow_there, write_rows])
spinning = Pipeline(name="spinning", tasks=[spin])
