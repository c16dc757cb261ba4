"""SVG elements whose text went through `clean`, and text cut to the room that there is."""

from unicodedata import combining, east_asian_width
from xml.etree.ElementTree import Element, SubElement, tostring

from mlops_scan.clean import clean

_LONGEST = 240


def picture(width: int, height: int, kind: str, title: str, description: str) -> Element:
    """An empty picture that screen readers announce as one image, with a title and a description."""
    size = {"viewBox": f"0 0 {width} {height}", "width": str(width), "height": str(height)}
    root = Element("svg", {**size, "class": kind, "role": "img"})
    add(root, "title", title)
    add(root, "desc", description)
    return root


def add(parent: Element, name: str, text: str = "", /, **attributes: object) -> Element:
    """A new element at the end of another. `class_` stands for `class`, and `stroke_width` for `stroke-width`."""
    named = {key.strip("_").replace("_", "-"): str(value) for key, value in attributes.items()}
    made = SubElement(parent, name, named)
    made.text = clean(text, _LONGEST) or None
    return made


def as_text(root: Element) -> str:
    """The picture as markup, escaped."""
    return tostring(root, encoding="unicode")


def cut(text: str, columns: int) -> str:
    """The beginning of a text, as much as stands in so many columns."""
    return text if _columns(text) <= columns else f"{_within(text, columns - 1)}…"


def cut_path(text: str, columns: int) -> str:
    """The end of a path, as much as stands in so many columns: the name of the file says more than the folders."""
    return text if _columns(text) <= columns else f"…{_within(text[::-1], columns - 1)[::-1]}"


def _within(text: str, columns: int) -> str:
    end, used = 0, 0
    while end < len(text) and (used := used + _wide(text[end])) <= columns:
        end += 1
    return text[:end]


def _columns(text: str) -> int:
    return sum(map(_wide, text))


def _wide(letter: str) -> int:
    return 0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1
