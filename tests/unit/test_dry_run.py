"""The schema dry run: columns checked before any data moves, by calling tasks that can do no harm meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from glacier_runtime import Pipeline
from glacier_runtime.checks.dry_run import DryRun, dry_run
from glacier_runtime.checks.report import Report
from glacier_runtime.errors import Problem
from tests.unit.modules import importable

Load = Callable[[str], ModuleType]

PREAMBLE = """
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

class Flight(BaseModel):
    carrier: str
    delay: int
    day: date

class Delay(BaseModel):
    carrier: str
    delay: int

provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()
flights = Dataset("flights", storage=lake.at("flights.parquet"), schema=Flight, source=True)
Flights = Annotated[pl.LazyFrame, flights]
tasks = []

def delays(name):
    return Annotated[pl.LazyFrame, Dataset(name, schema=Delay)]
"""

TASK = """
@local.task{options}
def {name}(flights: Flights) -> delays("{name}-out"):
    {body}
tasks.append({name})
"""

PIPELINE = """
pipeline = Pipeline(name="checked", tasks=tasks)
"""


def source_of(bodies: dict[str, str], preamble: str = PREAMBLE, options: str = "") -> str:
    tasks = [
        TASK.format(name=name, body=body.replace("\n", "\n    "), options=options)
        for name, body in bodies.items()
    ]
    return "".join([preamble, *tasks, PIPELINE])


def validate(load: Load, **bodies: str) -> Report:
    pipeline: Pipeline = load(source_of(bodies)).pipeline
    return pipeline.validate()


def reasons(result: Report | DryRun) -> dict[str, str]:
    return {item.task: item.reason for item in result.not_checkable}


def line_of(problem: Problem) -> str:
    """Return the line of code that a problem points at."""
    assert problem.place is not None
    lines = Path(problem.place.file).read_text(encoding="utf-8").splitlines()
    return lines[problem.place.line - 1].strip()


@dataclass(frozen=True)
class Fault:
    """A task with a wrong column, and what is to be said about it."""

    body: str
    code: str
    message: str
    fix: str
    column: str | None
    dataset: str | None
    line: str | None = None


FAULTS = {
    "misspelled": Fault(
        body='late = flights.filter(pl.col("dealy") > 15)\nreturn late.select("carrier", "delay")',
        code="GLC401",
        message="uses column 'dealy', which is not there; dataset 'flights' has 'delay' (Int64)",
        fix="write 'delay' instead of 'dealy'",
        column="dealy",
        dataset="flights",
        line='late = flights.filter(pl.col("dealy") > 15)',
    ),
    "misspelled_in_single_quotes": Fault(
        body="return flights.select('carier', 'delay')",
        code="GLC401",
        message="dataset 'flights' has 'carrier' (String)",
        fix="write 'carrier' instead of 'carier'",
        column="carier",
        dataset="flights",
        line="return flights.select('carier', 'delay')",
    ),
    "unlike_any": Fault(
        body='return flights.select("carrier", delay="zzz")',
        code="GLC401",
        message="uses column 'zzz', which is not there; its inputs have flights: carrier, delay, day",
        fix="use one of the columns, or add 'zzz' to the dataset it should come from",
        column="zzz",
        dataset="flights",
        line='return flights.select("carrier", delay="zzz")',
    ),
    "dropped_before_use": Fault(
        body='return flights.select("carrier", "delay").filter(pl.col("day").is_null())',
        code="GLC401",
        message="uses column 'day', which is not there",
        fix="keep 'day'",
        column="day",
        dataset="flights",
        line='return flights.select("carrier", "delay").filter(pl.col("day").is_null())',
    ),
    "renamed_before_use": Fault(
        body='late = flights.rename({"delay": "minutes"})\nreturn late.select("carrier", delay="minute")',
        code="GLC401",
        message="uses column 'minute', which is not there; the query has 'minutes' at that point",
        fix="write 'minutes' instead of 'minute'",
        column="minute",
        dataset=None,
        line='return late.select("carrier", delay="minute")',
    ),
    "output_lacks": Fault(
        body='return flights.select("carrier")',
        code="GLC402",
        message="returns dataset 'output_lacks-out' without column 'delay' (Int64): its frame has carrier",
        fix="add 'delay' in the task, or drop it from schema Delay",
        column="delay",
        dataset="output_lacks-out",
    ),
    "output_misspelled": Fault(
        body='return flights.select("carrier", pl.col("delay").alias("dealy"))',
        code="GLC402",
        message="without column 'delay' (Int64): its frame has 'dealy' instead",
        fix="rename 'dealy' to 'delay' in the task",
        column="delay",
        dataset="output_misspelled-out",
        line='return flights.select("carrier", pl.col("delay").alias("dealy"))',
    ),
    "output_dtype": Fault(
        body='return flights.select("carrier", pl.col("delay").cast(pl.Int32))',
        code="GLC403",
        message="returns column 'delay' of dataset 'output_dtype-out' as Int32, where schema Delay declares Int64",
        fix="cast it in the task: pl.col('delay').cast(pl.Int64), or change the schema",
        column="delay",
        dataset="output_dtype-out",
        line='return flights.select("carrier", pl.col("delay").cast(pl.Int32))',
    ),
    "output_has_more": Fault(
        body="return flights",
        code="GLC404",
        message="returns dataset 'output_has_more-out' with column 'day' (Date), which schema Delay does not declare",
        fix="drop it in the task, or declare it in the schema",
        column="day",
        dataset="output_has_more-out",
    ),
    "wrong_operation": Fault(
        body='return flights.select(pl.col("carrier").list.len(), "delay")',
        code="GLC405",
        message="has a query that does not fit its inputs: ",
        fix="mend the query; its inputs have flights: carrier, delay, day",
        column=None,
        dataset=None,
    ),
    "column_twice": Fault(
        body='return flights.select("carrier", "delay", "delay")',
        code="GLC405",
        message="has a query that does not fit its inputs: ",
        fix="mend the query",
        column=None,
        dataset=None,
    ),
    "returns_nothing": Fault(
        body="flights.select('carrier', 'delay')",
        code="GLC406",
        message="returned NoneType instead of LazyFrame for 'returns_nothing-out'",
        fix="return what the annotation says",
        column=None,
        dataset=None,
    ),
    "returns_eagerly": Fault(
        body="return flights.select('carrier', 'delay').collect()",
        code="GLC406",
        message="returned DataFrame instead of LazyFrame",
        fix="return what the annotation says",
        column=None,
        dataset=None,
    ),
    "returns_two": Fault(
        body="return flights, flights",
        code="GLC406",
        message="returned",
        fix="return what the annotation says",
        column=None,
        dataset=None,
    ),
}


@pytest.fixture(scope="module")
def load_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    with importable(tmp_path_factory.mktemp("user") / "modules") as write_and_import:
        yield write_and_import


@pytest.fixture(scope="module")
def faulty(load_once: Load) -> Report:
    """All faulty tasks in one pipeline, validated once."""
    return validate(load_once, **{name: fault.body for name, fault in FAULTS.items()})


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_column_is_reported_with_task_dataset_column_line_and_fix(
    faulty: Report, name: str
) -> None:
    expected = FAULTS[name]
    (problem,) = [problem for problem in faulty.problems if problem.task == name]

    assert problem.code.code == expected.code
    assert problem.message.startswith(f"task '{name}' ")
    assert expected.message in problem.message
    assert expected.fix in problem.fix
    assert (problem.column, problem.dataset) == (expected.column, expected.dataset)
    assert line_of(problem) == (expected.line or "@local.task")


def test_all_wrong_columns_of_a_pipeline_are_reported_at_once(faulty: Report) -> None:
    assert {problem.task for problem in faulty.problems} == set(FAULTS)
    assert faulty.checked == tuple(FAULTS)
    assert faulty.not_checkable == ()


def test_all_faults_of_one_output_are_reported_at_once(load: Load) -> None:
    report = validate(
        load, many='return flights.select("day", minutes="delay", delay=pl.lit("late"))'
    )

    assert [(problem.code.code, problem.column) for problem in report.problems] == [
        ("GLC402", "carrier"),
        ("GLC403", "delay"),
        ("GLC404", "day"),
        ("GLC404", "minutes"),
    ]


def test_columns_in_another_order_are_no_problem(load: Load) -> None:
    report = validate(load, ordered='return flights.select("delay", "carrier")')

    assert report.ok
    assert report.checked == ("ordered",)


def test_extra_columns_are_no_problem_if_the_schema_allows_them(load: Load) -> None:
    preamble = PREAMBLE.replace("class Delay(BaseModel):", "class Delay(BaseModel, extra='allow'):")
    pipeline: Pipeline = load(source_of({"more": "return flights"}, preamble)).pipeline

    assert pipeline.validate().ok


CHAIN = """
middle = Dataset("middle"{schema})
end = Dataset("end", schema=Delay)
Middle = Annotated[pl.LazyFrame, middle]

