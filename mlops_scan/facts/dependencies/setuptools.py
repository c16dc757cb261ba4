"""setup.cfg and setup.py, the latter read and never run: what a package needs and what it installs."""

import ast
import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import ini, literals
from mlops_scan.facts.dependencies import requirement
from mlops_scan.facts.dependencies.requirements import of_line
from mlops_scan.facts.ini import Line, Section
from mlops_scan.facts.source import Source, reads

_NONE = Section("", 1, {})
_REQUIREMENTS_FILE = re.compile(r"[\w./-]*requirements?[\w.-]*\.(?:txt|in)$|requirements/[\w./-]+\.txt$")
_LISTS = ("install_requires", "tests_require")


@reads("setup.cfg")
def setup_cfg(source: Source) -> Iterator[Fact]:
    """The declarative configuration of setuptools."""
    sections = ini.sections(source.text)
    metadata, options = sections.get("metadata", _NONE), sections.get("options", _NONE)
    for line in metadata.values.get("name", ()):
        yield requirement.own(line.text, "classifiers" in metadata.values, line.number)
    for line in options.values.get("python_requires", ()):
        yield Fact("field", "project.requires-python", line.number, line.text)
    for lines in (options.values.get(key, []) for key in _LISTS):
        yield from _requirements(lines)
    for extra, lines in sections.get("options.extras_require", _NONE).values.items():
        yield from requirement.of_extra(extra, _requirements(lines))
    yield from _entry_points(sections.get("options.entry_points", _NONE))


def _requirements(lines: list[Line]) -> Iterator[Fact]:
    for line in lines:
        if line.text.startswith("file:"):
            yield from (Fact("includes", path.strip(), line.number) for path in line.text[5:].split(","))
        else:
            yield from of_line(line)


def _entry_points(section: Section) -> Iterator[Fact]:
    for group, lines in section.values.items():
        for line in lines:
            name, equals, target = line.text.partition("=")
            if equals:
                yield Fact("entry-point", _named(group, name.strip()), line.number, target.strip())


def _named(group: str, name: str) -> str:
    """Scripts are commands and go by their own name; what plugs into something else goes by its group as well."""
    return name if group in ("console_scripts", "gui_scripts") else f"{group}:{name}"


@reads("setup.py")
def setup_py(source: Source) -> Iterator[Fact]:
    """The call of `setup` in setup.py with its literal arguments; what only a run could know is left out."""
    tree = source.python
    names = literals.constants(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="setup") | ast.Attribute(attr="setup"), keywords=keywords):
                yield from _setup(keywords, names)
            case ast.Constant(value=str(text)) if len(text) < 200 and _REQUIREMENTS_FILE.match(text):
                yield Fact("includes", text, node.lineno)


def _setup(keywords: list[ast.keyword], names: literals.Names) -> Iterator[Fact]:
    given = {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
    for keyword in keywords:
        if keyword.arg is None:  # setup(**settings)
            given |= dict(literals.entries(keyword.value, names))
    if name := literals.text(given.get("name"), names):
        yield requirement.own(name, "classifiers" in given, given["name"].lineno)
    if requires := literals.text(given.get("python_requires"), names):
        yield Fact("field", "project.requires-python", given["python_requires"].lineno, requires)
    for key in _LISTS:
        yield from _of_list(given.get(key), names)
    for extra, value in literals.entries(given.get("extras_require"), names):
        yield from requirement.of_extra(extra, _of_list(value, names))
    yield from _entry_points_of_call(given.get("entry_points"), names)


def _of_list(node: ast.expr | None, names: literals.Names) -> Iterator[Fact]:
    for text, line in literals.strings(node, names):
        yield from requirement.declared(text, line)


def _entry_points_of_call(node: ast.expr | None, names: literals.Names) -> Iterator[Fact]:
    """A dictionary of lists, or the text of an INI file."""
    if node and (text := literals.text(node, names)):
        for section in ini.sections(re.sub(r"(?m)^[ \t]+", "", text), node.lineno).values():
            for name, lines in section.values.items():
                for line in lines:
                    yield Fact("entry-point", _named(section.name, name), line.number, line.text)
    for group, value in literals.entries(node, names):
        for text, number in literals.strings(value, names):
            yield from _entry_points(Section("", number, {group: [Line(text, number)]}))
