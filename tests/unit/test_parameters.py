"""Run parameters: values of the declared types, from Python as from a command line."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import pytest
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline
from glacier_runtime.cli.reporting import parse_params
from glacier_runtime.errors import ParameterError
from glacier_runtime.parameters import as_json, resolve
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.signatures import Parameter
from tests.unit.builders import LOCAL

DAY = date(2013, 1, 5)


class Colour(Enum):
    RED = "red"


class Level(Enum):
    HIGH = 2


class Window(BaseModel):
    first: date
    days: int = 7


def required(name: str, annotation: Any) -> Parameter:
    return Parameter(name, annotation, None, required=True)


def optional(name: str, annotation: Any, default: object) -> Parameter:
    return Parameter(name, annotation, default, required=False)


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "3", 3),
        (float, "0.5", 0.5),
        (float, "inf", float("inf")),
        (bool, "true", True),
        (bool, "no", False),
        (str, "3", "3"),
        (str, "", ""),
        (str, "a=b", "a=b"),
        (str, '{"a": 1}', '{"a": 1}'),
        (date, "2013-01-05", date(2013, 1, 5)),
        (timedelta, "PT90S", timedelta(seconds=90)),
        (Decimal, "1.50", Decimal("1.50")),
        (Path, "data/raw", Path("data/raw")),
        (Colour, "red", Colour.RED),
        (Level, "2", Level.HIGH),
        (Literal["a", "b"], "b", "b"),
        (Literal[1, 2], "2", 2),
        (int | None, "3", 3),
        (int | None, "null", None),
        (list[int], "[1, 2]", [1, 2]),
        (list[str], '["a"]', ["a"]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (Window, '{"first": "2013-01-05"}', Window(first=date(2013, 1, 5))),
        (Annotated[int, Field(ge=0)], "0", 0),
    ],
    ids=str,
)
def test_a_command_line_spells_values_as_text(annotation: Any, text: str, value: object) -> None:
    assert resolve([required("it", annotation)], {"it": text}) == {"it": value}


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, 3),
        (date, date(2013, 1, 5)),
        (list[int], [1]),
        (Colour, Colour.RED),
        (int | None, None),
    ],
    ids=str,
)
def test_python_gives_values_as_they_are(annotation: Any, value: object) -> None:
    assert resolve([required("it", annotation)], {"it": value}) == {"it": value}


def test_what_is_not_given_has_its_default() -> None:
    declared = [optional("limit", int, 3), optional("mode", str, "fast")]

    assert resolve(declared, {"mode": "slow"}) == {"limit": 3, "mode": "slow"}


@pytest.mark.parametrize(
    ("annotation", "value", "type_name"),
    [
        (int, "many", "int"),
        (int, 1.5, "int"),
        (date, "yesterday", "datetime.date"),
        (date, "2013-02-30", "datetime.date"),
        (list[int], "1,2", "list[int]"),
        (list[int], '["a"]', "list[int]"),
        (Literal["a"], "b", "Literal['a']"),
        (Annotated[int, Field(ge=0)], "-1", "int"),
        (int, "{{ limit }}", "int"),
        (int, "x" * 10_000, "int"),
    ],
    ids=lambda part: str(part)[:30],
)
def test_a_value_of_another_type_is_refused(annotation: Any, value: object, type_name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        resolve([required("it", annotation)], {"it": value})

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC603"
    assert problem.message.startswith(f"run parameter 'it' is {repr(value)[:40]}")
    assert f"which is no {type_name}" in problem.message
    assert len(problem.message) < 300
    assert problem.fix == f"give a value of type {type_name}"


def test_an_unknown_parameter_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParameterError) as caught:
        resolve([optional("since", date, None), optional("limit", int, 3)], {"sinc": "x"})

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC602"
    assert problem.fix == "declared are: limit, since"


def test_a_parameter_without_default_must_be_given() -> None:
    with pytest.raises(ParameterError) as caught:
        resolve([required("since", date)], {})

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC604"
    assert "'since' (datetime.date) has no default" in problem.message
    assert "--param since=..." in problem.fix


def test_all_faults_are_reported_at_once() -> None:
    declared = [required("since", date), required("limit", int)]

    with pytest.raises(ParameterError) as caught:
        resolve(declared, {"limit": "many", "sinc": "2013-01-05"})

    assert sorted(caught.value.codes) == ["GLC602", "GLC603", "GLC604"]


@pytest.mark.parametrize(
    ("annotation", "value", "plain"),
    [
        (date, date(2013, 1, 5), "2013-01-05"),
        (Path, Path("data"), "data"),
        (Colour, Colour.RED, "red"),
        (Decimal, Decimal("1.50"), "1.50"),
        (Window, Window(first=date(2013, 1, 5)), {"first": "2013-01-05", "days": 7}),
        (list[date], [date(2013, 1, 5)], ["2013-01-05"]),
    ],
    ids=str,
)
def test_values_cross_to_another_process_as_plain_data(
    annotation: Any, value: object, plain: object
) -> None:
    parameter = required("it", annotation)

    assert as_json([parameter], {"it": value}) == {"it": plain}
    assert resolve([parameter], {"it": plain}) == {"it": value}


SINCE = Dataset("since_rows")


@LOCAL.task
def rows_since(since: date) -> Annotated[pl.LazyFrame, SINCE]:
    return pl.LazyFrame({"day": [since]})


@pytest.mark.parametrize("since", ["2013-01-05", date(2013, 1, 5)])
def test_a_task_is_given_a_value_of_its_declared_type(since: object) -> None:
    result = Pipeline(name="counting", tasks=[rows_since]).run(params={"since": since})

    assert result[SINCE].collect().rows() == [(date(2013, 1, 5),)]


@pytest.mark.parametrize("since", ["2013-01-05", date(2013, 1, 5)])
def test_validation_takes_values_as_a_run_does(since: object) -> None:
    report = Pipeline(name="counting", tasks=[rows_since]).validate(params={"since": since})

    assert report.ok
    assert report.checked == ("rows_since",)


@pytest.mark.parametrize(
    ("params", "code"), [({"sinc": "2013-01-05"}, "GLC602"), ({"since": "yesterday"}, "GLC603")]
)
def test_validation_refuses_what_a_run_refuses(params: dict[str, object], code: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Pipeline(name="counting", tasks=[rows_since]).validate(params=params)

    assert caught.value.codes == (code,)


def test_a_run_with_a_bad_parameter_runs_nothing() -> None:
    with pytest.raises(ParameterError) as caught:
        Pipeline(name="counting", tasks=[rows_since]).run()

    assert caught.value.codes == ("GLC604",)


DECLARED = [
    required("since", date),
    optional("colours", list[Colour], [Colour.RED]),
    optional("window", Window | None, None),
]


def test_the_environment_gives_values_of_every_type_as_a_command_line_does() -> None:
    variables = {
        "GLACIER_PARAM_SINCE": "2013-01-05",
        "GLACIER_PARAM_COLOURS": '["red", "red"]',
        "GLACIER_PARAM_WINDOW": '{"first": "2013-01-05"}',
        "GLACIER_CLOUD": "local",
    }

    assert resolve(DECLARED, {}, environ=variables) == {
        "since": date(2013, 1, 5),
        "colours": [Colour.RED, Colour.RED],
        "window": Window(first=date(2013, 1, 5)),
    }


def test_what_is_given_comes_before_the_environment_and_that_before_the_default() -> None:
    declared = [optional("limit", int, 1)]
    variables = {"GLACIER_PARAM_LIMIT": "2"}

    assert resolve(declared, {"limit": 3}, environ=variables) == {"limit": 3}
    assert resolve(declared, {}, environ=variables) == {"limit": 2}
    assert resolve(declared, {}, environ={}) == {"limit": 1}
    assert resolve(declared, {}, environ={"GLACIER_PARAM_LIMIT": ""}) == {"limit": 1}
    assert resolve(declared, {"limit": 3}, environ={"GLACIER_PARAM_LIMIT": "many"}) == {"limit": 3}


def test_the_environment_is_not_asked_unless_it_is_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLACIER_PARAM_LIMIT", "2")

    assert resolve([optional("limit", int, 1)], {}) == {"limit": 1}


def test_variables_that_give_nothing_are_reported_without_what_they_hold() -> None:
    variables = {"GLACIER_PARAM_SINC": "hush", "GLACIER_PARAM_TOKEN": "hush"}
    token = SecretParameter("token", "api-token", is_wrapped=False)

    with pytest.raises(ParameterError) as caught:
        resolve([required("since", date)], {"since": DAY}, secrets=[token], environ=variables)

    unknown, secret = caught.value.problems
    assert (unknown.code.code, secret.code.code) == ("GLC602", "GLC607")
    assert "'GLACIER_PARAM_SINC'" in unknown.message
    assert unknown.fix == "unset it; there can be: GLACIER_PARAM_SINCE"
    assert "API_TOKEN" in secret.fix
    assert "hush" not in str(caught.value)


def test_a_variable_of_another_type_is_refused_and_named() -> None:
    with pytest.raises(ParameterError, match="GLC603") as caught:
        resolve([required("since", date)], {}, environ={"GLACIER_PARAM_SINCE": "soon"})

    assert caught.value.problems[0].message.endswith(
        "(from the environment variable GLACIER_PARAM_SINCE)"
    )


def test_a_missing_parameter_is_told_all_three_ways() -> None:
    with pytest.raises(ParameterError, match="GLC604") as caught:
        resolve([required("since", date)], {}, environ={})

    assert caught.value.problems[0].fix == (
        "give it: --param since=..., Pipeline.run(params=...), or the environment variable GLACIER_PARAM_SINCE"
    )


def test_a_run_and_a_check_take_parameters_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLACIER_PARAM_SINCE", "2013-01-05")
    pipeline = Pipeline(name="counting", tasks=[rows_since])

    assert pipeline.run()[SINCE].collect().rows() == [(DAY,)]
    assert pipeline.run(params={"since": "2014-01-05"})[SINCE].collect().item().year == 2014
    assert pipeline.validate().checked == ("rows_since",)

    monkeypatch.setenv("GLACIER_PARAM_SINC", "2013-01-05")
    for ask in (pipeline.run, pipeline.validate):
        with pytest.raises(ParameterError) as caught:
            ask()
        assert caught.value.codes == ("GLC602",)
    assert pipeline.manifest.parameters[0].name == "since"
    assert pipeline.validate(columns=False).ok


def test_a_command_line_gives_a_parameter_once() -> None:
    with pytest.raises(ParameterError, match="GLC603 --param 'since' is given twice"):
        parse_params(["since=2013-01-05", "since=2013-01-06"])
