"""What is proved is true: it stands in the manifest of the pipeline, once that is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glacier_runtime.manifest import Manifest
from glacier_runtime.static_analysis.analysis import analyze
from tests.static_analysis.trees import HEAD, claims, truth, write

ROOT = Path(__file__).parents[2]
_PRINT = """
import importlib, sys
for folder in ("src", "."):
    sys.path.insert(0, folder)
for target in sys.argv[1:]:
    module, _, name = target.partition(":")
    print(getattr(importlib.import_module(module), name).manifest.model_dump_json())
"""

DATASETS = """
from pydantic import BaseModel

class Row(BaseModel):
    n: int

raw = Dataset("raw", storage=lake.at("raw.parquet"), source=True)
clean_rows = Dataset("clean-rows", storage=lake.at("clean.parquet"), schema=Row)
totals = Dataset(name="totals")
Raw = Annotated[pl.LazyFrame, raw]
CleanRows = Annotated[pl.LazyFrame, clean_rows]
Totals = Annotated[pl.LazyFrame, totals]
"""

# Every way of writing one pipeline that names its datasets.
FORMS = {
    "a resource of a provider": """
@local.task
def clean(rows: Raw) -> CleanRows: ...

@local.task(name="add-up")
def add(rows: CleanRows, old: Previous[CleanRows]) -> Totals: ...

shop = Pipeline(name="shop", tasks=[clean, add])
""",
    "a list without a keyword": """
@task
def clean(rows: Raw) -> CleanRows: ...

@task(compute=compute.serverless(memory_mib=512), name="add-up")
def add(rows: CleanRows, old: Previous[CleanRows]) -> Totals: ...

shop = Pipeline([clean, add], name="shop")
""",
    "decorators of the pipeline": """
shop = Pipeline(name="shop")

@shop.task()
def clean(rows: Raw) -> CleanRows: ...

@shop.task(name="add-up")
def add(rows: CleanRows, old: Previous[CleanRows]) -> Totals: ...
""",
    "bare datasets": """
@task
def clean(rows: raw) -> clean_rows: ...

@task(name="add-up")
def add(rows: clean_rows, old: Previous[CleanRows]) -> totals: ...

shop = Pipeline(tasks=(clean, add), name="shop")
""",
    "annotations as text": """
@local.task
def clean(rows: "Annotated[pl.LazyFrame, raw]") -> "CleanRows": ...

@local.task(name="add" + "-up")
def add(rows: "CleanRows", old: "Previous[CleanRows]") -> "Totals": ...

TASKS = (clean, add)
shop = Pipeline(name="shop", tasks=TASKS)
""",
    "aliases of aliases, and a call of the decorator": """
Same = CleanRows
Again = Same

def clean(rows: Raw) -> tuple[CleanRows]: ...

cleaned = local.task(clean)

@local.task(name="add-up")
def add(rows: Again, old: Previous[Same]) -> Totals: ...

first = [cleaned]
shop = Pipeline(name="shop", tasks=[*first, add])
""",
    "a function that is traced": """
@task
def clean(rows: Raw) -> CleanRows: ...

@task(name="add-up")
def add(rows: CleanRows, old: Previous[CleanRows]) -> Totals: ...

@pipeline(name="shop")
def shop():
    return add(clean(raw))
""",
}


def manifests_of(folder: Path, *targets: str) -> list[Manifest]:
    done = subprocess.run(
        [sys.executable, "-c", _PRINT, *targets], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return list(map(Manifest.model_validate_json, done.stdout.splitlines()))


def manifest_of(folder: Path, target: str) -> Manifest:
    return manifests_of(folder, target)[0]


@pytest.mark.parametrize("example", ["flights", "flights-on-aws"])
def test_of_the_template_s_project_everything_is_proved_and_true(example: str) -> None:
    folder = ROOT / "examples" / example

    found = analyze(folder)

    assert found.not_proven == ()
    assert [claims(found, pipeline) for pipeline in found.pipelines] == [
        truth(manifest_of(folder, "flights.pipeline:pipeline"))
    ]


def test_each_way_of_writing_a_pipeline_is_proved_and_true(tmp_path: Path) -> None:
    names = {form: f"form_{number}" for number, form in enumerate(FORMS)}
    write(tmp_path, {f"{name}.py": HEAD + DATASETS + FORMS[form] for form, name in names.items()})
    true = manifests_of(tmp_path, *(f"{name}:shop" for name in names.values()))

    for (form, name), manifest in zip(names.items(), true, strict=True):
        found = analyze(tmp_path / f"{name}.py")

        assert (form, found.not_proven) == (form, ())
        assert [claims(found, pipeline) for pipeline in found.pipelines] == [truth(manifest)], form


if sys.version_info >= (3, 12):

    def test_type_statements_are_proved_and_true(tmp_path: Path) -> None:
        form = """
