"""justfiles: recipes as targets."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.ini import Line
from mlops_scan.facts.source import Source, reads

_ASSIGNMENT = re.compile(r"(?:(export|alias|set)\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*)$")
_INCLUDE = re.compile(r"(?:import|mod)\??\s+(?:[\w-]+\s+)?[\"']([^\"']+)[\"']")
_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)(\s[^:]*)?:(.*)$")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"\(\s*([\w-]++)[^()]*\)")
_INTERPOLATION = re.compile(r"\{\{([^{}]*)\}\}")
_SHELL = re.compile(r"#!.*\b(?:ba|z|da|k)?sh\b")


class _Recipe(NamedTuple):
    name: str
    needs: list[str]
    line: int
    body: list[Line]


@reads("justfile", "Justfile", ".justfile", "*.just")
def justfile(source: Source) -> Iterator[Item]:
    """The Just Programmer's Manual: recipes in their order, the first is the default; each line has its own shell.

    A body that starts with `#!` is one script; in another language than the shell's it is left out.
    """
    variables: dict[str, str] = {}
    folder = folder_of(source)
    recipes: list[_Recipe] = []
    for number, line in enumerate(source.lines, 1):
        if line[:1].isspace() and line.strip():
            if recipes:
                recipes[-1].body.append(Line(line.strip(), number))
        elif include := _INCLUDE.match(line):
            yield Fact("includes", include[1], number)
        elif found := _ASSIGNMENT.match(line):
            word, name, value = found[1], found[2], found[3].strip().strip("\"'")
            if word == "alias":
                recipes.append(_Recipe(name, [value], number, []))
            elif word == "set":
                folder = below(folder, value) if name == "working-directory" else folder
            else:
                variables[name] = f"${{{name}}}" if found[3].startswith("`") else value
                yield from [shell.variable(name, value, number)] if word else []
        elif header := _RECIPE.match(_STRING.sub("''", line)):
            needs = _CALL.sub(r" \1 ", header[3].partition("#")[0]).split()
            recipes.append(_Recipe(header[1], [name for name in needs if name != "&&"], number, []))
    for recipe in recipes:
        yield from _recipe(recipe, variables, folder)


def _recipe(recipe: _Recipe, variables: dict[str, str], folder: str) -> Iterator[Item]:
    unit = Unit("target", recipe.name, recipe.line)
    yield unit
    for name in recipe.needs:
        yield Fact("needs", f"#target:{name}", recipe.line, unit=unit.id)
    if not recipe.body:
        return
    first = recipe.body[0]
    if _SHELL.match(first.text):
        text = "\n".join(line.text for line in recipe.body)
        yield from shell.run(_interpolated(text, variables), first.number, unit.id, folder)
    elif not first.text.startswith("#!"):
        for line in _logical(recipe.body):
            command = line.text.lstrip("@-")
            if "-" in line.text[: len(line.text) - len(command)]:
                yield Fact("allowed-to-fail", "-", line.number, unit=unit.id)
            yield from shell.run(_interpolated(command, variables), line.number, unit.id, folder)


def _logical(lines: list[Line]) -> Iterator[Line]:
    joined, start = "", 0
    for line in lines:
        start = start if joined else line.number
        joined += line.text
        if joined.endswith("\\"):
            joined += "\n"
            continue
        yield Line(joined, start)
        joined = ""
    if joined:
        yield Line(joined, start)


def _interpolated(text: str, variables: dict[str, str]) -> str:
    """`{{name}}` put in where it is a constant; what only a run could tell is `${name}`."""

    def value(found: re.Match[str]) -> str:
        name = re.match(r"\s*([\w-]*)\s*", found[1])
        return variables.get(name[1], f"${{{name[1]}}}")[:1000] if name else ""

    return _INTERPOLATION.sub(value, text)
