"""A badge as SVG, for a repository whose badge no service may fetch."""

from xml.etree import ElementTree as ET

from mlops_scan.assess import Assessment
from mlops_scan.report import Look
from mlops_scan.report.parts.standing import standing
from mlops_scan.report.shields import LABEL

#: White letters on these have a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
_FILL = {
    "red": "#b3261e", "orange": "#a34700", "yellow": "#7d6200", "yellowgreen": "#5a6b00", "green": "#2e7031",
    "brightgreen": "#1a7a2e", "lightgrey": "#5f6368",
}  # fmt: skip
_BEHIND_LABEL = "#3b3f45"
_HEIGHT = 20
_MARGIN = 6
_NARROW = "ijlft.,:' "
_SIZE = "11"


def render(assessment: Assessment, look: Look) -> str:
    """The stage in words and in colour; nothing of the repository is in it."""
    said = standing(assessment, look)
    left, right = _width(LABEL), _width(said.words)
    told = f"{LABEL}: {said.words}"
    svg = ET.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "width": str(left + right), "height": str(_HEIGHT), "role": "img", "aria-label": told,
    })  # fmt: skip
    ET.SubElement(svg, "title").text = told
    _shape(svg, 0, left + right, _FILL[said.color], radius=3)
    _shape(svg, 0, left, _BEHIND_LABEL, radius=3)
    _shape(svg, left - 3, 3, _BEHIND_LABEL)
    style = {"fill": "#fff", "text-anchor": "middle", "font-family": "Verdana,DejaVu Sans,sans-serif"}
    words = ET.SubElement(svg, "g", {**style, "font-size": _SIZE})
    for text, start, width in ((LABEL, 0, left), (said.words, left, right)):
        place = {"x": f"{start + width / 2:g}", "y": "14", "textLength": str(width - 2 * _MARGIN)}
        ET.SubElement(words, "text", place).text = text
    return ET.tostring(svg, encoding="unicode") + "\n"


def _width(text: str) -> int:
    """The room that the words take. `textLength` fits them into it, whatever font there is."""
    return 2 * _MARGIN + sum(4 if letter in _NARROW else 10 if letter in "mMwWO" else 7 for letter in text)


def _shape(svg: ET.Element, left: int, width: int, fill: str, radius: int = 0) -> None:
    size = {"x": str(left), "width": str(width), "height": str(_HEIGHT), "fill": fill}
    ET.SubElement(svg, "rect", {**size, "rx": str(radius)} if radius else size)
