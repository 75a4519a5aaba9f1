"""Objects of JSON in what a cloud says: a text that may be anything, or cut off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["json_object"]


def json_object(text: str) -> Mapping[str, Any]:
    """Return an object; an empty one for a text that is none, or was cut off.

    Args:
        text: What may be JSON.

    Example:
        >>> json_object('{"task": "clean"}'), json_object("[1]"), json_object('{"task": "cl')
        ({'task': 'clean'}, {}, {})
    """
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
