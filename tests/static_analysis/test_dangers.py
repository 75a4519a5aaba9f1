"""Dangerous calls in tasks, and in what they call in their project, are warned of; harmless ones are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from glacier_runtime.static_analysis.analysis import analyze
from tests.static_analysis.trees import HEAD, read, write

DANGEROUS = {
    "GLC431": [
        "import os; os.system('ls')",
        "from os import system as run; run('ls')",
        "import subprocess as sp; sp.run(['ls'])",
        "from subprocess import Popen; Popen('ls')",
        "import os; os.execv('/bin/ls', [])",
        "import pty; pty.spawn('sh')",
        "import subprocess; list(map(subprocess.call, ['ls']))",
        "import subprocess\n    run = subprocess.run\n    run('ls')",
        "(lambda: __import__('json'))(); import asyncio; asyncio.create_subprocess_shell('ls')",
    ],
    "GLC432": [
        "import requests; requests.get('https://x').json()",
        "import urllib.request; urllib.request.urlopen('https://x')",
        "import http.client as hc; hc.HTTPConnection('x')",
        "from socket import socket; socket()",
        "import httpx\n    with httpx.Client() as client: client.get('x')",
        "import aiohttp; aiohttp.ClientSession()",
        "import boto3; boto3.client('s3')",
        "from google.cloud import storage; storage.Client()",
        "pl.read_database_uri('select 1', 'postgres://')",
    ],
    "GLC433": [
        "eval('1')",
        "exec('x = 1')",
        "compile('1', '', 'eval')",
        "import pickle; pickle.loads(b'')",
        "import pickle\n    with open('x') as file: pickle.load(file)  # glacier: allow[GLC434] a test",
        "import marshal; marshal.loads(b'')",
        "import yaml; yaml.load('a: 1')",
        "import yaml; yaml.load('a: 1', Loader=yaml.Loader)",
        "import importlib; importlib.import_module(input())",
    ],
    "GLC434": [
        "pl.read_csv('x.csv')",
        "pl.scan_parquet('x.parquet')",
        "rows.collect().write_parquet('out.parquet')",
        "rows.sink_csv('x.csv')",
        "open('x')",
        "from pathlib import Path; Path('x').read_text()",
        "from pathlib import Path; (Path('x') / 'y').unlink()",
        "from pathlib import Path\n    path = Path('x')\n    path.mkdir()",
        "import shutil; shutil.rmtree('x')",
        "import os; os.remove('x')",
        "lake.at('x.parquet').read()",
        "provider.bucket(bucket='b', path='p.parquet').write(rows)",
        "import gzip; gzip.open('x')",
    ],
    "GLC435": [
        "import os; os.environ['TOKEN']",
        "import os; os.environ.get('TOKEN')",
        "from os import getenv; getenv('TOKEN')",
        "from os import environ; dict(environ)",
    ],
}


def codes(tmp_path: Path, body: str) -> list[str]:
    found = read(tmp_path, f"@local.task\ndef make(rows: pl.LazyFrame) -> None:\n    {body}\n")
    assert found.problems == ()
    return sorted(warning.code.code for warning in found.warnings)


@pytest.mark.parametrize(
    ("code", "body"), [(code, body) for code, bodies in DANGEROUS.items() for body in bodies]
)
def test_a_dangerous_call_is_warned_of(code: str, body: str, tmp_path: Path) -> None:
    assert codes(tmp_path, body) == [code]


@pytest.mark.parametrize(
    "body",
    [
        "import re; re.compile('x')",
        "import json; json.loads('1')",
        "import yaml; yaml.safe_load('a: 1'); yaml.load('a', Loader=yaml.SafeLoader)",
        "import socket; socket.gethostname()",
        "import urllib.parse; urllib.parse.quote('x')",
        "rows.collect().write_csv()",
        "import io\n    buffer = io.BytesIO()\n    rows.collect().write_parquet(buffer)",
        "import io; pl.read_csv(io.StringIO('a'))",
        "pl.read_csv(b'a')",
        "import tempfile; from pathlib import Path\n    place = Path(tempfile.mkdtemp())\n    (place / 'x').write_text('')",
        "rows.rename({'a': 'b'}).collect().glimpse()",
        "import importlib; importlib.import_module('json')",
        "eval = print\n    eval('1')",
        "open = print; open('x')",
    ],
)
def test_a_harmless_call_is_not(body: str, tmp_path: Path) -> None:
    assert codes(tmp_path, body) == []


FILES = """
inbox = Dataset("inbox", storage=lake.at("inbox/"), format="files", source=True)
Inbox = Annotated[Path, inbox]

