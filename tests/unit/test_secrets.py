"""Secrets: how they are declared, where their values come from, and that nobody else hears of them."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from glacier_runtime import Secret
from glacier_runtime.errors import Code, DefinitionError, ExecutionError, ParameterError, Problem
from glacier_runtime.secrets import SecretParameter, masked, masked_error, resolve_secrets
from tests.unit.builders import codes

CANARY = "canary-4711-value"
TOKEN = SecretParameter("token", "api-token", is_wrapped=False)
OTHER = SecretParameter("password", "db_password", is_wrapped=True)

HEAD = """
    from typing import Annotated, Optional
    from pydantic import Field, SecretStr
    from glacier_runtime import Dataset, Pipeline, Provider, Secret
    from glacier_runtime.config import LocalConfig

    local = Provider(config=LocalConfig()).local()
    Token = Annotated[str, Secret("api-token")]
    numbers = Dataset("numbers")
    """

Load = Callable[[str], ModuleType]


def declared(load: Load, parameter: str) -> Any:
    """Return a task that takes a parameter, written as a user writes it."""
    return load(f"""{HEAD}
    @local.task
    def fetch({parameter}) -> None: ...

    pipeline = Pipeline(name="fetching", tasks=[fetch])
    """)


@pytest.fixture(autouse=True)
def _no_secrets_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("API_TOKEN", "DB_PASSWORD", "GLACIER_BINDINGS"):
        monkeypatch.delenv(variable, raising=False)


def fault_of(root: Path, *secrets: SecretParameter) -> tuple[Problem, ...]:
    with pytest.raises(ParameterError) as caught:
        resolve_secrets(secrets or (TOKEN,), root)
    assert CANARY not in str(caught.value)
    return caught.value.problems


def value_of(root: Path) -> str:
    return resolve_secrets([TOKEN], root)["api-token"].get_secret_value()


@pytest.mark.parametrize(
    ("parameter", "is_wrapped"),
    [
        ('token: Annotated[str, Secret("api-token")]', False),
        ('token: Annotated[SecretStr, Secret("api-token")]', True),
        ("token: Token", False),
        ("*, token: Token", False),
    ],
)
def test_a_secret_is_a_kind_of_parameter_of_its_own(
    load: Load, parameter: str, is_wrapped: bool
) -> None:
    module = declared(load, parameter)

    signature = module.fetch.signature
    assert signature.problems == ()
    assert signature.secrets == (SecretParameter("token", "api-token", is_wrapped),)
    assert signature.parameters == ()
    assert module.pipeline.secrets == signature.secrets
    assert module.pipeline.manifest.tasks[0].model_dump()["secrets"] == (
        {"parameter": "token", "secret": "api-token"},
    )
    assert module.pipeline.manifest.parameters == ()


@pytest.mark.parametrize(
    ("parameter", "fault"),
    [
        ('token: Annotated[int, Secret("api-token")]', "other than str or pydantic.SecretStr"),
        ('token: Annotated[bytes, Secret("api-token")]', "other than str or pydantic.SecretStr"),
        ('token: Annotated[str | None, Secret("api-token")]', "other than str"),
        ('token: Annotated[str, Secret("api-token"), Secret("x1")]', "within another type"),
        ('token: Annotated[str, Secret("api-token"), Field(min_length=1)]', "beside something"),
        ('token: Annotated[str, Secret("api-token"), numbers]', "beside something"),
        ('token: list[Annotated[str, Secret("api-token")]]', "within another type"),
        ("token: Optional[Token]", "within another type"),
        ('token: Secret("api-token")', "within another type"),
        ("token: Secret", "within another type"),
        (f'token: Annotated[str, Secret("api-token")] = "{CANARY}"', "a default"),
    ],
)
def test_a_secret_that_cannot_be_one_is_a_problem_of_the_task(
    load: Load, parameter: str, fault: str
) -> None:
    (found,) = declared(load, parameter).fetch.signature.problems

    assert found.code is Code.BAD_PARAMETER_TYPE
    assert fault in found.message
    assert 'Annotated[str, Secret("api-token")]' in found.fix
    assert CANARY not in str(found)


@pytest.mark.parametrize("name", ["", "API", "a b", "x" * 41, "api__token"])
def test_a_secret_is_named_by_the_rule_of_all_names(name: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Secret(name)

    assert caught.value.codes == ("GLC101",)


def test_two_tasks_may_use_one_secret_each_through_a_parameter_of_its_own(load: Load) -> None:
    module = load(f"""{HEAD}
    @local.task
    def fetch(token: Token) -> None: ...

    @local.task
    def push(key: Token) -> None: ...

    pipeline = Pipeline(name="fetching", tasks=[fetch, push])
    """)

    assert module.pipeline.validate(columns=False).ok
    assert {item.secret for item in module.pipeline.secrets} == {"api-token"}


@pytest.mark.parametrize(
    ("second", "code", "fault"),
    [
        ("token: str", "GLC312", "takes a secret as 'token', which is a run parameter of"),
        ('key: Annotated[str, Secret("api_token")]', "GLC107", "'api_token', and another"),
    ],
)
def test_a_pipeline_whose_secrets_cannot_be_told_apart_is_refused(
    load: Load, second: str, code: str, fault: str
) -> None:
    module = load(f"""{HEAD}
    @local.task
    def fetch(token: Token) -> None: ...

    @local.task
    def push({second}) -> None: ...

    pipeline = Pipeline(name="fetching", tasks=[fetch, push])
    """)

    (found,) = module.pipeline.validate(columns=False).problems
    assert found.code.code == code
    assert fault in found.message


@pytest.mark.parametrize("ask", ["run", "validate"])
def test_a_secret_cannot_be_given_as_a_run_parameter(load: Load, ask: str) -> None:
    pipeline = declared(load, "token: Token, limit: int = 3").pipeline

    with pytest.raises(ParameterError) as caught:
        getattr(pipeline, ask)(params={"token": CANARY, "limt": 3})

    given, unknown = caught.value.problems
    assert (given.code, unknown.code) == (Code.SECRET_GIVEN, Code.PARAMETER_UNKNOWN)
    assert "'token' is no run parameter but the secret 'api-token'" in given.message
    assert "API_TOKEN" in given.fix
    assert CANARY not in str(caught.value)


def test_a_secret_comes_from_the_environment_before_it_comes_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("API_TOKEN=from the file\n")
    assert value_of(tmp_path) == "from the file"

    monkeypatch.setenv("API_TOKEN", "from the environment")
    assert value_of(tmp_path) == "from the environment"

    monkeypatch.setenv("API_TOKEN", "")
    assert value_of(tmp_path) == "from the file"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("API_TOKEN=abc", "abc"),
        ("  API_TOKEN = abc  \r\n", "abc"),
        ("export API_TOKEN=abc\n", "abc"),
        ('API_TOKEN="a b"\n', "a b"),
        ("API_TOKEN=' a b '\n", " a b "),
        ("API_TOKEN=a=b==\n", "a=b=="),
        ("API_TOKEN=a#b\n", "a#b"),
        ("API_TOKEN=a'b\n", "a'b"),
        ("API_TOKEN=${HOME}\\n\n", "${HOME}\\n"),
        ("API_TOKEN=one\nAPI_TOKEN=two\n", "two"),
        ("# API_TOKEN=no\n\nnonsense\nOTHER='unclosed\nAPI_TOKEN=abc\n", "abc"),
        ("\N{BYTE ORDER MARK}API_TOKEN=abc\n", "abc"),
        ("API_TOKEN=a\N{LINE SEPARATOR}b\n", "a\N{LINE SEPARATOR}b"),
    ],
)
def test_the_file_holds_a_line_for_each_secret(tmp_path: Path, content: str, value: str) -> None:
    (tmp_path / ".env").write_text(content, encoding="utf-8")

    assert value_of(tmp_path) == value


@pytest.mark.parametrize("content", [None, "", "API_TOKEN=\n", "API_TOKEN=''\n", "# API_TOKEN=x\n"])
def test_every_missing_secret_is_said_at_once_with_where_to_put_it(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / ".env").write_text(content)

    token, password = fault_of(tmp_path, TOKEN, OTHER, TOKEN)

    assert codes([token, password]) == ["GLC606", "GLC606"]
    assert token.message == "secret 'api-token' has no value"
    assert "set the environment variable API_TOKEN" in token.fix
    assert f"DB_PASSWORD=... into {tmp_path / '.env'}" in password.fix


@pytest.mark.parametrize("quoted", [f'"{CANARY}', f"'{CANARY}\"", f'"{CANARY}" # mine', '"'])
def test_a_value_that_could_reach_over_several_lines_is_refused_and_not_shown(
    tmp_path: Path, quoted: str
) -> None:
    (tmp_path / ".env").write_text(f"API_TOKEN={quoted}\n")

    (found,) = fault_of(tmp_path)

    assert found.code is Code.SECRET_UNREADABLE
    assert "opens a quote" in found.message


def test_a_file_that_is_no_text_is_said_without_its_content(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"API_TOKEN=" + CANARY.encode() + b"\xff")

    (found,) = fault_of(tmp_path)

    assert (found.code, "not UTF-8" in found.message) == (Code.SECRET_UNREADABLE, True)


def test_a_virtual_environment_named_as_the_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    assert codes(fault_of(tmp_path)) == ["GLC606"]


def test_without_secrets_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", "aws")

    assert resolve_secrets([], tmp_path) == {}


def test_a_cloud_whose_secrets_nobody_can_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", "mars")

    (found,) = fault_of(tmp_path)

    assert (found.code, "'mars'" in found.message) == (Code.SECRET_UNREADABLE, True)


class ClientError(Exception):
    """As botocore raises it, with a text that one must not rely on."""

    def __init__(self, kind: str, status: int = 400) -> None:
        super().__init__(f"{kind}: {CANARY}")
        self.response = {"Error": {"Code": kind}, "ResponseMetadata": {"HTTPStatusCode": status}}


class NoCredentialsError(Exception):
    """As botocore raises it before it asks anybody."""


@pytest.fixture
def secrets_manager(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Put a Secrets Manager in place of the real one: what it answers, or raises, by identifier."""
    answers: dict[str, object] = {}
    asked: dict[str, object] = {}

    def get_secret_value(**arguments: str) -> object:
        (identifier,) = arguments.values()
        answer = answers[identifier]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(service: str, **options: object) -> object:
        asked.update(service=service, **options)
        return SimpleNamespace(get_secret_value=get_secret_value)

    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=client))
    monkeypatch.setitem(sys.modules, "botocore.config", SimpleNamespace(Config=dict))
    bind(monkeypatch, {"api-token": "arn:token", "db_password": "arn:password"})
    answers["asked"] = asked
    return answers


