"""Objects that infrastructure programs make: constructors with their arguments, in TypeScript and in Python alike.

TypeScript is read by its brackets and words: no type, statement or expression beyond literals, names and calls counts.
Names of arguments are compared in lower case without underscores, so that `buildSpec` and `build_spec` are one.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from mlops_scan.facts.pipelines.scopes import through_calls

_DEEPEST = 15
_MOST_TOKENS = 200_000
_MOST_VALUES = 20_000
_TOKEN = re.compile(
    r"""(?P<skip>\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)
    |'(?P<single>(?:[^'\\\n]++|\\.)*+)(?:'|(?=\n)|\\?\Z)|"(?P<double>(?:[^"\\\n]++|\\.)*+)(?:"|(?=\n)|\\?\Z)
    |`(?P<template>(?:[^`\\]++|\\.)*+)(?:`|\\?\Z)
    |(?P<number>\d[\w.]*+)|(?P<word>[A-Za-z_$][\w$]*+(?:\??\.[A-Za-z_$][\w$]*+)*+)|(?P<mark>=>|[=!<>]=+|.)""",
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Text(NamedTuple):
    """A literal text or number, and its line."""

    text: str
    line: int


class Name(NamedTuple):
    """A variable or attribute, by its last part."""

    name: str
    line: int


class Made(NamedTuple):
    """A call: its dotted name, its arguments in their order, and those with names."""

    name: str
    arguments: tuple["Value", ...]
    given: Mapping[str, "Value"]
    line: int

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


class Table(NamedTuple):
    """An object or dictionary."""

    entries: Mapping[str, "Value"]
    line: int


class Row(NamedTuple):
    """A list."""

    items: tuple["Value", ...]
    line: int


Value: TypeAlias = Text | Name | Made | Table | Row


class Program(NamedTuple):
    """All calls of a program in the order of the text, and what its names are set to."""

    made: list[Made]
    bound: dict[str, list[Value]]

    def resolved(self, value: "Value | None") -> list[Value]:
        """A value, or all that the variable in its place is set to."""
        return self.bound.get(value.name, []) if isinstance(value, Name) else [value] if value else []


def key(name: str) -> str:
    """The name of an argument as it is compared."""
    return name.replace("_", "").lower()


# -- Python --------------------------------------------------------------------------------------------------------------


def of_python(tree: ast.Module) -> Program:
    """The calls of Python code."""
    found = Program([], defaultdict(list))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(found.bound) < _MOST_VALUES:
            for target in node.targets:
                name = (
                    target.attr
                    if isinstance(target, ast.Attribute)
                    else target.id
                    if isinstance(target, ast.Name)
                    else ""
                )
                if name and (value := _value(node.value, _DEEPEST)):
                    found.bound[name].append(value)
        if isinstance(node, ast.Call) and len(found.made) < _MOST_VALUES:
            made = _value(node, 4)
            found.made.extend([made] if isinstance(made, Made) else [])
    found.made.sort(key=lambda each: each.line)
    return found


def _value(node: ast.expr, depth: int) -> Value | None:
    if depth < 0:
        return None
    match node:
        case ast.Constant(value=str() | int() as literal):
            return Text(str(literal), node.lineno)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return Name(name, node.lineno)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return Row(tuple(filter(None, (_value(each, depth - 1) for each in parts[:100]))), node.lineno)
        case ast.Dict(keys=names, values=parts):
            pairs = (
                (_value(name, 0) if name else None, _value(each, depth - 1))
                for name, each in zip(names, parts, strict=True)
            )
            return Table({key(name.text): each for name, each in pairs if isinstance(name, Text) and each}, node.lineno)
        case ast.Call(args=parts, keywords=named):
            given = ((each.arg, _value(each.value, depth - 1)) for each in named if each.arg)
            arguments = [value for each in parts[:20] if (value := _value(each, depth - 1))]
            entries = {key(name): each for name, each in given if each}
            return Made(through_calls(node.func), tuple(arguments), entries, node.lineno)
    return None


# -- TypeScript and JavaScript -------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def of_typescript(text: str) -> Program:
    """The calls of TypeScript or JavaScript code."""
    tokens = list(_tokens(text))
    code = _Code(tokens, _partners(tokens))
    found = Program([], defaultdict(list))
    for at, token in enumerate(tokens):
        if token.kind == "word" and token.text != "new" and at + 1 < len(tokens) and tokens[at + 1].text == "(":
            made = code.value(at, _DEEPEST)[0]
            found.made.extend([made] if isinstance(made, Made) else [])
        elif token == _Token("mark", "=", token.line) and (name := code.assigned(at)):
            value = code.value(at + 1, _DEEPEST)[0]
            found.bound[name].extend([value] if value else [])
        if code.left < 0:
            break
    return found


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for count, found in enumerate(_TOKEN.finditer(text)):
        kind = found.lastgroup or "single"
        if kind != "skip":
            yield _Token(kind if kind in ("word", "mark") else "text", found[kind], line)
        line += found[0].count("\n")
        if count > _MOST_TOKENS:
            return


def _partners(tokens: Sequence[_Token]) -> dict[int, int]:
    """For each bracket that opens the place of the one that closes it."""
    partners: dict[int, int] = {}
    waiting: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind == "mark" and token.text in _PAIRS:
            waiting.append(at)
        elif token.kind == "mark" and waiting and token.text == _PAIRS[tokens[waiting[-1]].text]:
            partners[waiting.pop()] = at
    return partners


class _Code:
    """Tokens with the partners of their brackets, read from any place on, in a bounded number of steps."""

    def __init__(self, tokens: Sequence[_Token], partners: Mapping[int, int]) -> None:
        self._tokens = tokens
        self._partners = partners
        self.left = _MOST_VALUES * 5

    def value(self, at: int, depth: int) -> tuple[Value | None, int]:
        """The value that begins at a place, and the place behind it."""
        self.left -= 1
        while at < len(self._tokens) and self._tokens[at].text in ("new", "await"):
            at += 1
        if at >= len(self._tokens) or depth < 0 or self.left < 0:
            return None, at
        token, end = self._tokens[at], self._partners.get(at, at)
        if token.kind == "text":
            return Text(token.text, token.line), at + 1
        if token.text == "[" and end > at:
            items = (self.value(start, depth - 1)[0] for start in self._parts(at, end))
            return Row(tuple(filter(None, items)), token.line), end + 1
        if token.text == "{" and end > at:
            return Table(self._entries(at, end, depth), token.line), end + 1
        if token.kind == "word":
            return self._called(at, depth)
        return None, at + 1

    def _called(self, at: int, depth: int) -> tuple[Value, int]:
        """A name, or a call of it; of the object that options stand in the entries are arguments with names."""
        token, opening = self._tokens[at], at + 1
        end = self._partners.get(opening, 0)
        if not end or self._tokens[opening].text != "(":
            return Name(token.text.rpartition(".")[2], token.line), at + 1
        found = [self.value(start, depth - 1)[0] for start in self._parts(opening, end)]
        given = {name: each for table in found if isinstance(table, Table) for name, each in table.entries.items()}
        arguments = tuple(each for each in found if each and not isinstance(each, Table))
        tables = tuple(each for each in found if isinstance(each, Table))
        return Made(token.text.replace("?", ""), (*arguments, *tables), given, token.line), end + 1

    def _parts(self, opening: int, end: int) -> Iterator[int]:
        """Where the parts between two brackets begin."""
        at, begins = opening + 1, True
        while at < end:
            if begins:
                yield at
            begins = self._tokens[at].text == "," and self._tokens[at].kind == "mark"
            at = self._partners.get(at, at) + 1

    def _entries(self, opening: int, end: int, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for at in self._parts(opening, end):
            if self._tokens[at].kind in ("word", "text") and self._tokens[at + 1].text == ":":
                if value := self.value(at + 2, depth - 1)[0]:
                    found[key(self._tokens[at].text)] = value
            elif self._tokens[at].kind == "word" and self._tokens[at + 1].text in (",", "}"):
                found[key(self._tokens[at].text)] = Name(self._tokens[at].text, self._tokens[at].line)
        return found

    def assigned(self, at: int) -> str:
        """The name in front of `=`, with or without its type: `this.build`, `const build: Project`."""
        before = self._tokens[max(0, at - 8) : at]
        colon = next((place for place in range(len(before) - 1, 0, -1) if before[place].text == ":"), 0)
        typed = colon and all(each.kind == "word" or each.text in "<>[]|," for each in before[colon + 1 :])
        name = before[colon - 1] if typed else before[-1] if before else None
        return name.text.rpartition(".")[2] if name and name.kind == "word" else ""
