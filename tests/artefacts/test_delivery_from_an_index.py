"""What pip delivers, and what becomes of a build when that is not what was ordered."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from glacier_generators.artefacts.dependencies import Pin
from glacier_generators.artefacts.inspection import delivery_faults
from glacier_generators.artefacts.targets import Target

from glacier_runtime.errors import GenerationError
from tests.artefacts.conftest import Workshop
from tests.artefacts.wheels import install, make_wheel

HERE = Target("3.11", "x86_64")


def content(archive: Path | None) -> dict[str, bytes]:
    assert archive is not None
    with ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def refused(workshop: Workshop, root: Path, **options: object) -> GenerationError:
    with pytest.raises(GenerationError) as caught:
        workshop.build(root, **options)
    return caught.value


def test_the_installed_version_is_shipped_although_the_index_has_a_newer_one(
    workshop: Workshop,
) -> None:
    workshop.publish("lib", "1.0")
    make_wheel(workshop.index, "lib", "2.0")

    built = workshop.build(workshop.project("lib>=1"))

    assert content(built.archive)["lib.py"] == b"VERSION = '1.0'\n"


def test_an_index_with_another_version_only_is_refused(workshop: Workshop) -> None:
    make_wheel(workshop.index, "lib", "2.0")
    install(workshop.installed, "lib", "1.0")

    error = refused(workshop, workshop.project("lib"))

    assert error.codes == ("GLC826",)
    assert "lib 1.0" in str(error)
    assert "from versions: 2.0" in str(error)


def test_an_index_that_lies_about_a_version_is_refused(workshop: Workshop) -> None:
    make_wheel(workshop.index, "lib", "1.0", says_version="2.0")
    install(workshop.installed, "lib", "1.0")

    assert refused(workshop, workshop.project("lib")).codes == ("GLC826",)


def test_every_distribution_without_a_wheel_is_named_at_once(workshop: Workshop) -> None:
    workshop.publish("good", "1.0")
    make_wheel(workshop.index, "mac", "1.0", tag="cp311-cp311-macosx_11_0_arm64")
    make_wheel(workshop.index, "newer", "1.0", tag="cp311-abi3-manylinux_2_38_x86_64")
    for name in ("mac", "newer", "nowhere"):
        install(workshop.installed, name, "1.0")

    error = refused(workshop, workshop.project("good", "mac", "newer", "nowhere"))

    assert error.codes == ("GLC826",) * 3
    assert [problem.message.split()[0] for problem in error.problems] == ["mac", "newer", "nowhere"]


@pytest.mark.parametrize(
    ("python", "tag", "fits"),
    [
        ("3.11", "cp311-abi3-manylinux_2_24_x86_64", True),
        ("3.11", "cp311-abi3-manylinux_2_28_x86_64", False),  # Amazon Linux 2 has glibc 2.26
        ("3.12", "cp311-abi3-manylinux_2_28_x86_64", True),
        ("3.12", "cp311-abi3-manylinux_2_34_x86_64", True),  # Amazon Linux 2023 has glibc 2.34
        ("3.12", "cp311-abi3-manylinux_2_35_x86_64", False),
        ("3.11", "cp311-abi3-manylinux2014_x86_64", True),
        ("3.11", "cp311-abi3-musllinux_1_2_x86_64", False),
        ("3.11", "cp311-abi3-manylinux_2_24_aarch64", False),
    ],
)
def test_wheels_are_those_that_the_system_of_the_function_can_load(
    workshop: Workshop, python: str, tag: str, *, fits: bool
) -> None:
    make_wheel(workshop.index, "lib", "1.0", tag=tag)
    install(workshop.installed, "lib", "1.0")
    root = workshop.project("lib")

    if fits:
        assert "lib.py" in content(workshop.build(root, python=python).archive)
    else:
        assert refused(workshop, root, python=python).codes == ("GLC826",)


def test_a_module_compiled_for_another_processor_is_refused(workshop: Workshop) -> None:
    elf = b"\x7fELF\x02\x01\x01" + bytes(11) + (183).to_bytes(2, "little") + bytes(40)
    make_wheel(workshop.index, "lib", "1.0", files={"_lib.abi3.so": elf})
    install(workshop.installed, "lib", "1.0")
    root = workshop.project("lib")

    error = refused(workshop, root)
    built = workshop.build(root, architecture="arm64")

    assert error.codes == ("GLC828",)
    assert "_lib.abi3.so" in str(error)
    assert "_lib.abi3.so" in content(built.archive)


def test_a_module_of_the_project_compiled_for_another_system_is_refused(workshop: Workshop) -> None:
    root = workshop.project()
    (root / "src" / "shop" / "fast.cpython-311-darwin.so").write_bytes(b"\xcf\xfa\xed\xfe" * 8)

    assert refused(workshop, root).codes == ("GLC828",)


def test_a_wheel_that_needs_more_on_the_target_than_here_is_refused(workshop: Workshop) -> None:
    make_wheel(workshop.index, "lib", "1.0", requires=["libc-of-linux"])
    install(workshop.installed, "lib", "1.0")

    error = refused(workshop, workshop.project("lib"))

    assert error.codes == ("GLC823",)
    assert "libc-of-linux" in str(error)


def test_a_delivery_is_compared_with_the_order_by_name_and_version(tmp_path: Path) -> None:
    install(tmp_path, "right", "1.0")
    install(tmp_path, "wrong", "2.0")
    install(tmp_path, "stowaway", "1.0")
    order = (Pin("missing", "1.0"), Pin("right", "1.0"), Pin("wrong", "1.0"))

    faults = delivery_faults(tmp_path, order, [], HERE, frozenset())

    assert [fault.code.code for fault in faults] == ["GLC824"] * 3
    assert [fault.message for fault in faults] == [
        "pip was asked for missing 1.0 and did not deliver it",
        "pip delivered stowaway 1.0, which nobody asked for",
        "pip was asked for wrong 1.0 and delivered 2.0",
    ]


def test_programs_and_records_of_the_installer_are_not_shipped(workshop: Workshop) -> None:
    program = b"#!python\nprint()\n"
    make_wheel(workshop.index, "lib", "1.0", files={"lib-1.0.data/scripts/lib": program})
    install(workshop.installed, "lib", "1.0")

    inside = content(workshop.build(workshop.project("lib")).archive)

    assert {name for name in inside if "lib-1.0.dist-info" in name} == {
        "lib-1.0.dist-info/METADATA",
        "lib-1.0.dist-info/WHEEL",
    }
    assert "bin/lib" not in inside


def test_settings_of_pip_for_a_user_do_not_get_in_the_way(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    workshop.publish("lib", "1.0")

    assert workshop.build(workshop.project("lib")).parts[0].name == "lib"


def test_without_pip_the_way_to_get_it_is_said(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    error = refused(workshop, workshop.project())

    assert error.codes == ("GLC827",)
    assert "glacier-runtime[generators]" in str(error)


def test_modules_in_the_working_directory_do_not_stand_in_for_those_of_pip_and_python(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.publish("lib", "1.0")
    root = workshop.project("lib")
    for name in ("pip.py", "py_compile.py", "compileall.py"):
        (root / name).write_text("raise RuntimeError\n")
    monkeypatch.chdir(root)

    inside = content(workshop.build(root).archive)

    assert "shop/__pycache__/tasks.cpython-311.pyc" in inside or sys.version_info[:2] != (3, 11)