def bind(monkeypatch: pytest.MonkeyPatch, secrets: Mapping[str, str]) -> None:
    document = {"version": 1, "cloud": "aws", "region": "eu-central-1", "secrets": secrets}
    monkeypatch.setenv("GLACIER_CLOUD", "aws")
    monkeypatch.setenv("GLACIER_BINDINGS", json.dumps({**document, "buckets": {}}))


def test_in_aws_a_secret_comes_from_secrets_manager_and_never_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets_manager: dict[str, object]
) -> None:
    monkeypatch.setenv("API_TOKEN", "of the environment")
    secrets_manager["arn:token"] = {"SecretString": CANARY}

    assert value_of(tmp_path) == CANARY
    asked = secrets_manager["asked"]
    assert isinstance(asked, dict)
    assert (asked["service"], asked["region_name"]) == ("secretsmanager", "eu-central-1")


@pytest.mark.parametrize(
    ("answer", "code", "fix"),
    [
        (ClientError("ResourceNotFoundException"), "GLC606", "put-secret-value --secret-id arn:t"),
        ({"SecretBinary": b"\0"}, "GLC606", "put-secret-value --secret-id arn:token"),
        ({"SecretString": ""}, "GLC606", "put-secret-value --secret-id arn:token"),
        (ClientError("AccessDeniedException"), "GLC608", "secretsmanager:GetSecretValue"),
        (NoCredentialsError(CANARY), "GLC608", "secretsmanager:GetSecretValue"),
        (ClientError("ThrottlingException"), "GLC609", "try again"),
        (ClientError("InternalServiceError", 500), "GLC609", "try again"),
        (ConnectionError(CANARY), "GLC609", "try again"),
    ],
    ids=str,
)
def test_why_secrets_manager_gives_no_value_is_said_without_its_words(
    tmp_path: Path, secrets_manager: dict[str, object], answer: object, code: str, fix: str
) -> None:
    secrets_manager["arn:token"] = answer

    (found,) = fault_of(tmp_path)

    assert found.code.code == code
    assert fix in found.fix
    assert "'api-token'" in found.message


