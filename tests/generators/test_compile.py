"""`Pipeline.compile` and `Pipeline.run(mode="generate")`: what `glacier generate` does, from Python."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoints
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from glacier_generators import disk

from glacier_runtime import AwsTarget, Dataset, Pipeline, Provider, workshop
from glacier_runtime.config import AwsConfig, CloudScope, RayConfig, SparkConfig
from glacier_runtime.errors import (
    DefinitionError,
    GenerationError,
    InvalidPipelineError,
    ProjectError,
)
from glacier_runtime.tasks import AnyTask
from tests.generators.projects import PIPELINE, Project, make_project

FRANKFURT = AwsTarget(region="eu-central-1")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project, whose folder is the working directory, on a laptop that says nothing of clouds."""
    made = make_project(tmp_path / "laundry")
    for name in [name for name in os.environ if name.startswith(("GLACIER_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(made.root)
    monkeypatch.syspath_prepend(made.root)
    yield made
    sys.modules.pop("laundry", None)


def laundry() -> Pipeline:
    """Import the project's pipeline into this process."""
    importlib.invalidate_caches()
    found: Pipeline = importlib.import_module("laundry").pipeline
    return found


def tree(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def counting(provider: Provider) -> Pipeline:
    numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))

    @provider.serverless().task
    def count() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1]})

    return Pipeline(name="counting", tasks=[count])


def aws(**options: object) -> Provider:
    return Provider(config=AwsConfig.model_validate({"region": "eu-central-1"} | options))


def test_a_pipeline_of_this_machine_compiles_to_the_bytes_that_glacier_generate_writes(
    project: Project,
) -> None:
    compiled = laundry().compile(target=FRANKFURT)

    assert project.glacier("generate").code == 0
    assert {f"infra/{path}": text for path, text in tree(project.root / "infra").items()} == dict(
        compiled.files
    )


def test_terraform_in_a_project_is_remembered_where_glacier_generate_remembers_it(
    project: Project,
) -> None:
    done = laundry().compile(target=FRANKFURT).to_terraform("infra")

    assert done.changes["infra/tasks.tf"] == "write"
    assert project.glacier("generate", "--check").code == 0
    assert not laundry().compile(target=FRANKFURT).to_terraform("infra").changes


def test_terraform_goes_to_any_folder_and_leaves_what_lies_in_its_neighbours(
    project: Project,
) -> None:
    for region in ("eu-west-1", "eu-central-1"):
        laundry().compile(target=AwsTarget(region=region)).to_terraform(f"deployed/{region}")

    for region in ("eu-west-1", "eu-central-1"):
        answers = (project.root / "deployed" / region / "terraform.tfvars").read_text()
        assert f'region  = "{region}"' in answers
        assert (project.root / "deployed/.glacier/base" / region / "tasks.tf").is_file()


def test_what_a_killed_generation_was_about_to_do_next_door_is_not_forgotten(
    project: Project,
) -> None:
    compiled = laundry().compile(target=FRANKFURT)
    text = compiled.files["infra/tasks.tf"]
    disk.put_note(project.root, {"other/tasks.tf": disk.Intent(text, text)}, {})

    compiled.to_terraform("infra")
    note = disk.read_note(project.root)
    disk.put(project.root, "other/tasks.tf", text)

    assert disk.is_noted(note, "other/tasks.tf", text)
    assert compiled.to_terraform("other").changes["other/workflow.tf"] == "write"
    assert not disk.read_note(project.root)


def test_an_edit_by_hand_stays_as_long_as_nothing_else_is_asked_for(project: Project) -> None:
    laundry().compile(target=FRANKFURT).to_terraform("infra")
    edited = project.root / "infra/outputs.tf"
    edited.write_text("# mine\n")

    done = laundry().compile(target=FRANKFURT).to_terraform("infra")

    assert not done.changes
    assert [file.path for file in done.files if file.state == "edited"] == ["infra/outputs.tf"]
    assert edited.read_text() == "# mine\n"


