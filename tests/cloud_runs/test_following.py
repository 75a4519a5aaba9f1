"""A run is asked for news often while something happens, and seldom while nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from glacier_runtime.cloud_runs.following import Pace, follow
from glacier_runtime.cloud_runs.happenings import Began, Ended, Happening, Unit
from glacier_runtime.errors import CloudError, Code, Problem
from tests.cloud_runs.histories import BEGIN

END = Ended(BEGIN, "done")
NEWS = Began(Unit("clean"), BEGIN, 1)


def silence(code: Code = Code.CLOUD_UNREACHABLE) -> CloudError:
    return CloudError(Problem(code=code, message="no answer", fix="wait"))


def followed(*answers: Iterable[Happening] | CloudError, patience_s: float = 60) -> list[float]:
    """Follow a run that answers so, and return the pauses."""
    left: Iterator[Iterable[Happening] | CloudError] = iter(answers)
    pauses: list[float] = []

    def news() -> Iterable[Happening]:
        answer = next(left)
        if isinstance(answer, CloudError):
            raise answer
        return answer

    told: list[Happening] = []
    pace = Pace(shortest_s=1, longest_s=4, patience_s=patience_s)
    assert follow(news, told.append, pace, pauses.append) == END
    assert told[-1] == END
    return pauses


def test_pauses_grow_while_nothing_happens_and_are_short_after_news() -> None:
    pauses = followed((), (), (), (), (), (NEWS,), (), (END,))

    assert pauses == [1.5, 2.25, 3.375, 4, 4, 1, 1.5]


def test_who_is_asked_too_often_is_asked_again_later() -> None:
    assert followed(silence(), silence(), (NEWS,), silence(), (END,)) == [1.5, 2.25, 1, 1.5]


def test_who_does_not_answer_for_long_is_given_up() -> None:
    with pytest.raises(CloudError, match="no answer"):
        followed(*[silence()] * 9, (END,), patience_s=5)


def test_who_refuses_is_not_asked_again() -> None:
    with pytest.raises(CloudError) as caught:
        followed(silence(Code.CLOUD_DENIED), (END,))

    assert caught.value.codes == ("GLC636",)
