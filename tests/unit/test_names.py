"""Which names and paths are accepted, which are refused, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import Code, DefinitionError, Problem

LONGEST = "abcdefghi-" * 3 + "abcdefghij"

ACCEPTED_NAMES = [
    "ab",
    "flights",
    "clean_flights",
    "clean-flights",
    "clean_flights-v2",
    "q3-2024-report",
    "a1",
    "s3",
    LONGEST,
    "class",
    "con",
    "null",
    "glacier",
]
LENGTH = "must have 2 to 40 characters"
FORM = (
    "must start with a lower-case letter and hold only a-z, 0-9, and single '_' or '-' between them"
)
REFUSED_NAMES = [
    # a cloud composes names from it, and each has room for so many characters
    ("", LENGTH),
    ("a", LENGTH),
    (LONGEST + "x", LENGTH),
    ("x" * 10_000, LENGTH),
    # buckets are lower-case; two names that differ in case only are one on some file systems
    ("Flights", FORM),
    ("cleanFlights", FORM),
    # Terraform addresses and Python modules start with a letter
    ("2fast", FORM),
    ("-flights", FORM),
    ("_flights", FORM),
    ("_glacier", FORM),
    # separators stand alone and between words
    ("flights-", FORM),
    ("flights_", FORM),
    ("clean--flights", FORM),
    ("clean__flights", FORM),
    ("clean-_flights", FORM),
    # it is a folder's name
    ("a/b", FORM),
    ("a\\b", FORM),
    ("..", FORM),
    ("../flights", FORM),
    ("flights/", FORM),
    (".hidden", FORM),
    ("flights.parquet", FORM),
    ("C:flights", FORM),
    # it stands in HCL, shells, URLs and templates
    ('fli"ghts', FORM),
    ("fli'ghts", FORM),
    ("fli`ghts", FORM),
    ("{{ name }}", FORM),
    ("{% raw %}", FORM),
    ("${var.name}", FORM),
    ("%{ if true }", FORM),
    ("$(id)", FORM),
    ("a b", FORM),
    ("a;b", FORM),
    ("a&b", FORM),
    ("a*", FORM),
    ("a#b", FORM),
    ("a%20b", FORM),
    ("a,b", FORM),
    ("a:b", FORM),
    ("a@b", FORM),
    # nothing invisible, and nothing that only looks like a letter
    ("flights\n", FORM),
    ("fli\nghts", FORM),
    ("fli\rghts", FORM),
    ("fli\tghts", FORM),
    ("fli\0ghts", FORM),
    ("fli\x1b[31mghts", FORM),
    ("fli\u200bghts", FORM),
    ("fli\u202eghts", FORM),
    (" flights", FORM),
    ("flights ", FORM),
    ("flüge", FORM),
    ("ﬂights", FORM),
    ("flights٣", FORM),
    ("航班", FORM),
    ("🦆🦆", FORM),
    ("fli\ud800ghts", FORM),
]

SEGMENT = "has a part that is empty"
ACCEPTED_PATHS = [
    "flights.parquet",
    "raw/flights.parquet",
    "clean/flights/",
    "Raw/Flights.CSV",
    "year=2024/month=01/",
    "a/b/c/d/e/f.arrow",
    "flights-2024_01.v2.parquet",
    "a..b.parquet",
    "2024/",
    "x" * 100 + "/flights.parquet",
]
REFUSED_PATHS = [
    # it is a relative path with something in every part
    ("", SEGMENT),
    (".", SEGMENT),
    ("..", SEGMENT),
    ("../flights.parquet", SEGMENT),
    ("raw/../../flights.parquet", SEGMENT),
    ("./flights.parquet", SEGMENT),
    ("raw//flights.parquet", SEGMENT),
    ("clean/flights//", SEGMENT),
    ("/", "is absolute"),
    ("/flights.parquet", "is absolute"),
    ("//host/flights.parquet", "is absolute"),
    # other spellings of other places
    ("C:\\flights.parquet", SEGMENT),
    ("raw\\flights.parquet", SEGMENT),
    ("s3://bucket/flights.parquet", SEGMENT),
    ("file:flights.parquet", SEGMENT),
    ("~/flights.parquet", SEGMENT),
    # what Glacier and file systems keep to themselves
    ("_glacier/flights.parquet", "lies in _glacier/"),
    ("_glacier", "lies in _glacier/"),
    ("raw/_glacier/flights.parquet", SEGMENT),
    # whose versions would lie among the records of commits and runs, which other roles may touch
    ("commits/clean.parquet", "begins with 'commits'"),
    ("runs/", "begins with 'runs'"),
    ("Commits", "begins with 'Commits'"),
    (".hidden/flights.parquet", SEGMENT),
    ("_tmp/flights.parquet", SEGMENT),
    ("raw./flights.parquet", SEGMENT),
    # no globs, templates, quotes or URL syntax
    ("raw/*.parquet", SEGMENT),
    ("raw/[ab].parquet", SEGMENT),
    ("raw/flights?.parquet", SEGMENT),
    ("raw/{{ day }}.parquet", SEGMENT),
    ("raw/${var.day}.parquet", SEGMENT),
    ("raw/%{day}.parquet", SEGMENT),
    ("raw/$(id).parquet", SEGMENT),
    ('raw/fli"ghts.parquet', SEGMENT),
    ("raw/fli'ghts.parquet", SEGMENT),
    ("raw/fli ghts.parquet", SEGMENT),
    ("raw/fli%20ghts.parquet", SEGMENT),
    ("raw/a#b.parquet", SEGMENT),
    ("raw/a&b.parquet", SEGMENT),
    ("raw/a+b.parquet", SEGMENT),
    ("raw/a,b.parquet", SEGMENT),
    # nothing invisible, nothing that stores normalise differently
    ("raw/flights.parquet\n", SEGMENT),
    ("raw/fli\nghts.parquet", SEGMENT),
    ("raw/fli\0ghts.parquet", SEGMENT),
    ("raw/fli\u200bghts.parquet", SEGMENT),
    (" raw/flights.parquet", SEGMENT),
    ("raw/flüge.parquet", SEGMENT),
    ("raw/fli\ud800ghts.parquet", SEGMENT),
    # a file system has 255 bytes for a name, a store 1,024 for a key
    ("x" * 300 + ".parquet", "has a part of more than"),
    ("ab/" * 200, "512 is the most"),
]

PROVIDER = Provider(config=LocalConfig())


def named_bucket(name: str) -> None:
    PROVIDER.bucket(name)


def named_dataset(name: str) -> None:
    Dataset(name)


def named_pipeline(name: str) -> None:
    Pipeline(name=name, tasks=[])


def named_task(name: str) -> None:
    """Faults of tasks are collected, so that all tasks of a module are reported at once."""
    numbers = Dataset("numbers")

    @PROVIDER.local().task(name=name)
    def make() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame()

    if make.problems:
        raise DefinitionError(make.problems)


def storage_path(path: str) -> None:
    PROVIDER.bucket("lake").at(path)


NAMED = {
    "bucket": named_bucket,
    "dataset": named_dataset,
    "pipeline": named_pipeline,
    "task": named_task,
}
every_kind = pytest.mark.parametrize("kind", NAMED)


def fault(declare: Callable[[str], None], text: str) -> Problem | None:
    """Return the one problem of a declaration, or None."""
    try:
        declare(text)
    except DefinitionError as error:
        (found,) = error.problems
        return found
    return None


@every_kind
@pytest.mark.parametrize("name", ACCEPTED_NAMES, ids=repr)
def test_a_good_name_is_accepted(kind: str, name: str) -> None:
    assert fault(NAMED[kind], name) is None


@every_kind
@pytest.mark.parametrize(("name", "why"), REFUSED_NAMES, ids=lambda text: ascii(text)[:30])
def test_a_bad_name_is_refused_with_the_reason(kind: str, name: str, why: str) -> None:
    problem = fault(NAMED[kind], name)

    assert problem is not None
    assert problem.code is Code.BAD_NAME
    assert problem.message.startswith(f"{kind} name {repr(name)[:40]}")
    assert why in problem.message


@pytest.mark.parametrize("path", ACCEPTED_PATHS)
def test_a_good_path_is_accepted(path: str) -> None:
    assert fault(storage_path, path) is None


@pytest.mark.parametrize(("path", "why"), REFUSED_PATHS, ids=lambda text: ascii(text)[:30])
def test_a_bad_path_is_refused_with_the_reason(path: str, why: str) -> None:
    problem = fault(storage_path, path)

    assert problem is not None
    assert problem.code is Code.BAD_LOCATION
    assert problem.message.startswith(f"storage path {repr(path)[:40]}")
    assert why in problem.message


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("CleanFlights", "clean_flights"),
        ("clean flights", "clean_flights"),
        ("clean__flights_", "clean_flights"),
        ("Clean-Flights!", "clean_flights"),
        ("2024 flights", "flights"),
        ("x" * 60, "x" * 40),
        ("航班", "clean_flights"),
    ],
)
def test_the_fix_suggests_a_name_close_to_what_was_meant(name: str, suggestion: str) -> None:
    problem = fault(named_dataset, name)

    assert problem is not None
    assert repr(suggestion) in problem.fix


@pytest.mark.parametrize("name", [None, 3, b"flights", ["flights"]])
def test_a_name_that_is_no_string_is_refused_as_such(name: object) -> None:
    problem = fault(named_dataset, name)  # type: ignore[arg-type]

    assert problem is not None
    assert f"must be a string, not {type(name).__name__}" in problem.message


# What the clouds say of physical names, which Terraform composes: a prefix, the name, '_' as '-' where it must.
PREFIX = "acme-"
CLOUD_RULES = {
    "AWS S3, general purpose bucket": (r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]", "-"),
    "Google Cloud Storage bucket": (r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", "_"),
    "Azure storage container": (r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]", "-"),
    "AWS Lambda function": (r"[a-zA-Z0-9_-]{1,64}", "_"),
    "AWS Step Functions state machine": (r"[a-zA-Z0-9_-]{1,80}", "_"),
    "AWS IAM role": (r"[\w+=,.@-]{1,64}", "_"),
    "Google Cloud Run function": (r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", "-"),
}
TERRAFORM_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_-]*"

almost_names = st.text(alphabet="abz019_-A. ", max_size=45)
almost_paths = st.text(alphabet="abz019_-A./= ", max_size=60)


@given(st.text() | almost_names)
@example(LONGEST)
def test_any_string_is_a_name_for_every_cloud_or_is_refused_readably(name: str) -> None:
    problem = fault(named_bucket, name)

    if problem is None:
        assert re.fullmatch(TERRAFORM_IDENTIFIER, name)
        for rule, underscore in CLOUD_RULES.values():
            assert re.fullmatch(rule, PREFIX + name.replace("_", underscore), re.ASCII)
    else:
        assert_readable(problem, Code.BAD_NAME)
        suggested = re.search("'(.*)'", problem.fix)
        assert suggested is not None
        assert fault(named_bucket, suggested[1]) is None


@given(st.text() | almost_paths)
@example("raw/flights.parquet")
def test_any_string_is_a_path_inside_its_bucket_or_is_refused_readably(path: str) -> None:
    problem = fault(storage_path, path)

    if problem is None:
        segments = path.removesuffix("/").split("/")
        assert len(path.encode()) <= 1024
        assert all(re.fullmatch(r"[A-Za-z0-9._=-]{1,255}", segment) for segment in segments)
        assert not any(segment.startswith((".", "_")) for segment in segments)
        assert not any(segment.endswith(".") for segment in segments)
    else:
        assert_readable(problem, Code.BAD_LOCATION)


def assert_readable(problem: Problem, code: Code) -> None:
    assert problem.code is code
    assert problem.fix
    assert problem.fix.isprintable()
    assert problem.message.isprintable()
    assert len(problem.message) < 300