def test_every_secret_that_cannot_be_read_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets_manager: dict[str, object]
) -> None:
    bind(monkeypatch, {"db_password": "arn:password"})
    secrets_manager["arn:password"] = ClientError("AccessDeniedException")

    assert codes(fault_of(tmp_path, TOKEN, OTHER)) == ["GLC606", "GLC608"]


def test_without_boto3_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind(monkeypatch, {"api-token": "arn:token"})
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.setitem(sys.modules, "botocore.config", SimpleNamespace(Config=dict))

    (found,) = fault_of(tmp_path)

    assert (found.code, "pip install boto3" in found.fix) == (Code.SECRET_UNREADABLE, True)


def test_values_do_not_show_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)

    found = resolve_secrets([TOKEN], tmp_path)

    assert CANARY not in f"{found} {found!r} {[*found.values()]} {TOKEN}"
    assert TOKEN.argument(found["api-token"]) == CANARY
    assert OTHER.argument(found["api-token"]) == SecretStr(CANARY)


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("key abc is bad", ["abc"], "key *** is bad"),
        ("key abc is bad", [SecretStr("abc")], "key *** is bad"),
        ("abc abcdef", ["abc", "abcdef"], "*** ***"),
        ("nothing here", ["abc"], "nothing here"),
        ("nothing here", [], "nothing here"),
        ("nothing here", [""], "nothing here"),
        ("a.c and abc", ["a.c"], "*** and abc"),
        ("?key=a%2Fb%20c+d", ["a/b c+d"], "?key=a%2Fb%20c+d"),
        ("?key=a%2Fb%20c%2Bd&k=a%2Fb+c%2Bd", ["a/b c+d"], "?key=***&k=***"),
        ('{"key": "a\\"b"}', ['a"b'], '{"key": "***"}'),
        (repr("a'\"\n"), ["a'\"\n"], "'***'"),
        ("begins -----BEGIN KEY-----", ["-----BEGIN KEY-----\nabcdef\n"], "begins ***"),
        ("line abcdef", ["-----BEGIN KEY-----\nabcdef\n"], "line ***"),
        ("** and *", ["*"], "****** and ***"),
    ],
)
def test_a_value_is_masked_in_whatever_form_a_text_is_likely_to_have_it(
    text: str, values: list[str | SecretStr], shown: str
) -> None:
    assert masked(text, values) == shown


