"""What a task's code depends on unseen: such a task always runs, and is told why, unless its author vouches for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from glacier_runtime.fingerprints.fingerprinting import Unknown
from glacier_runtime.storage.records import Fingerprint
from tests.fingerprints.projects import FILES, at, changed, fingerprint_of, known, write

UNSEEN = {
    "the clock, by a class": (
        "from datetime import datetime\n",
        "datetime.now()",
        "reads the clock (datetime.datetime.now)",
    ),
    "the clock, by a module": (
        "import datetime\n",
        "datetime.date.today()",
        "reads the clock (datetime.date.today)",
    ),
    "the clock, by a function": (
        "from time import time\n",
        "time()",
        "reads the clock (time.time)",
    ),
    "the clock, imported inside": (
        "",
        "__import__ and 1\n    import time\n    time.time()",
        "reads the clock (time.time)",
    ),
    "the environment": ("import os\n", 'os.environ["X"]', "reads environment variables"),
    "the environment, by name": (
        "from os import environ\n",
        'environ["X"]',
        "reads environment variables",
    ),
    "a file": (
        "",
        'open("x")',
        "reads or writes data that its signature does not name (builtins.open)",
    ),
    "a file, by a path": ("from pathlib import Path\n", 'Path("x").read_text()', "(read_text)"),
    "a file, by Polars": ("", 'pl.scan_parquet("x")', "(polars.scan_parquet)"),
    "a file, by a function of Polars": (
        "from polars import read_csv\n",
        'read_csv("x")',
        "(polars.read_csv)",
    ),
    "the network": (
        "from urllib import request\n",
        'request.urlopen("x")',
        "talks to the network (urllib.request.urlopen)",
    ),
    "another program": ("import subprocess\n", 'subprocess.run("x")', "starts another program"),
    "code that is only known when it runs": ("", 'eval("1")', "runs data as code (builtins.eval)"),
    "modules by name": (
        "import importlib\n",
        'importlib.import_module("x" + "y")',
        "(importlib.import_module)",
    ),
    "globals by name": ("", 'globals()["scale"]', "looks code up while it runs (builtins.globals)"),
    "a global that it changes": (
        "STATE = 1\n",
        "0\n    global STATE\n    STATE = 2",
        "changes the global 'STATE'",
    ),
    "an attribute of a module that it changes": (
        "from . import settings\n",
        "0\n    settings.FACTOR = 2",
        "changes the global 'settings'",
    ),
    "docstrings": ("", "scale.__doc__", "looks at code itself (__doc__)"),
    "a lazy frame": ('FRAME = pl.scan_csv("x.csv")\n', "FRAME", "is a LazyFrame"),
    "an expression with a function": (
        "def triple(n):\n    return n * 3\nEXPR = pl.col('a').map_elements(triple, return_dtype=pl.Int64)\n",
        "EXPR",
        "is an expression that calls a function of Python",
    ),
    "an object that is known by its name": (
        "class C:\n    def __reduce__(self):\n        return 'ONLY'\nclass D(list, C):\n    pass\nONLY = D()\n",
        "ONLY",
        "uses ONLY, whose content cannot be compared",
    ),
    "an open file": ("FILE = open(__file__)\nFILE.close()\n", "FILE", "holds a _io.TextIOWrapper"),
    "a generator": ("NUMBERS = (n for n in range(3))\n", "NUMBERS", "holds a builtins.generator"),
    "data that nests too deeply": (
        "DEEP = []\nfor _ in range(5000):\n    DEEP = [DEEP]\n",
        "DEEP",
        "is nested too deeply",
    ),
    "a module inside that cannot be imported": (
        "",
        "0\n    from . import settings\n    import shop.broken",
        "imports shop.broken, which fails",
    ),
}


def using(before: str, inside: str) -> dict[str, str]:
    """Return the project with a helper, two modules away, that uses something."""
    files = changed("import re\n", f"import re\nimport polars as pl\n{before}", module="deep")
    files["deep"] = files["deep"].replace("    # by a number\n", f"    used = {inside}\n")
    files["broken"] = "raise RuntimeError('broken')"
    return files


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("before", "inside", "told"), UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_seen_makes_a_task_run_and_is_named(
    tmp_path: Path, before: str, inside: str, told: str
) -> None:
    with at(write(tmp_path, using(before, inside))) as task:
        found = fingerprint_of(task)

    assert isinstance(found, Unknown)
    assert told in found.reason
    assert "shop.deep." in found.reason
    assert "cache=True" in found.reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("before", "inside", "told"), UNSEEN.values(), ids=UNSEEN)
def test_an_author_may_vouch_for_what_is_not_seen(
    tmp_path: Path, before: str, inside: str, told: str
) -> None:
    del told
    files = using(before, inside)
    files["tasks"] = files["tasks"].replace(".local().task\n", ".local().task(cache=True)\n")

    assert "shop.deep.scale" in known(tmp_path, files).code


SEEN = {
    "a logger": ("import logging\nlog = logging.getLogger(__name__)\n", 'log.info("x")'),
    "how long something takes": ("import time\n", "time.perf_counter()"),
    "a value of the environment, read at import": (
        'import os\nX = os.environ.get("X", "1")\n',
        "X",
    ),
    "a small frame": ('FRAME = pl.DataFrame({"a": [1]})\n', "FRAME"),
    "a lock": ("from threading import Lock\nlock = Lock()\n", "lock"),
    "a secret": ('from pydantic import SecretStr\nS = SecretStr("x")\n', "S"),
    "an object of a class": (
        "class C:\n    def __init__(self):\n        self.n = 1\n\nOBJECT = C()\n",
        "OBJECT",
    ),
    "an object that holds itself": ("RING = []\nRING.append(RING)\n", "RING"),
    "types": (
        "from typing import TypeVar, Optional\nT = TypeVar('T')\nX = list[int] | Optional[T]\n",
        "X",
    ),
    "a schema of Polars": (
        "S = pl.Schema({'a': pl.Enum(['x']), 'b': pl.List(pl.Datetime('us'))})\n",
        "S",
    ),
}


@pytest.mark.parametrize(("before", "inside"), SEEN.values(), ids=SEEN)
def test_what_is_harmless_is_let_pass(tmp_path: Path, before: str, inside: str) -> None:
    assert "shop.deep.scale" in known(tmp_path, using(before, inside)).code


CONTENTS = {
    "a frame": ('FRAME = pl.DataFrame({"a": [1]})\n', "FRAME", "[1]", "[2]"),
    "an attribute of an object": (
        "class C:\n    def __init__(self):\n        self.n = 1\n\nOBJECT = C()\n",
        "OBJECT",
        "n = 1",
        "n = 2",
    ),
    "a slot of an object": (
        "class C:\n    __slots__ = ('n',)\n    def __init__(self):\n        self.n = 1\n\nOBJECT = C()\n",
        "OBJECT",
        "n = 1",
        "n = 2",
    ),
    "a field of a data class": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    n: int = 1\n",
        "C",
        "int = 1",
        "int = 2",
    ),
    "a method of an object": (
        "class C:\n    def f(self):\n        return 1\n\nOBJECT = C()\n",
        "OBJECT",
        "return 1\n\nO",
        "return 2\n\nO",
    ),
    "a base class": ("class B:\n    n = 1\nclass C(B):\n    pass\n", "C()", "n = 1", "n = 2"),
    "a value in a dictionary": ("D = {'a': {'b': 1}}\n", "D", "1}", "2}"),
    "the order of a dictionary": (
        "D = {'a': 1, 'b': 2}\n",
        "D",
        "'a': 1, 'b': 2",
        "'b': 2, 'a': 1",
    ),
    "functions in a list": ("def f(): return 1\nSTEPS = [f]\n", "STEPS", "return 1", "return 2"),
    "a lambda": ("f = lambda n: n + 1\n", "f", "n + 1", "n + 2"),
    "a value of a library": (
        "from decimal import Decimal\nD = Decimal('1.0')\n",
        "D",
        "1.0",
        "1.00",
    ),
    "a model's value": (
        "from pydantic import BaseModel\nclass M(BaseModel):\n    n: int\nV = M(n=1)\n",
        "V",
        "n=1",
        "n=2",
    ),
    "a schema of Polars": ("S = pl.Schema({'a': pl.Enum(['x'])})\n", "S", "['x']", "['y']"),
    "a nested function": (
        "def f():\n    def g(): return 1\n    return g\n",
        "f",
        "return 1",
        "return 2",
    ),
    "an overload of a function": (
        "from functools import singledispatch\n@singledispatch\ndef f(n): return 1\n@f.register\ndef _(n: int): return 5\n",
        "f",
        "return 5",
        "return 6",
    ),
    "a module taken whole": ("from . import other\n", "getattr(other, 'f' + '')", "", ""),
    "a method added to Polars": (
        "@pl.api.register_expr_namespace('shopping')\nclass N:\n    def __init__(self, e): self.e = e\n    def f(self): return 1\n",
        "pl.col('a').shopping.f()",
        "return 1",
        "return 2",
    ),
    "a table named in SQL": (
        "RATES = pl.DataFrame({'a': [1]})\n",
        "pl.sql('select * from RATES')",
        "[1]",
        "[2]",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("before", "inside", "old", "new"), CONTENTS.values(), ids=CONTENTS)
def test_what_code_reaches_by_other_ways_than_a_name_counts(
    tmp_path: Path, before: str, inside: str, old: str, new: str
) -> None:
    files = using(before, inside)
    files["other"] = "def f(): return 1\n"
    other = {**files, "deep": files["deep"].replace(old, new), "other": "def f(): return 2\n"}
    assert old == "" or files["deep"] != other["deep"]

    first, second = known(tmp_path / "first", files), known(tmp_path / "second", other)

    assert first.code != second.code


@pytest.mark.filterwarnings("ignore")
def test_an_expression_that_names_a_function_is_not_taken_for_one_that_holds_it(
    tmp_path: Path,
) -> None:
    before = "def triple(n):\n    return n * 3\nEXPR = pl.col('a').map_elements(triple, return_dtype=pl.Int64)\n"
    folder = write(tmp_path, using(before, "EXPR"))
    # With cloudpickle, Polars writes the name of a function that can be imported, and none of its code.
    (folder / "cloudpickle.py").write_text(
        "def dumps(*given, **options):\n    return b'shop.deep.triple'\n"
    )
    try:
        with at(folder) as task:
            assert b"triple" in sys.modules["shop.deep"].EXPR.meta.serialize()
            found = fingerprint_of(task)
    finally:
        sys.modules.pop("cloudpickle", None)

    assert isinstance(found, Unknown)
    assert "calls a function of Python" in found.reason


def test_a_secret_leaves_no_trace_of_its_value(tmp_path: Path) -> None:
    secret = 'from pydantic import SecretStr\nS = SecretStr("hunter2")\n'
    other = secret.replace("hunter2", "hunter3")

    first = known(tmp_path / "first", using(secret, "S"))

    assert first == known(tmp_path / "second", using(other, "S"))


def test_a_task_that_is_given_files_may_read_files(tmp_path: Path) -> None:
    files = using("", 'open("x")')
    files["tasks"] = files["tasks"].replace("Annotated[pl.LazyFrame, raw]", "Annotated[Path, raw]")
    files["tasks"] = files["tasks"].replace(
        "import polars", "from pathlib import Path\nimport polars"
    )
    files["tasks"] = files["tasks"].replace(
        '"raw.parquet"), source', '"raw/"), format="files", source'
    )

    assert isinstance(known(tmp_path, files), Fingerprint)


def test_code_and_its_reasons_come_in_one_order_however_it_is_asked(tmp_path: Path) -> None:
    with at(write(tmp_path, FILES)) as task:
        assert fingerprint_of(task) == fingerprint_of(task)
