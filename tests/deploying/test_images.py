"""The image of containers on its way to the registry: pushed once, by docker, or by whoever is told how."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from glacier_generators.deploying.images import (
    Image,
    SignIn,
    check_repository,
    push,
    require_docker,
)

from glacier_runtime.errors import GenerationError

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
PASSWORD = "let-me-in"


@dataclass
class Registry:
    """A registry that knows some images."""

    known: dict[str, bool] = field(default_factory=dict)
    asked: int = 0

    def repository(self, project: str) -> str:
        return f"{HOST}/{project}-code"

    def has(self, address: str) -> bool | None:
        return self.known.get(address)

    def sign_in(self) -> SignIn:
        self.asked += 1
        return SignIn("AWS", PASSWORD)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image(
        address=f"{HOST}/shop-code:{'c' * 16}",
        folder=tmp_path / "image",
        architecture="arm64",
        has_repository=False,
        is_pushed=False,
    )


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker that writes down what it is told, and fails at what a variable says."""
    docker, told = tmp_path / "docker", tmp_path / "told"
    docker.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        "given = sys.stdin.read()\n"
        f"print(*sys.argv[1:], '<', given, file=open({str(told)!r}, 'a'))\n"
        "if sys.argv[1] == os.environ.get('FAILS'):\n"
        "    sys.exit('no space left')\n"
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return told


def test_an_image_is_built_and_pushed_for_its_processor_by_who_signs_in(
    image: Image, calls: Path
) -> None:
    told: list[str] = []

    push(image, Registry(), told.append)

    login, build, pushed = (line.rstrip() for line in calls.read_text().splitlines())
    assert login == f"login --username AWS --password-stdin {HOST} < {PASSWORD}"
    options = "--platform linux/arm64 --provenance=false"
    assert build == f"build {options} --tag {image.address} {image.folder} <"
    assert pushed == f"push {image.address} <"
    assert told == [f"building image {image.address}", f"pushing image {image.address}"]


def test_what_is_there_is_not_pushed_again_and_needs_no_docker(
    image: Image, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, registry = replace(image, is_pushed=True, has_repository=True), Registry()

    push(there, registry, lambda _: None)
    monkeypatch.setenv("PATH", "")
    require_docker(there, "eu-central-1")

    assert registry.asked == 0
    assert not calls.exists()


def test_without_docker_it_is_told_what_to_type_where_it_is(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(GenerationError, match="GLC750") as refused:
        require_docker(image, "eu-central-1")

    (problem,) = refused.value.problems
    steps = [
        "terraform -chdir=infra/bootstrap apply -var-file=../terraform.tfvars",
        "aws ecr get-login-password --region eu-central-1 | docker login --username AWS",
        f"--password-stdin {HOST}",
        f"docker build --platform linux/arm64 --provenance=false --tag {image.address} build/image",
        f"docker push {image.address}",
    ]
    places = [problem.fix.index(step) for step in steps]
    assert places == sorted(places)
    assert PASSWORD not in str(refused.value)

    with pytest.raises(GenerationError) as refused:
        require_docker(replace(image, has_repository=True), "eu-central-1")
    assert "terraform" not in refused.value.problems[0].fix


@pytest.mark.parametrize("step", ["login", "build", "push"])
def test_what_docker_says_of_a_failure_is_passed_on_and_ends_it(
    image: Image, calls: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setenv("FAILS", step)

    with pytest.raises(GenerationError, match="GLC751") as failed:
        push(image, Registry(), lambda _: None)

    assert f"docker {step} failed: no space left" in str(failed.value)
    assert PASSWORD not in str(failed.value)
    assert calls.read_text().splitlines()[-1].startswith(step)
    assert PASSWORD not in repr(Registry().sign_in())


def test_an_image_that_would_be_where_terraform_does_not_look_is_refused(image: Image) -> None:
    check_repository(image, "shop", "shop")
    check_repository(image, "shop", None)

    with pytest.raises(GenerationError, match="GLC752") as refused:
        check_repository(image, "shop", "market")

    assert "'market'" in str(refused.value)
    assert "--image-uri" in refused.value.problems[0].fix
