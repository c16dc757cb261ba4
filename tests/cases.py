"""The pages of `fixtures/tools/`: prose, small repositories, and the evidence to be seen in each. They are the tests.

A `##` section is one repository. A line that is nothing but a path in backticks names a file, and the fenced block
below it is its content. The table at the end of the section is everything that the scanner sees, of every tool.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

HEAD = "| practice | tool | strength | where |\n|---|---|---|---|\n"
PAGES = Path(__file__).parent.parent / "fixtures" / "tools"
_FILE = re.compile(r"^`([^`\n]+)`\n+(`{3,})[^\n]*\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^\| practice \| tool \|.*?(?:\n(?!\|)|\Z)", re.MULTILINE | re.DOTALL)


class Case(NamedTuple):
    """One section of a page."""

    page: Path
    title: str
    text: str

    @property
    def files(self) -> dict[str, str]:
        """The repository, path to content."""
        return {path: content for path, _, content in _FILE.findall(self.text)}

    @property
    def expected(self) -> list[str]:
        """The rows of the table."""
        table = _TABLE.search(self.text)
        return table[0].strip().split("\n")[2:] if table else []


def of(page: Path) -> list[Case]:
    """The cases of a page."""
    sections: list[str] = []
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines(keepends=True):
        marks = re.match(r"`{3,}", line)
        if marks and not fence:
            fence = marks[0]
        elif line.rstrip() == fence:
            fence = ""
        if line.startswith("## ") and not fence:
            sections.append(line.removeprefix("## "))
        elif sections:
            sections[-1] += line
    return [Case(page, section.split("\n", 1)[0].strip(), section) for section in sections]


def accept(case: Case, rows: list[str]) -> None:
    """Write these rows into the page as what is expected of the case."""
    table = HEAD + "".join(f"{row}\n" for row in rows)
    old = _TABLE.search(case.text)
    text = (
        case.text[: old.start()] + table + case.text[old.end() :].lstrip("\n")
        if old
        else case.text.rstrip() + "\n\n" + table
    )
    if not text.endswith("\n\n"):
        text = text.rstrip("\n") + "\n\n"
    page = case.page.read_text(encoding="utf-8")
    case.page.write_text(page.replace(case.text, text).rstrip("\n") + "\n", encoding="utf-8")


def database(statements: str) -> bytes:
    """The SQLite database that these statements make: a page holds text, and this is its text."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(statements)
        return made.serialize()


def rows_of(evidence: list[tuple[str, str, str, str]]) -> list[str]:
    """Table rows of (practice, tool, strength, place), sorted and each once."""
    return [f"| {' | '.join(row)} |" for row in sorted(set(evidence))]
