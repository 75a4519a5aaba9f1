"""An account in which workflows run in this process, and buckets that are folders, whatever their cloud."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Test folders are no packages; what lies beside the tests is found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from glacier_runtime.storage.stores import TEST_FOLDER
from tests.cloud_runs.accounts import REGION, Workshop


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose code and whose tasks are told that they are in AWS."""
    environment = {
        TEST_FOLDER: str(tmp_path / "buckets"),
        "GLACIER_CLOUD": "aws",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("GLACIER_STATE_MACHINE", "GLACIER_BINDINGS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def workshop(root: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A pipeline and an account where it is deployed."""
    made = Workshop(root)
    account = "glacier_runtime.cloud_runs.aws.clients.Account.client"
    monkeypatch.setattr(account, lambda _account, _service, **_options: made.aws)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setattr("glacier_runtime.cloud_runs.hybrid._LONGEST_PAUSE_S", 0.0)
    return made
