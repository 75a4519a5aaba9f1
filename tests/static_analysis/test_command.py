"""`glacier analyze --static` and `glacier validate --strict`, as a person and a machine meet them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.static_analysis.trees import HEAD, write

SHOP = """
raw = Dataset("raw", source=True, storage=lake.at("raw.csv"))
Raw = Annotated[pl.LazyFrame, raw]

@local.task(dry_run=False)
def make(rows: Raw) -> None:
    open("log.txt")

shop = Pipeline(name="shop", tasks=[make])
"""
_WITHOUT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"polars", "shop"}:
            raise SystemExit(f"imports {name}")
sys.meta_path.insert(0, Refuse())
from glacier_runtime.cli.app import app
app()
"""


def glacier(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "glacier_runtime", *words],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
    )


def test_a_person_reads_what_is_proved_and_what_is_not(tmp_path: Path) -> None:
    write(tmp_path, {"shop.py": HEAD + SHOP + "\ndef later():\n    Dataset('later')\n"})

    done = glacier(tmp_path, "analyze", "--static")

    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "pipeline shop at shop.py:19: make" in lines
    assert "make local = provider.local() raw · shop.py:16" in lines
    assert "raw lake.at('raw.csv') · source shop.py:12" in lines
    assert "shop.py:21: a dataset: declared inside later, which may never be called" in lines
    assert done.stderr.startswith("warning GLC434 task 'make' reads or writes data")
    assert "at shop.py:17" in done.stderr


def test_a_machine_reads_one_document_and_nothing_heavy_is_imported(tmp_path: Path) -> None:
    write(tmp_path, {"shop.py": HEAD + SHOP, "broken.py": "def :"})

    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, "analyze", "--static", "--json", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (1, False)
    assert [problem["code"] for problem in document["problems"]] == ["GLC430"]
    assert [warning["code"] for warning in document["warnings"]] == ["GLC434"]
    assert document["tasks"][0]["reads"] == ["raw"]
    assert document["edges"] == []


def test_a_path_that_is_not_there_is_one_readable_error(tmp_path: Path) -> None:
    done = glacier(tmp_path, "analyze", "--static", "nowhere")

    assert done.returncode == 1
    assert done.stderr.startswith("GLC438 nowhere does not exist")


def test_warnings_fail_only_where_that_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, {"shop.py": HEAD + SHOP})

    plain = glacier(tmp_path, "validate", "shop:shop")
    strict = glacier(tmp_path, "validate", "shop:shop", "--strict", "--json")

    assert plain.returncode == 0
    assert "shop is valid: 1 task, 1 dataset; columns of 0 tasks checked; 1 warning" in plain.stdout
    assert plain.stderr.startswith("warning GLC434")
    document = json.loads(strict.stdout)
    assert (strict.returncode, document["ok"], document["problems"]) == (1, False, [])
    assert [warning["code"] for warning in document["warnings"]] == ["GLC434"]
