"""A generator of somebody else: the example of docs/infrastructure.md, installed beside ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from glacier_generators.generating import generate

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest

ROOT = Path(__file__).parents[2]
Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a module with one generator for aws, as pip would leave it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def _install(name: str, source: str) -> None:
        (site / f"{name}.py").write_text(source, encoding="utf-8")
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        function = re.findall(r"^def (\w+)", source, re.MULTILINE)[0]
        (info / "entry_points.txt").write_text(f"[glacier.generators]\naws = {name}:{function}\n")

    return _install


@pytest.fixture
def manifest() -> Manifest:
    provider = Provider(config=AwsConfig(region="eu-central-1"))
    made = Dataset("made", storage=provider.bucket("lake").at("made.parquet"))

    @provider.serverless().task
    def make() -> made:  # type: ignore[valid-type]
        raise NotImplementedError

    return Pipeline(name="custom", tasks=[make]).manifest


def test_the_example_of_the_documentation_writes_beside_ours(
    install: Install, manifest: Manifest, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "infrastructure.md").read_text(encoding="utf-8")
    source = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[-1]
    install("inventory_of_somebody", source)

    done = generate(tmp_path / "project", manifest)

    assert done.written
    assert (tmp_path / "project/docs/inventory.txt").read_text() == "make: made\n"
    assert (tmp_path / "project/infra/tasks.tf").is_file()
    assert generate(tmp_path / "project", manifest, write=False).is_current


def test_two_generators_cannot_write_one_file(
    install: Install, manifest: Manifest, tmp_path: Path
) -> None:
    install("second_opinion", 'def write(manifest):\n    return {"infra/tasks.tf": ""}\n')

    with pytest.raises(GenerationError, match="another generator writes") as caught:
        generate(tmp_path / "project", manifest)

    assert caught.value.codes == ("GLC805",)
    assert not (tmp_path / "project").exists()
