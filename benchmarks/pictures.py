"""Growth curves as SVG, drawn from the answers that are kept: both axes are logarithms, so that a straight line is a power law.

The same figures give the same bytes. Colours follow what whoever looks prefers, on a ground of their own, so that a page of the other
kind shows them as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

__all__ = ["Curve", "Picture", "svg"]

_WIDTH, _HEIGHT = 760, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 210, 44, 48
_DASHES: Final = ("", "7 3", "2 3", "9 3 2 3")  # told apart without colours, too
_COLOURS: Final = 7
_STYLE: Final = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.ground { fill: #ffffff }
.grid { stroke: #d0d7de }
polyline { fill: none; stroke-width: 2 }
.c0 { stroke: #0550ae } .c1 { stroke: #6e7781 } .c2 { stroke: #bc4c00 } .c3 { stroke: #116329 }
.c4 { stroke: #8250df } .c5 { stroke: #a40e26 } .c6 { stroke: #9a6700 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.ground { fill: #161b22 }
.grid { stroke: #3d444d }
.c0 { stroke: #79c0ff } .c1 { stroke: #9198a1 } .c2 { stroke: #ffa657 } .c3 { stroke: #7ee787 }
.c4 { stroke: #d2a8ff } .c5 { stroke: #ff7b72 } .c6 { stroke: #e3b341 }
}
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line.

    Attributes:
        label: What stands at its end.
        points: Its figures, by size; each above zero.
    """

    label: str
    points: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        title: What stands above it: what is measured, and its unit.
        across: What stands below: what grows.
        curves: Its lines.
    """

    title: str
    across: str
    curves: Sequence[Curve]


@dataclass(frozen=True, slots=True)
class _Axis:
    """Whole powers of ten, laid on pixels."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float) -> _Axis:
        """Return the axis that holds all values."""
        known = list(values)
        low, high = floor(log10(min(known))), ceil(log10(max(known)))
        return cls(low, max(high, low + 1), start, end)

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        part = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def svg(picture: Picture) -> str:
    """Return a picture as SVG.

    Args:
        picture: The picture.
    """
    sizes = [size for curve in picture.curves for size in curve.points]
    values = [value for curve in picture.curves for value in curve.points.values()]
    x = _Axis.over(sizes, _LEFT, _WIDTH - _RIGHT)
    y = _Axis.over(values, _HEIGHT - _BOTTOM, _TOP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(picture.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="title" x="{_LEFT}" y="24">{escape(picture.title)}</text>',
        *_grid(x, y),
        _text(picture.across, (x.start + x.end) / 2, _HEIGHT - 10, "middle"),
        *_curves(picture.curves, x, y),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _grid(x: _Axis, y: _Axis) -> Iterator[str]:
    for tick in x.ticks:
        yield _line(x.at(tick), y.start, x.at(tick), y.end)
        yield _text(f"{tick:,g}", x.at(tick), y.start + 18, "middle")
    for tick in y.ticks:
        yield _line(x.start, y.at(tick), x.end, y.at(tick))
        yield _text(f"{tick:,g}", x.start - 8, y.at(tick) + 4, "end")


def _curves(curves: Sequence[Curve], x: _Axis, y: _Axis) -> Iterator[str]:
    for number, curve in enumerate(curves):
        points = " ".join(f"{x.at(size)},{y.at(value)}" for size, value in curve.points.items())
        dashes = _DASHES[number % len(_DASHES)]
        yield f'<polyline class="c{number % _COLOURS}" stroke-dasharray="{dashes}" points="{points}"/>'
    # Labels of lines that end close to each other are moved apart; a short line leads from one to the other.
    ends = sorted(enumerate(curves), key=lambda one: y.at(_last(one[1])[1]))
    floor_at = _TOP - 16.0
    for number, curve in ends:
        size, value = _last(curve)
        place = max(y.at(value) + 4, floor_at + 16)
        floor_at = place
        left = x.end + 14
        yield f'<line class="c{number % _COLOURS}" x1="{x.at(size)}" y1="{y.at(value)}" x2="{left - 3}" y2="{place - 4}" opacity="0.4"/>'
        yield _text(curve.label, left, place, "start")


def _last(curve: Curve) -> tuple[int, float]:
    return max(curve.points.items())


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
