"""Variables in references: `${IMAGE}` and its kind, filled in where the file itself says what they are."""

import re
from collections.abc import Mapping

from mlops_scan.evidence import Reading

_VARIABLE = re.compile(
    r"\$\{\{\s{0,5}(?:env|vars|variables|parameters)\.(\w{1,100})\s{0,5}\}\}"
    r"|\$\{(\w{1,100})(?::?-([^{}$]{0,200}))?\}|\$\((\w{1,100})\)|\$(\w{1,100})"
)
_MOST_ROUNDS = 3


def values_of(reading: Reading) -> dict[str, str]:
    """The variables that a file sets to one value and to no other."""
    found: dict[str, str] = {}
    several: set[str] = set()
    for fact in reading.of("env"):
        if fact.value and found.setdefault(fact.name, fact.value) != fact.value:
            several.add(fact.name)
    return {name: value for name, value in found.items() if name not in several}


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the variables whose values are known, or that have a default; the others stay as they are."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[4] or found[5]
        return values.get(name) or found[3] or found[0]

    for _ in range(_MOST_ROUNDS if "$" in text else 0):
        before, text = text, _VARIABLE.sub(value, text)[:5000]
        if text == before:
            break
    return text
