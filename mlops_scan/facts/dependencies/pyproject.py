"""pyproject.toml: what a Python project needs, what it is called, what it installs, which tools it configures."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.dependencies import requirement
from mlops_scan.facts.dependencies.requirements import of_line
from mlops_scan.facts.dependencies.tables import tables_of_pixi, versions
from mlops_scan.facts.ini import Line
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at


@reads("pyproject.toml")
def pyproject(source: Source) -> Iterator[Fact]:
    """PEP 621 and 735, and the tables in which Poetry, PDM, uv, Rye, Hatch, Pixi and Flit keep dependencies.

    `build-system.requires` is no dependency: it builds the package and never runs with it.
    """
    tool = as_mapping(source.toml.get(Scalar("tool", 1)))
    yield from _own(source.toml)
    yield from _standard(source.toml)
    yield from _poetry(as_mapping(at(tool, "poetry")))
    yield from _lists_of_tools(tool)
    yield from tables_of_pixi(as_mapping(at(tool, "pixi")))
    for path in _texts(at(tool, "setuptools", "dynamic", "dependencies", "file")):
        yield Fact("includes", path, path.line)
    yield from _sections(tool)


def _sections(tool: Mapping) -> Iterator[Fact]:
    """Each table of a tool, and each table one level below."""
    for name in tool:
        yield Fact("section", f"tool.{name}", name.line)
        for key, value in as_mapping(tool[name]).items():
            if isinstance(value, Mapping) or any(isinstance(item, Mapping) for item in as_list(value)):
                yield Fact("section", f"tool.{name}.{key}", key.line)


@reads("hatch.toml")
def hatch(source: Source) -> Iterator[Fact]:
    """Hatch's own file: what `tool.hatch` would hold."""
    yield from _hatch(source.toml)


def _own(document: Mapping) -> Iterator[Fact]:
    """The package that this repository provides, and the commands that it installs."""
    project, poetry = as_mapping(at(document, "project")), as_mapping(at(document, "tool", "poetry"))
    for table in (project, poetry, as_mapping(at(document, "tool", "flit", "metadata"))):
        name = as_text(at(table, "name")) or as_text(at(table, "module"))
        if name:
            yield requirement.own(name, at(table, "classifiers") is not None, table.line_of("name"))
    requires = at(project, "requires-python") or at(poetry, "dependencies", "python")
    if isinstance(requires, Scalar):
        yield Fact("field", "project.requires-python", requires.line, requires)
    for scripts in (at(project, "scripts"), at(project, "gui-scripts"), at(poetry, "scripts")):
        for name, target in as_mapping(scripts).items():
            yield Fact("entry-point", name, name.line, as_text(target) or _callable(target))
    for groups in (at(project, "entry-points"), at(poetry, "plugins")):
        for group, points in as_mapping(groups).items():
            for name, target in as_mapping(points).items():
                yield Fact("entry-point", f"{group}:{name}", name.line, as_text(target))


def _callable(node: Node) -> str:
    return as_text(at(node, "callable")) or as_text(at(node, "reference"))


def _standard(document: Mapping) -> Iterator[Fact]:
    project = at(document, "project")
    yield from _list(at(project, "dependencies"))
    for extra, items in as_mapping(at(project, "optional-dependencies")).items():
        yield from requirement.of_extra(extra, _list(items))
    yield from _groups(at(document, "dependency-groups"))  # an include-group names a group of the same file


def _poetry(poetry: Mapping) -> Iterator[Fact]:
    groups = as_mapping(at(poetry, "group"))
    yield from versions(at(poetry, "dependencies"))
    yield from versions(at(poetry, "dev-dependencies"))
    for group in groups.values():
        yield from versions(at(group, "dependencies"))


def _lists_of_tools(tool: Mapping) -> Iterator[Fact]:
    yield from _groups(at(tool, "pdm", "dev-dependencies"))
    yield from _list(at(tool, "uv", "dev-dependencies"))
    yield from _list(at(tool, "rye", "dev-dependencies"))
    yield from _list(at(tool, "flit", "metadata", "requires"))
    for extra, items in as_mapping(at(tool, "flit", "metadata", "requires-extra")).items():
        yield from requirement.of_extra(extra, _list(items))
    yield from _hatch(as_mapping(at(tool, "hatch")))


def _hatch(hatch: Mapping) -> Iterator[Fact]:
    for environment in as_mapping(at(hatch, "envs")).values():
        yield from _list(at(environment, "dependencies"))
        yield from _list(at(environment, "extra-dependencies"))


def _groups(node: Node | None) -> Iterator[Fact]:
    for group in as_mapping(node).values():
        yield from _list(group)


def _list(node: Node | None) -> Iterator[Fact]:
    for item in _texts(node):
        yield from of_line(Line(item, item.line))


def _texts(node: Node | None) -> Iterator[Scalar]:
    return (item for item in as_list(node) if isinstance(item, Scalar))
