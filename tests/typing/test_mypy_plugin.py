"""The mypy plugin where mypy remembers: caches, the daemon, modules that import each other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Mypy = Callable[..., str]
CONFIG = "[mypy]\nstrict = True\nplugins = glacier_runtime.mypy_plugin\n"
TABLE = 'raw = Dataset("raw")'
DOCUMENT = 'raw = Dataset("raw", format="json")'
NO_TABLE = '"dict[str, object]" has no attribute "head"'


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of Polars and pydantic, mostly: they are read once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mypy.ini").write_text(CONFIG, encoding="utf-8")
    write(tmp_path, "datasets", f"from glacier_runtime import Dataset\n{TABLE}\n")
    write(
        tmp_path,
        "tasks",
        """
        from datasets import raw
        from glacier_runtime import Dataset

        clean = Dataset("clean")

        def wash(rows: raw) -> clean:
            return rows.head(3)
        """,
    )
    return tmp_path


def write(folder: Path, module: str, text: str) -> None:
    (folder / f"{module}.py").write_text(dedent(text), encoding="utf-8")


def run(folder: Path, tool: str, *arguments: object) -> str:
    command = [sys.executable, "-m", tool, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


def redeclare(project: Path, declaration: str) -> None:
    write(project, "datasets", f"from glacier_runtime import Dataset\n{declaration}\n")


def test_a_cache_remembers_what_datasets_are(project: Path, cache: Path) -> None:
    def check() -> str:
        return run(project, "mypy", f"--cache-dir={cache}", "tasks.py", "datasets.py")

    assert "Success" in check()
    with (project / "tasks.py").open("a", encoding="utf-8") as tasks:
        tasks.write("    # read again, while datasets.py comes from the cache\n")
    assert "Success" in check()
    redeclare(project, DOCUMENT)
    assert NO_TABLE in check()
    assert NO_TABLE in check()
    redeclare(project, "raw = 3")
    assert 'Variable "datasets.raw" is not valid as a type' in check()
    redeclare(project, TABLE)
    assert "Success" in check()


def test_several_workers_share_what_they_read(project: Path, cache: Path) -> None:
    redeclare(project, DOCUMENT)

    said = run(
        project, "mypy", "--num-workers=2", f"--cache-dir={cache}", "tasks.py", "datasets.py"
    )

    assert NO_TABLE in said


@pytest.fixture
def daemon(project: Path) -> Iterator[Callable[[], str]]:
    status = project / "daemon.json"

    def check() -> str:
        return run(
            project, "mypy.dmypy", f"--status-file={status}", "run", "--", "tasks.py", "datasets.py"
        )

    yield check
    run(project, "mypy.dmypy", f"--status-file={status}", "stop")


@pytest.mark.long
def test_the_daemon_follows_a_dataset_through_edits(
    project: Path, daemon: Callable[[], str]
) -> None:
    assert "Success" in daemon()
    redeclare(project, DOCUMENT)
    assert NO_TABLE in daemon()
    redeclare(project, TABLE)
    assert "Success" in daemon()
    redeclare(project, "raw = 3")
    assert 'Variable "datasets.raw" is not valid as a type' in daemon()
    redeclare(project, "")
    assert 'has no attribute "raw"' in daemon()
    redeclare(project, TABLE)
    assert "Success" in daemon()


def test_modules_may_import_each_other(project: Path, cache: Path) -> None:
    write(
        project,
        "datasets",
        """
        import tasks
        from glacier_runtime import Dataset
        from models import Summary

        raw = Dataset("raw", format="json", schema=Summary)
        """,
    )
    write(
        project,
        "models",
        """
        from pydantic import BaseModel
        import tasks

        class Summary(BaseModel):
            rows: int
        """,
    )
    write(
        project,
        "tasks",
        """
        from typing import TypeAlias
        import datasets
        from datasets import raw as renamed
        from glacier_runtime import Previous

        Before: TypeAlias = Previous[datasets.raw]

        class Shelf:
            summary: datasets.raw

        def read(now: renamed, before: Before, later: "sorted_rows") -> None:
            reveal_type(now)
            reveal_type(before.rows)
            reveal_type(later)
            reveal_type(Shelf().summary)

        import glacier_runtime as g
        sorted_rows: g.Dataset = g.Dataset("sorted_rows", format="files")
        """,
    )

    said = run(project, "mypy", f"--cache-dir={cache}", "tasks.py", "datasets.py", "models.py")

    assert [line.partition('"')[2].rstrip('"') for line in said.splitlines()[:-1]] == [
        "models.Summary",
        "int",
        "pathlib.Path",
        "models.Summary",
    ]


DECLARATIONS = [
    ('Dataset("it")', "polars.lazyframe.frame.LazyFrame"),
    ('Dataset("it", storage=lake.at("it.csv"))', "polars.lazyframe.frame.LazyFrame"),
    ('Dataset("it", storage=lake.at("it/"))', "polars.lazyframe.frame.LazyFrame"),
    ('Dataset("it", storage=lake.at("it.json"))', "dict[str, object]"),
    ('Dataset("it", storage=provider.bucket("b", path="i.json"))', "dict[str, object]"),
    ('Dataset("it", storage=place)', "dict[str, object]"),
    ('Dataset("it", format=JSON, schema=None)', "dict[str, object]"),
    ('Dataset("it", format=JsonFormat())', "dict[str, object]"),
    ('Dataset("it", format=CsvFormat(separator=";"))', "polars.lazyframe.frame.LazyFrame"),
    ('Dataset("it", schema=Model)', "polars.lazyframe.frame.LazyFrame"),
    ('Dataset("it", format="json", schema=Model)', "declared.Model"),
    ('Dataset("it", format="json", schema=Envelope)', "declared.Envelope[Any]"),
    ('Dataset("it", format="json", schema=models[0])', "pydantic.main.BaseModel"),
    ('Dataset("it", format="files", schema=None)', "pathlib.Path"),
]


@pytest.mark.parametrize(("declaration", "carrier"), DECLARATIONS)
def test_the_declaration_says_what_carries_a_dataset(
    declaration: str, carrier: str, carriers: dict[str, str]
) -> None:
    assert carriers[declaration] == carrier


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> dict[str, str]:
    """Ask mypy of all declarations at once."""
    folder = tmp_path_factory.mktemp("carriers")
    preamble = """\
        from typing import Generic, TypeVar
        from pydantic import BaseModel
        from glacier_runtime import CsvFormat, Dataset, Provider
        from glacier_runtime.storage.formats import JsonFormat

        T = TypeVar("T")

        class Model(BaseModel):
            n: int

        class Envelope(BaseModel, Generic[T]):
            content: T

        models = [Model]
        JSON = "json"
        provider = Provider.from_env()
        lake = provider.bucket("lake")
        place = lake.at("it.json")
        """
    uses = "\n".join(
        f"it_{number} = {declaration}\n"
        f"def use_{number}(it: it_{number}) -> None: reveal_type(it)"
        for number, (declaration, _) in enumerate(DECLARATIONS)
    )
    write(folder, "declared", f"{dedent(preamble)}\n{uses}\n")
    (folder / "mypy.ini").write_text(CONFIG, encoding="utf-8")
    said = run(folder, "mypy", f"--cache-dir={cache}", "declared.py")
    revealed = [
        line.partition('"')[2].rstrip('"') for line in said.splitlines() if "Revealed" in line
    ]
    return dict(zip((declaration for declaration, _ in DECLARATIONS), revealed, strict=True))
