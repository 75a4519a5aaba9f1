"""What stops a deployment besides Terraform: another cloud, code that is too large, code that does not load."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from glacier_generators.deploying import deployment, planning
from glacier_generators.deploying.clouds import CLOUDS, cloud_of
from glacier_generators.deploying.deployment import deploy
from glacier_generators.deploying.loaded import Loaded
from glacier_generators.deploying.planning import PlanOptions, planned
from glacier_generators.generating import generate

from glacier_runtime.deployment import rights_between
from glacier_runtime.errors import GenerationError
from tests.deploying import test_page
from tests.deploying.plans import resource_change

FUNCTION = "module.task_clean.aws_lambda_function.this"


def test_a_cloud_that_nothing_deploys_to_is_refused_with_the_way_by_hand() -> None:
    with pytest.raises(GenerationError, match=r"GLC818.*'gcp'") as caught:
        cloud_of("gcp")

    assert "terraform apply" in str(caught.value.problems[0].fix)


def test_code_that_is_too_large_is_refused_with_the_steps_to_an_image(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = test_page.planned()
    too_large = replace(made.built, too_large=True, next_steps=("docker build build/image",))
    monkeypatch.setattr(planning, "build", lambda *_, **__: too_large)
    monkeypatch.setattr(planning, "find_terraform", lambda: made.root.terraform)
    generate(tmp_path, made.manifest)

    with (
        pytest.raises(GenerationError, match="GLC819") as caught,
        planned(tmp_path, made.manifest, PlanOptions()),
    ):
        pass

    assert str(caught.value.problems[0].fix).startswith("docker build build/image")


@pytest.mark.parametrize("loads", [True, False])
def test_code_that_does_not_load_where_it_runs_is_an_error_and_what_was_applied_stands(
    monkeypatch: pytest.MonkeyPatch, *, loads: bool
) -> None:
    faults = {} if loads else {"clean": "No module named 'requests'"}
    aws = replace(CLOUDS["aws"], load=lambda *_: Loaded((), faults, {}))
    made = replace(test_page.planned(resource_change(FUNCTION, ["create"])), cloud=aws)

    @contextmanager
    def planning_it(*_: object, **__: object) -> Generator[object]:
        yield made

    applied: list[object] = []

    def apply_it(*given: object) -> dict[str, object]:
        applied.append(given)
        return {}

    monkeypatch.setattr(deployment, "planned", planning_it)
    monkeypatch.setattr(deployment, "apply_saved", apply_it)

    if loads:
        done = deploy(Path(), made.manifest, rights_between, lambda _: None)
        assert done.applied
    else:
        with pytest.raises(GenerationError, match=r"GLC816.*'clean'.*No module named 'requests'"):
            deploy(Path(), made.manifest, rights_between, lambda _: None)
    assert len(applied) == 1