@local.task
def second(middle: Middle) -> Annotated[pl.LazyFrame, end]:
    return middle.select("carrier", delay="{column}")

@local.task
def first(flights: Flights) -> Middle:
    return flights.select("carrier", "delay", minutes=pl.col("delay"))

tasks = [second, first]
"""


def test_a_misspelled_column_of_a_made_dataset_names_its_producer(load: Load) -> None:
    source = PREAMBLE + CHAIN.format(schema="", column="minuets") + PIPELINE

    (problem,) = load(source).pipeline.validate().problems

    assert problem.task == "second"
    assert problem.dataset == "middle"
    assert "dataset 'middle', made by task 'first', has 'minutes' (Int64)" in problem.message


def test_without_a_schema_the_columns_of_the_producer_count(load: Load) -> None:
    report = load(
        PREAMBLE + CHAIN.format(schema="", column="minutes") + PIPELINE
    ).pipeline.validate()

    assert report.ok
    assert report.checked == ("first", "second")


def test_with_a_schema_what_is_declared_counts(load: Load) -> None:
    source = PREAMBLE + CHAIN.format(schema=", schema=Delay", column="minutes") + PIPELINE

    problems = load(source).pipeline.validate().problems

    assert [(p.task, p.code.code, p.column) for p in problems] == [
        ("first", "GLC404", "minutes"),
        ("second", "GLC401", "minutes"),
    ]


FINE = 'return flights.select("carrier", "delay")'


HARD = {
    "indexes": (
        "return flights.select('carrier', delay=flights.collect().item(0, 1))",
        "IndexError on empty frames",
    ),
    "divides": (
        "return flights.select('carrier', delay=1 // flights.collect().height)",
        "ZeroDivisionError on empty frames",
    ),
    "raises": ("raise ValueError('no rows')", "ValueError on empty frames: no rows"),
    "raises_at_length": (
        "raise ValueError('é' * 100_000)",
        "ValueError on empty frames: " + "é" * 100_000,
    ),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt on empty frames"),
    "exits": ("sys.exit(0)", "SystemExit on empty frames"),
    "ends": ("os._exit(0)", "it ended the checking process"),
    "crashes": ("os.abort()", "it ended the checking process"),
    "interferes": (
        "[os.write(number, b'junk\\n') for number in range(3, 20) if is_open(number)]\n" + FINE,
        "it wrote into the answers of the checking process",
    ),
}
IS_OPEN = """
def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
"""


@pytest.fixture(scope="module")
def hard(load_once: Load) -> Report:
    """All tasks that cannot be checked, each with one after it that can, in one pipeline, validated once."""
    bodies: dict[str, str] = {}
    for name, (body, _) in HARD.items():
        bodies |= {name: body, f"after_{name}": 'return flights.select("carrier")'}
    report: Report = load_once(source_of(bodies, PREAMBLE + IS_OPEN)).pipeline.validate()
    return report


@pytest.mark.parametrize("name", HARD)
def test_what_cannot_be_checked_is_named_with_the_reason(hard: Report, name: str) -> None:
    assert reasons(hard)[name].startswith(HARD[name][1])


def test_the_tasks_after_one_that_cannot_be_checked_are_checked(hard: Report) -> None:
    assert hard.checked == tuple(f"after_{name}" for name in HARD)
    assert [problem.task for problem in hard.problems] == list(hard.checked)
    assert set(reasons(hard)) == set(HARD)


def test_a_task_that_hangs_is_not_waited_for(load: Load) -> None:
    bodies = {"hangs": "while True: time.sleep(0.01)", "after": FINE}
    module = load(source_of(bodies))

    result = dry_run(module.pipeline.graph, [module.__name__], {}, task_timeout_s=5)

    assert reasons(result) == {"hangs": "building its query took longer than 5 s"}
    assert result.checked == ("after",)


def test_a_task_with_dry_run_off_is_not_called(load: Load) -> None:
    source = source_of({"careful": "os._exit(1)"}, options="(dry_run=False)")

    report = load(source).pipeline.validate()

    assert reasons(report) == {"careful": "dry_run=False"}
    assert report.ok


@pytest.mark.parametrize(
    "signature",
    [
        "(flights: Annotated[pl.DataFrame, flights]) -> delays('out')",
        "(flights: Flights) -> Annotated[pl.DataFrame, Dataset('out')]",
        "(flights: Flights) -> None",
    ],
)
def test_a_task_that_is_not_lazy_is_not_called(load: Load, signature: str) -> None:
    source = f"{PREAMBLE}\n@local.task\ndef eager{signature}:\n    os._exit(1)\ntasks = [eager]{PIPELINE}"

    report = load(source).pipeline.validate()

    assert reasons(report) == {"eager": "not all of its inputs and outputs are LazyFrames"}


NEEDS = """
@local.task
def needs(flights: Flights, since: date) -> delays("needs-out"):
    return flights.filter(pl.col("day") >= since).select("carrier", "delay")
