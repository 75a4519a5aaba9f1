"""Reading a pipeline as it is in its cloud: in a process of its own, which this machine's environment cannot change."""

from __future__ import annotations

import os
import select
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from glacier_runtime.deployed import read_deployed
from glacier_runtime.errors import Code, GlacierError, InvalidPipelineError, Problem, ProjectError
from glacier_runtime.manifest import Manifest
from glacier_runtime.project import Project

FLIGHTS = """
    from typing import Annotated
    import polars as pl
    from pydantic import BaseModel
    from glacier_runtime import Dataset, Pipeline, Provider

    class Row(BaseModel):
        x: int

    provider = Provider.from_env()
    lake, small = provider.bucket("lake"), provider.serverless()
    raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)
    clean = Dataset("clean", storage=lake.at("clean.parquet"), schema=Row)

    @small.task
    def wash(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, clean]:
        return rows.filter(pl.col("x") > 0)

    pipeline = Pipeline(name="flights", tasks=[wash])
    """

Read = Callable[..., Manifest]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a project of one module, and read its pipeline for AWS."""

    def _read(
        source: str = "", target: str | None = None, *, columns: bool = False, timeout_s: float = 60
    ) -> Manifest:
        (tmp_path / "src").mkdir()
        text = textwrap.dedent(FLIGHTS) + textwrap.dedent(source)
        (tmp_path / "src" / "its_pipeline.py").write_text(text, encoding="utf-8")
        project = Project(tmp_path, "its_pipeline:pipeline", "aws", {"region": "eu-central-1"})
        return read_deployed(project, target, columns=columns, timeout_s=timeout_s)

    return _read


def the_problem(act: Callable[[], object]) -> Problem:
    with pytest.raises(GlacierError) as caught:
        act()
    (problem,) = caught.value.problems
    return problem


def test_the_manifest_is_that_of_the_configured_cloud(read: Read) -> None:
    manifest = read()

    assert (manifest.pipeline, manifest.cloud) == ("flights", "aws")
    assert manifest.provider.region == "eu-central-1"


def test_nothing_of_the_user_is_imported_here(read: Read) -> None:
    read()

    assert "its_pipeline" not in sys.modules


@pytest.mark.parametrize(
    "environment",
    [
        {"GLACIER_CLOUD": "local", "GLACIER_DATA": "/elsewhere"},
        {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2", "AWS_PROFILE": "work"},
        {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "canary"},
    ],
)
def test_the_environment_of_this_machine_changes_nothing(
    read: Read, monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    manifest = read("""
        import os
        shown = sorted(name for name in os.environ if name.startswith(("AWS_", "GLACIER_")))
        pipeline.description = f"{shown}, {provider.config}"
        """)

    assert manifest.description.startswith("['AWS_REGION', 'GLACIER_CLOUD'], region='eu-central-1'")
    assert "profile=None" in manifest.description


def test_what_user_code_writes_to_standard_output_goes_to_standard_error(
    read: Read, capfd: pytest.CaptureFixture[str]
) -> None:
    manifest = read("""
        import os, subprocess, sys
        print("printed")
        sys.__stdout__.write("{}\\n")
        os.write(1, b"written to 1\\n")
        subprocess.run(["echo", "from a child"])
        """)

    output, messages = capfd.readouterr()
    assert manifest.pipeline == "flights"
    assert output == ""
    assert set(messages.splitlines()) >= {"printed", "{}", "written to 1", "from a child"}


def test_columns_are_checked_and_problems_come_back_with_their_places(
    read: Read, tmp_path: Path
) -> None:
    with pytest.raises(InvalidPipelineError) as caught:
        read(
            """
            @small.task
            def spoil(
                rows: Annotated[pl.LazyFrame, clean]
            ) -> Annotated[pl.LazyFrame, Dataset("spoilt", storage=lake.at("spoilt.parquet"))]:
                return rows.select("y")

            pipeline = Pipeline(name="flights", tasks=[wash, spoil])
            """,
            columns=True,
        )

    (problem,) = caught.value.problems
    assert (problem.code, problem.task) == (Code.UNKNOWN_COLUMN, "spoil")
    assert problem.place is not None
    assert problem.place.file == str(tmp_path / "src" / "its_pipeline.py")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("lake.at('/etc')", "GLC102"),
        ("1 / 0", "GLC702"),
        ("import sys; sys.exit(3)", "GLC702"),
        ("del pipeline", "GLC703"),
        ("pipeline = Pipeline(name='flights', tasks=[])", "GLC314"),
    ],
)
def test_a_pipeline_that_cannot_be_read_is_refused_as_in_this_process(
    read: Read, source: str, code: str
) -> None:
    assert the_problem(lambda: read(source)).code.code == code


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with exit code -9"),
        (
            "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'nonsense')\n    except OSError: pass",
            "did not answer in JSON",
        ),
    ],
)
def test_a_process_that_dies_or_answers_nonsense_is_said_with_its_last_words(
    read: Read, source: str, fault: str
) -> None:
    words = "print(*range(100), sep='\\n'); print('last words', flush=True)\n"
    found = the_problem(lambda: read(words + source))

    assert found.code is Code.READER_FAILED
    assert fault in found.message
    assert found.message.splitlines()[1:] == [f"    {n}" for n in (96, 97, 98, 99)] + [
        "    last words"
    ]


def test_a_process_that_hangs_is_ended_with_all_that_it_started(read: Read, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    end = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    found = the_problem(
        lambda: read(
            f"""
            import subprocess, time
            subprocess.Popen(["sleep", "600"], stdout=open({str(alive)!r}, "w"))
            print("about to hang", flush=True)
            time.sleep(600)
            """,
            timeout_s=10,
        )
    )

    assert found.code is Code.READER_FAILED
    assert "took longer than 10 s" in found.message
    assert "about to hang" in found.message
    assert select.select([end], [], [], 20)[0], "somebody holds the other end"
    assert os.read(end, 1) == b""
    os.close(end)


def test_code_that_hangs_after_the_answer_is_not_waited_for(read: Read) -> None:
    manifest = read("""
        import atexit, threading, time
        atexit.register(time.sleep, 60)
        threading.Thread(target=time.sleep, args=[60]).start()
        """)

    assert manifest.pipeline == "flights"


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ("LocalConfig()", "resources of cloud 'local', and pyproject.toml says cloud = 'aws'"),
        (
            "AwsConfig(region='us-east-1')",
            "resources of region 'us-east-1', and pyproject.toml says region = 'eu-central-1'",
        ),
    ],
)
def test_code_that_names_another_cloud_than_the_project_is_refused(
    read: Read, config: str, fault: str
) -> None:
    found = the_problem(lambda: read(f"""
            from glacier_runtime.config import AwsConfig, LocalConfig
            @Provider(config={config}).serverless().task
            def nothing() -> None: ...
            pipeline = Pipeline(name="flights", tasks=[nothing])
            """))

    assert found.code is Code.CLOUD_SETTINGS
    assert fault in found.message
    assert "Provider.from_env()" in found.fix


@pytest.mark.parametrize(
    ("cloud", "settings", "shown"),
    [
        ("gcp", {"project_id": "my-project", "region": "europe-west1"}, "my-project"),
        (
            "azure",
            {
                "subscription_id": "00000000-0000-0000-0000-000000000000",
                "resource_group": "analytics",
                "location": "westeurope",
            },
            "00000000-0000-0000-0000-000000000000",
        ),
    ],
)
def test_a_pipeline_is_read_for_google_cloud_and_azure_as_it_stands(
    cloud: str,
    settings: dict[str, str],
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLOUDSDK_CORE_PROJECT", "of-this-machine")
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "of-this-machine")
    (tmp_path / "its_pipeline.py").write_text(textwrap.dedent(FLIGHTS), encoding="utf-8")

    manifest = read_deployed(
        Project(tmp_path, "its_pipeline:pipeline", cloud, settings), columns=False
    )

    assert (manifest.cloud, manifest.provider.account_id) == (cloud, shown)
    assert manifest.provider.resource_group == settings.get("resource_group")


def test_without_a_cloud_the_two_lines_to_add_are_said(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        read_deployed(Project(tmp_path, "its_pipeline:pipeline"))

    (problem,) = caught.value.problems
    assert problem.code is Code.NO_CLOUD
    assert 'cloud = "aws" below [tool.glacier]' in problem.fix
    assert 'region = "eu-central-1" below [tool.glacier.aws]' in problem.fix


def test_a_pipeline_may_be_named_in_place_of_the_projects(read: Read) -> None:
    manifest = read('nightly = Pipeline(name="nightly", tasks=[wash])', "its_pipeline:nightly")

    assert manifest.pipeline == "nightly"
