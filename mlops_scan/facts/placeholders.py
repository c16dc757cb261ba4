"""Values in configuration that somebody was to fill in and nobody did: `<your-bucket>`, `CHANGEME`, `YOUR_API_URL`."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import trees
from mlops_scan.facts.source import Source, reads
from mlops_scan.search import Search

#: A value that is nothing else, so that no sentence with `your` in it is meant.
_WHOLE = re.compile(
    r"<(?:your|my|insert|replace|enter|put|fill)\b[^<>]{0,60}>|<[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){1,6}>"
    r"|your[-_][a-z0-9]+(?:[-_./][a-z0-9]+){0,8}|YOUR[-_][A-Z0-9]+(?:[-_][A-Z0-9]+){0,8}|SET YOUR [A-Z ]{2,40}"
    r"|(?:CHANGE|REPLACE|UPDATE|FILL)[-_ ]?ME(?:[-_ ]?IN)?|change[-_]?me|replace[-_]?me|TODO|TBD|FIXME"
)
#: A piece that no real value contains, wherever it stands. Each begins with a letter that Python can search for.
_PART = re.compile(
    r"<your[-_ ][^<>]{1,60}>|<YOUR[-_ ][^<>]{1,60}>|OWNER(?<=\bOWNER)/REPO\b"
    r"|CHANGE(?<=\bCHANGE)_?ME\b|REPLACE(?<=\bREPLACE)_ME\b|UPDATE(?<=\bUPDATE)_?ME\b"
    r"|/your[-_](?:project|bucket|account|registry|org|username|repo)\b[\w-]*|/YOUR[-_/][\w/-]+|/placeholder$"
)
_HINT = re.compile(r"your|YOUR|[A-Z]_?ME\b|[a-z][-_]?me\b|<[A-Z]|<[a-z]|TODO|TBD|FIXME|OWNER/REPO|/placeholder")
#: What stands in a text that has one, more exactly; to go through all its settings takes longer than to look for it.
_stand_in = Search(
    r"your|YOUR|<[A-Z]|<(?:my|insert|replace|enter|put|fill)\b|(?:CHANGE|REPLACE|UPDATE|FILL)[-_]?\s{0,200}ME"
    r"|(?:change|replace)[-_]?me|TODO|TBD|FIXME|OWNER\\?/REPO|/placeholder",
    "your", "YOUR", "<", "CHANGE", "REPLACE", "UPDATE", "FILL", "change", "replace", "TODO", "TBD", "FIXME", "OWNER",
    "/placeholder",
)  # fmt: skip
_LINE = re.compile(r"""\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[:=]\s*["']?(.*?)["']?\s*$""")
_LONGEST = 200


@reads("*.yml", "*.yaml", "*.toml")
def tree(source: Source) -> Iterator[Fact]:
    """Such values in YAML and TOML, with the dotted path of the setting. `[SET YOUR ID]` is read by YAML as a list."""
    if not _HINT.search(source.text):
        return
    documents = [source.toml] if source.name.endswith(".toml") else source.documents  # what is not valid says so here
    for document in documents if _stand_in(source.text) else ():
        for path, leaf in trees.leaves(document):
            yield from _placeholder(path, leaf, leaf.line)


@reads("*.env", ".env", ".env.*", "*.ini", "*.cfg", "*.properties", "*.tfvars", "Makefile", "*.mk")
def lines(source: Source) -> Iterator[Fact]:
    """Such values in files of `NAME = value`."""
    if not _HINT.search(source.text):
        return
    for number, text in enumerate(source.lines, 1):
        if (found := _LINE.match(text[:_LONGEST])) and not text.startswith("\t"):
            yield from _placeholder(found[1], found[2], number)


def _placeholder(name: str, value: str, line: int) -> Iterator[Fact]:
    if len(value) <= _LONGEST and (_WHOLE.fullmatch(value.strip()) or _PART.search(value)):
        yield Fact("placeholder", name[-_LONGEST:], line, value.strip())