tasks = [needs]
"""


def test_a_run_parameter_without_default_is_asked_for(load: Load) -> None:
    pipeline: Pipeline = load(PREAMBLE + NEEDS + PIPELINE).pipeline

    assert reasons(pipeline.validate()) == {"needs": "run parameter 'since' has no default"}
    assert pipeline.validate(params={"since": "2013-01-05"}).checked == ("needs",)


def test_a_task_that_no_module_holds_is_named(load: Load) -> None:
    module = load(
        f"{PREAMBLE}\n"
        "def make():\n"
        "    @local.task\n"
        "    def hidden(flights: Flights) -> delays('out'):\n"
        f"        {FINE}\n"
        "    return Pipeline(name='checked', tasks=[hidden])\n"
    )

    report = module.make().validate()

    assert "not defined at the top level of a module" in reasons(report)["hidden"]


def test_a_task_of_a_pipeline_in_a_module_is_found_whatever_it_is_called(load: Load) -> None:
    module = load(
        f"{PREAMBLE}\n"
        "def make():\n"
        "    @local.task(name='renamed')\n"
        "    def hidden(flights: Flights) -> delays('out'):\n"
        f"        {FINE}\n"
        "    return Pipeline(name='checked', tasks=[hidden])\n"
        "pipeline = make()\n"
    )

    assert module.pipeline.validate().checked == ("renamed",)


def test_a_module_that_breaks_in_another_process_makes_its_tasks_not_checkable(load: Load) -> None:
    source = source_of({"first": FINE, "second": FINE})
    module = load(source)
    assert module.__file__ is not None
    Path(module.__file__).write_text(
        source + "\nraise RuntimeError('only once')\n", encoding="utf-8"
    )

    report = module.pipeline.validate()

    assert report.ok
    assert all("RuntimeError: only once" in reason for reason in reasons(report).values())
    assert set(reasons(report)) == {"first", "second"}


def test_what_user_code_prints_does_not_disturb_the_answers(
    load: Load, capfd: pytest.CaptureFixture[str]
) -> None:
    preamble = PREAMBLE + "\nprint('{\"problems\": []}')\nos.write(1, b'bytes')\n"
    module = load(
        source_of({"noisy": f"print('more'); os.write(1, b'even more')\n{FINE}"}, preamble)
    )
    capfd.readouterr()

    assert module.pipeline.validate().checked == ("noisy",)
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def requests() -> Iterator[list[str]]:
    """A web server on this machine; what is asked of it is in the list. The last item is its address."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(f"POST {self.path}")
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 (http.server calls it so)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        seen.append(f"http://127.0.0.1:{server.server_port}")
        yield seen
        server.shutdown()


