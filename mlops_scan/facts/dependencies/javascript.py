"""package.json: what a JavaScript package needs, what it is called, and the scripts that people and CI start."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Scalar, as_mapping, as_text, at

_TABLES = ("dependencies", "devDependencies", "optionalDependencies")


@reads("package.json")
def package(source: Source) -> Iterator[Item]:
    """The manifest of npm; names are `npm:NAME`, each script is a target."""
    document = as_mapping(next(iter(source.documents), None))
    folder = source.path.rpartition("/")[0]
    if name := as_text(at(document, "name")):
        published = "published" if at(document, "publishConfig") else ""
        yield Fact("package", f"npm:{name}", document.line_of("name"), published)
    for table in _TABLES:
        for key, version in as_mapping(at(document, table)).items():
            yield Fact("dependency", f"npm:{key}", key.line, _constraint(as_text(version)))
    for key, command in as_mapping(at(document, "scripts")).items():
        if isinstance(command, Scalar):
            unit = Unit("target", key, key.line)
            yield unit
            yield from shell.run(command, command.line, unit.id, folder, one_line=True)


def _constraint(version: str) -> str:
    """The range as written; a full version alone is an exact one."""
    if re.match(r"\d+\.\d+\.\d+[\w.+-]*$", version):
        return f"=={version}"
    return "" if version in ("*", "latest") else re.sub(r"//[^/@\s]*@", "//", version)
