"""Which code of a project is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from glacier_generators.artefacts.sources import project_files, runtime_files

from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.artefacts.conftest import Workshop


def write(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def shipped(root: Path, manifest: Manifest) -> list[str]:
    return list(project_files(root, manifest, "shop.pipeline:pipeline"))


def test_everything_below_src_is_shipped_except_tests_and_what_is_made_from_it(
    tmp_path: Path, shop_manifest: Manifest
) -> None:
    write(
        tmp_path / "src",
        *("shop/__init__.py", "shop/tasks.py", "shop/rates.csv", "shop/deep/data/x.json"),
        *("single.py", "shop/test_of_strength.py"),
        *("shop/tests/test_a.py", "tests/b.py", "conftest.py", ".env", "shop/.hidden/x"),
        *("shop/__pycache__/tasks.pyc", "shop.egg-info/PKG-INFO", "shop/old.pyc", "shop/tasks.py~"),
    )

    assert shipped(tmp_path, shop_manifest) == [
        "shop/__init__.py",
        "shop/deep/data/x.json",
        "shop/rates.csv",
        "shop/tasks.py",
        "shop/test_of_strength.py",
        "single.py",
    ]


def test_without_src_the_package_of_the_pipeline_and_what_it_imports_from_beside_it_are_shipped(
    tmp_path: Path, shop_manifest: Manifest
) -> None:
    write(tmp_path, "shop/__init__.py", "unrelated/__init__.py", "noxfile.py", "tests/test_a.py")
    write(tmp_path, "shop/tasks.py", text="def late():\n    from shared.rates import RATE\n")
    write(tmp_path, "shared/__init__.py", text="import prices, tests, polars\n")
    write(tmp_path, "prices.py", "shared/rates.py")

    assert shipped(tmp_path, shop_manifest) == [
        "prices.py",
        "shared/__init__.py",
        "shared/rates.py",
        "shop/__init__.py",
        "shop/tasks.py",
    ]


def test_links_are_followed_and_circles_of_links_end(
    tmp_path: Path, shop_manifest: Manifest
) -> None:
    write(tmp_path / "src", "shop/__init__.py")
    write(tmp_path / "elsewhere", "data/x.json")
    (tmp_path / "src" / "shop" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "src" / "shop" / "itself").symlink_to(tmp_path / "src" / "shop")

    assert shipped(tmp_path, shop_manifest) == ["shop/__init__.py", "shop/linked/data/x.json"]


def test_a_project_without_code_is_refused(tmp_path: Path, shop_manifest: Manifest) -> None:
    with pytest.raises(GenerationError, match="GLC829"):
        shipped(tmp_path, shop_manifest)


def test_a_task_whose_module_would_not_be_shipped_is_refused(workshop: Workshop) -> None:
    root = workshop.project()
    (root / "src" / "shop" / "tasks.py").rename(root / "src" / "shop" / "tests" / "tasks.py")

    with pytest.raises(GenerationError, match=r"GLC829 task 'add_up' is defined in shop\.tasks"):
        workshop.build(root)


@pytest.mark.parametrize("name", ["lib.py", "glacier_runtime/tasks.py", "glacier_plan.json"])
def test_a_module_of_the_project_that_hides_another_is_refused(
    workshop: Workshop, name: str
) -> None:
    workshop.publish("lib", "1.0")
    root = workshop.project("lib")
    write(root / "src", name)

    with pytest.raises(GenerationError, match=f"GLC830 {name}"):
        workshop.build(root)


def test_no_module_of_the_runtime_that_is_shipped_imports_one_that_is_not() -> None:
    files = runtime_files()
    text = "\n".join(path.read_text(encoding="utf-8") for path in files.values())

    for module in ("cli", "deployed"):
        assert f"glacier_runtime.{module} import" not in text
        assert f"glacier_runtime import {module}" not in text


def test_a_link_that_leads_out_of_the_project_is_not_shipped(
    tmp_path: Path, shop_manifest: Manifest
) -> None:
    project = tmp_path / "project"
    write(project / "src", "shop/__init__.py", "shop/tasks.py")
    write(tmp_path, "credentials", text="aws_secret_access_key = canary")
    write(project, "shared/rates.csv")
    (project / "src/shop/rates.csv").symlink_to(project / "shared/rates.csv")
    (project / "src/shop/notes.txt").symlink_to(tmp_path / "credentials")

    with pytest.raises(GenerationError, match=r"link out of the project") as caught:
        shipped(project, shop_manifest)

    assert caught.value.codes == ("GLC805",)
    (project / "src/shop/notes.txt").unlink()
    assert "shop/rates.csv" in shipped(project, shop_manifest)
