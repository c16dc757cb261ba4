"""NuGet packages of .NET: what project files and the older packages.config refer to. Names are `nuget:PACKAGE`.

https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads

_REFERENCE = re.compile(r"<(?:PackageReference|package)\s([^<>]{1,1000})>")
_ATTRIBUTE = re.compile(r"\b(Include|id|Version|version)\s{0,10}=\s{0,10}[\"']([^\"']{1,200})[\"']")
_COMMENT = re.compile(r"<!--|-->")


@reads("*.csproj", "*.fsproj", "*.vbproj", "packages.config")
def nuget(source: Source) -> Iterator[Fact]:
    """The packages that a project names by itself; an exact version is `[1.2.3]`, any other is the lowest that will do."""
    for line, found in lined(_REFERENCE.finditer(_without_comments(source.text))):
        given = {name.lower(): value for name, value in _ATTRIBUTE.findall(found[1])}
        if name := given.get("include") or given.get("id"):
            version = given.get("version", "")
            exact = "id" in given or version.startswith("[")
            yield Fact(
                "dependency",
                f"nuget:{name}",
                line,
                f"{'==' if exact else '>='}{version.strip('[]')}" if version else "",
            )


def _without_comments(text: str) -> str:
    """The text with comments as empty lines."""
    kept, begins = [], 0
    for found in _COMMENT.finditer(text):
        if found[0] == "<!--" and begins >= 0:
            kept.append(text[begins : found.start()])
            begins = -found.end()
        elif found[0] == "-->" and begins < 0:
            kept.append("\n" * text.count("\n", -begins, found.start()))
            begins = found.end()
    return "".join(kept) + (text[begins:] if begins >= 0 else "")