def failure(text: str) -> ExecutionError:
    problem = Problem(code=Code.TASK_FAILED, message=f"task 'x' failed: {text}", fix="mend it")
    error = ExecutionError(problem)
    error.__cause__ = ValueError(text)
    return error


def test_an_error_is_masked_with_all_that_led_to_it() -> None:
    hidden = masked_error(failure(f"bad {CANARY}"), [CANARY])

    shown = "".join(traceback.format_exception(hidden))
    assert type(hidden) is ExecutionError
    assert hidden.codes == ("GLC601",)
    assert hidden.problems[0].message == "task 'x' failed: bad ***"
    assert CANARY not in shown + repr(hidden)
    assert "ValueError: bad ***" in shown


@pytest.mark.parametrize("values", [[], [CANARY]])
def test_an_error_that_shows_no_value_stays_itself(values: list[str]) -> None:
    error = failure("harmless")

    assert masked_error(error, values) is error


def test_a_column_that_is_named_by_a_value_is_masked() -> None:
    problem = Problem(code=Code.UNKNOWN_COLUMN, message="no", fix="mend it", column=CANARY)

    assert masked_error(ExecutionError(problem), [CANARY]).problems[0].column == "***"


def test_an_error_whose_cause_alone_shows_a_value_is_masked() -> None:
    error = failure("harmless")
    error.__cause__ = ValueError(CANARY)

    assert masked_error(error, [CANARY]).__cause__ is None


def test_the_schema_check_passes_an_empty_value(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", CANARY)
    module = load(f"""{HEAD}
    import polars as pl

    @local.task
    def fetch(
        token: Token, key: Annotated[SecretStr, Secret("key")]
    ) -> Annotated[pl.LazyFrame, numbers]:
        assert (token, key) == ("", SecretStr("")), token
        return pl.LazyFrame({{"n": [1]}})

    pipeline = Pipeline(name="fetching", tasks=[fetch])
    """)

    report = module.pipeline.validate()

    assert report.checked == ("fetch",)
    assert CANARY not in str(report) + json.dumps(report.to_dict())
