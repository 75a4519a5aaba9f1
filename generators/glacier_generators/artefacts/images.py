"""The content of an archive as the context of an image: for containers, and for functions where an archive is too large.

It is an image for Lambda, which containers and jobs run as well: by another command, in the folder that holds the code.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Final

from glacier_generators.artefacts.archives import unpack
from glacier_generators.artefacts.targets import Target
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = [
    "HANDLER",
    "check_image",
    "docker_arguments",
    "image_commands",
    "tagged",
    "write_image",
]

HANDLER: Final = "glacier_runtime.run_task.aws_lambda.handle"
# Lambda gives one word, its handler, to the entry point of its base image, which takes no other; AWS Batch, which knows no entry point,
# gives a whole command.
_ENTRYPOINT: Final = (
    "/bin/sh",
    "-c",
    '[ "$#" -gt 1 ] && exec "$@"; exec /lambda-entrypoint.sh "$@"',
    "entry",
)
_CONTENT_DIGEST: Final = "content.sha256"
_ADDRESS: Final = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}")


def write_image(archive: Path, sha256: str, target: Target, folder: Path, scratch: Path) -> None:
    """Write what `docker build` needs: a Dockerfile, and the content of an archive beside it.

    Args:
        archive: The archive.
        sha256: Its digest, by which `check_image` recognises the content.
        target: What it was built for.
        folder: Where to; replaced as a whole.
        scratch: A folder for what is unfinished, on the same file system.
    """
    fresh = scratch / "image"
    unpack(archive, fresh / "content")
    (fresh / "Dockerfile").write_text(_dockerfile(target), encoding="utf-8")
    (fresh / _CONTENT_DIGEST).write_text(f"{sha256}\n", encoding="utf-8")
    if folder.exists():
        folder.rename(scratch / "old-image")
    fresh.rename(folder)
    shutil.rmtree(scratch / "old-image", ignore_errors=True)


def _dockerfile(target: Target) -> str:
    return (
        f"# Made by glacier build, for {target.architecture}.\n"
        f"FROM public.ecr.aws/lambda/python:{target.python}\n"
        "COPY content/ ${LAMBDA_TASK_ROOT}/\n"
        f"ENTRYPOINT {json.dumps(_ENTRYPOINT)}\n"
        f'CMD ["{HANDLER}"]\n'
    )


def tagged(repository: str, sha256: str) -> str:
    """Return the address of the image of a content in the repository of `infra/bootstrap`.

    No tag ever means another image there, so the content's digest does as one.

    Example:
        >>> tagged("123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code", "c" * 64)
        '123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code:cccccccccccccccc'
    """
    return f"{repository}:{sha256[:16]}"


def docker_arguments(address: str, architecture: str, folder: str) -> tuple[tuple[str, ...], ...]:
    """Return what docker is told to make an image from a folder and to push it.

    Args:
        address: Registry, repository and tag.
        architecture: The processor it is for, "x86_64" or "arm64".
        folder: Where its content is.
    """
    platform = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}[architecture]
    # Lambda refuses images with an attestation beside them.
    made = ("build", "--platform", platform, "--provenance=false", "--tag", address, folder)
    return made, ("push", address)


def image_commands(pipeline: str, target: Target, folder: str, sha256: str) -> tuple[str, ...]:
    """Return what to type to make an image from the folder."""
    repository = f"ACCOUNT.dkr.ecr.REGION.amazonaws.com/{pipeline}-code"
    address = tagged(repository, sha256)
    same_target = f"--python {target.python} --architecture {target.architecture}"
    return (
        *(
            " ".join(("docker", *it))
            for it in docker_arguments(address, target.architecture, folder)
        ),
        f"docker inspect --format '{'{' * 2}index .RepoDigests 0{'}' * 2}' {address}",
        f"glacier build {same_target} --image-uri {repository}@sha256:DIGEST",
    )


def check_image(address: str, sha256: str, folder: Path) -> str | None:
    """Check that an image can be deployed, and that it was made from the project as it is.

    Args:
        address: Its registry, repository and digest.
        sha256: The digest of the content as it is now.
        folder: Where the image's content was written.

    Returns:
        A note, if nothing is there to compare with.

    Raises:
        GenerationError: GLC833.
    """
    if _ADDRESS.fullmatch(address) is None:
        raise GenerationError(
            Problem(
                code=Code.IMAGE_ADDRESS,
                message=f"--image-uri {address!r:.160} names no registry, repository and digest",
                fix="write REGISTRY/REPOSITORY@sha256:DIGEST; a tag may mean another image tomorrow",
            )
        )
    try:
        made_from = (folder / _CONTENT_DIGEST).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return f"the image could not be compared with the project: {folder.name}/ is not there"
    if made_from != sha256:
        raise GenerationError(
            Problem(
                code=Code.IMAGE_ADDRESS,
                message=f"the image was made from other code than the project's: build/{folder.name} holds "
                f"{made_from[:16]}, the project is {sha256[:16]}",
                fix="run glacier build --image, docker build and docker push again",
            )
        )
    return None
