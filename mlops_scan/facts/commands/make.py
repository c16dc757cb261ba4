"""Makefiles: rules as targets, recipes as commands, with the simple variables put in."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import exits, shell
from mlops_scan.facts.commands.places import folder_of
from mlops_scan.facts.ini import Line
from mlops_scan.facts.source import Source, reads

_ASSIGNMENT = re.compile(r"((?:export|override|private)\s+)*([^\s:#=+?!$()]+)\s*(\?=|\+=|!=|:{0,3}=)\s*(.*)$")
_RULE = re.compile(r"([^\s:=#][^:=#]*)::?(?!=)(.*)$")
_CONDITIONAL = re.compile(r"\s*(?:ifn?eq|ifn?def|else|endif)\b")
_INCLUDE = re.compile(r"(?:-|s)?include\s+(.*)$")
_BRACKET = re.compile(r"(\$?\(|\))")
_REFERENCE = re.compile(r"\$(?:\(([^()$]*)\)|\{([^{}$]*)\}|([@<^*+?%]))")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PREFIX = re.compile(r"[@+\s-]*")
_SPECIAL = re.compile(r"\.[A-Z_]+$")
#: Variables by which a Makefile chooses another shell or its options.
_OPTIONS = {"SHELL", ".SHELLFLAGS"}
_LONGEST = 10_000
_LONGEST_VALUE = 1_000
_MOST_TARGETS = 50


class _Rule(NamedTuple):
    targets: list[str]
    needs: list[str]
    line: int
    recipe: list[Line]


class _Makefile:
    """What has been read so far: reading a Makefile means to change the variables on the way."""

    def __init__(self) -> None:
        self.variables = {"MAKE": "make", "CURDIR": "."}
        self.exported: list[Line] = []
        self.own: dict[str, dict[str, str]] = defaultdict(dict)  # by target
        self.own_exported: dict[str, list[Line]] = defaultdict(list)
        self.includes: list[Line] = []
        self.rules: list[_Rule] = []
        self.conditions = 0


@reads("Makefile", "makefile", "GNUmakefile", "Makefile.*", "*.mk", "*.mak")
def makefile(source: Source) -> Iterator[Item]:
    """GNU Make: targets in their order (the first is the default goal), prerequisites as needs, recipes as commands.

    Of conditionals both branches are read, and the first value of a variable stays. What only a shell or a function of
    make could tell stands in the commands as `${name}`.
    """
    made = _read(source.lines)
    for line in made.includes:
        yield from (Fact("includes", path, line.number) for path in line.text.split())
    for line in made.exported:
        yield shell.variable(line.text, _expanded(made.variables[line.text], made.variables), line.number)
    folder = "" if source.name.endswith(".mk") else folder_of(source)
    known = {target for rule in made.rules for target in rule.targets}
    phony = {name for rule in made.rules if ".PHONY" in rule.targets for name in rule.needs}
    units: dict[str, Unit] = {}
    for rule in _default_first(made):
        for target in rule.targets[:_MOST_TARGETS]:
            if _SPECIAL.match(target):
                continue
            if target not in units:
                units[target] = Unit("target", target, rule.line)
                yield units[target]
                yield from _variables(made, units[target])
            yield from _dependencies(rule, units[target], known, phony)
            yield from _recipe(rule, units[target], made.variables | made.own[target], folder)


def _default_first(made: _Makefile) -> list[_Rule]:
    goal = made.variables.get(".DEFAULT_GOAL", "").strip()
    return sorted(made.rules, key=lambda rule: goal not in rule.targets) if goal else made.rules


def _variables(made: _Makefile, unit: Unit) -> Iterator[Fact]:
    """What is exported to the recipe of one target alone."""
    for line in made.own_exported[unit.name]:
        value = _expanded(made.own[unit.name][line.text], made.variables)
        yield shell.variable(line.text, value, line.number, unit.id)


def _dependencies(rule: _Rule, unit: Unit, known: set[str], phony: set[str]) -> Iterator[Fact]:
    """A prerequisite is another target or a file; a target with the name of a file is what its recipe writes."""
    for name in rule.needs:
        if name in known or not _is_path_or_pattern(name):
            yield Fact("needs", f"#target:{name}", rule.line, unit=unit.id)
        elif _is_file(name):
            yield Fact("reads", name, rule.line, unit=unit.id)
    if rule.recipe and unit.name not in phony and _is_file(unit.name):
        yield Fact("writes", unit.name, rule.line, unit=unit.id)


def _is_file(name: str) -> bool:
    return ("/" in name or "." in name) and not any(letter in name for letter in "%$*")


def _is_path_or_pattern(name: str) -> bool:
    return any(letter in name for letter in "/.%$*")


def _recipe(rule: _Rule, unit: Unit, variables: dict[str, str], folder: str) -> Iterator[Fact]:
    """Each logical line of a recipe has a shell of its own, so a `cd` ends with it."""
    own = {"@": unit.name, "<": next(iter(rule.needs), ""), "^": " ".join(rule.needs)}
    for line in rule.recipe:
        prefix = _PREFIX.match(line.text)
        command = line.text[prefix.end() :] if prefix else line.text
        if prefix and "-" in prefix[0]:
            yield Fact("allowed-to-fail", "-", line.number, unit=unit.id)
        text = _expanded(command, variables | own)
        yield from shell.run(text, line.number, unit.id, folder)
        if not _OPTIONS & variables.keys():
            yield from exits.lost(text, line.number, unit.id)


def _read(lines: list[str]) -> _Makefile:
    made = _Makefile()
    rule: _Rule | None = None
    defining = False
    for text, number in _logical(lines):
        if defining or text.startswith("define "):
            defining = text.strip() != "endef"
        elif text.startswith("\t"):
            if rule and text.strip() and not text.strip().startswith("#") and not _CONDITIONAL.match(text):
                rule.recipe.append(Line(text.strip(), number))
        elif _CONDITIONAL.match(text):
            made.conditions += text.lstrip().startswith("if") - text.lstrip().startswith("endif")
        elif content := _COMMENT.sub("", text).strip():
            rule = _statement(content, number, made)
    return made


def _statement(text: str, number: int, made: _Makefile) -> _Rule | None:
    """A line that belongs to no recipe: an assignment, an include, or a rule, which is handed back for its recipe."""
    if assignment := _ASSIGNMENT.match(text):
        _assign(assignment, number, made)
        return None
    if include := _INCLUDE.match(text):
        made.includes.append(Line(_expanded(include[1], made.variables), number))
        return None
    head, _, command = text.partition(";")  # what stands behind is a recipe, which is expanded when it runs
    rule = _RULE.match(_without_functions(_expanded(head, made.variables)))
    if not rule:
        return None
    targets = rule[1].replace("&", " ").split()
    if own := _ASSIGNMENT.match(rule[2].strip()):  # `target: NAME = value` holds for this target alone
        for target in targets[:_MOST_TARGETS]:
            made.own[target][own[2]] = own[4][:_LONGEST_VALUE]
            if own[0].startswith("export"):
                made.own_exported[target].append(Line(own[2], number))
        return None
    needs = rule[2].rpartition(":")[2]  # `targets: pattern: prerequisites`
    recipe = [Line(command.strip(), number)] if command.strip() else []
    made.rules.append(_Rule(targets, needs.replace("|", " ").split(), number, recipe))
    return made.rules[-1]


def _assign(found: re.Match[str], number: int, made: _Makefile) -> None:
    name, operator, value = found[2], found[3], found[4][:_LONGEST_VALUE]
    before = made.variables.get(name, "")
    if operator == "+=":
        made.variables[name] = f"{before} {value}".strip()[:_LONGEST_VALUE]
    elif operator == "!=":
        made.variables.setdefault(name, f"${{{name}}}")
    elif not before or not (made.conditions or operator == "?="):
        made.variables[name] = value.replace(f"$({name})", before).replace(f"${{{name}}}", before)
    if found[0].startswith("export"):
        made.exported.append(Line(name, number))


def _expanded(text: str, variables: dict[str, str]) -> str:
    """The text with the variables put in, from the inside out, for a bounded number of rounds; `$$` becomes `$`."""

    def value(found: re.Match[str]) -> str:
        name = (found[1] or found[2] or found[3] or "").strip()
        if name in variables:
            return variables[name].replace("$$", "\0")
        word = re.match(r"[\w.-]*", name)
        return f"\0{{{word[0] if word else ''}}}"

    text = text.replace("$$", "\0")
    for _ in range(10):
        before, text = text, _REFERENCE.sub(value, text)[:_LONGEST]
        if text == before:
            break
    return text.replace("\0", "$")


def _without_functions(text: str) -> str:
    """The text without what only `make` itself can compute: `$(shell ...)` and its kind, with all that stands in it."""
    kept, depth = [], 0
    for part in _BRACKET.split(text):
        if part == "$(" or (depth and part == "("):
            depth += 1
        elif depth and part == ")":
            depth -= 1
        elif not depth:
            kept.append(part)
    return "".join(kept)


def _logical(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Lines joined at their continuations; those of a recipe keep the line ends, which the shell sees."""
    joined, start = "", 1
    for number, line in enumerate(lines, 1):
        start = start if joined else number
        recipe = (joined or line).startswith("\t")
        if line.endswith("\\") and len(joined) < _LONGEST:
            joined += line + "\n" if recipe else line[:-1].rstrip() + " "
            continue
        yield joined + (line if recipe or not joined else line.strip()), start
        joined = ""
    if joined:
        yield joined, start
