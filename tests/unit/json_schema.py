"""As much of JSON Schema as the manifest's schema uses; a keyword that is not here is an error, never ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

Schema = Mapping[str, Any]
Check = Callable[[Schema, Any, Schema, Any, str], Iterator[str]]

_TYPES = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": float,
    "object": dict,
    "string": str,
}


def violations(value: Any, schema: Schema) -> list[str]:
    """Return every place at which a value breaks a schema."""
    return list(_violations(schema, value, schema, "$"))


def _violations(whole: Schema, value: Any, schema: Schema, at: str) -> Iterator[str]:
    for keyword, rule in schema.items():
        yield from _CHECKS[keyword](whole, value, schema, rule, at)


def _reference(whole: Schema, value: Any, _: Schema, rule: str, at: str) -> Iterator[str]:
    yield from _violations(whole, value, whole["$defs"][rule.removeprefix("#/$defs/")], at)


def _options(
    whole: Schema, value: Any, _: Schema, rule: list[Schema], at: str, *, one: bool
) -> Iterator[str]:
    fitting = [option for option in rule if not list(_violations(whole, value, option, at))]
    if not fitting or (one and len(fitting) > 1):
        yield f"{at} fits {len(fitting)} options"


def _type(_: Schema, value: Any, __: Schema, rule: str, at: str) -> Iterator[str]:
    if type(value) is not _TYPES[rule] and not (rule == "number" and type(value) is int):
        yield f"{at} is no {rule}"


def _const(_: Schema, value: Any, __: Schema, rule: object, at: str) -> Iterator[str]:
    if value != rule:
        yield f"{at} is not {rule}"


def _enum(_: Schema, value: Any, __: Schema, rule: list[object], at: str) -> Iterator[str]:
    if value not in rule:
        yield f"{at} is none of {rule}"


def _above(_: Schema, value: Any, __: Schema, rule: float, at: str) -> Iterator[str]:
    if isinstance(value, int | float) and value <= rule:
        yield f"{at} is not above {rule}"


def _most_items(_: Schema, value: Any, __: Schema, rule: int, at: str) -> Iterator[str]:
    if isinstance(value, list) and len(value) > rule:
        yield f"{at} has more than {rule} items"


def _bound(
    _: Schema, value: Any, __: Schema, rule: float, at: str, *, lower: bool
) -> Iterator[str]:
    if isinstance(value, int | float) and (value < rule if lower else value > rule):
        yield f"{at} is {'below' if lower else 'above'} {rule}"


def _pattern(_: Schema, value: Any, __: Schema, rule: str, at: str) -> Iterator[str]:
    if isinstance(value, str) and re.search(rule.replace("$", r"\Z"), value) is None:
        yield f"{at} does not match {rule}"


def _length(_: Schema, value: Any, __: Schema, rule: int, at: str, *, least: bool) -> Iterator[str]:
    if isinstance(value, str) and (len(value) < rule if least else len(value) > rule):
        yield f"{at} is {'shorter' if least else 'longer'} than {rule}"


def _required(_: Schema, value: Any, __: Schema, rule: list[str], at: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{at}.{name} is missing" for name in rule if name not in value)


def _properties(
    whole: Schema, value: Any, _: Schema, rule: Mapping[str, Schema], at: str
) -> Iterator[str]:
    for name in rule.keys() & value.keys() if isinstance(value, dict) else ():
        yield from _violations(whole, value[name], rule[name], f"{at}.{name}")


def _others(whole: Schema, value: Any, schema: Schema, rule: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in value.keys() - schema.get("properties", {}).keys():
        if rule is False:
            yield f"{at}.{name} is unknown"
        elif rule is not True:
            yield from _violations(whole, value[name], rule, f"{at}.{name}")


def _items(whole: Schema, value: Any, _: Schema, rule: Schema, at: str) -> Iterator[str]:
    for number, item in enumerate(value if isinstance(value, list) else []):
        yield from _violations(whole, item, rule, f"{at}.{number}")


def _format(_: Schema, value: Any, __: Schema, rule: str, at: str) -> Iterator[str]:
    assert rule == "date-time", f"nobody checks {rule}"
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        yield f"{at} is no moment"


def _explains(*_: object) -> Iterator[str]:
    return iter(())


_CHECKS: Mapping[str, Check] = {
    "$ref": _reference,
    "additionalProperties": _others,
    "anyOf": partial(_options, one=False),
    "const": _const,
    "enum": _enum,
    "exclusiveMinimum": _above,
    "format": _format,
    "items": _items,
    "maxItems": _most_items,
    "maxLength": partial(_length, least=False),
    "minLength": partial(_length, least=True),
    "maximum": partial(_bound, lower=False),
    "minimum": partial(_bound, lower=True),
    "oneOf": partial(_options, one=True),
    "pattern": _pattern,
    "properties": _properties,
    "required": _required,
    "type": _type,
    **dict.fromkeys(["$defs", "default", "description", "discriminator", "title"], _explains),
}
