"""JavaScript and TypeScript, by line: what is imported from packages, and what is made or called of it.

A line scan and no parser: infrastructure programs (AWS CDK, Pulumi) are told by their imports and constructors, and
those stand on lines of their own.
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads

#: Searched for behind a break of line, and not at `^`: Python finds a letter that must stand there far faster.
_FROM = re.compile(
    r"""\n[ \t]*(?:import|export)\s{1,100}+(?:type\s{1,100}+)?([^'";]{0,500}?)\s{0,100}+from\s{0,100}+['"]([^'"\n]{1,200})['"]"""
)
_REQUIRE = re.compile(
    r"""\n[ \t]*(?:const|let|var)\s{1,100}+([\w$]++|\{[^}]{0,300}\})\s{0,100}+=\s{0,100}+require\(\s{0,100}+['"]([^'"\n]{1,200})['"]"""
)
_BARE = re.compile(r"""\n[ \t]*import\s{1,100}+['"]([^'"\n]{1,200})['"]""")
_USE = re.compile(r"(?<![\w$.])(?:new\s+)?([A-Za-z_$][\w$]*)((?:\.[A-Za-z_$][\w$]*){0,4})\s*\(")
_TEXT = re.compile(r"""\s*['"]([^'"\n]{1,200})['"]""")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_MOST = 2_000


@reads("*.js", "*.ts", "*.tsx", "*.jsx", "*.mjs", "*.cjs", "*.mts")
def javascript(source: Source) -> Iterator[Fact]:
    """Imports of packages as `npm:package/path`, of other files as `./path`; calls and constructors of packages.

    The value of a call is its first argument, if that is a text on the same line.
    """
    names: dict[str, str] = {}
    text = f"\n{source.text}"
    for pattern in (_FROM, _REQUIRE, _BARE):
        for line, found in lined(pattern.finditer(text), pattern.groups):
            package, bound = found[pattern.groups], found[1] if pattern.groups == 2 else ""
            if package.startswith("."):
                yield Fact("import", package, line - 1)
            elif not package.startswith(("/", "@/", "~")):
                yield Fact("import", f"npm:{package}", line - 1)
                names |= _bound(bound, f"npm:{package}")
    yield from _uses(source, names)


def _bound(clause: str, package: str) -> dict[str, str]:
    """What the names of an import clause stand for: `* as lambda`, `{ Function as Fn, Code }`, `sagemaker`."""
    names: dict[str, str] = {}
    inner = re.search(r"\{([^}]*)\}", clause)
    for part in inner[1].split(",") if inner else ():
        words = _NAME.findall(part)
        if words:
            names[words[-1]] = f"{package}.{words[0]}"
    for word in _NAME.findall(clause.partition("{")[0]):
        if word not in ("as", "type"):
            names[word] = package
    return names


def _uses(source: Source, names: dict[str, str]) -> Iterator[Fact]:
    if not names:
        return
    seen = 0
    for number, line in enumerate(source.lines, 1):
        if "(" not in line or not any(map(line.__contains__, names)):
            continue
        for found in _USE.finditer(line[:1000]):
            if found[1] in names and seen < _MOST:
                seen += 1
                text = _TEXT.match(line, found.end())
                yield Fact("call", f"{names[found[1]]}{found[2]}", number, text[1] if text else "")
