"""YAML, JSON and TOML as trees whose every part knows its line. The only importer of yaml and tomli.

YAML is built from the events of the C parser: no recursion (composing dies on deeply nested brackets), no types (`on`
stays a word, a date stays text), aliases counted, everything bounded.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import tomli
import yaml

from mlops_scan.errors import Unreadable

MOST_NODES = 200_000
DEEPEST = 100
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(str):
    """A value or key as it is written. `plain` is false where it stands in quotes or in a block."""

    line: int
    plain: bool

    def __new__(cls, text: str, line: int, plain: bool = True) -> "Scalar":
        made = super().__new__(cls, text)
        made.line, made.plain = line, plain
        return made


class Mapping(dict["Scalar", "Node"]):
    """A mapping; its keys are `Scalar`s and know their lines."""

    def __init__(self, line: int, size: int = 1) -> None:
        super().__init__()
        self.line = line
        self.size = size

    def line_of(self, key: str) -> int:
        """The line of a key, or of the mapping where it has no such key."""
        return next((known.line for known in self if known == key), self.line)


class Sequence(list["Node"]):
    """A list of nodes."""

    def __init__(self, line: int, size: int = 1) -> None:
        super().__init__()
        self.line = line
        self.size = size


Node = Scalar | Mapping | Sequence
_Convert = Callable[[Any, str], Node]


def as_mapping(node: object) -> Mapping:
    """The node if it is a mapping, else an empty one: for looking into files that may hold anything."""
    return node if isinstance(node, Mapping) else Mapping(getattr(node, "line", 1))


def as_list(node: object) -> list[Node]:
    """The items of a sequence; a scalar or mapping as the only item; nothing for nothing."""
    if isinstance(node, Sequence):
        return list(node)
    return [node] if isinstance(node, Scalar | Mapping) else []


def as_text(node: object) -> str:
    """The text of a scalar, else an empty string."""
    return node if isinstance(node, Scalar) else ""


def at(node: object, *keys: str) -> Node | None:
    """The node below these keys, or None where the way ends."""
    for key in keys:
        if not isinstance(node, Mapping) or key not in node:
            return None
        node = node[key]  # type: ignore[index]
    return node  # type: ignore[return-value]


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Scalar]]:
    """Every scalar below a node with its dotted path; items of a list share the path of the list."""
    waiting = [(path, node)]
    for _ in range(MOST_NODES):
        if not waiting:
            return
        path, node = waiting.pop()
        if isinstance(node, Scalar):
            yield path, node
        elif isinstance(node, Mapping):
            waiting += [(f"{path}.{key}" if path else str(key), value) for key, value in reversed(node.items())]
        else:
            waiting += [(path, value) for value in reversed(node)]


def parse_yaml(text: str) -> list[Node]:
    """The documents of a YAML or JSON text. A text of Helm or Jinja is read with its templates blanked out.

    Raises `Unreadable`.
    """
    try:
        return _documents(text)
    except Unreadable:
        if "{{" not in text and "{%" not in text:
            raise
    return _documents(without_templates(text))


def without_templates(text: str) -> str:
    """The text with `{{ ... }}` and `{% ... %}` replaced, line for line: lines of nothing else become empty."""

    def blank(found: re.Match[str]) -> str:
        return "TEMPLATE" + "\n" * found[0].count("\n")

    text = re.sub(
        r"(?m)^[ \t]*(?:-[ \t]+)?(?:\{\{[^{}]*\}\}|\{%[^{}]*%\})[ \t]*$",
        lambda found: "\n" * found[0].count("\n"),
        text,
    )
    return re.sub(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}", blank, text)


def _documents(text: str) -> list[Node]:
    try:
        return _build(text)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        raise Unreadable("is not valid YAML", mark.line + 1 if mark else None) from None
    except ValueError:
        raise Unreadable("is not valid YAML") from None


def _build(text: str) -> list[Node]:
    """Documents from parser events. An alias to a node that is still being built would be a circle, and is dropped."""
    documents: list[Node] = []
    stack: list[tuple[Mapping | Sequence, str | None]] = []
    anchors: dict[str, Node] = {}
    pending: list[Scalar | None] = []
    count = 0

    def place(node: Node) -> None:
        nonlocal count
        count += getattr(node, "size", 1)
        if count > MOST_NODES:
            raise Unreadable(f"has more than {MOST_NODES} nodes")
        if not stack:
            documents.append(node)
            return
        around = stack[-1][0]
        around.size += getattr(node, "size", 1)
        if isinstance(around, Sequence):
            around.append(node)
        elif pending[-1] is None:
            pending[-1] = node if isinstance(node, Scalar) else Scalar("", node.line)
        else:
            _put(around, pending[-1], node)
            pending[-1] = None

    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            node: Node = Scalar(event.value, line + (event.style in ("|", ">")), event.style is None)
            if event.anchor:
                anchors[event.anchor] = node
            place(node)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) >= DEEPEST:
                raise Unreadable(f"is nested deeper than {DEEPEST} levels", line)
            stack.append((Mapping(line) if isinstance(event, yaml.MappingStartEvent) else Sequence(line), event.anchor))
            pending.append(None)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            node, anchor = stack.pop()
            pending.pop()
            if anchor:
                anchors[anchor] = node
            place(node)
        elif isinstance(event, yaml.AliasEvent):
            place(anchors.get(event.anchor, Scalar("", line)))
    return documents


def _put(mapping: Mapping, key: Scalar, value: Node) -> None:
    """Set a key; `<<` merges another mapping below what stands here already."""
    if key == "<<":
        for merged in as_list(value):
            for name, node in as_mapping(merged).items():
                mapping.setdefault(name, node)
    else:
        mapping.pop(key, None)  # keep the key object, and so the line, of the last one
        mapping[key] = value


def parse_toml(text: str) -> Mapping:
    """A TOML text with lines: of tables and keys from where they stand, of list items from where their text is.

    Raises `Unreadable`.
    """
    try:
        loaded = tomli.loads(text)
    except tomli.TOMLDecodeError as failure:
        found = re.search(r"line (\d+)", str(failure))
        raise Unreadable("is not valid TOML", int(found[1]) if found else None) from None
    except (ValueError, RecursionError):
        raise Unreadable("is not valid TOML") from None
    lines = text.split("\n")
    starts = _toml_lines(lines)
    node = _convert(loaded, "", 1, starts, lines)
    return as_mapping(node)


def _toml_lines(lines: list[str]) -> dict[str, int]:
    """Where each table header and key stands, by dotted path. A repeated one keeps its first line."""
    starts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(lines, 1):
        if header := re.match(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$", line):
            table = _dotted(header[1])
            starts.setdefault(table, number)
        elif key := re.match(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""", line):
            dotted = _dotted(key[1])
            starts.setdefault(f"{table}.{dotted}" if table else dotted, number)
    return starts


def _dotted(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in re.split(r"""\.(?=(?:[^"']|"[^"]*"|'[^']*')*$)""", key))


def _convert(value: Any, path: str, line: int, starts: dict[str, int], lines: list[str]) -> Node:
    line = starts.get(path, line)
    if isinstance(value, dict):
        mapping = Mapping(line)
        for key, below in value.items():
            where = f"{path}.{key}" if path else key
            start = starts.get(where, line)
            mapping[Scalar(key, start)] = _convert(below, where, start, starts, lines)
        return mapping
    if isinstance(value, list):
        sequence = Sequence(line)
        for below in value:
            line = _line_of_item(below, line, lines)
            sequence.append(_convert(below, f"{path}[]", line, starts, lines))
        return sequence
    return Scalar(str(value).lower() if isinstance(value, bool) else str(value), line)


def _line_of_item(value: Any, line: int, lines: list[str]) -> int:
    """The first line, from `line` on, that holds the text of a list item."""
    text = (
        value
        if isinstance(value, str)
        else next((each for each in value.values() if isinstance(each, str)), "")
        if isinstance(value, dict)
        else ""
    )
    if not text or "\n" in text:
        return line
    return next((number for number, content in enumerate(lines[line - 1 : line + 2000], line) if text in content), line)
