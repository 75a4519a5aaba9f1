"""What names of types say, held against what EC2 says of all of them, as moto ships it (DescribeInstanceTypes)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import moto
import pytest

from glacier_runtime.config.instance_types import Ec2Size, ec2_architecture, ec2_size


@pytest.fixture(scope="module")
def types() -> dict[str, Any]:
    file = Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz"
    found: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    return found


def test_what_is_said_of_a_type_is_so(types: dict[str, Any]) -> None:
    said = {name: size for name in types if (size := ec2_size(name)) is not None}
    are = {
        name: Ec2Size(
            types[name]["VCpuInfo"]["DefaultVCpus"], types[name]["MemoryInfo"]["SizeInMiB"]
        )
        for name in said
    }

    assert len(said) > 700
    assert said == are


def test_of_the_common_families_every_type_is_known_but_bare_metal(types: dict[str, Any]) -> None:
    families = ("c6i", "c7g", "m5", "m7a", "m8g", "r6i", "r7i", "r8g", "t3", "t4g")
    names = {name for name in types if name.partition(".")[0] in families}

    assert {name for name in names if ec2_size(name) is None} == {
        name for name in names if ".metal" in name
    }


def test_a_name_says_the_architecture(types: dict[str, Any]) -> None:
    on_linux = {name: it for name, it in types.items() if not name.startswith(("mac", "a1."))}
    are = {name: it["ProcessorInfo"]["SupportedArchitectures"] for name, it in on_linux.items()}
    # Machines of SAP HANA, whose names are of another kind, and which have no arm.
    told = {name: ec2_architecture(name) for name in on_linux}

    assert [name for name in on_linux if told[name] not in are[name]] == []


@pytest.mark.parametrize(
    "name", ["c5n.large", "x2idn.16xlarge", "m4.large", "t2.micro", "r6i.metal"]
)
def test_what_a_name_does_not_tell_is_not_guessed(name: str) -> None:
    assert ec2_size(name) is None