type Rows = Annotated[pl.LazyFrame, raw]
type Same = Rows
type Pair = tuple[CleanRows, Totals]

@local.task
def split(rows: Same) -> Pair: ...

shop = Pipeline(name="shop", tasks=[split])
"""
        write(tmp_path, {"shop.py": HEAD + DATASETS + form})

        found = analyze(tmp_path)

        assert found.not_proven == ()
        assert claims(found, found.pipelines[0]) == truth(manifest_of(tmp_path, "shop:shop"))


def test_a_package_is_followed_through_its_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "src/shop/__init__.py": "from .pipeline import pipeline as shop\n",
            "src/shop/places/__init__.py": "",
            "src/shop/places/here.py": HEAD + 'NAME = "raw"',
            "src/shop/datasets.py": """
                from typing import Annotated as A
                import polars
                import glacier_runtime as gl
                from .places import here
                from shop.places.here import NAME, lake as pond
                raw = gl.Dataset(f"{NAME}_rows", source=True, storage=pond.at("raw.parquet"))
                Raw = A[polars.LazyFrame, raw]
                Made = A[polars.LazyFrame, gl.Dataset("made", storage=here.lake.at("made.parquet"))]
            """,
            "src/shop/tasks/__init__.py": "from . import making\n",
            "src/shop/tasks/making.py": """
                from ... import shop as _unused
            """.replace("from ... import shop as _unused", "from .. import datasets as data")
            + """
                import shop.places.here as where

                @where.local.task(retries=2)
                def make(rows: data.Raw) -> data.Made: ...
            """,
            "src/shop/pipeline.py": """
                from glacier_runtime import Cron, Pipeline
                from .tasks import making
                pipeline = Pipeline(name="shop", tasks=[making.make], schedule=Cron("0 5 * * *"))
            """,
        },
    )

    found = analyze(tmp_path)

    assert found.not_proven == ()
    assert found.tasks[0].resource == "where.local"
    assert found.tasks[0].resource_is == "provider.local()"
    claimed = claims(found, found.pipelines[0])
    assert claimed == {
        **truth(manifest_of(tmp_path, "shop:shop")),
        "schedule": ("0 5 * * *", None),  # the zone is Cron's default, which no text says
    }


def test_of_a_traced_pipeline_tasks_and_edges_are_true(tmp_path: Path) -> None:
    traced = """
source = provider.bucket(bucket="data", path="raw.parquet")

@local.task()
def extract(source) -> pl.LazyFrame:
    return source.scan()

@task(compute=compute.container(image="a:1", cpu=2))
def split(rows: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    return rows, rows

@local.task()
def join(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    return left

@local.task(depends_on=[extract])
def announce() -> None: ...

@pipeline
def etl():
    rows = extract(source)
    left, right = split(rows)
    announce()
    return join(right=right, left=left)
"""
    write(tmp_path, {"shop.py": HEAD + traced})

    found = analyze(tmp_path)
    claimed = claims(found, found.pipelines[0])
    true = truth(manifest_of(tmp_path, "shop:etl"))

    assert found.not_proven == ()
    for aspect in ("name", "tasks", "edges"):
        assert claimed[aspect] == true[aspect]
    assert claimed["writes"] == set()
    assert {task.name: task.takes for task in found.tasks}["join"] == ("left", "right")