# Each leaves a mark that is named after it: OUT/<name>, or a request to URL/<name>.
EFFECTS = {
    "post": "urllib.request.urlopen(f'{URL}/post', b'data')",
    "post_and_go_on": "try: urllib.request.urlopen(f'{URL}/post_and_go_on', b'')\nexcept Exception: pass",
    "connect": "socket.create_connection(URL.split('/')[2].split(':')).sendall(b'GET /connect HTTP/1.0\\r\\n\\r\\n')",
    "read_from_the_web": "pl.read_csv(f'{URL}/read')",
    "scan_from_the_web": "pl.scan_parquet(f'{URL}/scan.parquet').collect()",
    "open_file": "open(OUT / 'open_file', 'w').close()",
    "write_text": "(OUT / 'write_text').write_text('x')",
    "touch": "(OUT / 'touch').touch()",
    "os_open": "os.open(OUT / 'os_open', os.O_CREAT | os.O_WRONLY)",
    "mkdir": "(OUT / 'mkdir').mkdir()",
    "mkfifo": "os.mkfifo(OUT / 'mkfifo')",
    "link": "(OUT / 'link').symlink_to(OUT / 'kept')",
    "remove": "(OUT / 'kept').unlink()",
    "rename": "(OUT / 'kept').rename(OUT / 'rename')",
    "truncate": "os.truncate(OUT / 'kept', 0)",
    "chmod": "(OUT / 'kept').chmod(0o777)",
    "copy": "import shutil; shutil.copy(OUT / 'kept', OUT / 'copy')",
    "log": "import logging; logging.FileHandler(OUT / 'log')",
    "database": "import sqlite3; sqlite3.connect(OUT / 'database').execute('create table t (x)')",
    "sink": "flights.sink_parquet(OUT / 'sink')",
    "sink_later": "pl.collect_all([flights.sink_csv(OUT / 'sink_later', lazy=True)])",
    "write": "flights.collect().write_parquet(OUT / 'write')",
    "serialize": "flights.serialize(OUT / 'serialize')",
    "serialize_expression": "pl.col('day').meta.serialize(OUT / 'serialize_expression')",
    "start_process": "subprocess.run(['touch', str(OUT / 'start_process')])",
    "system": "os.system(f'touch {OUT}/system')",
    "spawn": "os.spawnlp(os.P_WAIT, 'touch', 'touch', str(OUT / 'spawn'))",
    "fork": "os.fork() or ((OUT / 'fork').touch(), os._exit(0))",
    "exec": "os.execlp('touch', 'touch', str(OUT / 'exec'))",
    "processes": (
        "import multiprocessing\n"
        "child = multiprocessing.get_context('spawn').Process(target=os.mkdir, args=(OUT / 'processes',))\n"
        "child.start(); child.join()"
    ),
    "native": "import ctypes; ctypes.CDLL(None).mkdir(str(OUT / 'native').encode(), 0o777)",
    "while_resolving": (
        "return flights.pipe_with_schema("
        "lambda frame, _: ((OUT / 'while_resolving').touch(), frame.select('carrier', 'delay'))[1])"
    ),
    "while_collecting": (
        "flights.map_batches(lambda frame: ((OUT / 'while_collecting').touch(), frame)[1]).collect()"
    ),
    "in_a_thread": (
        "thread = threading.Thread(target=lambda: (OUT / 'in_a_thread').touch())\n"
        "thread.start(); thread.join()"
    ),
    "in_a_thread_that_goes_on": (
        "def persist():\n"
        "    while True:\n"
        "        try: (OUT / 'in_a_thread_that_goes_on').touch()\n"
        "        except Exception: time.sleep(0)\n"
        "threading.Thread(target=persist, daemon=True).start()"
    ),
    "at_exit": "import atexit; atexit.register((OUT / 'at_exit').touch)",
}
KEPT = "what was there before"


