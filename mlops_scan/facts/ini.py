"""INI texts as sections whose keys know their lines: configparser knows no lines and refuses what tools accept."""

import re
from typing import NamedTuple

_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:[#;].*)?$")
_KEY = re.compile(r"([^\s=:#;\[][^=:]{0,200}?)\s*[=:]\s*(.*)$")


class Line(NamedTuple):
    """One line of a value, without the white space around it."""

    text: str
    number: int


class Section(NamedTuple):
    """A section: for each of its keys (lower case) the lines of the value; empty lines and comments are left out."""

    name: str
    line: int
    values: dict[str, list[Line]]

    def text(self, key: str) -> str:
        """The value of a key on one line, or nothing."""
        return " ".join(line.text for line in self.values.get(key, ()))


def sections(text: str, first: int = 1) -> dict[str, Section]:
    """The sections of an INI text by name; `first` is the number of its first line. What is no INI is skipped."""
    found: dict[str, Section] = {}
    section: Section | None = None
    value: list[Line] | None = None
    for number, raw in enumerate(text.split("\n"), first):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if raw[0].isspace():
            if value is not None:
                value.append(Line(line, number))
        elif header := _SECTION.match(line):
            section, value = found.setdefault(header[1].strip(), Section(header[1].strip(), number, {})), None
        elif section and (key := _KEY.match(line)):
            value = section.values[key[1].lower()] = [Line(key[2], number)] if key[2] else []
    return found
