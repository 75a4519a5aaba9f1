"""Manifests written by an enemy: text in every place where text may stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.generators.foreign import bucket, data_of

__all__ = ["PLACES", "TEXTS", "combined", "full"]

Data = dict[str, Any]

TEXTS: Final = (
    'a "quoted" word',
    "back\\slash",
    "${var.region}",
    "$${twice}",
    "$$${thrice}",
    "%{ for x in y }",
    "%%{x}",
    "${",
    "~}",
    "two\nlines",
    "two\r\nlines",
    "\u2028separated\u2029",
    "a | b | c",
    "`code` *bold* _it_ [link](https://example.org) <b>html</b> <!-- -->",
    '"\n}\nresource "aws_iam_user" "evil" {\n  name = "evil"\n}\n#',
    '"}, "Next": "evil", "x": {"',
    "[[ plan.region ]] [% if x %] [# y #]",
    "<<EOT\nEOT",
    "# comment // comment /* comment */",
    "größe 日本語 Ελληνικά",
    "\u202egnirts\u202c \u2066left\u2069",
    "zero\u200bwidth\ufeff",
    "nul\0byte",
    "\u001b[31mred",
    "\U0001f600" * 50,
    "e\u0301" * 20,
    "x" * 10_000,
    "1. list",
    "- list",
    "---",
    "   ",
    "",
)


_THEIRS: Final = {"tool": "pulumi", "name": "my data"}
_BUCKET: Final = {"type": "aws:s3/bucket:Bucket"}
_FUNCTION: Final = {"type": "aws:lambda/function:Function"}
_KEY: Final = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d"
_TOPIC: Final = "arn:aws:sns:eu-central-1:123456789012:late-flights"
_LAYER: Final = "arn:aws:lambda:eu-central-1:123456789012:layer:own:1"


def full() -> Data:
    """Return a manifest that says something in every place."""
    data = data_of({"first": [], "second": ["first"], "third": []})
    data |= {
        "description": "What it is for.",
        "schedule": {"expression": "0 5 * * *", "timezone": "UTC"},
        "parameters": [
            {"name": "since", "type": "date", "required": False, "default": "x", "tasks": ["first"]}
        ],
    }
    data["buckets"].append(bucket("theirs") | {"existing": {**_THEIRS, **_BUCKET}})
    data["buckets"][0]["config"] = {"type": "aws.s3", "encryption": "aws:kms", "kms_key_arn": _KEY}
    data["datasets"][2] |= {"bucket": "theirs"}
    data["tasks"][0]["compute"]["config"] = {
        "type": "aws.lambda",
        "runtime": "python3.12",
        "layers": [_LAYER],
    }
    data["tasks"][2]["compute"] = {"kind": "existing", "resource": {**_THEIRS, **_FUNCTION}}
    data["provider"] |= {"account_id": "123456789012", "tags": {"owner": "somebody"}}
    data["datasets"][0] |= {
        "format_options": {"separator": ","},
        "partition_by": ["day"],
        "schema_name": "Row",
        "columns": [
            {
                "name": "day",
                "dtype": "Date",
                "nullable": False,
                "rules": ["day > 1"],
                "description": "",
            }
        ],
    }
    data["tasks"][0] |= {
        "secrets": [{"parameter": "token", "secret": "api-token"}],
        "grants": [
            {
                "actions": ["sns:Publish", "s3:GetObject"],
                "resources": [_TOPIC, {"bucket": "theirs", "path": "letters/"}],
                "reason": "somebody wants it",
            }
        ],
        "parameters": ["since"],
    }
    return data


def _everywhere(old: str) -> Callable[[Data, str], None]:
    """Return a change of a name wherever it is used, so that nothing but the name itself is wrong."""

    def replaced(value: Any, new: str) -> Any:
        if isinstance(value, dict):
            return {key: replaced(item, new) for key, item in value.items()}
        if isinstance(value, list):
            return [replaced(item, new) for item in value]
        return new if value == old else value

    def change(data: Data, text: str) -> None:
        data.update(replaced(dict(data), text))

    return change


PLACES: Final[Mapping[str, Callable[[Data, str], object]]] = {
    "pipeline": lambda data, text: data.update(pipeline=text),
    "description": lambda data, text: data.update(description=text),
    "cloud": lambda data, text: data.update(cloud=text),
    "region": lambda data, text: data["provider"].update(region=text),
    "account": lambda data, text: data["provider"].update(account_id=text),
    "key of a tag": lambda data, text: data["provider"].update(tags={text: "x"}),
    "value of a tag": lambda data, text: data["provider"].update(tags={"owner": text}),
    "expression": lambda data, text: data["schedule"].update(expression=text),
    "time zone": lambda data, text: data["schedule"].update(timezone=text),
    "bucket": _everywhere("lake"),
    "dataset": _everywhere("of_first"),
    "task": _everywhere("first"),
    "secret": _everywhere("api-token"),
    "parameter of a run": _everywhere("since"),
    "type of a parameter": lambda data, text: data["parameters"][0].update(type=text),
    "default of a parameter": lambda data, text: data["parameters"][0].update(default=text),
    "path": lambda data, text: data["datasets"][0].update(path=text),
    "action of a grant": lambda data, text: data["tasks"][0]["grants"][0].update(actions=[text]),
    "resource of a grant": lambda data, text: data["tasks"][0]["grants"][0].update(
        resources=[text]
    ),
    "place of a grant": lambda data, text: data["tasks"][0]["grants"][0]["resources"][1].update(
        path=text
    ),
    "reason of a grant": lambda data, text: data["tasks"][0]["grants"][0].update(reason=text),
    "format": lambda data, text: data["datasets"][0].update(format=text),
    "option of a format": lambda data, text: data["datasets"][0].update(
        format_options={text: text}
    ),
    "partition key": lambda data, text: data["datasets"][0].update(partition_by=[text]),
    "schema": lambda data, text: data["datasets"][0].update(schema_name=text),
    "description of a dataset": lambda data, text: data["datasets"][0].update(description=text),
    "column": lambda data, text: data["datasets"][0]["columns"][0].update(name=text),
    "dtype": lambda data, text: data["datasets"][0]["columns"][0].update(dtype=text),
    "rule": lambda data, text: data["datasets"][0]["columns"][0].update(rules=[text]),
    "description of a column": lambda data, text: data["datasets"][0]["columns"][0].update(
        description=text
    ),
    "identity": lambda data, text: data["tasks"][0].update(identity=text),
    "module": lambda data, text: data["tasks"][0].update(identity=f"{text}:f"),
    "docstring": lambda data, text: data["tasks"][0].update(description=text),
    "parameter of a task": lambda data, text: data["tasks"][1]["inputs"][0].update(parameter=text),
    "carrier": lambda data, text: data["tasks"][1]["inputs"][0].update(carrier=text),
    "tool of an existing bucket": lambda data, text: data["buckets"][1]["existing"].update(
        tool=text
    ),
    "type of an existing bucket": lambda data, text: data["buckets"][1]["existing"].update(
        type=text
    ),
    "name of an existing bucket": lambda data, text: data["buckets"][1]["existing"].update(
        name=text
    ),
    "name of an existing function": lambda data, text: data["tasks"][2]["compute"][
        "resource"
    ].update(name=text),
    "existing bucket": _everywhere("theirs"),
    "task on an existing function": _everywhere("third"),
    "key of a bucket": lambda data, text: data["buckets"][0]["config"].update(kms_key_arn=text),
    "runtime": lambda data, text: data["tasks"][0]["compute"]["config"].update(runtime=text),
    "layer": lambda data, text: data["tasks"][0]["compute"]["config"].update(layers=[text]),
    "parameter of a secret": lambda data, text: data["tasks"][0]["secrets"][0].update(
        parameter=text
    ),
}


def combined() -> Data:
    """Return a manifest that is hostile wherever text is free, and valid."""
    data = full()
    everything = " ".join(text for text in TEXTS if len(text) < 1000)
    free = (
        "description",
        "type of a parameter",
        "default of a parameter",
        "format",
        "column",
        "rule",
    )
    for place in (
        *free,
        "option of a format",
        "partition key",
        "description of a dataset",
        "dtype",
    ):
        PLACES[place](data, everything)
    data["tasks"] = []
    tasks = data_of({f"task_{n}": [] for n in range(len(TEXTS))})
    data["tasks"], data["datasets"] = tasks["tasks"], tasks["datasets"]
    for task, text in zip(data["tasks"], TEXTS, strict=True):
        task["description"] = text
    data["tasks"][0]["secrets"] = [{"parameter": "größe", "secret": "for"}]
    data["parameters"] = []
    data["provider"]["tags"] = {
        "for": "null",
        "größe": "日本語",
        "null": "@+=-_.:/",
        "Ελληνικά": " ",
    }
    return data
