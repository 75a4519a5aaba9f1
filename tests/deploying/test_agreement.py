"""Nothing is changed before somebody has agreed to it; and not what the signatures do not say."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from glacier_runtime import AwsExecutor
from glacier_runtime.deployment import ask_before, rights_between
from glacier_runtime.errors import DefinitionError, GenerationError
from glacier_runtime.pipelines import Pipeline
from tests.generators.pipelines import manifest_of, plain

INSTEAD = "glacier deploy --yes applies without asking"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that says where it is deployed to, in the working directory; without Terraform."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLACIER_TERRAFORM", str(tmp_path / "no-terraform"))
    (tmp_path / "pyproject.toml").write_text(
        '[tool.glacier]\ncloud = "aws"\n[tool.glacier.aws]\nregion = "eu-central-1"\n'
    )
    return tmp_path


def typing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody sit at the terminal, who has typed this."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{text}\n".encode())
    monkeypatch.setattr(sys, "stdin", os.fdopen(theirs, "r"))
    monkeypatch.setattr(sys, "stderr", os.fdopen(os.dup(theirs), "w"))


def test_without_a_terminal_nobody_is_asked_and_nothing_is_done() -> None:
    with pytest.raises(GenerationError, match="no terminal to ask at") as caught:
        ask_before("Apply?", instead=INSTEAD)

    assert caught.value.codes == ("GLC812",)
    assert caught.value.problems[0].fix == INSTEAD


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("typed", ["", "no", "y", "flight", "yes please"])
def test_only_what_is_asked_for_is_agreement(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typing(typed, monkeypatch)

    with pytest.raises(GenerationError, match="nobody agreed"):
        ask_before("Apply?", instead=INSTEAD, wanted="flights")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_who_types_it_has_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    typing("flights", monkeypatch)

    ask_before("Apply?", instead=INSTEAD, wanted="flights")


def test_what_the_signatures_do_not_say_is_not_deployed(project: Path) -> None:
    with pytest.raises(GenerationError, match=r"infra/README\.md") as caught:
        plain().run(mode="deploy")

    assert caught.value.codes == ("GLC811",)
    assert not (project / "build").exists()


@pytest.mark.parametrize(
    "deploy",
    [
        lambda pipeline: pipeline.run(mode="deploy"),
        lambda pipeline: AwsExecutor(region="eu-central-1").deploy(pipeline),
    ],
)
def test_what_is_generated_goes_on_to_terraform(
    project: Path, deploy: Callable[[Pipeline], object]
) -> None:
    pipeline = plain()
    pipeline.run(mode="generate")

    with pytest.raises(GenerationError, match="no-terraform"):
        deploy(pipeline)

    assert not (project / "build").exists()


def test_a_region_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(DefinitionError, match="GLC107"):
        AwsExecutor(region="Frankfurt")


def test_rights_are_compared_to_those_of_what_is_deployed() -> None:
    before, after = manifest_of("chain"), manifest_of("diamond")

    between = rights_between(before, after)

    assert {it["role"] for it in between.gained} >= {"task compare", "task rank_carriers"}
    assert {it["role"] for it in between.lost} >= {"task write_report"}
    assert rights_between(None, after).lost == []
    assert rights_between(after, after).gained == []
