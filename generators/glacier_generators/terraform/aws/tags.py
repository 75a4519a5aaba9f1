"""What AWS refuses of tags: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["tag_faults"]

_OURS: Final = "pipeline"  # set by providers.tf
_MOST: Final = 50
_LONGEST_KEY: Final = 128
_LONGEST_VALUE: Final = 256
_SIGNS: Final = frozenset(" _.:/=+@-")  # the only ones that every service takes


def tag_faults(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with tags, each with the way out."""
    if len({*tags, _OURS}) > _MOST:
        yield f"there are {len(tags)} tags and our own; AWS takes {_MOST}", "drop some"
    for name, value in tags.items():
        if not 1 <= len(name) <= _LONGEST_KEY or not _is_plain(name):
            yield (
                f"the key of tag {name!r:.80} is not 1 to {_LONGEST_KEY} letters, digits, spaces and _.:/=+@-",
                "choose another key",
            )
        if name.lower().startswith("aws:"):
            yield f"the key of tag {name!r:.80} begins with aws:, as AWS's own do", "choose another key"
        if len(value) > _LONGEST_VALUE or not _is_plain(value):
            yield (
                f"the value of tag {name!r:.80} is not up to {_LONGEST_VALUE} letters, digits, spaces and _.:/=+@-",
                "choose another value",
            )
    for name, count in Counter(key.lower() for key in {*tags, _OURS}).items():
        if count > 1:
            yield (
                f"tag {name!r:.80} is there {count} times, if one does not look at capital letters: IAM does not",
                "let keys differ in more than that",
            )


def _is_plain(text: str) -> bool:
    return all(
        character in _SIGNS or character.isalpha() or character.isnumeric() for character in text
    )
