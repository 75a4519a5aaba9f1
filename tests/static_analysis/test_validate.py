"""`Pipeline.validate` warns of dangerous calls, which make nothing invalid."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from glacier_runtime import Pipeline, Provider
from glacier_runtime.checks.dangerous_calls import dangerous_calls
from glacier_runtime.config import LocalConfig
from tests.static_analysis import shop_on_disk

ROOT = Path(__file__).parents[2]


def test_a_valid_pipeline_may_have_warnings() -> None:
    report = shop_on_disk.dangerous.validate()

    assert report.ok
    assert [(w.code.code, w.task) for w in report.warnings] == [
        ("GLC431", "announce"),
        ("GLC435", "announce"),
    ]
    assert [Path(w.place.file).name for w in report.warnings if w.place] == [
        "shop_on_disk.py",
        "shop_functions.py",
    ]
    assert report.to_dict()["warnings"] == [w.to_dict() for w in report.warnings]
    assert "warning: GLC431" in str(report)


def test_a_traced_task_that_writes_a_file_works_and_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    (warning,) = shop_on_disk.traced.validate().warnings
    shop_on_disk.traced.run()

    assert (warning.code.code, warning.task) == ("GLC434", "save")
    assert "df.collect().write_parquet('out.parquet')" in warning.message
    assert (tmp_path / "out.parquet").exists()


def test_the_structure_alone_is_checked_without_reading_source() -> None:
    assert shop_on_disk.dangerous.validate(columns=False).warnings == ()


def made(source: str, file: str, name: str = "make") -> Any:
    module = ModuleType("made")
    exec(compile(source, file, "exec"), vars(module))
    return Provider(config=LocalConfig()).local().task(vars(module)[name])


@pytest.mark.parametrize("file", ["<stdin>", "/tmp/ipykernel_1/123.py", "library.zip/shop.py"])
def test_a_task_without_a_file_is_said_not_to_be_read(file: str) -> None:
    task = made("import os\ndef make() -> None:\n    os.system('ls')\n", file)

    report = Pipeline(name="shop", tasks=[task]).validate()

    assert report.warnings == ()
    assert [(n.task, n.reason) for n in report.not_read] == [("make", "its source is in no file")]
    assert report.to_dict()["not_read"] == {"make": "its source is in no file"}


def test_a_file_that_changed_since_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text("def other() -> None: ...\n")
    task = made("\n\ndef make() -> None: ...\n", str(path))

    assert (
        dangerous_calls([task]).not_read[0].reason == "its file has changed since it was imported"
    )


def test_tasks_inside_functions_see_the_names_around_them(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(
        "def outer():\n    import subprocess as sp\n    def make() -> None:\n        sp.run('ls')\n    return make\n"
        "make = outer()\n"
    )

    (warning,) = dangerous_calls([made(path.read_text(), str(path))]).warnings

    assert (warning.code.code, warning.place and warning.place.line) == ("GLC431", 4)


def test_no_code_of_the_project_runs_for_it(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("raise SystemExit\ndef helper():\n    eval('1')\n")
    path = tmp_path / "shop.py"
    path.write_text("def make() -> None:\n    from beside import helper\n    helper()\n")

    (warning,) = dangerous_calls([made(path.read_text(), str(path))]).warnings

    assert warning.code.code == "GLC433"


@pytest.mark.parametrize(
    ("example", "tasks"),
    [("flights", 6), ("flights-on-aws", 6), ("orders-on-aws", 5), ("minimal", 1)],
)
def test_the_examples_do_nothing_dangerous(example: str, tasks: int) -> None:
    from glacier_runtime.static_analysis.analysis import analyze

    found = analyze(ROOT / "examples" / example)

    assert len(found.tasks) == tasks
    assert found.warnings == ()
