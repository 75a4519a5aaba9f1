"""Pipelines written as functions: traced without running anything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, LocalExecutor, Pipeline, Provider, pipeline, task
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import DefinitionError
from glacier_runtime.sources import Source, SourceMetadata
from tests.unit.builders import codes

PROVIDER = Provider(config=LocalConfig())
LAKE = PROVIDER.bucket("lake")


class Row(BaseModel):
    x: int


class Summary(BaseModel):
    total: int


raw = Dataset("raw", storage=LAKE.at("raw.parquet"), schema=Row, source=True)
clean = Dataset("clean", storage=LAKE.at("clean.parquet"), schema=Row)
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]
RAN: list[str] = []


class Primes(Source):
    def scan(self) -> pl.LazyFrame:
        return pl.LazyFrame({"x": [2, 3, 5]})

    def get_metadata(self) -> SourceMetadata:
        return SourceMetadata(kind="computed", location="memory")


@task
def load(source: Source) -> pl.LazyFrame:
    RAN.append("load")
    return source.scan()


@task
def double(rows: pl.LazyFrame, by: int = 2) -> pl.LazyFrame:
    RAN.append("double")
    return rows.with_columns(pl.col("x") * by)


@task
def split(rows: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.DataFrame]:
    return rows.filter(pl.col("x") > 2), rows.filter(pl.col("x") <= 2).collect()


@task
def summarise(rows: pl.LazyFrame) -> Summary:
    return Summary(total=rows.select(pl.sum("x")).collect().item())


@task
def explain(summary: Summary) -> dict[str, object]:
    return {"text": f"the total is {summary.total}"}


@task
def tidy(rows: Raw) -> Clean:
    return rows


# As a type checker would never let it pass.
wrongly: Any = double


def run(traced: Pipeline, root: Path, **params: object) -> Any:
    return traced.run(executor=LocalExecutor(root=root), params=params)


def test_tracing_runs_nothing() -> None:
    RAN.clear()

    @pipeline(name="doubling")
    def doubling() -> object:
        return double(load(Primes()))

    assert RAN == []
    assert [made.name for made in doubling.tasks] == ["load", "double"]


def test_what_a_task_passes_on_is_an_edge() -> None:
    @pipeline
    def doubling() -> object:
        rows = load(Primes())
        return double(rows), double(rows, by=3)

    order = {t.name: [d.name for d in doubling.get_dependencies(t)] for t in doubling.tasks}

    assert doubling.name == "doubling"
    assert order == {"load": [], "double": ["load"], "double_2": ["load"]}
    assert [dataset.name for dataset in doubling.returned] == ["double", "double_2"]
    assert doubling.validate(columns=False).ok


def test_a_traced_pipeline_runs_and_gives_what_it_returns(tmp_path: Path) -> None:
    @pipeline(name="doubling")
    def doubling() -> object:
        rows = double(load(Primes()))
        double(rows, by=5)
        return rows

    result = run(doubling, tmp_path)

    assert result.collect()["x"].to_list() == [4, 6, 10]
    assert result["double_2"].collect()["x"].to_list() == [20, 30, 50]


def test_frames_and_documents_are_passed_on(tmp_path: Path) -> None:
    @pipeline(name="telling")
    def telling() -> object:
        large, small = split(load(Primes()))
        return explain(summarise(large)), small

    result = run(telling, tmp_path)

    assert result["explain"].value == {"text": "the total is 8"}
    assert result["split_2"].collect()["x"].to_list() == [2]


def test_results_without_a_dataset_lie_in_the_folder_that_is_given(tmp_path: Path) -> None:
    @pipeline(name="stored", storage=LAKE.at("steps/"))
    def stored() -> object:
        return explain(summarise(load(Primes())))

    run(stored, tmp_path)

    assert pl.read_parquet(tmp_path / "data/lake/steps/load.parquet").height == 3
    assert (tmp_path / "data/lake/steps/summarise.json").is_file()


def test_a_bucket_with_a_path_is_a_source(tmp_path: Path) -> None:
    folder = tmp_path / "data/lake/in"
    folder.mkdir(parents=True)
    pl.DataFrame({"x": [1, 2]}).write_parquet(folder / "numbers.parquet")

    @task
    def load_anything(source) -> pl.LazyFrame:  # type: ignore[no-untyped-def]  # noqa: ANN001
        assert source.get_metadata().location.endswith("numbers.parquet")
        frame: pl.LazyFrame = source.scan()
        return frame

    @pipeline(name="reading")
    def reading() -> object:
        place = LAKE.at("in/numbers.parquet")
        return double(load_anything(place)), double(load(place))

    result = run(reading, tmp_path)

    assert [d.name for d in reading.graph.sources] == ["in_numbers"]
    assert result["double"].collect()["x"].to_list() == [2, 4]


def test_parameters_of_the_function_are_run_parameters(tmp_path: Path) -> None:
    @pipeline(name="scaled")
    def scaled(factor: int = 3) -> object:
        return double(load(Primes()), by=factor)

    assert [parameter.name for parameter in scaled.parameters] == ["factor"]
    assert run(scaled, tmp_path).collect()["x"].to_list() == [6, 9, 15]
    assert run(scaled, tmp_path, factor="10").collect()["x"].to_list() == [20, 30, 50]


def test_a_constant_is_no_run_parameter(tmp_path: Path) -> None:
    @pipeline(name="scaled")
    def scaled() -> object:
        return double(load(Primes()), by=7)

    assert scaled.parameters == ()
    assert run(scaled, tmp_path).collect()["x"].to_list() == [14, 21, 35]


def test_where_signatures_say_everything_tracing_adds_nothing() -> None:
    @pipeline(name="tidying")
    def traced() -> object:
        return tidy(raw.rows)

    assert traced.tasks == (tidy,)
    assert traced.manifest == Pipeline([tidy], name="tidying").manifest


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        (lambda: tidy(load(Primes())), "GLC211", "its signature says is dataset 'raw'"),
        (lambda: wrongly(load(Primes()), by="many"), "GLC211", "'many' as 'by', which is no int"),
        (lambda: wrongly(load(Primes()), 1, 2, 3), "GLC211", "too many positional arguments"),
        (lambda: wrongly(rows=load(Primes()), of=1), "GLC211", "unexpected keyword argument 'of'"),
        (wrongly, "GLC211", "is given nothing as 'rows'"),
        (lambda: double(pl.LazyFrame({"x": [1]})), "GLC211", "as 'rows'"),
        (lambda: wrongly(LAKE), "GLC211", "as 'rows'"),
    ],
)
def test_a_call_that_cannot_be_is_reported(call: Any, code: str, said: str) -> None:
    @pipeline(name="wrong")
    def wrong() -> object:
        return call()

    found = wrong.validate(columns=False).problems

    assert code in codes(found)
    assert said in str(next(p for p in found if p.code.code == code))


def test_all_calls_that_cannot_be_are_reported_at_once() -> None:
    @pipeline(name="wrong")
    def wrong() -> object:
        return double(load(3), by="many")  # type: ignore[arg-type]

    assert codes(wrong.validate(columns=False).problems)[:2] == ["GLC211", "GLC211"]


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (lambda rows: rows.filter(pl.col("x") > 1), "asks for .filter of dataset 'load'"),
        (lambda rows: double(rows) if rows else rows, "decides by dataset 'load'"),
        (list, "loops over, or unpacks, dataset 'load'"),
        (lambda rows: rows["x"], "takes ['x'] of dataset 'load'"),
    ],
)
def test_looking_into_what_is_not_there_yet_is_refused(look: Any, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:

        @pipeline(name="looking")
        def looking() -> object:
            return look(load(Primes()))

    assert caught.value.codes == ("GLC212",)
    assert said in str(caught.value)


def test_a_run_parameter_that_is_looked_into_is_refused() -> None:
    with pytest.raises(DefinitionError, match="decides by run parameter 'since'"):

        @pipeline(name="looking")
        def looking(since: date) -> object:
            return load(Primes()) if since else None  # type: ignore[truthy-bool]  # the point


def test_a_task_that_was_traced_is_still_a_function_afterwards() -> None:
    @pipeline(name="doubling")
    def doubling() -> object:
        return double(load(Primes()))

    assert double(pl.LazyFrame({"x": [1]})).collect()["x"].to_list() == [2]
    assert doubling.tasks


def test_a_pipeline_is_no_function_of_any_arguments() -> None:
    with pytest.raises(DefinitionError, match="GLC209"):

        @pipeline(name="any")
        def anything(*args: object) -> None: ...

    with pytest.raises(DefinitionError, match="GLC209"):

        @pipeline(name="later")
        async def later() -> None: ...


def test_a_file_is_no_folder_for_results() -> None:
    with pytest.raises(DefinitionError, match="GLC107"):

        @pipeline(name="stored", storage=LAKE.at("steps.parquet"))
        def stored() -> None: ...


def test_an_unnamed_result_outside_a_trace_is_reported_as_before() -> None:
    assert codes(Pipeline([double], name="plain").validate(columns=False).problems) == [
        "GLC208",
        "GLC203",
    ]
