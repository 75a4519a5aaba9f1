"""Pictures are made of figures alone: the same ones give the same bytes, and every line can be read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.answers import Answer
from benchmarks.curves import PICTURES, draw
from benchmarks.pictures import Curve, Picture, svg

LINEAR = Curve("linear & more", {10: 1.0, 100: 10.0, 1000: 100.0})
SQUARE = Curve("square", {10: 1.0, 100: 100.0})
PICTURE = Picture("Growth", "tasks", [LINEAR, SQUARE])
SPACE = {"": "http://www.w3.org/2000/svg"}


def lines(text: str) -> list[list[tuple[float, float]]]:
    found = ET.fromstring(text).findall("polyline", SPACE)
    return [
        [
            (float(x), float(y))
            for x, _, y in (point.partition(",") for point in it.attrib["points"].split())
        ]
        for it in found
    ]


def test_the_same_figures_give_the_same_bytes() -> None:
    assert svg(PICTURE) == svg(Picture("Growth", "tasks", [LINEAR, SQUARE]))


def test_a_power_law_is_a_straight_line() -> None:
    (first, second, third), _ = lines(svg(PICTURE))
    assert second[0] - first[0] == pytest.approx(third[0] - second[0], abs=0.2)
    assert second[1] - first[1] == pytest.approx(third[1] - second[1], abs=0.2)
    assert third[1] < first[1]  # more stands higher


def test_every_line_has_its_name_and_no_two_names_lie_on_each_other() -> None:
    close = [Curve(f"curve {number}", {10: 1.0, 100: 5.0 + number / 100}) for number in range(6)]
    texts = ET.fromstring(svg(Picture("Close", "tasks", close))).findall("text", SPACE)
    labels = {it.text: float(it.attrib["y"]) for it in texts if (it.text or "").startswith("curve")}
    assert len(labels) == len(close)
    heights = sorted(labels.values())
    assert all(b - a >= 14 for a, b in pairwise(heights))


def test_colours_follow_who_prefers_the_dark() -> None:
    assert "@media (prefers-color-scheme: dark)" in svg(PICTURE)


FIGURES: dict[str, dict[str, Any]] = {
    "graph": {"us_per_task": {"graphlib": {"100": 1.5, "1000": 1.6}}},
    "overhead": {
        "cpu_us_per_task": {"chain of 10": {"Glacier": 30.0}, "chain of 1,000": {"Glacier": 5.0}}
    },
    "overhead-beside-peers": {
        "us_per_task": {
            "Kedro": {"chain:10 cpu_us": [4.0, 3.0, 5.0], "chain:100 cpu_us": [5.0, 5.0, 5.0]}
        }
    },
    "generation": {"ms": {"layers|1": [3.0, 3.0, 3.0], "layers|1,000": [450.0, 440.0, 460.0]}},
}


@pytest.mark.parametrize("name", PICTURES)
def test_an_answer_becomes_a_picture(name: str, tmp_path: Path) -> None:
    answer = Answer(
        question=name,
        asks="?",
        command="python",
        date="2026-11-22",
        seconds=1.0,
        machine={},
        missing={},
        figures=FIGURES[name],
        samples={},
    )
    (tmp_path / "kept").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Answer, "table", "")
        answer.keep(tmp_path / "kept")
    assert draw(tmp_path, tmp_path / "kept") == [tmp_path / f"{name}.svg"]
    assert len(lines((tmp_path / f"{name}.svg").read_text())[0]) == 2
