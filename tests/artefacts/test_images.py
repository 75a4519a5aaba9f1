"""What is too large for an archive becomes the content of an image."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from glacier_runtime.config.compute import ClusterSpec, ContainerSpec
from glacier_runtime.errors import GenerationError
from tests.artefacts.conftest import Workshop

ADDRESS = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:" + "a" * 64


@pytest.fixture
def root(workshop: Workshop) -> Path:
    workshop.publish("lib", "1.0")
    return workshop.project("lib")


def told(root: Path) -> dict[str, object]:
    code: dict[str, object] = json.loads((root / "infra" / "code.auto.tfvars.json").read_text())[
        "code"
    ]
    return code


def test_what_just_fits_is_an_archive_and_one_byte_more_is_an_image(
    workshop: Workshop, root: Path
) -> None:
    size = workshop.build(root).unpacked_bytes

    fits = workshop.build(root, limit_bytes=size)
    too_large = workshop.build(root, limit_bytes=size - 1)

    assert fits.ok
    assert fits.archive is not None
    assert not too_large.ok
    assert too_large.archive is None
    assert too_large.image == root / "build" / "image"


def test_the_image_has_the_content_of_the_archive(workshop: Workshop, root: Path) -> None:
    built = workshop.build(root, image=True)
    content = root / "build" / "image" / "content"
    dockerfile = (root / "build" / "image" / "Dockerfile").read_text()

    assert built.ok
    assert (content / "lib.py").read_text() == "VERSION = '1.0'\n"
    assert sum(p.stat().st_size for p in content.rglob("*") if p.is_file()) == built.unpacked_bytes
    assert dockerfile.splitlines()[1:] == [
        "FROM public.ecr.aws/lambda/python:3.11",
        "COPY content/ ${LAMBDA_TASK_ROOT}/",
        (
            'ENTRYPOINT ["/bin/sh", "-c", "[ \\"$#\\" -gt 1 ] && exec \\"$@\\"; '
            'exec /lambda-entrypoint.sh \\"$@\\"", "entry"]'
        ),
        'CMD ["glacier_runtime.run_task.aws_lambda.handle"]',
    ]
    assert [step.partition(" -")[0] for step in built.next_steps[:2]] == [
        "docker build",
        f"docker push ACCOUNT.dkr.ecr.REGION.amazonaws.com/shop-code:{built.sha256[:16]}",
    ]


@pytest.mark.parametrize(
    ("command", "ran"),
    [(["lib.handle"], "lambda: lib.handle"), (["echo", "a b", "c"], "a b c")],
)
def test_its_entry_point_takes_a_handler_of_lambda_and_a_whole_command(
    workshop: Workshop, root: Path, tmp_path: Path, command: list[str], ran: str
) -> None:
    workshop.build(root, image=True)
    dockerfile = (root / "build" / "image" / "Dockerfile").read_text()
    (line,) = [it for it in dockerfile.splitlines() if it.startswith("ENTRYPOINT ")]
    of_lambda = tmp_path / "lambda-entrypoint.sh"
    of_lambda.write_text("#!/bin/sh\necho lambda: $*\n")
    of_lambda.chmod(0o755)
    entry = [it.replace("/lambda-", f"{tmp_path}/lambda-") for it in json.loads(line[11:])]

    said = subprocess.run([*entry, *command], capture_output=True, text=True, check=True)

    assert said.stdout == f"{ran}\n"


def test_the_user_that_a_function_runs_as_can_read_the_image(
    workshop: Workshop, root: Path
) -> None:
    umask = os.umask(0o077)
    try:
        workshop.build(root, image=True)
    finally:
        os.umask(umask)

    content = root / "build" / "image" / "content"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (content, *content.rglob("*"))}

    assert modes == {0o644, 0o755}


def test_making_an_image_leaves_the_archive_and_the_settings_of_before(
    workshop: Workshop, root: Path
) -> None:
    before = workshop.build(root)
    workshop.build(root, limit_bytes=1)
    workshop.build(root, limit_bytes=1)  # replaces the image that is there

    assert before.archive is not None
    assert before.archive.exists()
    assert told(root)["sha256"] == before.sha256


def test_a_pushed_image_is_recorded_instead_of_an_archive(workshop: Workshop, root: Path) -> None:
    workshop.build(root, image=True, architecture="arm64")

    built = workshop.build(root, image_uri=ADDRESS, architecture="arm64", limit_bytes=1)

    assert built.ok
    assert built.notes == ()
    assert told(root) == {
        "archive": None,
        "sha256": "a" * 64,
        "image_uri": ADDRESS,
        "runtime": "python3.11",
        "architecture": "arm64",
    }


def test_an_image_of_other_code_is_not_recorded(workshop: Workshop, root: Path) -> None:
    workshop.build(root, image=True)
    (root / "src" / "shop" / "rates.csv").write_text("country,rate\n")

    with pytest.raises(GenerationError, match="GLC833 the image was made from other code"):
        workshop.build(root, image_uri=ADDRESS)


def test_an_image_made_elsewhere_is_recorded_with_a_note(workshop: Workshop, root: Path) -> None:
    built = workshop.build(root, image_uri=ADDRESS)

    assert "could not be compared" in built.notes[0]
    assert told(root)["image_uri"] == ADDRESS


def with_container(workshop: Workshop, image: str | None = None, *, alone: bool = False) -> None:
    """Let a further task of the pipeline, or its only one, run in a container."""
    tasks = workshop.manifest.tasks
    changes = {"name": "elsewhere", "compute": ContainerSpec(image=image)}
    moved = tasks[0].model_copy(update=changes)
    every = (moved,) if alone else (*tasks, moved)
    workshop.manifest = workshop.manifest.model_copy(update={"tasks": every})


def test_functions_have_their_archive_and_containers_their_image_of_one_content(
    workshop: Workshop, root: Path
) -> None:
    with_container(workshop)

    built = workshop.build(root)

    assert built.ok
    assert built.archive is not None
    assert (root / "build" / "image" / "content" / "lib.py").is_file()
    assert (told(root)["archive"], told(root)["image_uri"]) == (
        f"../build/{built.archive.name}",
        None,
    )
    assert built.next_steps[-1].startswith("glacier build ")  # the image is still to be pushed

    recorded = workshop.build(root, image_uri=ADDRESS)

    assert recorded.notes == ()
    assert recorded.archive == built.archive
    assert told(root) == {
        "archive": f"../build/{built.archive.name}",
        "sha256": built.sha256,
        "image_uri": ADDRESS,
        "runtime": "python3.11",
        "architecture": "x86_64",
    }


def test_an_image_that_is_still_to_be_pushed_is_recorded_by_the_digest_of_its_content(
    workshop: Workshop, root: Path
) -> None:
    asked: list[str] = []

    def repository() -> str:
        asked.append("which")
        return "registry.example.org/shop-code"

    workshop.build(root, repository=repository)
    assert asked == []  # nothing here needs an image

    with_container(workshop)
    built = workshop.build(root, repository=repository)

    address = f"registry.example.org/shop-code:{built.sha256[:16]}"
    assert built.archive is not None
    assert (built.image, built.image_uri) == (root / "build" / "image", address)
    assert told(root)["image_uri"] == address
    assert told(root)["archive"] == f"../build/{built.archive.name}"

    with_container(workshop, alone=True)
    alone = workshop.build(root, repository=repository)
    assert (alone.archive, told(root)["archive"]) == (None, None)
    assert told(root)["image_uri"] == f"registry.example.org/shop-code:{alone.sha256[:16]}"


def test_where_nothing_runs_an_archive_there_is_none(workshop: Workshop, root: Path) -> None:
    with_container(workshop, alone=True)

    built = workshop.build(root, limit_bytes=1)

    assert built.ok  # containers know no such limit
    assert built.archive is None
    assert built.image == root / "build" / "image"


def test_an_image_of_the_user_needs_no_image_of_the_project(workshop: Workshop, root: Path) -> None:
    with_container(workshop, "ghcr.io/example/maps:1.4")

    built = workshop.build(root)

    assert built.archive is not None
    assert built.image is None


def test_functions_that_run_an_image_need_no_archive(workshop: Workshop) -> None:
    workshop.publish("lib", "1.0")
    root = workshop.project("lib", build='[tool.glacier.build]\nfunctions = "image"\n')

    by_hand = workshop.build(root)
    deployed = workshop.build(root, repository=lambda: "registry.example.org/shop-code")

    assert by_hand.ok
    assert (by_hand.archive, by_hand.settings) == (None, None)
    assert by_hand.next_steps[0].startswith("docker build ")
    assert (deployed.archive, deployed.image) == (None, root / "build" / "image")
    assert told(root) == {
        "archive": None,
        "sha256": deployed.sha256,
        "image_uri": f"registry.example.org/shop-code:{deployed.sha256[:16]}",
        "runtime": "python3.11",
        "architecture": "x86_64",
    }


def test_functions_run_no_image_beside_a_task_that_needs_the_archive(workshop: Workshop) -> None:
    workshop.publish("lib", "1.0")
    root = workshop.project("lib", build='[tool.glacier.build]\nfunctions = "image"\n')
    first, *others = workshop.manifest.tasks
    on_cluster = first.model_copy(update={"name": "large", "compute": ClusterSpec()})
    tasks = (first, *others, on_cluster)
    workshop.manifest = workshop.manifest.model_copy(update={"tasks": tasks})

    with pytest.raises(GenerationError, match=r"GLC822.*'large' needs the archive"):
        workshop.build(root)


@pytest.mark.parametrize(
    "address",
    [
        "shop",
        "registry.example.org/shop:latest",
        "registry.example.org/shop@sha256:" + "a" * 63,
        "https://registry.example.org/shop@sha256:" + "a" * 64,
        ADDRESS + '"\n',
    ],
)
def test_an_address_that_may_mean_another_image_tomorrow_is_refused(
    workshop: Workshop, root: Path, address: str
) -> None:
    with pytest.raises(GenerationError, match="GLC833"):
        workshop.build(root, image_uri=address)