def read_all(folder: Path) -> list[str]:
    return [file.read_text() for file in folder.iterdir()]
"""


def test_declared_files_may_be_read_wherever_their_path_goes(tmp_path: Path) -> None:
    text = f"""
from pathlib import Path
{FILES}
@local.task
def take(given: Inbox, bare: inbox) -> None:
    read_all(given)
    newest = max(given.glob("*.csv"))
    with open(newest) as file:
        file.read()
    for path in bare.rglob("*"):
        pl.scan_csv(path / "x.csv")
"""

    assert read(tmp_path, text).warnings == ()


def test_other_files_may_not_by_the_same_function(tmp_path: Path) -> None:
    text = f"""
from pathlib import Path
{FILES}
@local.task
def take(given: Inbox, elsewhere: str) -> None:
    read_all(given)
    read_all(Path(elsewhere))
"""

    found = read(tmp_path, text)

    assert [(w.code.code, w.place.line) for w in found.warnings if w.place] == [("GLC434", 18)]


def test_functions_of_the_project_are_followed_across_modules(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/deep.py": "import subprocess\n\nclass Tool:\n    def run(self):\n        subprocess.run('ls')\n",
            "shop/middle.py": "from . import deep\n\ndef helper(value):\n    tool = deep.Tool()\n    tool.run()\n",
            "shop/tasks.py": HEAD
            + """
from shop.middle import helper

def unused():
    eval("1")

@local.task
def one(rows: pl.LazyFrame) -> None:
    rows.map_batches(helper)

@local.task
def two() -> None:
    helper(1)
""",
        },
    )

    (warning,) = analyze(tmp_path).warnings

    assert warning.message == (
        "task 'one' starts another program: subprocess.run('ls') in run; so does 'two'"
    )
    assert warning.place is not None
    assert Path(warning.place.file).name == "deep.py"
    assert warning.place.line == 5


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# glacier: allow[GLC434] the file is a cache", []),
        ("# glacier: allow[GLC431, GLC434]: the file is a cache", []),
        ("# glacier: allow[GLC431] the file is a cache", ["GLC434"]),
        ("# glacier: allow[GLC434]", ["GLC434", "GLC436"]),
        ("# glacier: allow it", ["GLC434", "GLC436"]),
        ("# glacier: allow[GLC999] because", ["GLC434", "GLC436"]),
        ("# 'glacier' is allowed", ["GLC434"]),
    ],
)
def test_a_comment_allows_its_line_if_it_says_why(
    comment: str, left: list[str], tmp_path: Path
) -> None:
    assert codes(tmp_path, f"open('x')  {comment}") == left


def test_a_comment_anywhere_in_a_statement_allows_it_and_nothing_beside(tmp_path: Path) -> None:
    body = """with open(
        'x',  # glacier: allow[GLC434] a cache
    ):
        open('y')
"""

    assert codes(tmp_path, body) == ["GLC434"]


def test_text_that_looks_like_a_comment_allows_nothing(tmp_path: Path) -> None:
    assert codes(tmp_path, "open('# glacier: allow[GLC434] no comment')") == ["GLC434"]


def test_code_that_no_task_comes_to_is_nobody_s_business(tmp_path: Path) -> None:
    text = "import os\nos.system('ls')\n\ndef script():\n    os.system('ls')\n"

    assert read(tmp_path, text).warnings == ()