@dataclass(frozen=True)
class Validated:
    report: Report
    out: Path


@pytest.fixture(scope="module")
def validated(
    load_once: Load, requests: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Validated:
    """All tasks with effects in one pipeline, validated once."""
    out = tmp_path_factory.mktemp("out")
    (out / "kept").write_text(KEPT, encoding="utf-8")
    (out / "kept").chmod(0o600)
    preamble = f"{PREAMBLE}\nOUT = Path({str(out)!r})\nURL = {requests[0]!r}\n"
    bodies = {name: f"{effect}\n{FINE}" for name, effect in EFFECTS.items()}
    return Validated(load_once(source_of(bodies, preamble)).pipeline.validate(), out)


def test_validation_asks_nothing_of_a_server(validated: Validated, requests: list[str]) -> None:
    assert validated.report.ok
    assert requests[1:] == []


def test_validation_leaves_files_as_they_were(validated: Validated) -> None:
    kept = validated.out / "kept"

    assert [path.name for path in validated.out.iterdir()] == ["kept"]
    assert kept.read_text(encoding="utf-8") == KEPT
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name",
    sorted(
        set(EFFECTS)
        - {
            "at_exit",
            "in_a_thread",
            "in_a_thread_that_goes_on",
            "post_and_go_on",
            "while_collecting",
        }
    ),
)
def test_a_task_that_tries_is_named_with_what_it_tried(validated: Validated, name: str) -> None:
    assert reasons(validated.report)[name].startswith("it tried to ")