def test_an_edit_that_would_be_lost_stops_everything_until_it_is_said_to_be_kept(
    project: Project,
) -> None:
    laundry().compile(target=FRANKFURT).to_terraform("infra")
    edited = project.root / "infra/terraform.tfvars"
    edited.write_text('project = "laundry"\nregion  = "eu-north-1" # mine\n')
    before = tree(project.root)
    elsewhere = laundry().compile(target=AwsTarget(region="eu-west-1"))

    with pytest.raises(GenerationError, match=r"infra/terraform\.tfvars: region was") as caught:
        elsewhere.to_terraform("infra")

    assert caught.value.codes == ("GLC807",)
    assert "keep_edits=True" in caught.value.problems[0].fix
    assert tree(project.root) == before
    elsewhere.to_terraform("infra", keep_edits=True)
    assert '"eu-north-1" # mine\n' in edited.read_text()
    assert not elsewhere.to_terraform("infra").changes


def test_a_link_is_not_followed(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project.root / "infra").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(GenerationError, match="behind the link") as caught:
        laundry().compile(target=FRANKFURT).to_terraform("infra")

    assert set(caught.value.codes) == {"GLC805"}
    assert not tree(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("provider", "target", "named"),
    [
        (aws(), AwsTarget(region="eu-west-1"), "asked for in eu-west-1"),
        (
            aws(account_id="111111111111"),
            AwsTarget(region="eu-central-1", account_id="222222222222"),
            "asked for in 222222222222",
        ),
    ],
)
def test_resources_that_belong_elsewhere_are_not_moved(
    provider: Provider, target: AwsTarget, named: str
) -> None:
    with pytest.raises(InvalidPipelineError) as caught:
        counting(provider).compile(target=target)

    assert caught.value.codes == ("GLC308",)
    assert named in caught.value.problems[0].message


def test_a_target_may_name_the_account_and_add_tags() -> None:
    target = AwsTarget(region="eu-central-1", account_id="111111111111", tags={"team": "data"})

    manifest = counting(aws(tags={"cost": "42"})).compile(target=target).manifest

    assert manifest.provider.account_id == "111111111111"
    assert manifest.provider.tags == {"cost": "42", "team": "data"}


class OurAccount:
    """Somebody's own target."""

    scope = CloudScope("aws", "eu-central-1", "111111111111")


@pytest.mark.parametrize(
    "target", [OurAccount(), AwsConfig(region="eu-central-1", account_id="111111111111")]
)
def test_whatever_has_a_scope_is_a_target(target: OurAccount | AwsConfig) -> None:
    compiled = counting(Provider.from_env({})).compile(target=target)

    assert 'account_id = "111111111111"' in compiled.files["infra/terraform.tfvars"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"region": "Frankfurt"}, "region='Frankfurt'"),
        ({"region": "eu-west-1", "account_id": "42"}, "account_id='42'"),
        ({"region": "eu-west-1", "tags": {"": "x"}}, "tags"),
    ],
)
def test_a_target_that_aws_does_not_have_is_refused_where_it_is_made(
    options: dict[str, str], named: str
) -> None:
    with pytest.raises(DefinitionError, match=named) as caught:
        AwsTarget(**options)  # type: ignore[arg-type]

    assert caught.value.codes == ("GLC107",)


def test_a_pipeline_is_checked_for_the_cloud_that_it_is_compiled_for() -> None:
    provider = Provider.from_env({})
    letters = Dataset("letters", storage=provider.bucket("lake").at("letters.parquet"))

    @provider.serverless(memory_mib=20_000).task
    def huge() -> Annotated[pl.LazyFrame, letters]:
        return pl.LazyFrame({"n": [1]})

    pipeline = Pipeline(name="letters", tasks=[huge])

    assert pipeline.validate(columns=False).ok
    with pytest.raises(InvalidPipelineError, match="10240 at most"):
        pipeline.compile(target=FRANKFURT)


def test_columns_are_checked_before_anything_is_compiled(project: Project) -> None:
    source = PIPELINE.replace(
        "import polars as pl\n", "import polars as pl\nfrom pydantic import BaseModel\n"
    )
    source = source.replace(
        "provider =", "class Shirt(BaseModel):\n    size: int\n\n\nprovider =", 1
    )
    source = source.replace("source=True)", "source=True, schema=Shirt)")
    project.write(source.replace("return raw", 'return raw.filter(pl.col("sise") > 1)'))

    with pytest.raises(InvalidPipelineError, match="sise") as caught:
        laundry().compile(target=FRANKFURT)

    assert caught.value.codes == ("GLC401",)


