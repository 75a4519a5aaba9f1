"""The image that containers of a project run: whether it is in the registry, and how it gets there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from glacier_generators.artefacts.built import Built
from glacier_generators.artefacts.images import docker_arguments
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = [
    "Image",
    "Registry",
    "SignIn",
    "check_repository",
    "image_of",
    "push",
    "require_docker",
]

_TOOL: Final = "docker"
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class SignIn:
    """A name and a password for a registry."""

    name: str
    password: str

    def __repr__(self) -> str:
        return f"SignIn({self.name!r}, ...)"


class Registry(Protocol):
    """Where images are pushed to."""

    def repository(self, project: str) -> str:
        """Return the address of a project's repository."""
        ...

    def has(self, address: str) -> bool | None:
        """Say whether an image is there; None if its repository is not."""
        ...

    def sign_in(self) -> SignIn:
        """Return who may push."""
        ...


@dataclass(frozen=True, slots=True)
class Image:
    """The image that a deployment needs.

    Attributes:
        address: Registry, repository and tag.
        folder: Where its content is.
        architecture: The processor it is for.
        has_repository: Whether there is a place for it.
        is_pushed: Whether it is there.
    """

    address: str
    folder: Path
    architecture: str
    has_repository: bool
    is_pushed: bool

    @property
    def host(self) -> str:
        """The registry."""
        return self.address.partition("/")[0]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"address": self.address, "pushed": self.is_pushed}


def image_of(built: Built, registry: Registry) -> Image | None:
    """Return the image that a build recorded and made the content of; None where it made none.

    Args:
        built: The build.
        registry: Where the image belongs.
    """
    if built.image is None or built.image_uri is None:
        return None
    there = registry.has(built.image_uri)
    return Image(
        address=built.image_uri,
        folder=built.image,
        architecture=built.architecture,
        has_repository=there is not None,
        is_pushed=bool(there),
    )


def check_repository(image: Image, pipeline: str, project: object) -> None:
    """Refuse to push to where nobody looks: the repository is called as Terraform is told that the project is.

    Args:
        image: The image.
        pipeline: The pipeline's name, of which its address is made.
        project: What Terraform is told; None for nothing.

    Raises:
        GenerationError: GLC752, if it is something else.
    """
    if project is None or project == pipeline:
        return
    raise GenerationError(
        Problem(
            code=Code.IMAGE_ELSEWHERE,
            message=f"the image would be {image.address}, and Terraform is told that the project is {project!r:.80}",
            fix="push it by hand, as glacier build says, and name it: --image-uri",
        )
    )


def require_docker(image: Image, region: str) -> None:
    """Check that what builds and pushes an image is here.

    Args:
        image: The image.
        region: Where its registry is.

    Raises:
        GenerationError: GLC750, with the commands for a machine that has it.
    """
    if image.is_pushed or shutil.which(_TOOL):
        return
    first = (
        ()
        if image.has_repository
        else (
            "terraform -chdir=infra/bootstrap init",
            "terraform -chdir=infra/bootstrap apply -var-file=../terraform.tfvars",
        )
    )
    steps = (
        *first,
        f"aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {image.host}",
        *(" ".join((_TOOL, *it)) for it in _arguments(image, f"build/{image.folder.name}")),
    )
    raise GenerationError(
        Problem(
            code=Code.NO_DOCKER,
            message=f"image {image.address} has to be built and pushed, and docker is not here",
            fix=f"install docker; or where it is, with the same build/{image.folder.name}: {'; '.join(steps)}; then glacier deploy finds it",
        )
    )


def push(image: Image, registry: Registry, tell: Callable[[str], None]) -> None:
    """Build an image from its folder, and push it, if it is not there.

    Args:
        image: The image.
        registry: Where to.
        tell: Told what takes time.

    Raises:
        GenerationError: GLC751, with what docker says.
        CloudError: GLC636 or GLC637, if the registry lets nobody in.
    """
    if image.is_pushed:
        return
    who = registry.sign_in()
    # On standard input, for everybody on this machine sees arguments.
    _docker(("login", "--username", who.name, "--password-stdin", image.host), who.password)
    for arguments, does in zip(
        _arguments(image, str(image.folder)), ("building", "pushing"), strict=True
    ):
        tell(f"{does} image {image.address}")
        _docker(arguments)


def _arguments(image: Image, folder: str) -> tuple[tuple[str, ...], ...]:
    return docker_arguments(image.address, image.architecture, folder)


def _docker(arguments: tuple[str, ...], given: str = "") -> None:
    done = subprocess.run(  # noqa: S603 (docker, as the user has it)
        [shutil.which(_TOOL) or _TOOL, *arguments],
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    said = (done.stderr or done.stdout).strip()[-_LONGEST:] or "it did not say why"
    raise GenerationError(
        Problem(
            code=Code.IMAGE_NOT_PUSHED,
            message=f"docker {arguments[0]} failed: {said}",
            fix="mend what it says; then glacier deploy goes on from there",
        )
    )
