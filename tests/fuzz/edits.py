"""Small changes to the bytes of a file, each said by three numbers, so that what broke something can be said again and made smaller."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import tomlkit
import yaml

#: Texts that mean something in one format or another, or that many programs trip over.
HOSTILE = (
    "\0", "\ufeff", "\r", "\r\n", "\t", "\x1b[31m", "\u2028", "\u202e", "\x85", "\x0c", "ß", "İ", "模", "👍🏽", "\\ud800", "\\", "\\\n", "\n", "\n\n",
    " ", "  ", "-", "- ", "--", "---\n", "...\n", ":", ": ", "=", "==", "{", "}", "{{", "}}", "{%", "%}", "${", "${{", "$(", "$((", "`", "```\n", '"',
    '"""', "'", "'''", "[", "]", "[[", "(", ")", "<", "<<", "<<: ", "<<EOF\n", "<!--", "-->", "<![CDATA[", "<!DOCTYPE a [", "/*", "*/", "//", "#",
    "# ", "!", "!!python/object ", "!reference [a, b]", "&a ", "*a ", "@", "%", "%%", "^", "|", "|\n", ">-\n", "||", "&&", ";", ",", ".", "..", "../",
    "/", "~", "null", "true", "false", "yes", "0", "-1", "1e999", ".nan", "0x", "0o9", "2026-11-22", "9" * 400, "None", "__proto__", "a" * 300,
    "import ", "from . import ", "def ", "class ", "async ", "lambda: ", "if ", "then", "fi", "do", "done", "case ", "esac", "for ", "in ", "function ",
    "return ", "include ", "define ", "endif", "exec ", "sudo ", "bash -c ", "cd ", "python -m ", "python ", "make ", "dvc repro", "FROM ", "RUN ",
    "resource ", "stage('a') {", "sh '", "rule a:", "models:/a@b", "s3://", "https://a:b@c/d?e=f#g", "user@", "?", "? ", "*", "**", "+", "$", "_", "\x7f",
)  # fmt: skip
SCRIPT = "make a\n\n\nmake b\npytest || true\n" * 9
#: Values of every type that YAML, JSON or TOML can hold, to stand where another was.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 0.5, float("inf"), "", " ", "a", "x" * 2000, "\ud83d\udc4d", "a\nb", SCRIPT, "${{ a }}", "{{ b }}", "../..", "/", "*",
    "#", "-", [], {}, [None], [[]], [{}], {"": ""}, {"a": None}, {"a": {"a": {"a": 1}}}, ["a", ["b", ["c"]]], [1, "a", None, {"b": []}], "a: b",
    "[a]", "on", "null",
)  # fmt: skip
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST = 60_000  # bytes: repeats of repeats would grow without end
_Place = tuple[Any, Any]


class Edit(NamedTuple):
    """A change by its name; the numbers choose where, and what comes there."""

    name: str
    at: int
    to: int


def tokens(text: str) -> list[str]:
    """The words, blanks and marks of a text; put together again they are the text."""
    return _TOKEN.findall(text)


def apply(edit: Edit, content: bytes, other: bytes = b"") -> bytes:
    """The content after the change. `other` is another file, of which pieces may come in."""
    return EDITS[edit.name](content, edit.at, edit.to, other)[:_MOST]


def flip(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """One bit is the other."""
    if not content:
        return bytes([to % 256])
    at %= len(content)
    return content[:at] + bytes([content[at] ^ 1 << to % 8]) + content[at + 1 :]


def truncate(content: bytes, at: int, _to: int, _other: bytes) -> bytes:
    """The end is not there."""
    return content[: at % (len(content) + 1)]


def behead(content: bytes, at: int, _to: int, _other: bytes) -> bytes:
    """The beginning is not there."""
    return content[at % (len(content) + 1) :]


def put(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A hostile text comes in."""
    at %= len(content) + 1
    return content[:at] + HOSTILE[to % len(HOSTILE)].encode() + content[at:]


def put_bytes(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """Bytes that are no text come in."""
    at %= len(content) + 1
    return content[:at] + (b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88", b"\x80")[to % 5] + content[at:]


def repeat(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A piece comes again and again."""
    if not content:
        return content
    at %= len(content)
    piece = content[at : at + 1 + to % 40]
    return content[:at] + piece * (2 + to % 300) + content[at:]


def splice(content: bytes, at: int, to: int, other: bytes) -> bytes:
    """What comes from here on is of another file."""
    return content[: at % (len(content) + 1)] + other[to % (len(other) + 1) :]


def graft(content: bytes, at: int, to: int, other: bytes) -> bytes:
    """A line of another file comes in."""
    return _on_lines(content, lambda lines: lines.insert(at % (len(lines) + 1), _nth(other.split(b"\n"), to)))


def drop_line(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """Some lines are gone."""

    def drop(lines: list[bytes]) -> None:
        del lines[at % len(lines) : at % len(lines) + 1 + to % 3]

    return _on_lines(content, drop)


def double_line(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A line stands somewhere else too."""
    return _on_lines(content, lambda lines: lines.insert(to % len(lines), lines[at % len(lines)]))


def swap_lines(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """Two lines change places."""

    def swap(lines: list[bytes]) -> None:
        a, b = at % len(lines), to % len(lines)
        lines[a], lines[b] = lines[b], lines[a]

    return _on_lines(content, swap)


def indent(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A line stands further in, or out."""

    def move(lines: list[bytes]) -> None:
        line = lines[at % len(lines)]
        lines[at % len(lines)] = b" " * (to % 7) + (line.lstrip() if to % 2 else line)

    return _on_lines(content, move)


def drop_token(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """Some words are gone."""

    def drop(found: list[str]) -> None:
        del found[at % len(found) : at % len(found) + 1 + to % 3]

    return _on_tokens(content, drop)


def change_token(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A word is a hostile one."""

    def change(found: list[str]) -> None:
        found[at % len(found)] = HOSTILE[to % len(HOSTILE)]

    return _on_tokens(content, change)


def swap_tokens(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """Two words change places."""

    def swap(found: list[str]) -> None:
        a, b = at % len(found), to % len(found)
        found[a], found[b] = found[b], found[a]

    return _on_tokens(content, swap)


def retype(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A value of YAML, JSON or TOML is of another type."""
    return _on_tree(content, at, lambda around, key, _: _set(around, key, VALUES[to % len(VALUES)]))


def drop_node(content: bytes, at: int, _to: int, _other: bytes) -> bytes:
    """A key or item of YAML, JSON or TOML is gone."""
    return _on_tree(content, at, lambda around, key, _: around.pop(key))


def wrap(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A value of YAML, JSON or TOML stands in a list, or in a mapping."""
    return _on_tree(
        content, at, lambda around, key, _: _set(around, key, [around[key]] if to % 2 else {"a": around[key]})
    )


def rename_key(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A key of YAML, JSON or TOML is called otherwise."""

    def rename(around: Any, key: Any, _places: list[_Place]) -> None:
        if isinstance(around, dict):
            around[HOSTILE[to % len(HOSTILE)].strip("\0\x1b\x7f") or "a"] = around.pop(key)

    return _on_tree(content, at, rename)


def move_node(content: bytes, at: int, to: int, _other: bytes) -> bytes:
    """A value of YAML, JSON or TOML stands where another does."""

    def move(around: Any, key: Any, places: list[_Place]) -> None:
        there, name = _nth(places, to)
        _set(around, key, json.loads(json.dumps(there[name], default=str)))

    return _on_tree(content, at, move)


def dump(content: bytes, _at: int, to: int, _other: bytes) -> bytes:
    """YAML or JSON that says the same, written otherwise."""
    tree = _tree(content)
    return content if tree is None else _dumped(tree, ("json", "yaml", "flow")[to % 3])


def encode(content: bytes, _at: int, to: int, _other: bytes) -> bytes:
    """The same text in another encoding, or with other ends of lines."""
    text = content.decode("utf-8", "replace")
    if to % 5 == 0:
        return text.replace("\n", "\r\n").encode()
    return text.encode(("utf-16", "utf-16-le", "utf-8-sig", "latin-1")[to % 5 - 1], "replace")


def _on_lines(content: bytes, change: Callable[[list[bytes]], object]) -> bytes:
    lines = content.split(b"\n")
    change(lines)
    return b"\n".join(lines)


def _on_tokens(content: bytes, change: Callable[[list[str]], object]) -> bytes:
    found = tokens(content.decode("utf-8", "surrogateescape")) or [" "]
    change(found)
    return "".join(found).encode("utf-8", "surrogateescape")


def _on_tree(content: bytes, at: int, change: Callable[[Any, Any, list[_Place]], object]) -> bytes:
    """The content with a node changed, or as it is where it is none of these formats."""
    tree = _tree(content)
    places = list(_places(tree))
    if not places:
        return content
    around, key = _nth(places, at)
    change(around, key, places)
    return _dumped(tree, "toml" if isinstance(tree, _Toml) else "json" if content.lstrip()[:1] in b"{[" else "yaml")


class _Toml(dict[str, Any]):
    """A tree that was TOML."""


def _tree(content: bytes) -> Any:
    """What the content is as YAML, JSON or TOML; None where it is nothing with parts."""
    text = content.decode("utf-8", "replace")
    try:
        return _Toml(tomllib.loads(text))
    except (ValueError, RecursionError):
        pass
    try:
        documents = list(yaml.load_all(text, yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return None
    return next((each for each in documents if isinstance(each, dict | list)), None)


def _places(tree: Any) -> Iterator[_Place]:
    """Where the values of a tree stand: what is around each, and its key there."""
    waiting = [tree]
    for around in waiting:
        keys = list(around) if isinstance(around, dict) else range(len(around)) if isinstance(around, list) else ()
        for key in keys:
            yield around, key
        waiting += [around[key] for key in keys if len(waiting) < 5_000]


def _dumped(tree: Any, form: str) -> bytes:
    try:
        if form == "toml":
            return tomlkit.dumps(tree).encode("utf-8", "replace")
        if form == "json":
            return json.dumps(tree, default=str, skipkeys=True).encode()
        text: str = yaml.safe_dump(tree, default_flow_style=form == "flow", sort_keys=False, width=150)
    except (ValueError, TypeError, RecursionError, yaml.YAMLError):  # what the format cannot say
        return repr(tree).encode("utf-8", "replace")
    return text.encode("utf-8", "replace")


def _set(around: Any, key: Any, value: Any) -> None:
    around[key] = value


def _nth(values: list[Any], number: int) -> Any:
    return values[number % len(values)]


_ON_FILES = (
    flip, truncate, behead, put, put_bytes, repeat, splice, graft, drop_line, double_line, swap_lines, indent, drop_token, change_token, swap_tokens,
    retype, drop_node, wrap, rename_key, move_node, dump, encode,
)  # fmt: skip
EDITS = {each.__name__: each for each in _ON_FILES}
