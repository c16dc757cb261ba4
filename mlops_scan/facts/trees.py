"""YAML, JSON and TOML as trees whose every part knows its line. The only importer of yaml and tomli.

YAML is built from the events of the C parser: no recursion (composing dies on deeply nested brackets), no types (`on`
stays a word, a date stays text), aliases counted, everything bounded.
"""

import re
from collections.abc import Iterator
from typing import Any

import tomli
import yaml

from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.facts import toml_lines

MOST_NODES = 200_000
DEEPEST = 100
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(str):
    """A value or key as it is written. `plain` is false where it stands in quotes or in a block.

    `one_line`: the lines of the text are no lines of the file: they are folded, or written as `\\n`.
    """

    __slots__ = ("line", "one_line", "plain")
    line: int
    plain: bool
    one_line: bool

    def __new__(cls, text: str, line: int, plain: bool = True, one_line: bool = False) -> "Scalar":
        made = str.__new__(cls, text)
        made.line = line
        made.plain = plain
        made.one_line = one_line
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


_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{#[^{}]*#\}")
_TEMPLATE_LINE = re.compile(rf"(?m)^[ \t]*(?:{_TEMPLATE.pattern})[ \t]*$")
_TEMPLATE_MARK = re.compile(r"\{[{%#]")
_HALF_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_TOO_DOTTED = re.compile(rf"(?<![\w.-])(?:(?:{toml_lines.NAME})[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
_THRICE = re.compile("\"{3}|'{3}")  # what a TOML text of several lines begins with
_BLOCKS = ("|", ">")  # the styles of scalars that begin on the line behind their mark
_FARTHEST = 300  # lines from one item of a list to the next
#: What ended a line in YAML 1.1, for which the C parser is written, and ends none in YAML 1.2 (5.4), in Git or in an editor.
_OLD_BREAKS = dict.fromkeys((0x85, 0x2028, 0x2029), " ")

Node = Scalar | Mapping | Sequence


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
    has_templates = _TEMPLATE_MARK.search(text) is not None
    try:
        return _documents(text, has_templates)
    except Unreadable:
        if has_templates:
            return _documents(without_templates(text), has_templates=False)
        if _HALF_PAIR.search(text):
            return _documents(_HALF_PAIR.sub(_whole_letter, text), has_templates=False)
        raise


def without_templates(text: str) -> str:
    """The text with `{{ ... }}` and `{% ... %}` replaced, line for line: lines of nothing else become empty."""
    text = _TEMPLATE_LINE.sub(lambda found: "\n" * found[0].count("\n"), text)
    return _TEMPLATE.sub(lambda found: "TEMPLATE" + "\n" * found[0].count("\n"), text)


def _whole_letter(found: re.Match[str]) -> str:
    """JSON writes a letter beyond U+FFFF as a pair of surrogates, which YAML does not know."""
    high, low = int(found[1], 16), int(found[2], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _documents(text: str, has_templates: bool) -> list[Node]:
    try:
        tree = _Tree(has_templates)
        events = _Loader(text.translate(_OLD_BREAKS))
        while type(event := events.get_event()) is not yaml.StreamEndEvent:
            tree.add(event)
    except yaml.YAMLError as failure:
        mark = failure.problem_mark if isinstance(failure, yaml.MarkedYAMLError) else None
        raise Unreadable("is not valid YAML", _line(mark.line, text) if mark else None) from None
    except ValueError:
        raise Unreadable("is not valid YAML") from None
    return tree.documents


def _line(number: int, text: str) -> int:
    """The line that the parser counts from 0: at the end of a last line that does not end, it counts one more."""
    return min(number, text.count("\n")) + 1


class _Tree:
    """Documents that grow by the events of a parser. An alias to a node that is not yet closed is a circle: dropped."""

    def __init__(self, has_templates: bool) -> None:
        self.documents: list[Node] = []
        self._has_templates = has_templates
        self._open: list[tuple[Mapping | Sequence, str | None]] = []
        self._keys: list[Scalar | None] = []  # of each open mapping the key whose value comes next
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def add(self, event: Any) -> None:
        """Take the next event. Raises `Unreadable` where the tree would become too large, too deep or senseless."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            line, block = event.start_mark.line + 1, event.style in _BLOCKS
            self._close(Scalar(event.value, line + block, not event.style, not block), event.anchor)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            line = event.start_mark.line + 1
            if len(self._open) >= DEEPEST:
                raise TooLarge(f"is nested deeper than {DEEPEST} levels", line)
            made = Mapping(line) if kind is yaml.MappingStartEvent else Sequence(line)
            self._open.append((made, event.anchor))
            self._keys.append(None)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._keys.pop()
            self._close(*self._open.pop())
        elif kind is yaml.AliasEvent:
            node = self._anchors.get(event.anchor, Scalar("", event.start_mark.line + 1))
            self._count += getattr(node, "size", 1) - 1
            self._place(node)
        elif kind is yaml.DocumentStartEvent:
            self._anchors.clear()

    def _close(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        self._place(node)

    def _place(self, node: Node) -> None:
        """Put a node that is complete into the one around it."""
        self._count += 1
        if self._count > MOST_NODES:
            raise TooLarge(f"has more than {MOST_NODES} nodes")
        if not self._open:
            self.documents.append(node)
            return
        around = self._open[-1][0]
        around.size += 1 if isinstance(node, Scalar) else node.size
        if isinstance(around, Sequence):
            around.append(node)
        elif (key := self._keys[-1]) is not None:
            _put(around, key, node)
            self._keys[-1] = None
        elif self._has_templates and not isinstance(node, Scalar):
            raise Unreadable("has a mapping as a key", node.line)  # `a: {{ x }}` is YAML by chance
        else:
            self._keys[-1] = node if isinstance(node, Scalar) else Scalar("", node.line)


def _put(mapping: Mapping, key: Scalar, value: Node) -> None:
    """Set a key; `<<` merges another mapping below what stands here already."""
    if key == "<<" and key.plain:
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
    if _TOO_DOTTED.search(text):
        raise TooLarge(f"is nested deeper than {DEEPEST} levels")
    try:
        loaded = tomli.loads(text)
    except tomli.TOMLDecodeError as failure:
        found = re.search(r"line (\d+)", str(failure))
        raise Unreadable("is not valid TOML", int(found[1]) if found else None) from None
    except (ValueError, RecursionError):
        raise Unreadable("is not valid TOML") from None
    lines = text.split("\n")
    return as_mapping(_Toml(lines, toml_lines.starts(lines)).node(loaded, "", 1))


class _Toml:
    """Nodes of loaded TOML, whose values do not know where they stood."""

    def __init__(self, lines: list[str], starts: dict[str, int]) -> None:
        self._lines = lines
        self._starts = starts
        self._of_blocks = {number for number, line in enumerate(lines, 1) if _THRICE.search(line)}

    def node(self, value: Any, path: str, line: int, depth: int = 0) -> Node:
        """The node of a value. Raises `Unreadable`."""
        if depth > DEEPEST:
            raise TooLarge(f"is nested deeper than {DEEPEST} levels", line)
        line = self._starts.get(path, line)
        if isinstance(value, dict):
            mapping = Mapping(line)
            for key, below in value.items():
                where = f"{path}.{key}" if path else key
                start = self._starts.get(where, line)
                mapping[Scalar(key, start)] = self.node(below, where, start, depth + 1)
            return mapping
        if isinstance(value, list):
            sequence = Sequence(line)
            for index, below in enumerate(value):
                where = f"{path}[{index}]"
                line = self._starts.get(where) or self._line_of_item(below, line)
                sequence.append(self.node(below, where, line, depth + 1))
            return sequence
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Scalar(text, line, one_line=line not in self._of_blocks)

    def _line_of_item(self, value: Any, line: int) -> int:
        """The first line, from `line` on, that holds the text of a list item."""
        texts = value.values() if isinstance(value, dict) else [value]
        text = next((each for each in texts if isinstance(each, str)), "")
        if not text or "\n" in text:
            return line
        near = enumerate(self._lines[line - 1 : line + _FARTHEST], line)
        return next((number for number, content in near if text in content), line)
