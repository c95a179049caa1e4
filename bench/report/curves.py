"""Lines on logarithmic scales, each with its name beside it."""

from dataclasses import dataclass

from svg import SMALL, TEXT, Canvas, LogScale, fitting, round_down, round_up, spread, text_width

WIDTH = 400
GAP = 17      # between the names of lines
LEADER = 22   # from the plot to the names
TOP, FOOT = 26, 40


@dataclass
class Series:
    label: str
    kind: str     # the class of its style
    points: list  # of (x, y, least y, most y)
    marked: bool = True  # each point was measured on its own


@dataclass
class Axis:
    title: str
    ticks: list = None    # of (number, label)
    limits: tuple = None  # of the ticks, if none
    words: object = None  # from a number to its label, where the scale finds its own ticks


def _names(series, y, index):
    """Where the names go that stand beside each line's first point (0) or last one (-1), and how far off that is."""
    wanted = [y(one.points[index][1]) for one in series]
    places = spread(wanted, GAP, y.end + 4, y.start - 4)
    return places, sum(abs(place - point) for place, point in zip(places, wanted))


def line_chart(title, description, series, x_axis, y_axis):
    """Names stand at the ends of the lines, or at their beginnings where those lie further apart; the ticks of y at the
    other side."""
    height = max(220, GAP * len(series))
    bottom = TOP + height
    lows = [point[2] for one in series for point in one.points]
    highs = [point[3] for one in series for point in one.points]
    y = LogScale(round_down(min(lows) * 0.95), round_up(max(highs)), bottom, TOP)
    y_ticks = [(number, y_axis.words(number)) for number in y.ticks()]
    names_first = _names(series, y, 0)[1] < _names(series, y, -1)[1]
    of_ticks = max(text_width(label, SMALL) for _, label in y_ticks) + 6
    of_names = max(text_width(one.label) for one in series) + LEADER + 2
    left, right = (of_names, of_ticks) if names_first else (of_ticks, of_names)
    places = x_axis.limits or [number for number, _ in x_axis.ticks]
    x = LogScale(min(places), max(places), left, WIDTH - right)
    canvas = Canvas(WIDTH, bottom + FOOT, title, description)
    _draw_axes(canvas, x, y, x_axis, y_ticks, names_first)
    canvas.text(WIDTH if names_first else 0, 11, y_axis.title, "tick", "end" if names_first else "start")
    _draw_series(canvas, series, x, y, names_first)
    return canvas


def _draw_axes(canvas, x, y, x_axis, y_ticks, names_first):
    for number, label in y_ticks:
        canvas.line(x.start, y(number), x.end, y(number), "grid")
        place = x.end + 6 if names_first else x.start - 6
        canvas.text(place, y(number) + SMALL * 0.36, label, "tick", "start" if names_first else "end")
    for number, label in fitting(x_axis.ticks, x):
        canvas.line(x(number), y.start, x(number), y.start + 4, "axis")
        canvas.text(x(number), y.start + 18, label, "tick", "middle")
    canvas.line(x.start, y.start, x.end, y.start, "axis")
    canvas.text(x.start, y.start + 35, x_axis.title, "tick")


def _draw_series(canvas, series, x, y, names_first):
    index = 0 if names_first else -1
    named, labels = [one.points[index] for one in series], _names(series, y, index)[0]
    side, anchor = (x.start, "end") if names_first else (x.end, "start")
    outwards = -1 if names_first else 1
    # The library's own line lies above the others.
    for one, point, label in sorted(zip(series, named, labels), key=lambda drawn: drawn[0].kind == "own"):
        canvas.open_group(f"series {one.kind}")
        canvas.path([(x(point[0]), y(point[1])), (side + outwards * (LEADER - 8), label),
                     (side + outwards * (LEADER - 3), label)], "leader")
        if one.marked:
            for at, _, least, most in one.points:
                canvas.line(x(at), y(least), x(at), y(most), "whisker")
        canvas.path(_thinned([(x(at), y(median)) for at, median, _, _ in one.points]), "line")
        if one.marked:
            for at, median, _, _ in one.points:
                canvas.circle(x(at), y(median), 2.6, "mark")
        canvas.text(side + outwards * LEADER, label + TEXT * 0.36, one.label, "label", anchor)
        canvas.close_group()


def _thinned(places):
    """Without those that no eye tells from the one before."""
    chosen = places[:1]
    for place in places[1:-1]:
        if abs(place[0] - chosen[-1][0]) + abs(place[1] - chosen[-1][1]) >= 0.7:
            chosen.append(place)
    return chosen + places[-1:] if len(places) > 1 else places
