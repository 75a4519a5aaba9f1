"""What merging leaves, to real Terraform: laid out and valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from glacier_generators.generating import generate

from glacier_runtime.manifest import Manifest
from tests.generators.foreign import data_of
from tests.terraform.harness import fmt_check, init, validate


@pytest.mark.long
def test_edits_and_a_changed_pipeline_merge_to_what_terraform_takes(tmp_path: Path) -> None:
    before = data_of({"first": [], "second": ["first"]})
    after = data_of({"first": [], "third": ["first"], "second": ["first", "third"]})
    after["schedule"] = {"expression": "0 5 * * *", "timezone": "UTC"}
    assert generate(tmp_path, Manifest.model_validate(before)).written
    infra = tmp_path / "infra"
    tasks, outputs, workflow = (infra / f"{name}.tf" for name in ("tasks", "outputs", "workflow"))
    own = 'locals {\n  own = "mine" # a local of ours\n}\n\n'
    text = re.sub(r"(memory_mib +=) \d+", r"\1 3072 # measured", tasks.read_text(encoding="utf-8"))
    tasks.write_text(own + text, encoding="utf-8")
    blocks = outputs.read_text(encoding="utf-8").split("\n\n")
    outputs.write_text("\n\n".join([*reversed(blocks[:2])]) + "\n", encoding="utf-8")
    text = workflow.read_text(encoding="utf-8")
    workflow.write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")

    done = generate(tmp_path, Manifest.model_validate(after))

    assert {path for path, change in done.changes.items() if change == "merge"} == {
        "infra/tasks.tf", "infra/workflow.tf",
    }  # fmt: skip
    merged = tasks.read_text(encoding="utf-8")
    assert merged.startswith(own)
    assert merged.count("3072 # measured") == 2
    assert 'module "task_third"' in merged
    assert b"module.task_third,\r\n" in workflow.read_bytes()
    assert "failure_topic_arn" not in outputs.read_text(encoding="utf-8")
    init(infra)
    assert validate(infra) == []
    workflow.write_bytes(workflow.read_bytes().replace(b"\r\n", b"\n"))
    assert not fmt_check(infra)
