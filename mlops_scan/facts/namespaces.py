"""What code of the JVM and of .NET imports, by line: `jvm:org.tribuo.Model`, `dotnet:Microsoft.ML.Data`.

A line scan and no parser: an import stands on a line of its own in all of these languages.
"""

import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads

_JVM = re.compile(r"^[ \t]*import[ \t]+(?:static[ \t]+)?([A-Za-z_][\w.]*)", re.MULTILINE)
_DOTNET = re.compile(
    r"^[ \t]*(?:(?:global[ \t]+)?using[ \t]+(?:static[ \t]+|[A-Za-z_]\w*[ \t]*=[ \t]*)?|open[ \t]+)([A-Za-z_][\w.]*)[ \t]*(?:;|$)",
    re.MULTILINE,
)
_MOST = 2_000


@reads("*.java", "*.kt", "*.scala")
def jvm(source: Source) -> Iterator[Fact]:
    """Imports of Java, Kotlin and Scala; of those in braces the package."""
    return _imports(_JVM, "jvm", source.text)


@reads("*.cs", "*.fs")
def dotnet(source: Source) -> Iterator[Fact]:
    """Directives `using` of C# and `open` of F#."""
    return _imports(_DOTNET, "dotnet", source.text)


def _imports(pattern: re.Pattern[str], platform: str, text: str) -> Iterator[Fact]:
    for line, found in lined(islice(pattern.finditer(text), _MOST), 1):
        yield Fact("import", f"{platform}:{found[1].rstrip('._')}", line)
