"""The profile over the capabilities as a radar chart."""

from collections.abc import Sequence
from math import cos, pi, sin
from xml.etree.ElementTree import Element

from mlops_scan.report.html import svg

_WIDTH, _HEIGHT, _RADIUS = 460, 300, 112
_MIDDLE = (_WIDTH / 2, _HEIGHT / 2 + 8)
_LINE = 14  # characters of a label on one line


def draw(values: Sequence[tuple[str, int]], top: int) -> str:
    """The radar of some names, each with a value up to `top`; empty for fewer than three, which span no area."""
    if len(values) < 3:
        return ""
    said = ", ".join(f"{name} {value}" for name, value in values)
    root = svg.picture(_WIDTH, _HEIGHT, "radar", f"Profile over {len(values)} capabilities", f"Of {top}: {said}")
    for ring in range(1, top + 1):
        svg.add(root, "polygon", class_="ring", points=_points([ring / top] * len(values)))
        svg.add(root, "text", str(ring), class_="scale", x=_MIDDLE[0] + 4, y=_point(0, len(values), ring / top)[1] + 11)
    for index in range(len(values)):
        (x1, y1), (x, y) = _MIDDLE, _point(index, len(values), 1)
        svg.add(root, "line", class_="ring", x1=x1, y1=y1, x2=x, y2=y)
    shares = [min(value, top) / top for _, value in values]
    svg.add(root, "polygon", class_="area", points=_points(shares))
    for index, (name, value) in enumerate(values):
        x, y = _point(index, len(values), shares[index])
        svg.add(root, "circle", class_="knot", cx=x, cy=y, r=4)
        _label(root, _point(index, len(values), 1.13), name, value)
    return svg.as_text(root)


def _label(root: Element, at: tuple[float, float], name: str, value: int) -> None:
    """The name and its value beside a point, a long name on two lines."""
    x, y = at
    anchor = "middle" if abs(x - _MIDDLE[0]) < 9 else "start" if x > _MIDDLE[0] else "end"
    first, _, last = name.rpartition(" ") if len(name) > _LINE else ("", "", name)
    for row, text in enumerate(filter(None, (first, f"{last} {value}"))):
        svg.add(root, "text", svg.cut(text, _LINE + 6), class_="name", x=x, y=y + 4 + 16 * row, text_anchor=anchor)


def _points(shares: Sequence[float]) -> str:
    return " ".join("{},{}".format(*_point(index, len(shares), share)) for index, share in enumerate(shares))


def _point(index: int, count: int, share: float) -> tuple[float, float]:
    """A point on the spoke of an index, the first straight up, rounded so that every machine writes the same."""
    angle = 2 * pi * index / count - pi / 2
    return (
        round(_MIDDLE[0] + cos(angle) * share * _RADIUS, 1),
        round(_MIDDLE[1] + sin(angle) * share * _RADIUS, 1),
    )
