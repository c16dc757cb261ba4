"""Python packages in TOML tables of name and version: Poetry's tables, Pipfile, pixi.toml."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.dependencies import requirement
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, as_list, as_mapping, as_text, at

_NOT_A_PACKAGE = {"python", "pip"}


@reads("Pipfile")
def pipfile(source: Source) -> Iterator[Fact]:
    """Pipfile: every table of packages, also those of own categories; `requires` is the version of Python."""
    for name, table in source.toml.items():
        if name not in ("source", "requires", "scripts", "pipenv"):
            yield from versions(table)
    requires = at(source.toml, "requires", "python_version") or at(source.toml, "requires", "python_full_version")
    if text := as_text(requires):
        yield Fact("field", "project.requires-python", getattr(requires, "line", 1), text)


@reads("pixi.toml")
def pixi(source: Source) -> Iterator[Fact]:
    """The manifest of Pixi."""
    yield from tables_of_pixi(source.toml)


def tables_of_pixi(manifest: Mapping) -> Iterator[Fact]:
    """The dependencies of a Pixi manifest, with those of its features and platforms."""
    features = [*as_mapping(at(manifest, "feature")).values()]
    targets = [target for table in (manifest, *features) for target in as_mapping(at(table, "target")).values()]
    for table in (manifest, *features, *targets):
        yield from versions(at(table, "dependencies"))
        yield from versions(at(table, "pypi-dependencies"))


def versions(table: Node | None) -> Iterator[Fact]:
    """The packages of a table: a version, a table with a version or a source, or a list of such.

    A bare number is an exact version to the tools that write such tables, and gets its `==`.
    """
    for name, node in as_mapping(table).items():
        if name.lower() in _NOT_A_PACKAGE or not re.match(r"[A-Za-z0-9]", name):
            continue
        node = next(iter(as_list(node)), node)
        extras = [as_text(extra) for extra in as_list(at(node, "extras")) if as_text(extra)]
        yield from requirement.package(name, _constraint(node), name.line, extras)


def _constraint(node: Node) -> str:
    version = as_text(node) or as_text(at(node, "version"))
    if version:
        return f"=={version}" if re.match(r"\d[\w.]*$", version) else "" if version == "*" else version
    address = next((as_text(at(node, key)) for key in ("git", "url", "path", "file") if at(node, key)), "")
    return f"@ {requirement.without_credentials(address)}" if address else ""
