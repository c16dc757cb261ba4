"""DESCRIPTION of an R package or project."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.source import Source, reads

_FIELD = re.compile(r"([A-Za-z][\w/@.-]*):(.*)$")
_PACKAGE = re.compile(r"([A-Za-z][\w.]*)\s*(?:\(([^()]*)\))?")
_LISTS = re.compile(r"(Depends|Imports|Suggests|LinkingTo|Enhances|Config/renv/profiles/[^/]+/dependencies)$")


@reads("DESCRIPTION")
def description(source: Source) -> Iterator[Fact]:
    """Writing R Extensions, 1.1.1: fields of a Debian control file. Names are `r:NAME`, in their own case."""
    field = ""
    for number, line in enumerate(source.lines, 1):
        if not line[:1].isspace():
            found = _FIELD.match(line)
            field, line = (found[1], found[2]) if found else ("", "")
        if field == "Package" and line.strip():
            yield Fact("package", f"r:{line.strip()}", number)
        elif _LISTS.match(field):
            yield from _packages(line, number)


def _packages(line: str, number: int) -> Iterator[Fact]:
    for item in line[:10_000].split(","):
        found = _PACKAGE.match(item.strip())
        if found and found[1] == "R":
            yield Fact("field", "project.requires-r", number, (found[2] or "").strip())
        elif found:
            yield Fact("dependency", f"r:{found[1]}", number, re.sub(r"\s+", "", found[2] or ""))
