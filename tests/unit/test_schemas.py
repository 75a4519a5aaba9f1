"""Pydantic models as table schemas: which dtype follows from a type, and which rows break which rule."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Any, Literal, NewType, Optional

import annotated_types
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    GetCoreSchemaHandler,
    NaiveDatetime,
    NonNegativeFloat,
    PastDate,
    PlainValidator,
    PositiveInt,
    PrivateAttr,
    RootModel,
    SkipValidation,
    StringConstraints,
    ValidationError,
    WrapValidator,
    computed_field,
    condecimal,
    conint,
    constr,
    create_model,
    field_validator,
    model_validator,
    root_validator,
    validator,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.schemas import TableSchema, table_schema


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Mixed(Enum):
    NAME = "one"
    NUMBER = 1


class Empty(Enum):
    pass


class Email(str):
    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Any) -> Any:
        return handler(str)


class Point(BaseModel):
    x: float
    label: Annotated[str, Field(min_length=2)] | None = None


class Node(BaseModel):
    children: list[Node]


class Checked(BaseModel):
    x: int

    @field_validator("x")
    @classmethod
    def is_even(cls, value: int) -> int:
        return value


def model_of(annotation: Any, config: ConfigDict | None = None) -> type[BaseModel]:
    """Return a model with one field `x` of the given type."""
    return create_model("Row", __config__=config, x=(annotation, ...))


def schema_of(annotation: Any) -> TableSchema:
    return table_schema(model_of(annotation))


def problems_of(model: type[BaseModel]) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        table_schema(model)
    assert set(caught.value.codes) == {"GLC104"}
    return caught.value.problems


def broken_rows(table: TableSchema, values: Sequence[object]) -> list[bool]:
    """Say of each value of column `x` whether its row breaks a rule."""
    frame = pl.DataFrame({"x": values}, schema=table.dtypes)
    broken = pl.any_horizontal(pl.lit(value=False), *(rule.broken for rule in table.rules))
    return frame.with_columns(broken=broken.fill_null(value=False))["broken"].to_list()


def is_refused_by_pydantic(model: type[BaseModel], value: object) -> bool:
    try:
        model.model_validate({"x": value})
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("annotation", "dtype"),
    [
        (bool, pl.Boolean()),
        (int, pl.Int64()),
        (float, pl.Float64()),
        (str, pl.String()),
        (bytes, pl.Binary()),
        (date, pl.Date()),
        (datetime, pl.Datetime("us")),
        (time, pl.Time()),
        (timedelta, pl.Duration("us")),
        (Annotated[Decimal, Field(max_digits=12, decimal_places=2)], pl.Decimal(12, 2)),
        (Literal["a", "b"], pl.String()),
        (Literal[1, 2], pl.Int64()),
        (Colour, pl.Enum(["red", "blue"])),
        (Colour | None, pl.Enum(["red", "blue"])),
        (Annotated[Colour, pl.String], pl.String()),
        (Annotated[Literal["a", "b"], pl.Enum], pl.Enum(["a", "b"])),
        (Literal["a", None], pl.String()),  # noqa: PYI061 (what is tested)
        (AwareDatetime, pl.Datetime("us", "UTC")),
        (
            Annotated[AwareDatetime, pl.Datetime("ms", "Europe/Berlin")],
            pl.Datetime("ms", "Europe/Berlin"),
        ),
        (NaiveDatetime, pl.Datetime("us")),
        (NewType("Code", str), pl.String()),
        (TypeAliasType("Delay", Annotated[int, pl.Int16]), pl.Int16()),
        (condecimal(max_digits=8, decimal_places=3), pl.Decimal(8, 3)),
        (Level, pl.Int64()),
        (list[str], pl.List(pl.String())),
        (list[list[int]], pl.List(pl.List(pl.Int64()))),
        (Point, pl.Struct({"x": pl.Float64(), "label": pl.String()})),
        (list[Point], pl.List(pl.Struct({"x": pl.Float64(), "label": pl.String()}))),
        # `| None` says nullable and changes no dtype
        (int | None, pl.Int64()),
        (Optional[str], pl.String()),  # noqa: UP045 (the old spelling is what is tested)
        (Annotated[int, Field(ge=0)] | None, pl.Int64()),
        (list[int | None], pl.List(pl.Int64())),
        # a dtype in Annotated is taken as it is, as class or object, at any depth
        (Annotated[int, pl.Int32], pl.Int32()),
        (Annotated[int | None, pl.UInt8], pl.UInt8()),
        (Annotated[int, pl.Int16] | None, pl.Int16()),
        (Annotated[datetime, pl.Datetime("ms", "UTC")], pl.Datetime("ms", "UTC")),
        (Annotated[str, pl.Categorical], pl.Categorical()),
        (Annotated[str, pl.Enum(["a", "b"])], pl.Enum(["a", "b"])),
        (Annotated[list[float], pl.Array(pl.Float32, 3)], pl.Array(pl.Float32, 3)),
        (list[Annotated[int, pl.Int8]], pl.List(pl.Int8())),
        (Annotated[dict[str, int], pl.Struct({"a": pl.Int64()})], pl.Struct({"a": pl.Int64()})),
    ],
    ids=str,
)
def test_a_type_gives_its_dtype(annotation: Any, dtype: pl.DataType) -> None:
    assert schema_of(annotation).dtypes == pl.Schema({"x": dtype})


@pytest.mark.parametrize(
    ("annotation", "keeps", "breaks"),
    [
        (int, [0, -1], [None]),
        (int | None, [0, None], []),
        (Annotated[int, Field(ge=0)], [0, 1], [-1, None]),
        (Annotated[int, Field(gt=0)], [1], [0, -1]),
        (Annotated[int, Field(le=10)], [10, -5], [11]),
        (Annotated[int, Field(lt=10)], [9], [10]),
        (Annotated[int, Field(ge=0, le=10)], [0, 10], [-1, 11]),
        (Annotated[int, Field(multiple_of=5)], [0, -5, 10], [1, 9]),
        (Annotated[int | None, Field(ge=0)], [0, None], [-1]),
        (Annotated[int, Field(ge=0)] | None, [0, None], [-1]),
        (Annotated[int, pl.Int32, Field(ge=0)], [0], [-1]),
        (PositiveInt, [1], [0]),
        (conint(ge=0, le=5), [0, 5], [-1, 6]),
        (Annotated[int, annotated_types.Interval(gt=0, lt=3)], [1, 2], [0, 3]),
        (Annotated[float, Field(ge=0.5)], [0.5, float("inf")], [0.4, float("nan")]),
        (Annotated[float, Field(lt=0.5)], [0.4, float("-inf")], [0.5, float("nan")]),
        (Annotated[float, Field(multiple_of=0.5)], [1.5], [1.4]),
        (float, [float("nan"), float("inf")], [None]),
        (FiniteFloat, [0.0], [float("nan"), float("inf"), float("-inf")]),
        (NonNegativeFloat, [0.0], [-0.1]),
        (Annotated[date, Field(ge=date(2013, 1, 1))], [date(2013, 1, 1)], [date(2012, 12, 31)]),
        (
            Annotated[
                datetime, pl.Datetime("us", "UTC"), Field(lt=datetime(2013, 1, 2, tzinfo=UTC))
            ],
            [datetime(2013, 1, 1, tzinfo=UTC)],
            [datetime(2013, 1, 2, tzinfo=UTC)],
        ),
        (Annotated[time, Field(le=time(12))], [time(12)], [time(12, 1)]),
        (Annotated[timedelta, Field(gt=timedelta(0))], [timedelta(1)], [timedelta(0)]),
        (
            Annotated[Decimal, Field(max_digits=5, decimal_places=2, ge=Decimal("0.10"))],
            [Decimal("0.10"), Decimal("999.99")],
            [Decimal("0.09")],
        ),
        (Annotated[str, Field(min_length=2)], ["ab", "éé"], ["a", "", "é"]),
        (Annotated[str, Field(max_length=2)], ["", "éé", "🦆🦆"], ["abc"]),
        (Annotated[str, Field(pattern="^[A-Z]{2}$")], ["UA"], ["ua", "UAL", ""]),
        (Annotated[str, Field(pattern="b")], ["abc"], ["ac"]),
        (Annotated[str, StringConstraints(min_length=2, pattern="^a")], ["ab"], ["a", "bb"]),
        (constr(max_length=1), ["a"], ["ab"]),
        (Annotated[str, annotated_types.Len(1, 3)], ["a", "abc"], ["", "abcd"]),
        (Annotated[bytes, Field(min_length=2)], [b"ab"], [b"a"]),
        (Literal["a", "b"], ["a", "b"], ["c", "", None]),
        (Literal["a"] | None, ["a", None], ["b"]),
        (Literal[1, 2], [1], [3]),
        (Annotated[Colour, pl.String], ["red"], ["green"]),
        (Colour, ["red"], [None]),
        (Annotated[Literal["a", "b"], pl.Categorical], ["a"], ["c"]),
        (Literal["a", None], ["a", None], ["b"]),  # noqa: PYI061 (what is tested)
        (Annotated[list[float], pl.Array(pl.Float64, 2)], [[1.0, 2.0]], [[1.0, None]]),
        (NewType("Code", str), ["a"], [None]),
        (TypeAliasType("Late", Annotated[int, Field(ge=15)]), [15], [14]),
        (Level, [1, 2], [3]),
        (list[int], [[], [1]], [None, [1, None]]),
        (list[int | None], [[1, None]], [None]),
        (Annotated[list[int], Field(min_length=1, max_length=2)], [[1], [1, 2]], [[], [1, 2, 3]]),
        (list[Annotated[int, Field(ge=0)]], [[], [0, 1]], [[0, -1]]),
        (list[Literal["a"]], [["a"]], [["a", "b"]]),
        (list[list[Annotated[str, Field(min_length=1)]]], [[["a"]], [[]]], [[["a"], [""]]]),
        (
            Point,
            [{"x": 1.0, "label": "ab"}, {"x": 1.0, "label": None}],
            [None, {"x": None, "label": None}, {"x": 1.0, "label": "a"}],
        ),
        (Point | None, [None, {"x": 1.0, "label": None}], [{"x": None, "label": None}]),
        (list[Point], [[{"x": 1.0, "label": None}]], [[{"x": None, "label": None}]]),
    ],
    ids=str,
)
def test_a_row_breaks_a_rule_exactly_if_pydantic_refuses_it(
    annotation: Any, keeps: list[object], breaks: list[object]
) -> None:
    table, model = schema_of(annotation), model_of(annotation)
    values = [*keeps, *breaks]
    expected = [False] * len(keeps) + [True] * len(breaks)

    assert broken_rows(table, values) == expected
    assert [is_refused_by_pydantic(model, value) for value in values] == expected


@given(st.text(max_size=6) | st.none())
def test_any_text_breaks_a_rule_exactly_if_pydantic_refuses_it(value: str | None) -> None:
    annotation = Annotated[str, Field(min_length=2, max_length=4, pattern=r"^[^0-9]")]

    (broken,) = broken_rows(schema_of(annotation), [value])

    assert broken is is_refused_by_pydantic(model_of(annotation), value)


@given(st.integers(-100, 100) | st.none())
def test_any_number_breaks_a_rule_exactly_if_pydantic_refuses_it(value: int | None) -> None:
    annotation = Annotated[int, Field(gt=-50, le=50, multiple_of=5)] | None

    (broken,) = broken_rows(schema_of(annotation), [value])

    assert broken is is_refused_by_pydantic(model_of(annotation), value)


@pytest.mark.parametrize(
    ("annotation", "texts"),
    [
        (int, ["x: not null"]),
        (int | None, []),
        (Annotated[int, Field(ge=0, lt=9)], ["x: not null", "x: ge=0", "x: lt=9"]),
        (Annotated[str, Field(pattern="^a")] | None, ["x: pattern=^a"]),
        (Literal["a", "b"] | None, ["x: one of 'a', 'b'"]),
        (list[int], ["x: not null", "x: each not null"]),
        (
            list[Annotated[int, Field(ge=0)]] | None,
            ["x: each not null", "x: each ge=0"],
        ),
        (Point | None, ["x: x not null", "x: label min_length=2"]),
    ],
    ids=str,
)
def test_a_rule_reads_as_its_author_wrote_it(annotation: Any, texts: list[str]) -> None:
    assert [str(rule) for rule in schema_of(annotation).rules] == texts


def test_a_column_knows_name_dtype_nullability_and_description() -> None:
    class Flight(BaseModel):
        delay_min: Annotated[int, pl.Int32] | None = Field(description="Minutes late.")

    (column,) = table_schema(Flight).columns

    assert (column.name, column.dtype, column.nullable) == ("delay_min", pl.Int32(), True)
    assert column.description == "Minutes late."


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[float, Field(description="Minutes late.")],
        Annotated[float, Field(ge=0, description="Minutes late.")] | None,
        Annotated[float | None, Field(description="Minutes late.")],
    ],
    ids=str,
)
def test_a_description_is_found_wherever_pydantic_lets_it_stand(annotation: Any) -> None:
    assert [column.description for column in schema_of(annotation).columns] == ["Minutes late."]


def test_columns_stand_in_declared_order() -> None:
    class Flight(BaseModel):
        carrier: str
        day: date
        air_time: float

    assert table_schema(Flight).dtypes.names() == ["carrier", "day", "air_time"]


def test_an_alias_is_the_name_of_the_column() -> None:
    class Flight(BaseModel):
        air_time: float = Field(alias="Air Time [min]", ge=0)

    table = table_schema(Flight)

    assert table.dtypes.names() == ["Air Time [min]"]
    assert [str(rule) for rule in table.rules] == [
        "Air Time [min]: not null",
        "Air Time [min]: ge=0",
    ]


def test_an_alias_generator_names_the_columns() -> None:
    class Flight(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel)
        air_time: float

    assert table_schema(Flight).dtypes.names() == ["airTime"]


def test_inherited_fields_are_columns() -> None:
    class Longer(Point):
        z: float

    assert table_schema(Longer).dtypes.names() == ["x", "label", "z"]


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        (ConfigDict(extra="allow"), True),
        (ConfigDict(extra="ignore"), False),
        (ConfigDict(extra="forbid"), False),
        (ConfigDict(), False),
    ],
    ids=str,
)
def test_extra_columns_are_allowed_only_if_the_model_says_so(
    config: ConfigDict, allowed: bool
) -> None:
    assert table_schema(model_of(int, config)).allows_extra is allowed


def test_the_empty_frame_has_the_columns_and_no_rows() -> None:
    frame = schema_of(Annotated[int, pl.Int32]).empty_frame().collect()

    assert frame.schema == {"x": pl.Int32()}
    assert frame.height == 0


def test_a_schema_is_read_once() -> None:
    assert table_schema(Point) is table_schema(Point)


def keep(value: object) -> object:
    return value


@pytest.mark.parametrize(
    ("annotation", "why"),
    [
        # no dtype
        (dict[str, int], "has type dict, which has no Polars dtype"),
        (Any, "has type Any"),
        (object, "has type object"),
        (list, "has type list"),
        (set[int], "has type set"),
        (tuple[int, int], "has type tuple"),
        (complex, "has type complex"),
        (int | str, "is a union of 2 types"),
        (Mixed, "lists values of several types"),
        (Literal["a", 1], "lists values of several types"),
        (Empty, "lists values of several types"),
        (Decimal, "is a Decimal without precision and scale"),
        (Annotated[Decimal, Field(max_digits=9)], "is a Decimal without precision and scale"),
        (Annotated[Decimal, Field(max_digits=40, decimal_places=2)], "Polars cannot hold"),
        # no expression
        (Annotated[int, AfterValidator(keep)], "Python validator"),
        (Annotated[int, BeforeValidator(keep)], "Python validator"),
        (Annotated[int, PlainValidator(keep)], "Python validator"),
        (Annotated[int, WrapValidator(lambda value, _: value)], "Python validator"),
        (Annotated[int, AfterValidator(keep)] | None, "Python validator"),
        (list[Annotated[int, AfterValidator(keep)]], "Python validator"),
        (Annotated[int, annotated_types.Predicate(bool)], "cannot run on columns"),
        (Annotated[str, StringConstraints(strip_whitespace=True)], "cannot run on columns"),
        (Annotated[str, StringConstraints(to_lower=True)], "cannot run on columns"),
        (Annotated[str, pl.Categorical, Field(min_length=2)], "length constraint"),
        (
            Annotated[int, pl.String, Field(ge=0)],
            "has rule ge=0, which dtype String cannot be asked",
        ),
        (Annotated[str, annotated_types.Timezone("UTC")], "cannot run on columns"),
        (SkipValidation[int], "cannot run on columns"),
        # checked by code of a type, or inside of one whose parts are not known
        (Annotated[Email, pl.String], "whose values pydantic checks in Python"),
        (Annotated[PastDate, pl.Date], "whose values pydantic checks in Python"),
        (PastDate, "has type PastDate"),
        (Annotated[dict[str, Annotated[int, Field(ge=0)]], pl.Object], "constraints inside a type"),
        (Annotated[AwareDatetime, pl.Datetime("us")], "contradict each other"),
        (Annotated[NaiveDatetime, pl.Datetime("us", "UTC")], "contradict each other"),
    ],
    ids=lambda part: re.sub(" at 0x[0-9a-f]+", "", str(part)),
)
def test_what_cannot_be_a_column_is_refused_with_the_reason(annotation: Any, why: str) -> None:
    (problem,) = problems_of(model_of(annotation))

    assert problem.message.startswith("schema Row.x ")
    assert why in problem.message
    assert problem.column == "x"
    assert problem.fix


@pytest.mark.parametrize("pattern", ["a(?=b)", "(?<!a)b", r"(a)\1"])
def test_a_pattern_with_look_around_or_back_references_is_refused(pattern: str) -> None:
    annotation = Annotated[str, Field(pattern=pattern)]

    (problem,) = problems_of(model_of(annotation, ConfigDict(regex_engine="python-re")))

    assert "which Polars' regular expressions cannot run" in problem.message
    assert "without look-around" in problem.fix


def test_a_field_validator_is_refused_by_name() -> None:
    (problem,) = problems_of(Checked)

    assert problem.message.startswith("schema Checked.is_even ")
    assert "Python validator" in problem.message


def test_a_model_validator_is_refused_by_name() -> None:
    class Interval(BaseModel):
        first: int
        last: int

        @model_validator(mode="after")
        def is_ordered(self) -> Interval:
            return self

    (problem,) = problems_of(Interval)

    assert problem.message.startswith("schema Interval.is_ordered ")


@pytest.mark.parametrize("annotation", [Checked, Checked | None, list[Checked]], ids=str)
def test_a_validator_of_a_nested_model_is_refused(annotation: Any) -> None:
    assert any("is_even" in problem.message for problem in problems_of(model_of(annotation)))


def test_validators_in_the_spelling_of_pydantic_1_are_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        class Old(BaseModel):
            first: int

            @validator("first")
            def is_even(cls, value: int) -> int:  # noqa: N805
                return value

            @root_validator(skip_on_failure=True)
            def is_ordered(cls, values: dict[str, int]) -> dict[str, int]:  # noqa: N805
                return values

    assert {problem.column for problem in problems_of(Old)} == {"is_even", "is_ordered"}


def test_code_that_pydantic_would_run_for_each_row_is_refused_by_name() -> None:
    class Busy(BaseModel):
        first: int

        def __init__(self, **data: Any) -> None:
            super().__init__(**data)

        def model_post_init(self, _context: object) -> None:
            raise ValueError

        @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
        @property
        def twice(self) -> int:
            return 2 * self.first

        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
            return handler(source)

    found = {problem.column for problem in problems_of(Busy)}

    assert found == {"__init__", "model_post_init", "twice", "__get_pydantic_core_schema__"}


def test_private_attributes_are_no_columns_and_no_code() -> None:
    class Noted(BaseModel):
        x: int
        _note: str = PrivateAttr(default="")

    assert table_schema(Noted).dtypes.names() == ["x"]


@pytest.mark.parametrize(
    "config",
    [
        ConfigDict(str_min_length=1),
        ConfigDict(str_max_length=9),
        ConfigDict(str_strip_whitespace=True),
        ConfigDict(str_to_lower=True),
        ConfigDict(str_to_upper=True),
        ConfigDict(allow_inf_nan=False),
    ],
    ids=str,
)
def test_what_a_model_says_of_all_its_fields_is_refused(config: ConfigDict) -> None:
    (problem,) = problems_of(model_of(str, config))

    assert next(iter(config)) in problem.message
    assert "holds for no column" in problem.message


@pytest.mark.parametrize("annotation", [RootModel[int], RootModel[int] | None], ids=str)
def test_a_root_model_is_refused(annotation: Any) -> None:
    assert any("RootModel" in problem.message for problem in problems_of(model_of(annotation)))


def test_a_name_that_only_validation_knows_is_refused() -> None:
    class Renamed(BaseModel):
        first: int = Field(validation_alias="x")
        second: int = Field(validation_alias=AliasChoices("y", "z"))

    assert {problem.column for problem in problems_of(Renamed)} == {"first", "second"}


def test_a_model_without_fields_is_refused() -> None:
    (problem,) = problems_of(create_model("Nothing"))

    assert problem.message == "schema Nothing has no fields"


def test_a_model_that_contains_itself_is_refused() -> None:
    (problem,) = problems_of(Node)

    assert "contains itself" in problem.message


def test_two_fields_for_one_column_are_refused() -> None:
    class Twice(BaseModel):
        first: int = Field(alias="x")
        second: int = Field(alias="x")

    assert any("'x'" in problem.message for problem in problems_of(Twice))


def test_a_schema_whose_names_cannot_be_resolved_is_refused_as_such() -> None:
    class Later(BaseModel):
        day: NotDefinedYet  # type: ignore[name-defined]  # noqa: F821

    (problem,) = problems_of(Later)

    assert "NotDefinedYet" in problem.message
    assert "cannot be found" in problem.message


def test_all_faults_of_a_schema_are_reported_at_once() -> None:
    class Bad(BaseModel):
        first: dict[str, int]
        second: Decimal
        good: int
        third: int | str

        @field_validator("good")
        @classmethod
        def is_good(cls, value: int) -> int:
            return value

    problems = problems_of(Bad)

    assert {problem.column for problem in problems} == {"first", "second", "third", "is_good"}
    assert all(problem.code is Code.BAD_SCHEMA for problem in problems)
