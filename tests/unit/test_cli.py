"""The `glacier` command as a person and a machine meet it: output, exit codes, and one readable error for bad input."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

SHOP = """\
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Cron, Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()


class Order(BaseModel):
    customer: str
    amount: Annotated[int, Field(ge=0)]
    day: date


class Total(BaseModel):
    customer: str
    total: int


orders = Dataset("orders", storage=lake.at("raw/orders.csv"), schema=Order, source=True)
recent = Dataset("recent", storage=lake.at("recent.parquet"), schema=Order)
totals = Dataset("totals", storage=lake.at("totals.csv"), schema=Total)
Orders = Annotated[pl.LazyFrame, orders]
Recent = Annotated[pl.LazyFrame, recent]
Totals = Annotated[pl.LazyFrame, totals]


@local.task
def select_recent(orders: Orders, since: date = date(2013, 1, 1)) -> Recent:
    return orders.filter(pl.col("day") >= since)


@local.task
def add_up(recent: Recent) -> Totals:
    return recent.group_by("customer").agg(total=pl.sum("amount")).sort("customer")


pipeline = Pipeline(
    name="shop",
    tasks=[select_recent, add_up],
    description="What customers bought.",
    schedule=Cron("0 5 * * *"),
)
"""
ORDERS = "customer,amount,day\nada,3,2013-01-05\ngrace,4,2013-01-06\nada,5,2012-12-31\n"


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Project:
    """A pipeline repository."""

    root: Path

    @property
    def module(self) -> Path:
        return self.root / "src" / "shop" / "pipeline.py"

    @property
    def lake(self) -> Path:
        return self.root / "data" / "lake"

    def edit(self, old: str, new: str) -> None:
        source = self.module.read_text(encoding="utf-8")
        assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in the project"
        self.module.write_text(source.replace(old, new), encoding="utf-8")

    def glacier(self, *arguments: str, folder: str = ".", **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "glacier_runtime", *arguments],
            cwd=self.root / folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def files(self) -> dict[str, bytes | None]:
        """Return all that lies in the project, folders with None."""
        return {
            str(path.relative_to(self.root)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.root.rglob("*"))
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shop = Project(tmp_path / "project")
    shop.module.parent.mkdir(parents=True)
    shop.module.write_text(SHOP, encoding="utf-8")
    (shop.lake / "raw").mkdir(parents=True)
    (shop.lake / "raw" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (shop.root / "pyproject.toml").write_text(
        '[tool.glacier]\npipeline = "shop.pipeline:pipeline"\n', encoding="utf-8"
    )
    return shop


# -- run -------------------------------------------------------------------------------------------------------------


def test_run_shows_rows_size_and_path_of_every_dataset(project: Project) -> None:
    done = project.glacier("run")

    assert done.code == 0
    assert re.search(
        r"^recent +2 +(\d+ B|\d+ kB) +1 +data/lake/recent.parquet", done.stdout, re.MULTILINE
    )
    assert re.search(r"^totals +2 +\d+ B +1 +data/lake/totals.csv *$", done.stdout, re.MULTILINE)
    assert re.search(
        r"^shop: 2 tasks ran, 2 datasets published \(4 rows, .*B\), [\d.]+ s; run \S+$",
        done.stdout,
        re.MULTILINE,
    )
    assert (project.lake / "totals.csv").read_text(encoding="utf-8") == (
        "customer,total\nada,3\ngrace,4\n"
    )


def test_a_second_run_says_that_there_was_nothing_to_do(project: Project) -> None:
    project.glacier("run")
    done = project.glacier("run")

    assert re.search(
        r"^totals +2 +\d+ B +1 +data/lake/totals.csv  \(current\) *$", done.stdout, re.MULTILINE
    )
    assert re.search(r"^shop: nothing to do, [\d.]+ s; run \S+$", done.stdout, re.MULTILINE)
    assert re.search(r"^  left out: \w+, \w+: current since run", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("  --force runs all the same\n")
    assert done.stderr == ""


def test_run_says_on_standard_error_which_group_ended(project: Project) -> None:
    done = project.glacier("run", "--no-fuse")

    assert [line.split("  ")[0] for line in done.stderr.splitlines()] == [
        "1/2 select_recent",
        "2/2 add_up",
    ]


def test_run_says_which_rows_broke_which_rules(project: Project) -> None:
    quarantine = 'on_violation="quarantine", quarantine=lake.at("bad.parquet")'
    project.edit(
        '"recent.parquet"), schema=Order', f'"recent.parquet"), schema=Order, {quarantine}'
    )
    (project.lake / "raw/orders.csv").write_text(ORDERS + "eve,-1,2013-02-01\n", encoding="utf-8")

    done = project.glacier("run")

    assert done.code == 0
    assert "  recent: 1 row breaks amount: ge=0, set apart" in done.stderr.splitlines()
    assert re.search(r"^recent_rejects +1 .* data/lake/bad.parquet *$", done.stdout, re.MULTILINE)
    assert project.glacier("run", "--json").data["datasets"]["recent"]["violations"] == {
        "amount: ge=0": 1
    }


def test_run_as_json_is_one_document(project: Project) -> None:
    done = project.glacier("run", "--json")

    assert done.code == 0
    assert done.data.keys() == {
        "ok",
        "pipeline",
        "run",
        "seconds",
        "datasets",
        "groups",
        "decisions",
    }
    assert (done.data["ok"], done.data["pipeline"]) == (True, "shop")
    assert done.data["datasets"].keys() == {"recent", "totals"}
    assert done.data["datasets"]["totals"]["rows"] == 2
    assert done.data["datasets"]["totals"]["version"] == 1
    assert Path(done.data["datasets"]["totals"]["path"]) == project.lake / "totals.csv"
    assert [group["tasks"] for group in done.data["groups"]] == [["select_recent", "add_up"]]


def test_run_takes_parameters(project: Project) -> None:
    done = project.glacier("run", "--json", "--param", "since=2013-01-06")

    assert done.data["datasets"]["recent"]["rows"] == 1


def test_run_without_fusing_gives_the_same_data(project: Project) -> None:
    fused = project.glacier("run", "--json").data
    totals = (project.lake / "totals.csv").read_bytes()
    apart = project.glacier("run", "--json", "--no-fuse", "--force").data

    assert (project.lake / "totals.csv").read_bytes() == totals
    assert [group["tasks"] for group in apart["groups"]] == [["select_recent"], ["add_up"]]
    assert {name: made["rows"] for name, made in apart["datasets"].items()} == {
        name: made["rows"] for name, made in fused["datasets"].items()
    }


def test_run_works_from_a_folder_below_the_root(project: Project) -> None:
    assert project.glacier("run", folder="src/shop").code == 0
    assert (project.lake / "totals.csv").is_file()


def test_run_takes_a_pipeline_by_name(project: Project) -> None:
    (project.root / "pyproject.toml").write_text("", encoding="utf-8")

    assert project.glacier("run", "shop.pipeline:pipeline").code == 0
    assert project.glacier("run", "shop.pipeline").code == 0


def test_explain_shows_the_groups_and_runs_nothing(project: Project) -> None:
    before = project.files()

    fused = project.glacier("run", "--explain")
    apart = project.glacier("run", "--explain", "--no-fuse", "--json")

    assert (fused.code, apart.code) == (0, 0)
    assert fused.stdout == (
        "select_recent  runs     never made\n"
        "add_up         runs     select_recent runs\n"
        "group 1: select_recent + add_up\n  fused; makes recent, totals\n"
        "  recent is shared: it fits\n"
    )
    assert apart.data["decisions"] == [
        {"task": "select_recent", "partition": None, "runs": True, "reason": "never made"},
        {"task": "add_up", "partition": None, "runs": True, "reason": "select_recent runs"},
    ]
    assert apart.data["groups"] == [
        {
            "number": number,
            "tasks": [task],
            "partition": None,
            "reason": "fusion is off",
            "writes": [dataset],
            "shared": [],
        }
        for number, (task, dataset) in enumerate(
            [("select_recent", "recent"), ("add_up", "totals")], start=1
        )
    ]
    assert project.files() == before


# -- validate, analyze, graph ----------------------------------------------------------------------------------------


def test_validate_says_what_was_checked_and_touches_nothing(project: Project) -> None:
    before = project.files()

    done = project.glacier("validate")

    assert done == Done(0, "shop is valid: 2 tasks, 3 datasets; columns of 2 tasks checked\n", "")
    assert project.files() == before


def test_validate_names_what_could_not_be_checked(project: Project) -> None:
    project.edit("@local.task\ndef add_up", "@local.task(dry_run=False)\ndef add_up")

    done = project.glacier("validate")

    assert done.code == 0
    assert "columns not checked: add_up: dry_run=False\n" in done.stdout


def test_validate_as_json_is_one_document(project: Project) -> None:
    project.edit("@local.task\ndef add_up", "@local.task(dry_run=False)\ndef add_up")

    assert project.glacier("validate", "--json").data == {
        "pipeline": "shop",
        "ok": True,
        "problems": [],
        "checked": ["select_recent"],
        "not_checkable": {"add_up": "dry_run=False"},
        "warnings": [],
        "not_read": {},
    }


def test_analyze_shows_tasks_datasets_and_parameters(project: Project) -> None:
    done = project.glacier("analyze")

    assert done.code == 0
    for line in (
        r"shop \(local, 0 5 \* \* \* UTC\)",
        r"What customers bought\.",
        r"select_recent +local +orders +recent *",
        r"add_up +local +recent +totals *",
        r"orders +lake:raw/orders\.csv \(csv, source\) +customer, amount, day *",
        r"--param since: datetime\.date, default 2013-01-01",
    ):
        assert re.search(f"^{line}$", done.stdout, re.MULTILINE), line


def test_analyze_as_json_is_the_manifest(project: Project) -> None:
    data = project.glacier("analyze", "--json").data

    assert data["manifest_version"] == 1
    assert [task["name"] for task in data["tasks"]] == ["select_recent", "add_up"]


def test_analyze_prints_the_schema_of_the_manifest_without_a_project(tmp_path: Path) -> None:
    done = Project(tmp_path).glacier("analyze", "--json-schema")

    assert done.data["title"] == "Manifest"


def test_text_of_the_user_is_shown_as_it_is(project: Project) -> None:
    project.edit('description="What', 'description="[bold]What[/] [/] :warning:')
    project.edit("customer: str\n    total", 'customer: str = Field(alias="cust [id]")\n    total')
    project.edit("since: date = date(2013, 1, 1)", "since: list[date] | None = None")

    done = project.glacier("analyze")

    assert done.code == 0
    assert "[bold]What[/] [/] :warning: customers bought." in done.stdout
    assert "cust [id], total" in done.stdout
    assert "--param since: list[datetime.date] | None, default None" in done.stdout


def test_nothing_is_cut_off_where_no_terminal_is(project: Project) -> None:
    columns = [f"column_with_a_long_name_{number:02}" for number in range(12)]
    project.edit("    total: int\n", "".join(f"    {name}: int\n" for name in columns))

    done = project.glacier("analyze", COLUMNS="80")

    assert all(name in done.stdout for name in columns)
    assert "…" not in done.stdout


def test_graph_draws_text_mermaid_and_data(project: Project) -> None:
    text = project.glacier("graph")
    mermaid = project.glacier("graph", "--format", "mermaid")
    data = project.glacier("graph", "--json").data

    assert text.stdout == (
        "  1  select_recent  orders → recent\n  2  add_up         recent → totals\n"
    )
    assert mermaid.stdout.startswith("flowchart LR\n")
    assert data["levels"] == [["select_recent"], ["add_up"]]
    assert (data["sources"], data["sinks"]) == (["orders"], ["totals"])


@pytest.mark.parametrize("command", ["run", "validate", "analyze", "graph"])
def test_no_colour_where_no_terminal_is(project: Project, command: str) -> None:
    done = project.glacier(command)

    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (["run", "--json"], "groups"),
        (["run", "--json", "--explain"], "groups"),
        (["validate", "--json"], "checked"),
        (["analyze", "--json"], "manifest_version"),
        (["graph", "--json"], "levels"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else part,
)
def test_what_the_user_prints_does_not_disturb_json(
    project: Project, command: list[str], key: str
) -> None:
    project.edit("provider = ", 'print("{imported}")\nprovider = ')
    project.edit("    return orders", '    print("{called}")\n    return orders')

    done = project.glacier(*command)

    assert key in done.data
    assert "{imported}" in done.stderr


# -- wrong usage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["rnu"],
        ["run", "--jsn"],
        ["run", "a:b", "c:d"],
        ["run", "--param"],
        ["graph", "--format", "png"],
        ["validate", "--explain"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_runs_nothing(project: Project, arguments: list[str]) -> None:
    before = project.files()

    done = project.glacier(*arguments)

    assert done.code == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert project.files() == before


def test_version_and_help_are_there(project: Project) -> None:
    assert re.fullmatch(r"glacier \d+\.\d+\.\d+\n", project.glacier("--version").stdout)
    assert "Exit codes: 0 done" in project.glacier("--help").stdout


def test_garbage_is_looked_for_when_a_pipeline_is_loaded_but_not_among_modules_of_glacier(
    project: Project,
) -> None:
    project.edit("from datetime import date\n", "import gc\nfrom datetime import date\n")
    project.edit(
        "    return orders.filter(",
        '    print("looked for:", gc.isenabled(), gc.get_threshold(), gc.get_freeze_count())\n    return orders.filter(',
    )

    done = project.glacier("run", "--force")

    said = re.search(r"looked for: (\w+) \((\d+), \d+, \d+\) (\d+)", done.stdout)
    assert said is not None, done
    assert (said[1], int(said[2])) == ("True", gc.get_threshold()[0])
    assert int(said[3]) > 10_000


# -- bad input -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """Something wrong in a project, and what is to be said about it."""

    spoil: Callable[[Project], object]
    code: str
    says: str
    fix: str
    at: str  # what stands on the line that is pointed at
    command: str = "validate"


def edited(old: str, new: str) -> Callable[[Project], None]:
    return lambda project: project.edit(old, new)


def orders_with(text: str | bytes) -> Callable[[Project], object]:
    data = text.encode() if isinstance(text, str) else text
    return lambda project: (project.lake / "raw" / "orders.csv").write_bytes(data)


def orders_as_parquet(data: bytes | pl.DataFrame) -> Callable[[Project], None]:
    def spoil(project: Project) -> None:
        project.edit("raw/orders.csv", "raw/orders.parquet")
        path = project.lake / "raw" / "orders.parquet"
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            data.write_parquet(path)

    return spoil


def another_task(body: str, *edits: tuple[str, str]) -> Callable[[Project], None]:
    def spoil(project: Project) -> None:
        for old, new in edits:
            project.edit(old, new)
        project.edit("pipeline = Pipeline(", f"@local.task\n{body}\n\n\npipeline = Pipeline(")
        project.edit("tasks=[select_recent, add_up]", "tasks=[select_recent, add_up, more]")

    return spoil


BAD = {
    "unknown column": Bad(
        edited('pl.sum("amount")', 'pl.sum("amuont")'),
        code="GLC401",
        says="task 'add_up' uses column 'amuont', which is not there; "
        "dataset 'recent', made by task 'select_recent', has 'amount' (Int64)",
        fix="write 'amount' instead of 'amuont'",
        at='.agg(total=pl.sum("amuont"))',
    ),
    "wrong dtype": Bad(
        edited('total=pl.sum("amount")', 'total=pl.mean("amount")'),
        code="GLC403",
        says="task 'add_up' returns column 'total' of dataset 'totals' as Float64, where schema Total declares Int64",
        fix="cast it in the task: pl.col('total').cast(pl.Int64)",
        at="@local.task",
    ),
    "cycle": Bad(
        another_task(
            "def more(totals: Totals) -> Orders:\n    return totals", (", source=True)", ")")
        ),
        code="GLC301",
        says="tasks depend on each other in a circle: ",
        fix="break the circle",
        at="@local.task",
    ),
    "two producers": Bad(
        another_task("def more(orders: Orders) -> Recent:\n    return orders"),
        code="GLC302",
        says="task 'more' writes dataset 'recent', which task 'select_recent' writes too",
        fix="write another dataset, or join the two tasks",
        at="@local.task",
    ),
    "nobody makes it": Bad(
        edited(", source=True)", ")"),
        code="GLC303",
        says="task 'select_recent' reads dataset 'orders', which no task of the pipeline makes",
        fix="add the task that makes it, or declare it with source=True",
        at="@local.task",
    ),
    "no annotation": Bad(
        edited("def add_up(recent: Recent)", "def add_up(recent)"),
        code="GLC201",
        says="task 'add_up' has parameter 'recent' without an annotation",
        fix="annotate it with a dataset's alias",
        at="@local.task",
    ),
    "misspelled annotation": Bad(
        edited("def add_up(recent: Recent)", 'def add_up(recent: "Recnet")'),
        code="GLC202",
        says="name 'Recnet' is not defined",
        fix="define or import the name above the task",
        at="@local.task",
    ),
    "bad name": Bad(
        edited('Dataset("recent"', 'Dataset("Recent; drop table"'),
        code="GLC101",
        says="dataset name 'Recent; drop table' must start with a lower-case letter",
        fix="choose a name such as 'recent_drop_table'",
        at="recent = Dataset(",
    ),
    "bad path": Bad(
        edited("recent.parquet", "../recent.parquet"),
        code="GLC102",
        says="storage path '../recent.parquet' has a part that is empty, starts with '.'",
        fix="write a relative path",
        at="recent = Dataset(",
    ),
    "bad schema": Bad(
        edited("    total: int", "    total: dict[str, int]"),
        code="GLC104",
        says="schema Total.total has type dict, which has no Polars dtype",
        fix="use bool, int,",
        at="totals = Dataset(",
    ),
    "bad schedule": Bad(
        edited('Cron("0 5 * * *")', 'Cron("@daily")'),
        code="GLC106",
        says="cron expression '@daily' has 1 fields instead of 5",
        fix="write five fields",
        at='schedule=Cron("@daily")',
    ),
    "syntax error": Bad(
        edited("def add_up(recent: Recent)", "def add_up(recent: Recent"),
        code="GLC702",
        says="module 'shop.pipeline' cannot be imported: SyntaxError",
        fix="mend the line",
        at="def add_up(recent: Recent",
    ),
    "missing library": Bad(
        edited("import polars as pl\n", "import polars as pl\nimport not_installed\n"),
        code="GLC702",
        says="No module named 'not_installed'",
        fix="mend the line, or install what is missing",
        at="import not_installed",
    ),
    "missing file": Bad(
        lambda project: (project.lake / "raw" / "orders.csv").unlink(),
        code="GLC501",
        says="source 'orders': there is no data at ",
        fix="put the data there, or change the dataset's storage",
        at="orders = Dataset(",
        command="run",
    ),
    "unreadable parquet": Bad(
        orders_as_parquet(b"PAR1 this is no parquet PAR1"),
        code="GLC502",
        says="dataset 'orders' at ",
        fix="mend or replace the file, or change the dataset's format",
        at="orders = Dataset(",
        command="run",
    ),
    "empty parquet": Bad(
        orders_as_parquet(b""),
        code="GLC502",
        says="dataset 'orders' at ",
        fix="mend or replace the file",
        at="orders = Dataset(",
        command="run",
    ),
    "lacking column": Bad(
        orders_as_parquet(
            pl.DataFrame({"customer": ["ada"], "day": [None]}, schema_overrides={"day": pl.Date})
        ),
        code="GLC503",
        says="lacks column 'amount' (Int64); it has customer, day",
        fix="change schema Order to what the data has, or mend the data",
        at="orders = Dataset(",
        command="run",
    ),
    "other dtype in the file": Bad(
        orders_as_parquet(
            pl.DataFrame(
                {"customer": ["ada"], "amount": ["many"], "day": [None]},
                schema_overrides={"day": pl.Date},
            )
        ),
        code="GLC503",
        says="has column 'amount' as String instead of Int64",
        fix="change schema Order to what the data has, or mend the data",
        at="orders = Dataset(",
        command="run",
    ),
    "lacking column in csv": Bad(
        orders_with("customer,day\nada,2013-01-05\n"),
        code="GLC503",
        says="lacks column 'amount' (Int64)",
        fix="change schema Order",
        at="orders = Dataset(",
        command="run",
    ),
    "empty csv": Bad(
        orders_with(""),
        code="GLC502",
        says="dataset 'orders' at ",
        fix="mend or replace the file",
        at="orders = Dataset(",
        command="run",
    ),
    "broken rule": Bad(
        orders_with(ORDERS + "eve,-1,2013-01-07\n"),
        code="GLC504",
        says="1 of 3 rows of dataset 'recent' break rules: amount: ge=0 (1)",
        fix="filter or mend the rows in the task",
        at="recent = Dataset(",
        command="run",
    ),
    "value of another type in csv": Bad(
        orders_with(ORDERS + "eve,many,2013-01-07\n"),
        code="GLC502",
        says="cannot be read as csv: could not parse `many` as dtype `i64` at column 'amount'",
        fix="mend or replace the file",
        at="orders = Dataset(",
        command="run",
    ),
    "failing task": Bad(
        edited("    return orders.filter", "    1 / 0\n    return orders.filter"),
        code="GLC601",
        says="task 'select_recent' failed: ZeroDivisionError: division by zero",
        fix="mend the task or its input",
        at="@local.task",
        command="run",
    ),
}


def place_of(stderr: str) -> tuple[str, int]:
    match = re.search(r"^  at (.+):(\d+)$", stderr, re.MULTILINE)
    assert match is not None, stderr
    return match[1], int(match[2])


@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_in_one_readable_error_and_nothing_half_written(
    project: Project, name: str
) -> None:
    bad = BAD[name]
    bad.spoil(project)
    before = project.files()

    done = project.glacier(bad.command)

    file, line = place_of(done.stderr)
    errors = re.findall(r"^GLC\d{3} .*", done.stderr, re.MULTILINE)
    assert done.code == 1
    assert len(errors) == 1
    assert errors[0].startswith(bad.code)
    assert bad.says in errors[0]
    assert f"\n  fix: {bad.fix}" in done.stderr
    assert file == str(project.module.relative_to(project.root))
    assert bad.at in project.module.read_text(encoding="utf-8").splitlines()[line - 1]
    assert "Traceback" not in done.stderr
    assert published(project.files()) == published(before)


def published(files: dict[str, bytes | None]) -> dict[str, bytes | None]:
    """Leave out what a failed run may leave: its history, and for the next one locks, and empty folders around them."""
    return {
        name: data
        for name, data in files.items()
        if data is not None and not name.endswith("/lock") and "glacier/runs/" not in name
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--param", "since=yesterday"], "GLC603", "run parameter 'since' is 'yesterday'"),
        (["--param", "since="], "GLC603", "run parameter 'since' is ''"),
        (["--param", "sinc=2013-01-05"], "GLC602", "run parameter 'sinc' is declared by no task"),
        (["--param", "since"], "GLC603", "--param 'since' is no NAME=VALUE"),
        (["--param", "=2013-01-05"], "GLC603", "is no NAME=VALUE"),
        (["nowhere:pipeline"], "GLC702", "'nowhere:pipeline' is in no module that can be found"),
        (["shop.pipeline:orders"], "GLC703", "is a Dataset, not a Pipeline"),
        (["shop.pipeline:ordres"], "GLC703", "does not exist"),
        (["{{ pipeline }}"], "GLC702", "is in no module that can be found"),
        (["a\nb:c"], "GLC702", "'a\\nb:c' is in no module that can be found"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_bad_arguments_end_in_one_readable_error(
    project: Project, command: str, arguments: list[str], code: str, says: str
) -> None:
    before = project.files()

    done = project.glacier(command, *arguments)

    assert done.code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{code} ")
    assert says in done.stderr.splitlines()[0]
    assert "\n  fix: " in done.stderr
    assert "Traceback" not in done.stderr
    assert project.files() == before


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "GLC701"), ("[tool.glacier]\npipelin = 'a'\n", "GLC704"), ("[tool.glacier", "GLC704")],
)
def test_a_bad_pyproject_ends_in_one_readable_error(project: Project, text: str, code: str) -> None:
    (project.root / "pyproject.toml").write_text(text, encoding="utf-8")

    done = project.glacier("validate")

    assert done.code == 1
    assert done.stderr.startswith(f"{code} ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "validate", "analyze", "graph"])
def test_an_error_as_json_is_one_document(project: Project, command: str) -> None:
    project.edit('Dataset("recent"', 'Dataset("Recent"')

    done = project.glacier(command, "--json")

    (problem,) = done.data["problems"]
    assert done.code == 1
    assert done.data["ok"] is False
    assert (problem["code"], problem["fix"]) == ("GLC101", "choose a name such as 'recent'")
    assert problem["place"].startswith(f"{project.module}:")
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["run", "validate"])
def test_wrong_columns_as_json_are_one_document(project: Project, command: str) -> None:
    project.edit('pl.sum("amount")', 'pl.sum("amuont")')

    done = project.glacier(command, "--json")

    (problem,) = done.data["problems"]
    assert done.code == 1
    assert done.data["ok"] is False
    assert (problem["code"], problem["task"], problem["dataset"], problem["column"]) == (
        "GLC401",
        "add_up",
        "recent",
        "amuont",
    )


def test_the_whole_way_to_an_error_is_shown_on_request(project: Project) -> None:
    project.edit("    return orders.filter", "    1 / 0\n    return orders.filter")

    done = project.glacier("run", "--traceback")

    assert done.code == 1
    assert "ZeroDivisionError" in done.stderr
    assert "in select_recent" in done.stderr


def test_a_failed_run_leaves_what_was_published_before(project: Project) -> None:
    assert project.glacier("run").code == 0
    before = (project.lake / "totals.csv").read_bytes()
    orders_with(ORDERS + "eve,-1,2013-01-07\n")(project)

    assert project.glacier("run").code == 1
    assert (project.lake / "totals.csv").read_bytes() == before

    orders_with(ORDERS)(project)
    assert project.glacier("run").code == 0


def test_a_pipeline_for_a_cloud_is_valid_here_and_not_run_without_bindings(
    project: Project,
) -> None:
    project.edit("Provider(config=LocalConfig())", "Provider.from_env()")
    project.edit("local = provider.local()", "local = provider.serverless()")
    aws = {"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}

    assert project.glacier("validate", **aws).code == 0
    assert project.glacier("analyze", "--json", **aws).data["cloud"] == "aws"
    done = project.glacier("run", **aws)

    assert done.code == 1
    assert done.stderr.startswith("GLC511 ")
    assert "GLACIER_BINDINGS" in done.stderr
