"""Markdown and reStructuredText as blocks: headings, code and prose. Line by line; nothing else of the languages."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LONGEST_LINE = 2000
_LONGEST_HEADING = 120
_LONGEST_FRONT = 400
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*(.*)")
_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*")
_HTML_HEADING = re.compile(r"\s*<h[1-6]\b[^<>]*>(.+)</h[1-6]>", re.IGNORECASE)
_NO_TITLE = re.compile(r"\s*(?:[-*+>|#<]|\d+[.)]|$)")
_DIRECTIVE = re.compile(r"([ \t]*)\.\. (?:code-block|code|sourcecode|prompt)::[ \t]*(\S*)")
_ADORNMENT = re.compile(r"([=\-~^\"'*+#.:_`])\1{2,}[ \t]*")
_PLAIN = (
    (re.compile(r"!\[[^\[\]]*\]\([^()]*\)"), " "),
    (re.compile(r"\[([^\[\]]*)\]\([^()]*\)"), r"\1"),
    (re.compile(r"<[^<>]*>|\{[#.:][^{}]*\}|:[a-z0-9_+-]{1,40}:(?!\w)"), " "),
    (re.compile(r"[`*~]|(?<!\w)_+|_+(?!\w)"), ""),
)


class Block(NamedTuple):
    """A heading, a line of prose or the lines of a code block. `line`: that of its text; `tag`: the code's language."""

    kind: str
    text: str
    line: int
    tag: str = ""


def plain(heading: str) -> str:
    """A heading in lower case, without links, emphasis, HTML, emoji and anchors; at most 120 characters."""
    text = html.unescape(heading[:_LONGEST_LINE])
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    letters = text.replace("^", "") if text.isascii() else "".join(filter(_is_plain, text))
    return " ".join(letters.lower().split())[:_LONGEST_HEADING].strip()


def _is_plain(letter: str) -> bool:
    return unicodedata.category(letter) not in ("So", "Sk", "Cf", "Mn", "Co", "Cs")


def front_matter(lines: Sequence[str]) -> int:
    """How many lines the YAML front matter takes, its rules included; 0 where there is none."""
    if not lines or lines[0].strip() != "---":
        return 0
    ends = (at for at, line in enumerate(lines[1:_LONGEST_FRONT], 2) if line.strip() in ("---", "..."))
    return next(ends, 0)


def markdown(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of a Markdown text. HTML comments are no text; indented code is prose."""
    fence, tag, code, start = "", "", [""], 0
    commented = False
    first = front_matter(lines)
    for number, raw in enumerate(lines[first:], first + 1):
        line = raw[:_LONGEST_LINE]
        if fence:
            if line.strip(" \t>").startswith(fence) and not line.strip(" \t>").strip(fence[0]):
                yield Block("code", "\n".join(code), start, tag)
                fence = ""
            else:
                code.append(line)
            continue
        line, commented = _uncommented(line, commented)
        if opened := _FENCE.match(line):
            fence, tag, code, start = opened[1], _language(opened[2]), [], number + 1
        elif _ATX.match(line):
            yield Block("heading", line.strip().strip("#").strip(), number)
        elif heading := _HTML_HEADING.match(line):
            yield Block("heading", heading[1], number)
        elif _UNDERLINE.fullmatch(line) and _is_title(lines, number - 2):
            yield Block("heading", lines[number - 2].strip(), number - 1)
        elif line.strip():
            yield Block("text", line, number)


def restructured(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of a reStructuredText: underlined headings, code directives and literal blocks."""
    number, total = 1, len(lines)
    while number <= total:
        line = lines[number - 1][:_LONGEST_LINE]
        directive = _DIRECTIVE.match(line)
        if directive or line.rstrip().endswith("::"):
            indent = len(line) - len(line.lstrip())
            end = _dedent(lines, number, indent)
            yield Block("code", "\n".join(lines[number:end]), number + 1, directive[2].lower() if directive else "")
            number = end + 1
            continue
        if _ADORNMENT.fullmatch(line) and number > 1 and _is_underlined(lines[number - 2], line):
            yield Block("heading", lines[number - 2].strip(), number - 1)
        elif line.strip() and not line.lstrip().startswith(".. "):
            yield Block("text", line, number)
        number += 1


def _uncommented(line: str, commented: bool) -> tuple[str, bool]:
    """The line without HTML comments, and whether one is still open at its end."""
    kept = []
    while line:
        if commented:
            _, closed, line = line.partition("-->")
            commented = not closed
        else:
            before, opened, line = line.partition("<!--")
            kept.append(before)
            commented = bool(opened)
    return "".join(kept), commented


def _language(info: str) -> str:
    """`bash` of `bash title="x"`, `{.bash}` or `{bash, eval=FALSE}`."""
    return re.split(r"[\s,{}]+", info.strip().lstrip("{."), maxsplit=1)[0].lower()


def _is_title(lines: Sequence[str], at: int) -> bool:
    """Whether the line can be the text of an underlined heading: a single line of prose."""
    if at < 0 or _NO_TITLE.match(lines[at]) or "|" in lines[at]:
        return False
    return at == 0 or not lines[at - 1].strip()


def _is_underlined(title: str, underline: str) -> bool:
    text = title.strip()
    return bool(text) and not _ADORNMENT.fullmatch(title[:_LONGEST_LINE]) and len(underline.strip()) >= len(text)


def _dedent(lines: Sequence[str], start: int, indent: int) -> int:
    """The index of the first line from `start` on that stands no deeper than `indent`."""
    for at in range(start, len(lines)):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return at
    return len(lines)
