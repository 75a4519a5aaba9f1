"""Where the values of secrets come from: the environment and `.env` on this machine, the cloud's own store in a cloud."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from glacier_runtime.errors import Code, ParameterError, Problem
from glacier_runtime.storage.bindings import read_bindings

__all__ = ["SOURCES", "variable_of"]


def variable_of(secret: str) -> str:
    """Return the environment variable that holds a secret on this machine.

    Example:
        >>> variable_of("api-token")
        'API_TOKEN'
    """
    return secret.replace("-", "_").upper()


def local_values(names: tuple[str, ...], root: Path) -> dict[str, SecretStr]:
    """Read secrets from environment variables, else from the file `.env` in a folder: lines of `KEY=VALUE`.

    A value reaches to the end of its line, and a pair of quotes around it does not belong to it. A leading `export ` is
    ignored, and so is every line that is not of this form. There are no escapes, no references to other variables and no
    values of several lines. The last line of a key counts; an empty value is none.

    Raises:
        ParameterError: GLC606 for each secret without a value, GLC608 for each that cannot be read.
    """
    file = root / ".env"
    values: dict[str, SecretStr] = {}
    problems = []
    written: Mapping[str, str] | None = None
    for name in names:
        variable = variable_of(name)
        value = os.environ.get(variable)
        if not value:
            written = _lines(file) if written is None else written
            value = _unquoted(written.get(variable, ""))
        if value:
            values[name] = SecretStr(value)
        elif value is None:
            fault = f"secret {name!r}: the line {variable}=... of {file} opens a quote and does not end with it"
            fix = (
                f"close it; a value of several lines must be in the environment variable {variable}"
            )
            problems.append(_problem(Code.SECRET_UNREADABLE, fault, fix))
        else:
            fix = f"set the environment variable {variable}, or write the line {variable}=... into {file}"
            problems.append(_problem(Code.SECRET_MISSING, f"secret {name!r} has no value", fix))
    if problems:
        raise ParameterError(problems)
    return values


def _lines(file: Path) -> dict[str, str]:
    if not file.is_file():  # some keep a virtual environment in a folder of that name
        return {}
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        reason = "it is not UTF-8"  # the error itself holds the content
    except OSError as error:
        reason = str(error.strerror)
    else:
        pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
        return {key.strip(): value.strip() for key, _, value in pairs}
    fault = f"{file}, where secrets are looked for, cannot be read: {reason}"
    raise ParameterError(_problem(Code.SECRET_UNREADABLE, fault, "mend the file"))


def _unquoted(value: str) -> str | None:
    quote = value[:1]
    if quote not in {'"', "'"}:
        return value
    is_closed = len(value) > 1 and value.endswith(quote)
    return value[1:-1] if is_closed else None


_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 10
_ATTEMPTS: Final = 3
# What botocore raises before it asks anybody; whatever else has no answer in it failed on the way.
_NOT_CONFIGURED: Final = frozenset(
    {"NoCredentialsError", "NoRegionError", "PartialCredentialsError", "ProfileNotFound"}
)
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


def aws_values(names: tuple[str, ...], root: Path) -> dict[str, SecretStr]:
    """Read secrets from AWS Secrets Manager, by the identifiers that the bindings document gives them.

    Raises:
        ParameterError: GLC606 and GLC608, once with every secret that is missing or cannot be read; GLC609, if Secrets
            Manager does not answer.
        StorageError: GLC511, if there is no bindings document.
    """
    bindings = read_bindings(root)
    client = _secrets_manager(bindings.region)
    values: dict[str, SecretStr] = {}
    problems = []
    for name in names:
        identifier = bindings.secrets.get(name)
        if identifier is None:
            fix = "glacier generate, apply, and take the new bindings"
            fault = f"secret {name!r} is not named by the bindings"
            problems.append(_problem(Code.SECRET_MISSING, fault, fix))
            continue
        try:
            text = client.get_secret_value(SecretId=identifier).get("SecretString")
        except Exception as error:  # noqa: BLE001 (botocore makes its classes as it goes)
            problems.append(_refused(name, identifier, error))
            continue
        if text:
            values[name] = SecretStr(text)
        else:
            fault = f"secret {name!r} ({identifier}) holds no text"
            problems.append(_problem(Code.SECRET_MISSING, fault, _put(identifier)))
    if problems:
        raise ParameterError(problems)
    return values


SOURCES: Final[Mapping[str, Callable[[tuple[str, ...], Path], dict[str, SecretStr]]]] = {
    "local": local_values,
    "aws": aws_values,
}
"""Where the values of secrets come from, by the cloud in which the process runs."""


def _secrets_manager(region: str | None) -> Any:  # boto3 has no types of its own
    try:
        config = import_module("botocore.config").Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
        )
        return import_module("boto3").client("secretsmanager", region_name=region, config=config)
    except ModuleNotFoundError:
        fault = "secrets of AWS are read through boto3, which is not installed"
        fix = "pip install boto3; the Python of AWS Lambda brings it"
        raise ParameterError(_problem(Code.SECRET_UNREADABLE, fault, fix)) from None


def _refused(name: str, identifier: str, error: Exception) -> Problem:
    """Say why there is no value, by the kind of the error alone: of its text nobody knows what it holds."""
    response: Mapping[str, Any] = getattr(error, "response", None) or {}
    kind = response.get("Error", {}).get("Code") or type(error).__name__
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    shown = f"secret {name!r} ({identifier})"
    if kind == "ResourceNotFoundException":
        return _problem(Code.SECRET_MISSING, f"{shown} has no value", _put(identifier))
    is_passing = status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS or "Throttl" in kind
    if is_passing or (not response and kind not in _NOT_CONFIGURED):
        fault = f"{shown}: Secrets Manager does not answer: {kind}"
        return _problem(Code.SECRET_STORE_FAILED, fault, "try again; check network and region")
    fix = "give the role of the task, or of whoever runs it, secretsmanager:GetSecretValue on it"
    return _problem(Code.SECRET_UNREADABLE, f"{shown} cannot be read: {kind}", fix)


def _put(identifier: str) -> str:
    return (
        f"aws secretsmanager put-secret-value --secret-id {identifier} --secret-string file://FILE"
    )


def _problem(code: Code, message: str, fix: str) -> Problem:
    return Problem(code=code, message=message, fix=fix)
