"""SVG: a canvas that knows how wide its texts are, and logarithmic scales."""

import math
from html import escape

TEXT = 13   # the size of labels, in units of the canvas
SMALL = 12  # and of ticks
NARROW, WIDE = " ,.:;|!'ijlIft()-–/", "mwMW%@—"


def _letter_width(letter):
    if letter in NARROW:
        return 0.41
    return 0.98 if letter in WIDE else 0.74 if letter.isupper() else 0.645


def text_width(text, size=TEXT):
    """At most, in any of the usual fonts without serifs, half bold too: it is for keeping room."""
    return sum(map(_letter_width, text)) * size


class Canvas:
    """A drawing with a title and a description for those who do not see it."""

    def __init__(self, width, height, title, description):
        self.width, self.height, self.title, self.description = width, height, title, description
        self.parts = []

    def text(self, x, y, words, kind="label", anchor="start"):
        self.parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def rectangle(self, x, y, width, height, kind, radius=2):
        self.parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" '
                          f'height="{height:.1f}" rx="{radius}"/>')

    def circle(self, x, y, radius, kind):
        self.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')

    def path(self, points, kind):
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{steps}"/>')

    def open_group(self, kind):
        self.parts.append(f'<g class="{kind}">')

    def close_group(self):
        self.parts.append("</g>")

    def body(self):
        return "\n".join(self.parts)

    def inline(self, name):
        """For a page, which has the style."""
        return (f'<svg role="img" aria-labelledby="{name}-title {name}-desc" '
                f'viewBox="0 0 {self.width:.0f} {self.height:.0f}" xmlns="http://www.w3.org/2000/svg">\n'
                f'<title id="{name}-title">{escape(self.title)}</title>\n'
                f'<desc id="{name}-desc">{escape(self.description)}</desc>\n{self.body()}\n</svg>')


def standalone(canvases, heading, note, style):
    """A picture of its own, with its own ground, so that it can be read on a page of any colour: some canvases side by
    side, each under its title."""
    edge, top, gap = 24, 62, 28
    width = 2 * edge + sum(canvas.width for canvas in canvases) + gap * (len(canvases) - 1)
    height = top + 26 + max(canvas.height for canvas in canvases) + 34
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="{width:.0f}" '
             f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
             f'<title id="title">{escape(heading)}</title>',
             f'<desc id="desc">{escape(" ".join(canvas.description for canvas in canvases))}</desc>',
             f"<style>\n{style}</style>",
             f'<rect class="ground" x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8"/>',
             f'<text class="heading" x="{edge}" y="38">{escape(heading)}</text>']
    x = edge
    for canvas in canvases:
        parts.append(f'<text class="subheading" x="{x:.0f}" y="{top + 10}">{escape(canvas.title)}</text>')
        parts.append(f'<g transform="translate({x:.0f} {top + 26})">\n{canvas.body()}\n</g>')
        x += canvas.width + gap
    parts.append(f'<text class="tick" x="{edge}" y="{height - 16:.0f}">{escape(note)}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def round_down(number):
    """To 1, 2 or 5 times a power of ten."""
    decade = 10.0 ** math.floor(math.log10(number) + 1e-9)
    return max(step * decade for step in (1, 2, 5) if step * decade <= number * (1 + 1e-9))


def round_up(number):
    decade = 10.0 ** math.floor(math.log10(number) + 1e-9)
    return min(step * decade for step in (1, 2, 5, 10) if step * decade >= number * (1 - 1e-9))


class LogScale:
    """From numbers to places on the canvas."""

    def __init__(self, low, high, start, end):
        if high <= low:
            low, high = low / 2, high * 2
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, number):
        share = math.log(number / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        """Each power of ten, and 2 and 5 times it where there are few of them."""
        steps = (1, 2, 5) if self.high / self.low < 300 else (1,)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        numbers = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        return [number for number in numbers if self.low * 0.999 <= number <= self.high * 1.001]


def spread(wanted, gap, low, high):
    """Places as near as may be to the wanted ones, each at least `gap` from the next, from low to high."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # With the gaps taken out, places only must not fall: those that would share their mean.
    groups = []
    for rank, i in enumerate(order):
        groups.append([wanted[i] - rank * gap, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            mean, size = groups.pop()
            before, members = groups[-1]
            groups[-1] = [(before * members + mean * size) / (members + size), members + size]
    limit = high - (len(wanted) - 1) * gap
    flat = [max(low, min(mean, limit)) for mean, size in groups for _ in range(size)]
    result = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        result[i] = flat[rank] + rank * gap
    return result


def fitting(ticks, place, size=SMALL):
    """Of the (number, label) all, or the powers of ten, or each second, third..., so that none runs into the next."""
    powers = [tick for tick in ticks if math.log10(tick[0]) == round(math.log10(tick[0]))]
    for chosen in [ticks, *([powers] if len(powers) > 1 else []), *(ticks[::n] for n in range(2, len(ticks)))]:
        spans = [(place(number), text_width(label, size) / 2 + 3) for number, label in chosen]
        if all(left + half <= right - other for (left, half), (right, other) in zip(spans, spans[1:])):
            return chosen
    return ticks[:1]
