"""The archive, unpacked where there is nothing but a Python, runs a task: on files, and on object storage."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
import polars as pl
import pytest
from moto.server import ThreadedMotoServer
from polars.testing import assert_frame_equal

REGION = "eu-central-1"
BUCKET = "shop-lake-1a2b3c4d"
ORDERS = pl.DataFrame({"country": ["DE", "FR", "DE"], "amount": [100.0, 10.0, 200.0]})
TOTALS = pl.DataFrame({"country": ["DE", "FR"], "gross": [357.0, 12.0]})


def run_task(
    python: Path, unpacked: Path, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the task as the function's platform would: no other variables, no other files."""
    return subprocess.run(
        [
            *(python, "-m", "glacier_runtime.run_task"),
            *("--task", "add_up", "--run-id", "run-1", "--attempt", "0"),
        ],
        cwd=folder,
        env={
            "LAMBDA_TASK_ROOT": str(unpacked),
            "PYTHONPATH": str(unpacked),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        },
        capture_output=True,
        text=True,
    )


def test_it_runs_a_task_on_files(bare_python: Path, unpacked: Path, tmp_path: Path) -> None:
    lake = tmp_path / "data" / "lake"
    (lake / "raw").mkdir(parents=True)
    ORDERS.write_parquet(lake / "raw" / "orders.parquet")

    done = run_task(bare_python, unpacked, tmp_path, GLACIER_CLOUD="local")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "done"
    assert_frame_equal(pl.read_parquet(lake / "totals.parquet"), TOTALS)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_it_runs_a_task_on_object_storage(
    bare_python: Path, unpacked: Path, tmp_path: Path, endpoint: str
) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    buffer = BytesIO()
    ORDERS.write_parquet(buffer)
    s3.put_object(Bucket=BUCKET, Key="raw/orders.parquet", Body=buffer.getvalue())
    bindings = {"version": 1, "cloud": "aws", "region": REGION, "buckets": {"lake": BUCKET}}

    done = run_task(
        bare_python,
        unpacked,
        tmp_path,
        GLACIER_CLOUD="aws",
        GLACIER_BINDINGS=json.dumps(bindings),
        AWS_REGION=REGION,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL=endpoint,
        AWS_EC2_METADATA_DISABLED="true",
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "done"
    published = s3.get_object(Bucket=BUCKET, Key="totals.parquet")["Body"].read()
    assert_frame_equal(pl.read_parquet(BytesIO(published)), TOTALS)
    assert list(tmp_path.iterdir()) == []


def test_its_file_system_may_be_read_only(
    bare_python: Path, unpacked: Path, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in unpacked.rglob("*")}
    done = run_task(bare_python, unpacked, tmp_path, GLACIER_CLOUD="local")

    assert (
        done.returncode != 0
    )  # there is no data; whatever it tried, it wrote nothing beside its code
    assert {path: path.stat().st_mtime_ns for path in unpacked.rglob("*")} == before
