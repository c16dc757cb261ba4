"""Go and Rust manifests: go.mod and Cargo.toml."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Node, as_mapping, as_text, at

_REQUIRED = re.compile(r"(?:require\s+)?([\w.~-]+(?:/[\w.~-]+)+)\s+(v\S+)\s*(?://(.*))?$")
_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")


@reads("go.mod")
def go_mod(source: Source) -> Iterator[Fact]:
    """Go Modules Reference, go.mod: the module's own name, and what is required and not `// indirect`."""
    block = ""
    for number, raw in enumerate(source.lines, 1):
        line = raw.strip()[:1000]
        if line.startswith("module "):
            yield Fact("package", f"go:{line.split()[1]}", number)
        elif line.endswith("("):
            block = line[:-1].strip()
        elif line == ")":
            block = ""
        elif block == "require" or line.startswith("require "):
            found = _REQUIRED.match(line)
            if found and (found[3] or "").strip() != "indirect":
                yield Fact("dependency", f"go:{found[1]}", number, found[2])


@reads("Cargo.toml")
def cargo(source: Source) -> Iterator[Fact]:
    """The Cargo Book, the manifest format: the crate's own name and its dependencies, those of platforms included."""
    document = source.toml
    if name := as_text(at(document, "package", "name")):
        yield Fact("package", f"cargo:{name}", as_mapping(at(document, "package")).line_of("name"))
    for table in (document, as_mapping(at(document, "workspace")), *as_mapping(at(document, "target")).values()):
        for key in _TABLES:
            yield from _crates(at(table, key))


def _crates(table: Node | None) -> Iterator[Fact]:
    for key, node in as_mapping(table).items():
        version = as_text(node) or as_text(at(node, "version"))
        yield Fact("dependency", f"cargo:{as_text(at(node, 'package')) or key}", key.line, version)
