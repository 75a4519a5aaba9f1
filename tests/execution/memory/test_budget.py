"""The budget: what is asked for, or a share of what is left here."""

from __future__ import annotations

from pathlib import Path

import pytest

from glacier_runtime.errors import ParameterError
from glacier_runtime.execution.memory import budget
from glacier_runtime.execution.memory.budget import VARIABLE, MemoryBudget, default_budget

MIB = 2**20
GIB = 2**30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 8 GiB available, and no limits."""
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * GIB // 1024} kB\n")
    (tmp_path / "own").write_text("")
    (tmp_path / "cgroup").mkdir()
    monkeypatch.setattr(budget, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(budget, "_OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(budget, "_CGROUPS", tmp_path / "cgroup")
    return tmp_path


def found() -> MemoryBudget:
    made = default_budget(environment={})
    assert made is not None
    return made


def test_what_is_given_holds_before_the_environment() -> None:
    made = default_budget(64, {VARIABLE: "128"})
    assert made is not None
    assert made.limit_bytes == 64 * MIB


@pytest.mark.usefixtures("machine")
def test_the_environment_holds_before_the_machine() -> None:
    made = default_budget(environment={VARIABLE: " 128 "})
    assert made is not None
    assert made == MemoryBudget(128 * MIB, VARIABLE)


@pytest.mark.parametrize("text", ["0", "-1", "4 GB", "1.5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="GLC614"):
        default_budget(environment={VARIABLE: text})


@pytest.mark.usefixtures("machine")
def test_without_limits_it_is_a_share_of_what_the_machine_has() -> None:
    assert found().limit_bytes == int(8 * GIB * 0.6)
    assert "machine" in found().origin


def test_a_container_of_version_2_leaves_what_it_does_not_use(machine: Path) -> None:
    (machine / "own").write_text("0::/mine\n")
    group = machine / "cgroup/mine"
    group.mkdir()
    (group / "memory.max").write_text(f"{2 * GIB}\n")
    (group / "memory.current").write_text(f"{GIB}\n")
    (group / "memory.stat").write_text(f"anon 5\ninactive_file {GIB // 2}\n")
    assert found() == MemoryBudget(int(1.5 * GIB * 0.6), "60% of what the container has left")


def test_a_container_sees_its_own_group_as_the_root(machine: Path) -> None:
    (machine / "own").write_text("0::/outside/of/what/is/seen\n")
    (machine / "cgroup/memory.max").write_text(str(GIB))
    (machine / "cgroup/memory.current").write_text("0")
    assert found().limit_bytes == int(GIB * 0.6)


def test_the_limit_of_a_group_around_holds(machine: Path) -> None:
    (machine / "own").write_text("0::/outer/inner\n")
    (machine / "cgroup/outer/inner").mkdir(parents=True)
    (machine / "cgroup/outer/inner/memory.max").write_text("max\n")
    (machine / "cgroup/outer/memory.max").write_text(str(GIB))
    assert found().limit_bytes == int(GIB * 0.6)


def test_a_container_of_version_1_is_known_by_its_own_names(machine: Path) -> None:
    (machine / "own").write_text("4:memory:/mine\n1:cpu:/\n")
    group = machine / "cgroup/memory/mine"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text(str(GIB))
    (group / "memory.usage_in_bytes").write_text(str(GIB // 4))
    assert found().limit_bytes == int(GIB * 0.75 * 0.6)


def test_no_limit_of_version_1_is_a_very_large_one(machine: Path) -> None:
    (machine / "own").write_text("4:memory:/\n")
    group = machine / "cgroup/memory"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text("9223372036854771712")
    (group / "memory.usage_in_bytes").write_text("1")
    assert "machine" in found().origin
