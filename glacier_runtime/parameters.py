"""Run parameters: what is given for a run, in code or by the environment, validated against what tasks declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from glacier_runtime.errors import Code, ParameterError, Problem
from glacier_runtime.secret_sources import variable_of
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.signatures import Parameter

__all__ = ["as_json", "parameter_variable", "resolve"]

_PREFIX: Final = "GLACIER_PARAM_"


def parameter_variable(name: str) -> str:
    """Return the environment variable that gives a run parameter.

    Example:
        >>> parameter_variable("since")
        'GLACIER_PARAM_SINCE'
    """
    return f"{_PREFIX}{name.upper()}"


def resolve(
    declared: Iterable[Parameter],
    given: Mapping[str, object],
    *,
    complete: bool = True,
    secrets: Iterable[SecretParameter] = (),
    environ: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Validate what is given, and fill in defaults: what code or a command line gives, else the environment, else the default.

    Args:
        declared: The parameters of all tasks; of one name, the first counts.
        given: Values by name; strings, as from a command line, are converted.
        complete: Whether parameters without a default must be given.
        secrets: Secrets that tasks take, which cannot be given.
        environ: Variables; `GLACIER_PARAM_SINCE` gives `since`, unless it is empty. None has none.

    Returns:
        A value of the declared type for every declared parameter that has one.

    Raises:
        ParameterError: GLC602, GLC603, GLC604 or GLC607, once with every parameter that is unknown, invalid, missing or a
            secret.

    Example:
        >>> from datetime import date
        >>> resolve([Parameter("since", date, None, required=True)], {"since": "2013-01-05"})
        {'since': datetime.date(2013, 1, 5)}
    """
    parameters = {parameter.name: parameter for parameter in reversed(tuple(declared))}
    hidden = {item.parameter: item for item in secrets}
    problems = [_secret(hidden[name]) for name in given if name in hidden]
    problems += [
        _unknown(name, parameters)
        for name in given
        if name not in parameters.keys() | hidden.keys()
    ]
    given = {name: value for name, value in given.items() if name not in hidden}
    variables = {
        name: text for name, text in (environ or {}).items() if name.startswith(_PREFIX) and text
    }
    problems += _wrong_variables(variables, parameters, hidden)
    values: dict[str, object] = {}
    for name, parameter in parameters.items():
        variable = parameter_variable(name)
        if name in given:
            value, origin = given[name], ""
        elif variable in variables:
            value, origin = variables[variable], f" (from the environment variable {variable})"
        else:
            if not parameter.required:
                values[name] = parameter.default
            elif complete:
                problems.append(_required(parameter))
            continue
        try:
            values[name] = _converted(parameter, value)
        except ValidationError as error:
            problems.append(_invalid(parameter, value, origin, error))
    if problems:
        raise ParameterError(problems)
    return values


def as_json(declared: Iterable[Parameter], values: Mapping[str, object]) -> dict[str, object]:
    """Return validated values as plain JSON data, for another process."""
    return {
        parameter.name: parameter.adapter.dump_python(values[parameter.name], mode="json")
        for parameter in declared
        if parameter.name in values
    }


def _converted(parameter: Parameter, value: object) -> object:
    try:
        return parameter.adapter.validate_python(value)
    except ValidationError:
        if not isinstance(value, str):
            raise
        try:
            return parameter.adapter.validate_json(
                value
            )  # lists and models, as a command line spells them
        except ValidationError:
            pass
        raise


def _unknown(name: str, known: Iterable[str]) -> Problem:
    return Problem(
        code=Code.PARAMETER_UNKNOWN,
        message=f"run parameter {name!r:.80} is declared by no task",
        fix=f"declared are: {', '.join(sorted(known)) or 'none'}",
    )


def _wrong_variables(
    variables: Iterable[str],
    known: Iterable[str],
    hidden: Mapping[str, SecretParameter],
) -> Iterator[Problem]:
    """Report variables that give nothing, and never what they hold: one may be a secret by mistake."""
    names = {parameter_variable(name): name for name in known}
    secrets = {parameter_variable(name): secret for name, secret in hidden.items()}
    for variable in variables:
        if variable in secrets:
            yield _secret(secrets[variable])
        elif variable not in names:
            yield Problem(
                code=Code.PARAMETER_UNKNOWN,
                message=f"the environment variable {variable!r:.100} gives a run parameter that no task declares",
                fix=f"unset it; there can be: {', '.join(sorted(names)) or 'none'}",
            )


def _secret(secret: SecretParameter) -> Problem:
    return Problem(
        code=Code.SECRET_GIVEN,
        message=f"{secret.parameter!r} is no run parameter but the secret {secret.secret!r}, which is never given on a "
        "command line, in code or as a parameter of the environment",
        fix=f"set the environment variable {variable_of(secret.secret)}, or write it into .env; "
        "and change the value if it was real, for a shell remembers what was typed",
    )


def _required(parameter: Parameter) -> Problem:
    return Problem(
        code=Code.PARAMETER_REQUIRED,
        message=f"run parameter {parameter.name!r} ({parameter.type_name}) has no default and is not given",
        fix=f"give it: --param {parameter.name}=..., Pipeline.run(params=...), or the environment variable "
        f"{parameter_variable(parameter.name)}",
    )


def _invalid(parameter: Parameter, value: object, origin: str, error: ValidationError) -> Problem:
    return Problem(
        code=Code.PARAMETER_INVALID,
        message=f"run parameter {parameter.name!r} is {value!r:.80}, which is no {parameter.type_name}: "
        f"{error.errors()[0]['msg']}{origin}",
        fix=f"give a value of type {parameter.type_name}",
    )
