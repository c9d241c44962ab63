"""Curves of growth as SVG: both axes logarithmic, drawn plainly, with the numbers in the report."""

import math
from collections.abc import Sequence
from html import escape

from tools.bench.figures import Curve

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 40, 50
_COLOURS = ("#1d70b8", "#b8561d", "#00703c", "#4c2c92", "#505a5f")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 2")


def draw(curve: Curve, place: str) -> str:
    """One picture: a line for each name, a mark at each size."""
    points = [point for line in curve.lines.values() for point in line if min(point) > 0]
    across = _Axis([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _Axis([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">'
    )
    parts = [
        head,
        f"<title>{escape(curve.title)} ({escape(place)})</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(curve.title)} ({escape(place)})</text>',
        *_grid(across, up, curve),
    ]
    for number, (name, line) in enumerate(curve.lines.items()):
        parts += _line(number, name, [point for point in line if min(point) > 0], across, up)
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """Whole decades around what is shown."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.begin, self.end = begin, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    @property
    def decades(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def _grid(across: _Axis, up: _Axis, curve: Curve) -> list[str]:
    made = []
    for value in across.decades:
        x = across.at(value)
        made.append(f'<path d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>')
        made.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - 32}" text-anchor="middle">{value:,.0f}</text>'
        )
    for value in up.decades:
        y = up.at(value)
        made.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        made.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    made.append(
        f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(curve.across)}</text>'
    )
    made.append(
        f'<text transform="translate(16 {_HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(curve.up)}</text>"
    )
    return made


def _line(
    number: int, name: str, points: Sequence[tuple[float, float]], across: _Axis, up: _Axis
) -> list[str]:
    colour, dash = _COLOURS[number % 5], _DASHES[number % 5]
    placed = [(across.at(x), up.at(y)) for x, y in points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed)
    key = _TOP + 14 + 20 * number
    beside = _WIDTH - _RIGHT + 12
    pen = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
    return [
        f'<path d="M{path}" {pen}/>',
        marks,
        f'<path d="M{beside} {key - 4}h24" {pen}/>',
        f'<text x="{beside + 30}" y="{key}">{escape(name)}</text>',
    ]
