"""Horizontal bars on a logarithmic scale, with the range of the rounds as whiskers."""

from dataclasses import dataclass

import words
from results import Summary
from svg import SMALL, TEXT, Canvas, LogScale, fitting, round_down, round_up, text_width

WIDTH = 400
ROW = 26
THICKNESS = 14


@dataclass
class Bar:
    label: str
    kind: str  # the class of its style
    rate: Summary


def domain(rates):
    """One for all charts that are to be compared. The least bar must still be seen."""
    return round_down(min(rate.least for rate in rates) / 2), round_up(max(rate.most for rate in rates))


def bar_chart(title, description, bars, limits):
    values = [words.rate(bar.rate.median) for bar in bars]
    left = max(text_width(bar.label) for bar in bars) + 8
    right = WIDTH - max(text_width(value) for value in values) - 10
    bottom = len(bars) * ROW + 6
    canvas = Canvas(WIDTH, bottom + 40, title, description)
    scale = LogScale(*limits, left, right)
    ticks = [(number, words.short(number)) for number in scale.ticks()]
    for number, _ in ticks:
        canvas.line(scale(number), 2, scale(number), bottom, "grid")
    for number, label in fitting(ticks, scale):
        canvas.text(scale(number), bottom + 15, label, "tick", "middle")
    canvas.text(left, bottom + 33, "operations per second, logarithmic", "tick")
    for row, (bar, value) in enumerate(zip(bars, values)):
        _draw(canvas, bar, value, scale, row * ROW + ROW / 2 + 2)
    return canvas


def _draw(canvas, bar, value, scale, y):
    canvas.open_group(f"row {bar.kind}")
    canvas.text(0, y + TEXT * 0.36, bar.label, "label")
    canvas.rectangle(scale.start, y - THICKNESS / 2, scale(bar.rate.median) - scale.start, THICKNESS, "bar")
    least, most = scale(bar.rate.least), scale(bar.rate.most)
    canvas.line(least, y, most, y, "whisker")
    for x in (least, most):
        canvas.line(x, y - SMALL / 3, x, y + SMALL / 3, "whisker")
    canvas.text(canvas.width, y + TEXT * 0.36, value, "label value", "end")
    canvas.close_group()