def test_without_generators_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "entry_points", lambda **_: EntryPoints())

    with pytest.raises(GenerationError, match=r"Pipeline\.compile needs the generators") as caught:
        counting(Provider.from_env({})).compile(target=FRANKFURT)

    assert caught.value.codes == ("GLC804",)
    assert "glacier-runtime[generators]" in caught.value.problems[0].fix


def test_the_mode_generate_writes_what_glacier_generate_writes(project: Project) -> None:
    done = laundry().run(mode="generate")

    assert done.changes["infra/tasks.tf"] == "write"
    assert project.glacier("generate", "--check").code == 0
    assert laundry().run(mode="generate").is_current


@pytest.mark.parametrize("command", [["laundry.py"], ["-m", "laundry"]])
def test_a_script_that_generates_calls_its_tasks_as_others_import_them(
    project: Project, command: list[str]
) -> None:
    project.write(f'{PIPELINE}\n\nif __name__ == "__main__":\n    pipeline.run(mode="generate")\n')

    subprocess.run([sys.executable, *command], cwd=project.root, check=True)

    assert "# laundry:wash\n" in (project.root / "infra/tasks.tf").read_text()
    assert project.glacier("generate", "--check").code == 0


def test_the_mode_generate_needs_no_parameters_and_no_secrets(project: Project) -> None:
    source = PIPELINE.replace("import Dataset", "import Secret, Dataset").replace(
        "def count(rows: Annotated[pl.LazyFrame, clean])",
        'def count(rows: Annotated[pl.LazyFrame, clean], day: str, key: Annotated[str, Secret("key")])',
    )
    project.write(source)

    laundry().run(mode="generate")

    assert (project.root / "infra/secrets.tf").is_file()


def test_outside_a_project_the_mode_generate_takes_the_cloud_of_the_resources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    counting(aws()).run(mode="generate")

    assert 'region  = "eu-central-1"' in (tmp_path / "infra/terraform.tfvars").read_text()


def test_where_neither_project_nor_resources_name_a_cloud_nothing_is_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ProjectError) as caught:
        counting(Provider.from_env({})).run(mode="generate")

    assert caught.value.codes == ("GLC705",)


def test_the_mode_generate_does_not_write_over_edits(project: Project) -> None:
    laundry().run(mode="generate")
    edited = project.root / "infra/tasks.tf"
    text = edited.read_text()
    edited.write_text(re.sub(r"(memory_mib +=) \d+", r"\1 3072 # mine", text))
    project.write(PIPELINE.replace("serverless()", "serverless(memory_mib=2048)"))
    sys.modules.pop("laundry")

    with pytest.raises(GenerationError) as caught:
        laundry().run(mode="generate")

    assert set(caught.value.codes) == {"GLC807"}
    assert edited.read_text().count("3072 # mine") == 2


def test_each_task_on_what_is_not_generated_yet_is_told_what_to_use_instead() -> None:
    provider = aws()
    lake = provider.bucket("lake")
    kinds = {
        "spark": provider.cluster(config=SparkConfig()),
        "cluster": provider.cluster(config=RayConfig()),
    }

    def making(kind: str) -> AnyTask:
        made = Dataset(f"made-by-{kind}", storage=lake.at(f"{kind}.parquet"))

        def make() -> Annotated[pl.LazyFrame, made]:
            return pl.LazyFrame({"n": [1]})

        return kinds[kind].task(name=kind)(make)

    with pytest.raises(GenerationError) as caught:
        Pipeline(name="large", tasks=[making(kind) for kind in kinds]).compile(target=FRANKFURT)

    assert caught.value.codes == ("GLC802",) * 2
    assert [problem.task for problem in caught.value.problems] == list(kinds)
    assert all("provider.serverless" in problem.fix for problem in caught.value.problems)
