"""What is true of everything that readers find, whatever the file: said once, for all of them."""

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress

from mlops_scan.clean import clean
from mlops_scan.errors import Unreadable
from mlops_scan.evidence import EXTRA, KINDS, UNIT_KINDS, Fact, Item, Place, Unit, Warning
from mlops_scan.facts.source import Reader, Source
from mlops_scan.outcome import Outcome, decoded, encoded

_LONGEST = 10_000
_UNITS_ELSEWHERE = ("locked", "digest", "dependency")  # of a lock: the stage; of an extra: what is installed with it


def checked(reader: Reader, path: str, text: str) -> list[Item]:
    """All that a reader finds in a text, up to where it turns out to be unreadable, held against what is true of all of it."""
    items: list[Item] = []
    with suppress(Unreadable):
        items.extend(reader.read(Source(path, text)))
    assert not list(of_items(items, text.count("\n") + 1))
    return items


def of_items(items: Iterable[Item], lines: int) -> Iterator[str]:
    """What is wrong with the facts and units of a file of so many lines; nothing if all is right."""
    for each in items:
        kinds = KINDS if isinstance(each, Fact) else UNIT_KINDS
        if each.kind not in kinds:
            yield f"no such kind: {each}"
        if each.line is not None and not 1 <= each.line <= lines:
            yield f"not a line of the {lines}: {each}"
        if not all(isinstance(text, str) for text in _texts(each)):
            yield f"not a text: {each}"
        elif not all(_is_harmless(clean(text)) for text in _texts(each)):
            yield f"harmful once it is cleaned: {each}"


def _texts(item: Item) -> tuple[str, ...]:
    return (item.name, item.value, item.unit) if isinstance(item, Fact) else (item.name, item.parent)


def _is_harmless(text: str) -> bool:
    text.encode("utf-8")
    return not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text)


def of_outcome(outcome: Outcome, path: str, lines: int) -> Iterator[str]:
    """What is wrong with all that was found in one file."""
    yield from of_items((*outcome.facts, *outcome.units), lines)
    yield from (problem for each in outcome.warnings for problem in of_warning(each, path, lines))
    yield from _of_units(outcome)
    if len(set(outcome.facts)) < len(outcome.facts) or len(set(outcome.units)) < len(outcome.units):
        yield "something is said twice"
    if any(len(text) > _LONGEST for each in (*outcome.facts, *outcome.units) for text in _texts(each)):
        yield "a text is longer than anybody writes"
    data = encoded(outcome)
    if data and decoded(data) != outcome:
        yield "what is remembered is not what was found"
    if not data and not any(_is_half(text) for each in (*outcome.facts, *outcome.units) for text in _texts(each)):
        yield "cannot be remembered, and nothing says why"


def _of_units(outcome: Outcome) -> Iterator[str]:
    """A fact stands in a unit of its file, and a unit in another."""
    known = {each.id for each in outcome.units} | {""}
    whole = not outcome.warnings  # what ends in the middle may not have come to its unit
    for each in (*outcome.facts, *outcome.units) if whole else ():
        around = each.parent if isinstance(each, Unit) else each.unit
        if around not in known and not around.startswith(EXTRA) and each.kind not in _UNITS_ELSEWHERE:
            yield f"stands in a unit that is not there: {each}"


def of_warning(warning: Warning, path: str, lines: int) -> Iterator[str]:
    """What is wrong with a warning of a file: it says which file, and in one line what is the matter."""
    place: Place = warning.place
    if place.path != path or (place.line is not None and not 1 <= place.line <= lines):
        yield f"not a place in {path} of {lines} lines: {place}"
    if not warning.message or warning.message != clean(warning.message, 10**6):
        yield f"not one plain line: {warning.message!r}"
    if warning.lost and "nested deeper" not in warning.message:  # the only limit of ours that a small file can reach
        yield f"lost, and the file is a small one: {warning.message}"


def _is_half(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
