"""tox: environments as targets, from tox.ini, tox.toml and pyproject.toml."""

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import ini, shell
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.dependencies.requirements import of_line
from mlops_scan.facts.ini import Line, Section
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, Sequence, as_list, as_mapping, as_text, at

_SUBSTITUTION = re.compile(r"\{([^{}]*)\}")
_CONDITION = re.compile(r"(!?[\w.-]+(?:,\s*!?[\w.-]+)*)\s*:\s+(.*)$")
_MOST_ENVIRONMENTS = 100
_COMMANDS = ("commands_pre", "commands", "commands_post")
_NOTHING = Section("", 1, {})


class _Environment(NamedTuple):
    name: str
    line: int
    commands: list[Line]
    needed: list[Line]
    variables: list[Line]
    folder: str
    forgiven: str = ""


@reads("tox.ini")
def tox_ini(source: Source) -> Iterator[Item]:
    """tox.ini: the first target is what a bare `tox` runs; `testenv` is for every name without a section."""
    yield from _from_ini(ini.sections(source.text), folder_of(source))


@reads("pyproject.toml")
def pyproject(source: Source) -> Iterator[Item]:
    """tox in pyproject.toml, in tables of its own or as the text of a tox.ini."""
    table = as_mapping(at(source.toml, "tool", "tox"))
    text = at(table, "legacy_tox_ini")
    if isinstance(text, Scalar):
        yield from _from_ini(ini.sections(text, text.line + 1), folder_of(source))
    elif table:
        yield from _from_toml(table, folder_of(source))


@reads("tox.toml")
def tox_toml(source: Source) -> Iterator[Item]:
    """tox.toml: what `tool.tox` would hold."""
    yield from _from_toml(source.toml, folder_of(source))


def _from_ini(sections: dict[str, Section], folder: str) -> Iterator[Item]:
    tox = sections.get("tox", _NOTHING)
    key = next((key for key in ("envlist", "env_list") if key in tox.values), "")
    listed = _listed(" ".join(line.text.partition("#")[0] + "," for line in tox.values.get(key, ())))
    own = [name.removeprefix("testenv:") for name in sections if name.startswith("testenv:")]
    own = [name for group in own for name in _listed(group)]
    yield from _default(listed or ["testenv"], tox.values[key][0].number if tox.values.get(key) else tox.line)
    for name in dict.fromkeys((*listed, *own, "testenv")):
        section = sections.get(f"testenv:{name}") or next(
            (found for key, found in sections.items() if key.startswith("testenv:") and name in _listed(key[8:])),
            _NOTHING,
        )
        if name != "testenv" or "testenv" in sections:
            yield from _emitted(_of_section(name, section, sections, folder))


def _of_section(name: str, section: Section, sections: dict[str, Section], folder: str) -> _Environment:
    """An environment with what it inherits from `testenv`."""
    base = sections.get("testenv", _NOTHING)
    place = section if section is not _NOTHING else base

    def lines(key: str) -> list[Line]:
        found = section.values.get(key, base.values.get(key, []))
        return [line for each in found for line in _lines(each, name, sections)]

    commands = [line for key in _COMMANDS for line in lines(key)]
    moved = " ".join(line.text for line in lines("changedir") or lines("change_dir"))
    variables = lines("setenv") or lines("set_env")
    forgiven = next((key for key in ("ignore_outcome", "ignore_errors") if _is_true(lines(key))), "")
    return _Environment(name, place.line, commands, lines("deps"), variables, below(folder, moved), forgiven)


def _is_true(lines: list[Line]) -> bool:
    return any(line.text.lower() == "true" for line in lines)


def _lines(line: Line, name: str, sections: dict[str, Section]) -> list[Line]:
    """A line with its condition judged and its substitutions made; a reference to another section becomes its lines."""
    condition = _CONDITION.match(line.text)
    if condition and not _holds(condition[1], name):
        return []
    text = condition[2] if condition else line.text
    for _ in range(5):
        reference = re.fullmatch(r"\{\[([^\[\]{}]+)\]([\w-]+)\}", text)
        found = sections.get(reference[1], _NOTHING).values.get(reference[2], []) if reference else []
        if len(found) != 1:
            break
        text = found[0].text
    if reference:
        return [Line(_substituted(each.text, name), each.number) for each in found]
    return [Line(_substituted(text, name), line.number)]


def _holds(condition: str, name: str) -> bool:
    """Whether one of the factors is in the name. The base is for every name, so there every condition holds."""
    factors = set(name.split("-"))
    wanted = [part.strip() for part in condition.split(",")]
    return name == "testenv" or any(
        not factors.issuperset(part[1:].split("-")) if part.startswith("!") else factors.issuperset(part.split("-"))
        for part in wanted
    )


