"""Questions are asked one by one: what fails is told, and hides nothing else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import __main__ as runner
from benchmarks import answers, curves, measuring
from benchmarks.answers import kept, known
from benchmarks.asking import ask
from benchmarks.environments import PEERS, NotInstalledError, Peer, at_hand, commands_of
from benchmarks.pages import begin, end
from benchmarks.questions import Question


def question(name: str, *, needs: tuple[str, ...] = ()) -> Question:
    module = "tests.benchmarks.asked"
    return Question(
        name=name, asks=f"{name}?", module=module, quick=(name,), minutes=0.1, needs=needs
    )


def test_an_answer_has_all_that_one_needs_to_ask_again(tmp_path: Path) -> None:
    answer = ask(question("measured"), full=False)
    answer.keep(tmp_path)
    assert kept("measured", tmp_path) == answer
    assert answer.command == "python -m tests.benchmarks.asked measured"
    assert known("measured", tmp_path) == {"s": {"one": {"s": [1.0, 1.0, 1.0]}}}
    assert answer.samples == {"one": [{"s": 1.0}] * 3}
    for said in (answer.command, answer.date, answer.machine["cpu"], answer.machine["polars"]):
        assert said in answer.caption
    assert (tmp_path / "measured.md").read_text() == f"{answer.table}\n"


def test_who_is_not_measured_is_named_below_the_table() -> None:
    answer = ask(question("measured"), full=False)
    assert "*Not measured: Nobody 1.0 cannot be installed: no such thing.*" in answer.table


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("failed", "failed", "the disk is on fire"),
        ("cannot", "cannot run", "no tool is installed: pip install tool"),
    ],
)
def test_a_question_without_figures_says_why(name: str, state: str, reason: str) -> None:
    answer = ask(question(name), full=False)
    assert (answer.state, answer.reason) == (state, reason)
    assert reason in answer.table


def test_a_question_is_not_asked_without_its_tools() -> None:
    answer = ask(question("measured", needs=("no-such-tool",)), full=False)
    assert (answer.state, answer.reason) == ("cannot run", "no-such-tool is not installed")


def test_what_was_not_measured_says_how_it_would_be(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="python -m benchmarks --only graph"):
        known("graph", tmp_path)


def test_one_failure_hides_no_other_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [question(name) for name in ("failed", "cannot", "measured")]
    page = tmp_path / "page.md"
    page.write_text("\n".join(f"{begin(it.name)}\nold\n{end(it.name)}" for it in asked))
    monkeypatch.setattr(runner, "QUESTIONS", asked)
    monkeypatch.setattr(answers.Answer.keep, "__defaults__", (tmp_path,))
    monkeypatch.setattr(curves.draw, "__defaults__", (tmp_path,))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--write", str(page)])
    assert runner.main() == 1
    summary = capsys.readouterr().out.splitlines()[-4:-1]
    assert [line.split()[0] for line in summary] == ["failed", "cannot", "measured"]
    assert "the disk is on fire" in summary[0]
    assert page.read_text().count("old") == 2
    assert "| one | 1.0 |" in page.read_text()


def test_a_contender_that_fails_is_left_out_and_named() -> None:
    left_out: dict[str, str] = {}
    found = measuring.interleave({"good": lambda: {"s": 1.0}, "bad": _bad}, 2, left_out=left_out)
    assert found == {"good": [{"s": 1.0}] * 2}
    assert left_out == {"bad": "failed with 1: out of memory"}
    with pytest.raises(measuring.ContenderFailedError):
        measuring.interleave({"bad": _bad}, 2)


def _bad() -> Mapping[str, float]:
    raise measuring.ContenderFailedError("failed with 1: out of memory")


def test_a_script_of_a_peer_says_its_figures_last(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys; print('noise'); print('{\"s\": %s}' % sys.argv[1])")
    python = Path(sys.executable)
    assert measuring.run_script(python, script, "2.5", folder=tmp_path) == {"s": 2.5}
    script.write_text("raise SystemExit('no such column')")
    with pytest.raises(measuring.ContenderFailedError, match="no such column"):
        measuring.run_script(python, script, folder=tmp_path)


def test_a_peer_that_cannot_be_installed_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    nobody = Peer("Nobody", (str(tmp_path / "nothing==1.0"),))
    with pytest.raises(NotInstalledError, match="cannot be installed: "):
        commands_of(nobody, tmp_path / "home")
    assert not list((tmp_path / "home").iterdir())
    assert nobody.title == "Nobody 1.0"


def test_another_pin_is_another_environment() -> None:
    assert Peer("Kedro", ("kedro==1.7.0",)).folder != Peer("Kedro", ("kedro==1.8.0",)).folder


def test_an_environment_that_is_there_is_taken(tmp_path: Path) -> None:
    place = tmp_path / PEERS["Kedro"].folder
    place.mkdir()
    (place / "installed").touch()
    found = at_hand(["Kedro"], tmp_path)
    assert found.commands == {"Kedro": place / "bin"}
    assert found.titles == [PEERS["Kedro"].title]
    assert not found.missing