def test_the_effects_would_happen_if_they_were_not_kept_from_it(
    load: Load, requests: list[str], tmp_path: Path
) -> None:
    names = [
        "post",
        "open_file",
        "sink",
        "serialize",
        "start_process",
        "mkfifo",
        "while_collecting",
    ]
    preamble = f"{PREAMBLE}\nOUT = Path({str(tmp_path / 'out')!r})\nURL = {requests[0]!r}\n"
    (tmp_path / "out").mkdir()
    module = load(source_of({name: f"{EFFECTS[name]}\n{FINE}" for name in names}, preamble))

    for name in names:
        getattr(module, name)(module.flights.table.empty_frame())

    assert requests[1:] == ["POST /post"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(names) - {"post"}
    requests[1:] = []


def test_a_task_may_read_what_lies_beside_its_module(load: Load) -> None:
    report = validate(load, reads=f"Path(__file__).read_text()\n{FINE}")

    assert report.checked == ("reads",)


SCRIPT = """
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]
local = Provider(config=LocalConfig()).local()

@local.task
def make() -> Numbers:
    return pl.LazyFrame({"n": [1]})

@local.task
def leave_a_mark(numbers: Numbers) -> None:
    with open("marks", "a") as marks:
        marks.write("x")

pipeline = Pipeline(name="script", tasks=[make, leave_a_mark])
"""


@pytest.mark.parametrize(
    ("ending", "marks"),
    [
        ("print(pipeline.validate().checked)", ""),
        ("print(pipeline.validate().checked)\npipeline.run()", "x"),
        ("pipeline.run()", "x"),
        ("if __name__ == '__main__':\n    pipeline.run()", "x"),
    ],
)
def test_a_script_without_a_guard_is_not_run_twice(tmp_path: Path, ending: str, marks: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + ending, encoding="utf-8")
    (tmp_path / "marks").touch()

    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert (tmp_path / "marks").read_text(encoding="utf-8") == marks
    assert done.stdout == ("('make',)\n" if "validate" in ending else "")
