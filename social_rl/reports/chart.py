"""How are figures drawn into a page? A chart of lines as SVG, its axes with numbers and names."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 372, 216  # of a chart, in pixels of the page
LEFT, RIGHT, TOP, BOTTOM = 50, 26, 26, 44  # room for numbers and names around the lines
TICKS = 5  # about so many numbers on an axis
FEW = 30  # points of a line, up to which each is marked


class Axis(NamedTuple):
    """What an axis shows: its name, and where its numbers stand, in order."""

    name: str
    ticks: list[float]
    is_share: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, 0 at the first number and 1 at the last."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])

    def text(self, value: float) -> str:
        """A number as it is written on the axis."""
        if self.is_share:
            return f"{100 * value:.0f} %"
        return f"{value / 1e6:,.10g} M" if abs(value) >= 1e6 else f"{value:,.10g}"


def axis_of(name: str, values: Sequence[float], is_share: bool = False) -> Axis:
    """An axis with round numbers around these values; shares go from 0 to 100 %."""
    if is_share:
        return Axis(name, [0, 0.25, 0.5, 0.75, 1], True)
    return Axis(name, round_numbers(min(values), max(values)))


def round_numbers(low: float, high: float) -> list[float]:
    """About TICKS numbers, equally far apart, from one that is no more than `low` to one that is no less than `high`.

    They are multiples of 1, 2 or 5 times a power of ten; where nothing lies between, one on either side.
    """
    if high <= low:
        apart = 10.0 ** math.floor(math.log10(abs(low) or 1))
        low, high = low - apart, high + apart
    least = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def chart(
    lines: Mapping[str, Points], across: str, up: str, colours: tuple[str, ...], is_share: bool = False
) -> str:
    """Lines over one another, each with its name unless that is `up`; `across` and `up` name the axes."""
    points = [point for line in lines.values() for point in line]
    x = axis_of(across, [point[0] for point in points])
    y = axis_of(up, [point[1] for point in points], is_share)
    drawn = [
        _line(line, x, y, colour) for line, colour in zip(lines.values(), colours * len(lines), strict=False)
    ]
    names = "".join(
        f'<li><i style="background:{colour}"></i>{html.escape(name)}</li>'
        for name, colour in zip(lines, colours * len(lines), strict=False)
    )
    return (
        f'<figure class="chart"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(up)}">'
        f"{_axes(x, y)}{''.join(drawn)}</svg>"
        f"{f'<ul>{names}</ul>' if {*lines} != {up} else ''}</figure>"
    )


def _at(x: float, y: float) -> tuple[str, str]:
    """A place between 0 and 1 on both axes, in pixels."""
    across = LEFT + x * (WIDTH - LEFT - RIGHT)
    return f"{across:.1f}", f"{HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM):.1f}"


def _axes(x: Axis, y: Axis) -> str:
    parts = [f'<text class="name" x="0" y="12">{html.escape(y.name)}</text>']
    for value in y.ticks:
        left, height = _at(0, y.place(value))
        parts.append(f'<path class="grid" d="M{left} {height}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{height}" dy="4" text-anchor="end">{y.text(value)}</text>')
    for value in x.ticks:
        place, bottom = _at(x.place(value), 0)
        parts.append(f'<text x="{place}" y="{bottom}" dy="17" text-anchor="middle">{x.text(value)}</text>')
    parts.append(
        f'<text class="name" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{html.escape(x.name)}</text>'
    )
    return "".join(parts)


def _line(points: Points, x: Axis, y: Axis, colour: str) -> str:
    places = [_at(x.place(a), y.place(b)) for a, b in points]
    line = f'<polyline points="{" ".join(",".join(place) for place in places)}" stroke="{colour}"/>'
    marked = places if len(places) <= FEW else []
    return line + "".join(f'<circle cx="{a}" cy="{b}" r="2.5" fill="{colour}"/>' for a, b in marked)
