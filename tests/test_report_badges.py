"""Badges: the endpoint that Shields asks, and an SVG of our own; neither holds a word of the repository."""

import json
from xml.etree import ElementTree as ET

import jsonschema
import judged
import pytest

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.report import Look, badge

#: https://shields.io/badges/endpoint-badge and the strict schema behind it (services/endpoint-common.js of badges/shields).
SHIELDS = {
    "type": "object",
    "required": ["schemaVersion", "label", "message"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": ["brightgreen", "green", "yellowgreen", "yellow", "orange", "red", "blue", "lightgrey"]},
        "isError": {"type": "boolean"},
        "cacheSeconds": {"type": "integer", "minimum": 0},
    },
}
SVG = "{http://www.w3.org/2000/svg}"


def at(stage: int) -> Assessment:
    base = judged.houses()
    return base._replace(
        climbs=tuple(climb._replace(stage=min(stage, climb.model.stages[-1].number)) for climb in base.climbs)
    )


CASES = [
    (at(0), Look(), "stage 0 of 5", "red"),
    (at(3), Look(), "stage 3 of 5", "yellowgreen"),
    (at(5), Look(), "stage 5 of 5", "brightgreen"),
    (at(2), Look(model="levels"), "level 2 of 4", "yellow"),
    (at(4), Look(model="levels"), "level 4 of 4", "brightgreen"),
    (judged.houses()._replace(applicable=False, reason="x"), Look(), "not applicable", "lightgrey"),
    (judged.houses()._replace(complete=False), Look(), "scan incomplete", "red"),
]


@pytest.mark.parametrize(("assessment", "look", "words", "color"), CASES, ids=[case[2] for case in CASES])
def test_the_endpoint_says_the_stage_in_words_and_colour(assessment, look, words: str, color: str) -> None:
    answer = json.loads(report.render("shields", assessment, look))
    jsonschema.validate(answer, SHIELDS)
    assert (answer["message"], answer["color"], answer["isError"]) == (words, color, not assessment.complete)


@pytest.mark.parametrize(("assessment", "look", "words", "color"), CASES, ids=[case[2] for case in CASES])
def test_the_badge_says_the_same(assessment, look, words: str, color: str) -> None:
    svg = ET.fromstring(report.render("badge", assessment, look))
    assert svg.tag == f"{SVG}svg"
    assert svg.attrib["role"] == "img"
    assert svg.findtext(f"{SVG}title") == svg.attrib["aria-label"] == f"MLOps maturity: {words}"
    assert [text.text for text in svg.iter(f"{SVG}text")] == ["MLOps maturity", words]
    inside = [(float(text.attrib["x"]), float(text.attrib["textLength"])) for text in svg.iter(f"{SVG}text")]
    assert all(x - length / 2 > 0 and x + length / 2 < float(svg.attrib["width"]) for x, length in inside)
    assert badge._FILL[color] in {rect.attrib["fill"] for rect in svg.iter(f"{SVG}rect")}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == {"svg", "title", "rect", "g", "text"}


@pytest.mark.parametrize("color", [*badge._FILL.values(), badge._BEHIND_LABEL])
def test_white_letters_are_readable_on_every_colour(color: str) -> None:
    """Contrast of at least 4.5 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


@pytest.mark.parametrize("format_", ["badge", "shields"])
def test_no_word_of_the_repository_is_in_a_badge(format_: str) -> None:
    told = judged.told("hostile words")._replace(complete=True)
    assert "hostile" not in report.render(format_, told, Look())
