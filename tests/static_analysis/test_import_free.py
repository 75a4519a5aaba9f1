"""Reading imports nothing of what is read, and nothing heavy itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from glacier_runtime.static_analysis.analysis import analyze
from tests.static_analysis.trees import HEAD, write

HOSTILE = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
raw = Dataset("raw")
raise SystemExit("imported")
late = Dataset("late")
"""
_LOADED = """
import json, sys
from pathlib import Path
before = set(sys.modules)
from glacier_runtime.static_analysis.analysis import analyze
found = analyze(Path("."))
names = [dataset.name for dataset in found.datasets]
print(json.dumps([names, sorted(set(sys.modules) - before)]))
"""


def test_a_module_with_effects_is_read_without_them(tmp_path: Path) -> None:
    write(tmp_path, {"shop/__init__.py": "1 / 0", "shop/datasets.py": HEAD + HOSTILE})

    found = analyze(tmp_path)

    assert [dataset.name for dataset in found.datasets] == ["raw", "late"]
    assert not (tmp_path / "shop" / "ran").exists()
    assert [item.why for item in found.not_proven] == [
        "importing it ends here; what follows is read as if it did not"
    ]


def test_neither_the_tree_nor_polars_nor_pydantic_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, {"shop/__init__.py": "", "shop/datasets.py": HEAD + HOSTILE})

    done = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=tmp_path, capture_output=True, text=True
    )

    names, loaded = json.loads(done.stdout)
    assert names == ["raw", "late"]
    assert {name.partition(".")[0] for name in loaded} & {"shop", "polars", "pydantic"} == set()
    third_party = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert third_party == {"glacier_runtime"}


def test_a_file_that_is_no_python_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"good.py": HEAD + "raw = Dataset('raw')\n", "bad.py": "def :\n"})
    (tmp_path / "bytes.py").write_bytes(b"x = '\xff'\n")
    (tmp_path / "null.py").write_bytes(b"x = 1\x00\n")

    found = analyze(tmp_path)

    assert [dataset.name for dataset in found.datasets] == ["raw"]
    assert {Path(p.place.file).name for p in found.problems if p.place} == {
        "bad.py",
        "bytes.py",
        "null.py",
    }
    assert {problem.code.code for problem in found.problems} == {"GLC430"}


def test_folders_of_tools_and_copies_of_glacier_are_left_out(tmp_path: Path) -> None:
    text = HEAD + "raw = Dataset('raw')\n"
    write(
        tmp_path,
        {
            "shop.py": text,
            ".hidden/a.py": text,
            "venv/pyvenv.cfg": "",
            "venv/b.py": text,
            "vendor/glacier_runtime/c.py": text,
            "__pycache__/d.py": text,
        },
    )

    assert analyze(tmp_path).files == 1
