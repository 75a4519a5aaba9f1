"""Steps are taken at once, answers come in order, and nothing is under way when it is over."""

from __future__ import annotations

import threading
import time

import pytest

from glacier_runtime.storage.side_by_side import side_by_side


def test_steps_are_taken_at_once_and_answers_keep_the_order_of_items() -> None:
    all_there = threading.Barrier(3, timeout=10)

    def step(item: int) -> int:
        all_there.wait()  # for ever, if one were waited for before the next begins
        return item * 10

    assert side_by_side(step, [1, 2, 3]) == [10, 20, 30]


def test_a_single_item_needs_no_other_thread() -> None:
    assert side_by_side(lambda _: threading.current_thread(), ["x"]) == [threading.current_thread()]


def test_nothing_to_do_is_done() -> None:
    assert side_by_side(lambda _: 1 / 0, list[int]()) == []


def test_the_first_failure_is_told_when_what_was_begun_has_ended() -> None:
    ended = []

    def step(item: int) -> None:
        if item == 0:
            raise FileNotFoundError("the first")
        time.sleep(0.05)
        ended.append(item)

    with pytest.raises(FileNotFoundError, match="the first"):
        side_by_side(step, range(100))
    seen = len(ended)
    time.sleep(0.1)
    assert len(ended) == seen
    assert seen < 99, "what had not begun was begun all the same"
