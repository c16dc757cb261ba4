"""HCL, the language of Terraform, as flat settings that know their blocks and lines.

An own scanner: python-hcl2 takes 0.3 to 2 seconds for its first file, gives up on a file with one wrong line, and dies
of deep nesting; the facts need no expressions. The syntax: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.facts.trees import DEEPEST

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)
    |(?P<heredoc><<[-~]?"?(?P<marker>[A-Za-z_]\w*+)"?+[^\n]*+\n)
    |"(?P<string>(?:[^"\\\n]++|\\.)*+)"?
    |(?P<line>\n)|(?P<open>[\[{(])|(?P<close>[\])}])|(?P<comma>,)
    |(?P<assign>=(?![=>])|:(?!:))
    |(?P<word>[\w.*$-]+)|(?P<other>[^\s\w])
    """,
    re.VERBOSE,
)
Block = tuple[str, ...]


class Setting(NamedTuple):
    """An attribute with its value, or a block that opens, which has no name.

    `blocks` are the headers around it, `("resource", "aws_instance", "x")` first. `name` is dotted through maps.
    `value` is the text of one literal or one reference; of anything else it is empty.
    """

    blocks: tuple[Block, ...]
    name: str
    value: str
    line: int


class _Frame(NamedTuple):
    """An open bracket: the headers of the blocks around it, and the name of the attribute whose value it is part of."""

    blocks: tuple[Block, ...]
    name: str
    holds_settings: bool


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def settings(text: str) -> Iterator[Setting]:
    """The blocks and attributes of an HCL text, in its order. Brackets deeper than any honest file has end it."""
    stack = [_Frame((), "", True)]
    words: list[_Token] = []
    name = ""
    for token in _tokens(text):
        frame = stack[-1]
        match token.kind:
            case "assign" if frame.holds_settings and words and not name:
                name = f"{frame.name}.{words[-1].text}" if frame.name else words[-1].text
                words = []
            case "open":
                opened = _opened(frame, words, name, token.text)
                if not name and opened.blocks != frame.blocks:
                    yield Setting(opened.blocks, "", "", words[0].line)
                if len(stack) > DEEPEST:
                    return
                stack.append(opened)
                words, name = [], ""
            case "line" | "comma" | "close":
                yield from _finished(frame, words, name)
                words, name = [], ""
                if token.kind == "close" and len(stack) > 1:
                    stack.pop()
            case _:
                words.append(token)


def _tokens(text: str) -> Iterator[_Token]:
    """Words, strings (here-documents too) and marks, without comments."""
    at, line = 0, 1
    while found := _TOKEN.search(text, at):
        line += text.count("\n", at, found.start())
        at, kind, content = found.end(), found.lastgroup or "string", found[0]
        if kind == "marker":
            kind = "heredoc"
        if kind == "heredoc":
            end = re.compile(rf"^[ \t]*{found['marker']}[ \t]*$", re.MULTILINE).search(text, at)
            content = text[at : end.start()] if end else ""
            yield _Token("string", content, line)
            line += text.count("\n", found.start(), end.end() if end else len(text))
            at = end.end() if end else len(text)
            continue
        if kind != "comment":
            yield _Token(kind, found["string"] if kind == "string" else content, line)
        line += content.count("\n")


def _opened(frame: _Frame, words: list[_Token], name: str, bracket: str) -> _Frame:
    """The frame of a bracket. Lists and calls are seen through: `f([{ image = "x" }])` has a setting `image`."""
    if name or not (frame.holds_settings and bracket == "{" and words):
        return _Frame(frame.blocks, name or frame.name, bracket == "{")
    return _Frame((*frame.blocks, tuple(word.text for word in words if word.kind in ("word", "string"))), "", True)


def _finished(frame: _Frame, words: list[_Token], name: str) -> Iterator[Setting]:
    """The setting that ends here, or the item of a list, which goes by the name of the list."""
    if not words or not frame.blocks:
        return
    literal = words[0].text if len(words) == 1 and words[0].kind in ("word", "string") else ""
    if name:
        yield Setting(frame.blocks, name, literal, words[0].line)
    elif not frame.holds_settings and frame.name and literal:
        yield Setting(frame.blocks, frame.name, literal, words[0].line)