def _substituted(text: str, name: str) -> str:
    """tox's own substitutions; arguments that somebody may give are those that stand in for them."""

    def value(found: re.Match[str]) -> str:
        key, _, rest = found[1].partition(":")
        if key == "posargs":
            return rest
        if key == "env":
            variable, _, default = rest.partition(":")
            return default or f"${variable}"
        known = {"toxinidir": ".", "tox_root": ".", "envname": name, "env_name": name, "envpython": "python", "/": "/"}
        return known.get(key, f"${key}" if re.fullmatch(r"\w+", key) else "")

    for _ in range(5):
        before, text = text, _SUBSTITUTION.sub(value, text[:10_000])
        if text == before:
            break
    return text


def _listed(text: str) -> list[str]:
    """The names that a list of environments stands for: `py{310,311}-{a,b}` are four."""
    names = [part.strip() for part in re.split(r",(?![^{}]*\})|\s+", text[:5_000]) if part.strip()]
    for _ in range(5):
        names = [each for name in names for each in _opened(name)][:_MOST_ENVIRONMENTS]
    return list(dict.fromkeys(names))


def _opened(name: str) -> list[str]:
    found = _SUBSTITUTION.search(name)
    if not found:
        return [name]
    return [name[: found.start()] + part.strip() + name[found.end() :] for part in found[1].split(",")]


def _default(names: list[str], line: int) -> Iterator[Item]:
    unit = Unit("target", "default", line)
    yield unit
    for name in names[:_MOST_ENVIRONMENTS]:
        yield Fact("needs", f"#target:{name}", line, unit=unit.id)


def _emitted(environment: _Environment) -> Iterator[Item]:
    unit = Unit("target", environment.name, environment.line)
    yield unit
    for line in environment.needed:
        yield from (fact._replace(unit=unit.id) for fact in of_line(line))
    for line in environment.variables:
        name, equals, value = line.text.partition("=")
        if equals:
            yield shell.variable(name.strip(), value.strip(), line.number, unit.id)
    if environment.forgiven:
        yield Fact("allowed-to-fail", environment.forgiven, environment.line, unit=unit.id)
    for line in _joined(environment.commands):
        command = line.text.lstrip("-! ")
        if line.text.startswith("-"):
            yield Fact("allowed-to-fail", "-", line.number, unit=unit.id)
        yield from shell.run(command, line.number, unit.id, environment.folder, one_line=True)


def _joined(lines: list[Line]) -> Iterator[Line]:
    joined, start = "", 0
    for line in lines:
        start = start if joined else line.number
        joined += line.text.removesuffix("\\").rstrip() + " "
        if not line.text.endswith("\\"):
            yield Line(joined.strip(), start)
            joined = ""
    if joined:
        yield Line(joined.strip(), start)


def _from_toml(table: Mapping, folder: str) -> Iterator[Item]:
    base = as_mapping(at(table, "env_run_base"))
    listed = [as_text(name) for name in as_list(at(table, "env_list")) if as_text(name)]
    own = as_mapping(at(table, "env"))
    yield from _default(listed or ["testenv"], table.line_of("env_list"))
    for name in dict.fromkeys((*listed, *own, "testenv")):
        yield from _emitted(_of_table(name, as_mapping(own.get(Scalar(name, 1))), base, folder))


def _of_table(name: str, table: Mapping, base: Mapping, folder: str) -> _Environment:
    def value(key: str) -> Node | None:
        return at(table, key) or at(base, key)

    commands = [_command(command, name) for key in _COMMANDS for command in as_list(value(key))]
    needed = [Line(_substituted(item, name), item.line) for item in as_list(value("deps")) if isinstance(item, Scalar)]
    settings = as_mapping(value("set_env")).items()
    variables = [Line(f"{key}={as_text(text)}", key.line) for key, text in settings]
    moved = _substituted(as_text(value("change_dir")), name)
    line = table.line if table else base.line
    return _Environment(name, line, commands, needed, variables, below(folder, moved))


def _command(node: Node, name: str) -> Line:
    """A command is a list of words; a table among them stands for words that somebody may give."""
    if isinstance(node, Scalar):
        return Line(_substituted(node, name), node.line)
    words = [
        word
        for item in (node if isinstance(node, Sequence) else ())
        for word in ([item] if isinstance(item, Scalar) else as_list(at(item, "default")))
    ]
    line = words[0].line if words else node.line
    return Line(shlex.join(_substituted(as_text(word), name) for word in words), line)
