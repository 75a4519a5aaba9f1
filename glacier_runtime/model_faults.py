"""What a pydantic model says as a whole that columns cannot keep: validators, hooks, settings, itself.

Nothing that is written in a schema is silently not applied: Python that pydantic would run for every row is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, PydanticUndefinedAnnotation

from glacier_runtime.errors import Code, Problem

__all__ = ["model_problems", "schema_problem", "unreadable"]

_DECORATED: Final = ("field_validators", "model_validators", "validators", "root_validators")
_RULES_AND_CHANGES: Final = (
    "str_max_length",
    "str_min_length",
    "str_strip_whitespace",
    "str_to_lower",
    "str_to_upper",
)
_NO_PYTHON: Final = "use constraints (ge, le, pattern, Literal, …), or filter in the task"


def model_problems(model: type[BaseModel]) -> Iterator[Problem]:
    """Find what is wrong with a model as a whole, and with those nested in it.

    Args:
        model: The model, which `unreadable` accepts.

    Yields:
        GLC104 problems.
    """
    if model.__pydantic_root_model__:
        fix = "use the type itself, or a model with a field for each column"
        yield schema_problem(model, "", "is a RootModel, which has no columns of its own", fix)
    elif not model.model_fields:
        yield schema_problem(model, "", "has no fields", "declare a field for each column")
    yield from _python(model)
    yield from _settings(model)
    for field in model.model_fields.values():
        for nested in _models_in(field.annotation):
            yield from model_problems(nested)


def unreadable(model: type[BaseModel]) -> Problem | None:
    """Find what keeps a model from being read at all."""
    try:
        model.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        return schema_problem(
            model,
            "",
            f"has an annotation with the name {error.name!r}, which cannot be found",
            "import or define it at the top of the module, above the model, and not only under TYPE_CHECKING",
        )
    try:
        is_endless = _contains_itself(model)
    except RecursionError:  # a `type` statement that names itself
        is_endless = True
    if is_endless:
        fix = "keep the nested part as a str of JSON"
        return schema_problem(model, "", "contains itself, and dtypes are finite", fix)
    return None


def schema_problem(schema: type, name: str, fault: str, fix: str) -> Problem:
    """Report a fault of a schema, or of one of its fields."""
    subject = f"{schema.__name__}.{name}" if name else schema.__name__
    return Problem(
        code=Code.BAD_SCHEMA, message=f"schema {subject} {fault}", fix=fix, column=name or None
    )


def _python(model: type[BaseModel]) -> Iterator[Problem]:
    """Find code that pydantic would run for every row."""
    decorators = model.__pydantic_decorators__
    for name in (name for kind in _DECORATED for name in getattr(decorators, kind)):
        fault = "is a Python validator, which cannot run on columns"
        yield schema_problem(model, name, fault, _NO_PYTHON)
    for name in decorators.computed_fields:
        fault = "is a computed field, which Python would compute for each row"
        fix = "compute it in the task and declare it as a field, or make it a plain property"
        yield schema_problem(model, name, fault, fix)
    hooks = {
        "__init__": model.__pydantic_custom_init__ and not model.__pydantic_root_model__,
        "model_post_init": _is_overridden(model, "model_post_init"),
        "__get_pydantic_core_schema__": _is_overridden(model, "__get_pydantic_core_schema__"),
    }
    for name in (name for name, found in hooks.items() if found):
        fault = "is code of its own, which cannot run on columns"
        yield schema_problem(model, name, fault, _NO_PYTHON)


def _is_overridden(model: type[BaseModel], name: str) -> bool:
    """Say whether somebody else than pydantic, which does so for private attributes, wrote a method anew."""
    method = getattr(model, name)
    return not str(getattr(method, "__module__", "")).startswith("pydantic.")


def _settings(model: type[BaseModel]) -> Iterator[Problem]:
    config = model.model_config
    for key in _RULES_AND_CHANGES:
        if config.get(key):
            fault = f"has {key} in its model_config, which holds for no column"
            yield schema_problem(model, "", fault, "say it of each field, or do it in the task")
    if config.get("allow_inf_nan") is False:
        fault = "has allow_inf_nan=False in its model_config, which holds for no column"
        yield schema_problem(model, "", fault, "use FiniteFloat for the fields")


def _contains_itself(model: type[BaseModel], inside: tuple[type[BaseModel], ...] = ()) -> bool:
    if model in inside:
        return True
    return any(
        _contains_itself(nested, (*inside, model))
        for field in model.model_fields.values()
        for nested in _models_in(field.annotation)
    )


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif hasattr(annotation, "__value__"):
        yield from _models_in(annotation.__value__)
    for argument in get_args(annotation):
        yield from _models_in(argument)
