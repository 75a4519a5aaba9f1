"""Docker, as far as `glacier deploy` needs it, where there is none: its images are folders that the emulator runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["docker_path"]

_DOCKER = '''\
#!{python}
"""Stands in for docker: `push` puts the content where the emulator looks for it, and the registry knows its tag."""
import json, os, shutil, sys
from pathlib import Path

images, said = Path({images!r}), sys.argv[1:]
built = images / "built.json"
match said[0]:
    case "login":
        assert said[1:3] == ["--username", "AWS"] and "--password-stdin" in said and sys.stdin.read(), said
    case "build":
        address, folder = said[said.index("--tag") + 1], Path(said[-1])
        assert (folder / "Dockerfile").is_file() and "--provenance=false" in said
        built.write_text(json.dumps([address, str(folder)]))
    case "push":
        address, folder = json.loads(built.read_text())
        assert said[1] == address, said
        import boto3
        repository, tag = address.partition("/")[2].split(":")
        of_docker = "application/vnd.docker.distribution.manifest.v2+json"
        config = {{"digest": "sha256:" + "0" * 64, "size": 0, "mediaType": of_docker}}
        manifest = {{"schemaVersion": 2, "mediaType": of_docker, "config": config, "layers": []}}
        ecr = boto3.client("ecr", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        ecr.put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest))
        shutil.copytree(Path(folder) / "content", images / tag)
'''


def docker_path(folder: Path, images: Path) -> str:
    """Write a docker into a folder, and return a PATH that finds it first.

    Args:
        folder: The folder.
        images: Where images are pushed to.
    """
    folder.mkdir(exist_ok=True)
    command = folder / "docker"
    text = _DOCKER.format(python=sys.executable, images=str(images))
    command.write_text(text, encoding="utf-8")
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
