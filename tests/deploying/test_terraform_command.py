"""Terraform or OpenTofu is found, is new enough, is told nothing of Glacier's, and is interrupted once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from glacier_generators.deploying.applying import apply_saved
from glacier_generators.deploying.plan_reading import Action, Change, SavedPlan
from glacier_generators.deploying.roots import Root, Saved
from glacier_generators.deploying.terraform_command import Terraform, find_terraform

from glacier_runtime.errors import GenerationError
from tests.deploying.commands import INTERRUPTED_ONCE, command

CANARY = "canary-4711"


def says(version: str) -> str:
    return f"print({version!r})"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH."""
    monkeypatch.delenv("GLACIER_TERRAFORM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def refusal() -> str:
    with pytest.raises(GenerationError) as caught:
        find_terraform()
    assert caught.value.codes == ("GLC810",)
    return str(caught.value)


def test_terraform_on_the_path_comes_before_opentofu(path: Path) -> None:
    command(path, "tofu", says("OpenTofu v1.10.1"))
    assert find_terraform() == Terraform(str(path / "tofu"), "OpenTofu", (1, 10, 1))

    command(path, "terraform", says("Terraform v1.9.0\non linux_amd64"))
    assert find_terraform() == Terraform(str(path / "terraform"), "Terraform", (1, 9, 0))


def test_the_variable_names_another_one(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(path, "terraform", says("Terraform v1.9.0"))
    mine = command(tmp_path, "my-tofu", says("OpenTofu v1.11.0"))
    monkeypatch.setenv("GLACIER_TERRAFORM", str(mine))

    assert find_terraform().path == str(mine)


def test_who_has_none_is_told_where_to_get_it(path: Path) -> None:
    assert path.is_dir()
    said = refusal()

    assert "neither is on the PATH" in said
    assert "https://developer.hashicorp.com/terraform/install" in said
    assert "https://opentofu.org" in said


def test_a_variable_that_names_nothing_is_not_passed_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(path, "terraform", says("Terraform v1.9.0"))
    monkeypatch.setenv("GLACIER_TERRAFORM", "/nowhere/terraform")

    assert "GLACIER_TERRAFORM='/nowhere/terraform' is no command" in refusal()


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("Terraform v1.8.5", "is Terraform 1.8.5, and 1.9 is needed"),
        ("OpenTofu v1.8.11", "is OpenTofu 1.8.11, and 1.9 is needed"),
        ("Terragrunt 0.60", "which is none"),
    ],
)
def test_what_is_too_old_or_something_else_is_refused(path: Path, version: str, said: str) -> None:
    command(path, "terraform", says(version))

    assert said in refusal()


def test_it_is_told_nothing_of_glacier(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLACIER_SECRET_TOKEN", CANARY)
    monkeypatch.setenv("AWS_PROFILE", "mine")
    made = command(path, "terraform", "import json, os; print(json.dumps(dict(os.environ)))")

    told = json.loads(Terraform(str(made), "Terraform", (1, 9, 0)).run(path).output)

    assert CANARY not in told.values()
    assert told["AWS_PROFILE"] == "mine"


def test_an_error_says_what_it_said_and_where(path: Path, tmp_path: Path) -> None:
    made = command(path, "terraform", "import sys; sys.exit('│ Error: no such bucket')")
    (tmp_path / "infra").mkdir()

    with pytest.raises(GenerationError, match="init failed in infra/: Error: no such bucket") as it:
        Terraform(str(made), "Terraform", (1, 9, 0)).succeed(tmp_path / "infra", "init")

    assert it.value.codes == ("GLC813",)


_APPLY = """
import sys
from pathlib import Path
from glacier_generators.deploying.applying import apply_saved
from glacier_generators.deploying.plan_reading import Action, Change, SavedPlan
from glacier_generators.deploying.roots import Root, Saved
from glacier_generators.deploying.terraform_command import Terraform

terraform = Terraform(sys.argv[1], "Terraform", (1, 11, 4))
changes = tuple(Change(f"a.{n}", "a", Action.CREATE, (), False) for n in range(3))
plan = SavedPlan(changes, (), (), {}, frozenset())
root = Root(Path.cwd(), terraform, (), frozenset())
try:
    apply_saved(root, Saved(Path("p"), plan, True), "glacier deploy", print)
except KeyboardInterrupt as error:
    print(error)
    raise SystemExit(128 + error.number)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_reaches_it_once_and_its_end_is_awaited(
    tmp_path: Path, number: signal.Signals
) -> None:
    fake = command(tmp_path / "bin", "terraform", INTERRUPTED_ONCE)
    with subprocess.Popen(
        [sys.executable, "-c", _APPLY, str(fake)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as deploying:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        os.killpg(deploying.pid, number)  # all of the terminal's foreground, as Ctrl-C does
        said, _ = deploying.communicate(timeout=30)

    assert (tmp_path / "heard").read_text() == "1"
    assert deploying.returncode == 128 + number
    assert said.splitlines() == [
        "created a.b",
        "interrupted: 1 of 3 steps are done, and stand; glacier deploy goes on with the rest",
    ]


_FAILING = """
import sys
print('{"type": "apply_complete", "hook": {"action": "create", "resource": {"addr": "a.0"}}}')
for fault in ("Role exists", "No such bucket"):
    print('{"@level": "error", "type": "diagnostic", "diagnostic": {"address": "a.1", "summary": "%s"}}' % fault)
sys.exit(1)
"""


def test_a_failed_apply_says_all_that_went_wrong_and_what_stands(tmp_path: Path) -> None:
    fake = command(tmp_path / "bin", "terraform", _FAILING)
    terraform = Terraform(str(fake), "Terraform", (1, 11, 4))
    changes = tuple(Change(f"a.{n}", "a", Action.CREATE, (), False) for n in range(3))
    plan = SavedPlan(changes, (), (), {}, frozenset())
    root = Root(tmp_path, terraform, (), frozenset())
    told: list[str] = []

    with pytest.raises(GenerationError) as caught:
        apply_saved(root, Saved(Path("p"), plan, has_changes=True), "glacier deploy", told.append)

    assert caught.value.codes == ("GLC814", "GLC814")
    assert told == ["created a.0"]
    first, second = caught.value.problems
    assert "1 of 3 steps are done, and stand: a.1: Role exists" in first.message
    assert "No such bucket" in second.message
    assert "glacier deploy goes on from there" in first.fix
