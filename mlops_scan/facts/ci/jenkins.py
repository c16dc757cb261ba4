"""Jenkinsfiles: a scan over blocks and statements, not a parser of Groovy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import exits, fields, shell
from mlops_scan.facts.ci import shape
from mlops_scan.facts.containers import images
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads

_TOKEN = re.compile(
    r"""//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)
    |(?P<string>\"{3}[\s\S]*?(?:\"{3}|\Z)|'{3}[\s\S]*?(?:'{3}|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<mark>[{}()\[\]\n;:=])""",
    re.VERBOSE,
)
_DECLARATIVE = re.compile(r"^[ \t]*pipeline[ \t]*\{", re.MULTILINE)
_SHELLS = {"sh", "bat", "powershell", "pwsh"}
_TRIGGERS = {
    "cron": "schedule",
    "pollSCM": "push",
    "githubPush": "push",
    "gitlab": "push",
    "upstream": "after",
    "GenericTrigger": "signal",
}
_ROOTS = ("${env.WORKSPACE}", "${WORKSPACE}", "$WORKSPACE")
_WHOLE = Unit("job", "pipeline").id


class _Token(NamedTuple):
    kind: str
    text: str
    line: int
    end: int


class _Event(NamedTuple):
    """A statement, or the opening or closing of a block; `head` is what stands before the brace."""

    kind: str
    head: list[_Token]
    line: int
    at: int


@dataclass
class _Block:
    """An open block. `waits` is what a stage that comes next in it waits for, `out` its last stages."""

    word: str
    unit: str = ""
    folder: str = ""
    start: int = 0
    waits: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)


@reads("*Jenkinsfile*", "*.jenkinsfile")
def pipeline(source: Source) -> Iterator[Item]:
    """A declarative or scripted pipeline. Each stage is a job that waits for the one before it.

    jenkins.io/doc/book/pipeline/syntax
    """
    if not re.search(r"\b(?:pipeline|node|stage)\b[^\n{]{0,200}\{", source.text):
        return
    stack = [_Block("")]
    stages: list[tuple[list[Unit], list[str]]] = []
    triggers: list[tuple[str, int, str]] = []
    facts: list[Fact] = []
    for event in _events(source.text):
        around = stack[-1]
        triggers += _triggers(event.head, around)
        facts += _statement(event.head, around)
        if event.kind == "open":
            stack.append(_opened(event, around))
            facts += _setting(event.head, stack[-1], around)
            if stack[-1].word == "stage":
                stages.append(([Unit("job", _name(event.head), event.head[0].line)], around.waits))
        elif event.kind == "close" and len(stack) > 1:
            facts += _closed(stack.pop(), stack[-1], event, source.text)
    if not stages and (found := _DECLARATIVE.search(source.text)):
        facts.append(Fact("unparsable", "a pipeline without stages", source.text.count("\n", 0, found.start()) + 1))
    if any(fact.unit == _WHOLE for fact in facts):
        stages.insert(0, ([Unit("job", "pipeline", 1)], []))
    jobs = [unit.id for units, _ in stages for unit in units]
    yield from shape.triggers(shape.Trigger(*each, jobs) for each in triggers or [("push", 1, "set in Jenkins")])
    yield from (unit for units, _ in stages for unit in units)
    yield from shape.stages(stages)
    yield from facts


def _tokens(text: str) -> Iterator[_Token]:
    for line, found in lined(_TOKEN.finditer(text)):
        if found.lastgroup:
            yield _Token(found.lastgroup, found[0], line, found.end())


def _events(text: str) -> Iterator[_Event]:
    """Statements and blocks in order. A statement ends with its line, unless a parenthesis is still open."""
    head: list[_Token] = []
    before: list[_Token] = []
    depths = [0]
    for token in _tokens(text):
        mark = token.text if token.kind == "mark" else ""
        if mark == "{":
            yield _Event("open", head or before, token.line, token.end)
            depths.append(0)
            head, before = [], []
        elif mark == "}":
            yield _Event("statement", head, token.line, token.end)
            yield _Event("close", [], token.line, token.end - 1)
            depths.pop()
            depths = depths or [0]
            head, before = [], []
        elif mark == ";" or (mark == "\n" and depths[-1] <= 0):
            yield _Event("statement", head, token.line, token.end)
            before, head = head or before, []
        elif mark != "\n":
            depths[-1] += {"(": 1, "[": 1, ")": -1, "]": -1}.get(mark, 0)
            head.append(token)
    yield _Event("statement", head, 0, len(text))


def _opened(event: _Event, around: _Block) -> _Block:
    """The block that begins here, with what it takes over from the one around it."""
    words = [token.text for token in event.head if token.kind == "word"]
    word = words[0] if words else ""
    unit, folder = around.unit, around.folder
    if word == "stage":
        unit = Unit("job", _name(event.head)).id
    elif word == "dir":
        folder = shape.folder(_name(event.head), *_ROOTS, around=folder)
    return _Block(word, unit, folder, event.at, around.waits)


def _name(head: list[_Token]) -> str:
    return next((_unquoted(token.text) for token in head if token.kind == "string"), "")


def _unquoted(text: str) -> str:
    quote = text[:3] if text[:3] in ('"""', "'''") else text[:1]
    return re.sub(r"\\([$\"'\\])", r"\1", text[len(quote) :].removesuffix(quote))


def _after(head: list[_Token], *words: str) -> Iterator[_Token]:
    """The strings of a statement whose last word before them is one of these."""
    last = ""
    for token in head:
        if token.kind == "word":
            last = token.text
        elif token.kind == "string" and last in words:
            yield token


def _triggers(head: list[_Token], around: _Block) -> Iterator[tuple[str, int, str]]:
    """What `triggers { ... }` or `pipelineTriggers([...])` names."""
    if around.word != "triggers" and all(token.text != "pipelineTriggers" for token in head):
        return
    for token in head:
        if token.text in _TRIGGERS:
            values = _after(head, token.text, "upstreamProjects")
            yield _TRIGGERS[token.text], token.line, next((_unquoted(value.text) for value in values), "")


def _statement(head: list[_Token], around: _Block) -> Iterator[Fact]:
    """What a statement runs, builds, asks for or starts."""
    words = {token.text for token in head if token.kind == "word"}
    unit = around.unit or _WHOLE
    if words & _SHELLS:
        yield from _shell(head, around, unit)
    if "input" in words:
        message = next(_after(head, "message", "input"), None)
        yield Fact(
            "condition", "input", head[0].line, _unquoted(message.text)[: shape.LONGEST] if message else "", unit
        )
    if "build" in words:
        yield from (Fact("starts", _unquoted(each.text), each.line, unit=unit) for each in _after(head, "build", "job"))
    if "load" in words:
        yield from (Fact("includes", _unquoted(each.text), each.line, unit=unit) for each in _after(head, "load"))
    if "docker.build" in words:
        yield from _builds([_unquoted(each.text) for each in _after(head, "docker.build")], head[0].line, unit)
    for each in _after(head, "docker.image"):
        yield from images.image(_unquoted(each.text), each.line, unit)
    yield from _inside(head, around)


def _inside(head: list[_Token], around: _Block) -> Iterator[Fact]:
    """Statements that mean something only in certain blocks: `environment`, `agent`, `docker`."""
    if around.word == "environment" and head and any(token.text == "=" for token in head):
        secret = any(token.text == "credentials" for token in head)
        yield fields.variable(head[0].text, "" if secret else _name(head), head[0].line, around.unit)
    for each in _after(head, "image", "docker") if around.word in ("agent", "docker") else ():
        yield from images.image(_unquoted(each.text), each.line, around.unit)
    for each in _after(head, "filename") if around.word == "dockerfile" else ():
        yield Fact("builds", _unquoted(each.text), each.line, unit=around.unit)


def _shell(head: list[_Token], around: _Block, unit: str) -> Iterator[Fact]:
    text = next(_after(head, "script", *_SHELLS), None)
    if text is None:
        return
    command = shape.rooted(around.folder, *_ROOTS)(_unquoted(text.text))
    yield from shell.run(command, text.line, unit, around.folder)
    if any(token.text == "sh" for token in head) and not command.startswith("#!"):
        yield from exits.lost(command, text.line, unit, exits.Shell(errexit=True))
    if any(token.text == "returnStatus" for token in head):
        yield Fact("allowed-to-fail", "returnStatus", head[0].line, unit=unit)


def _builds(arguments: list[str], line: int, unit: str) -> Iterator[Fact]:
    """`docker.build(tag, "-f file folder")`; the folder is the current one if nothing is said."""
    words = " ".join(arguments[1:2]).split()
    file = words[words.index("-f") + 1] if "-f" in words[:-1] else ""
    if arguments:
        yield Fact("builds", file or (words[-1] if words else "."), line, arguments[0], unit)


def _setting(head: list[_Token], opened: _Block, around: _Block) -> Iterator[Fact]:
    """What the opening of a block says of all that stands in it."""
    if opened.word in ("catchError", "warnError"):
        yield Fact("allowed-to-fail", opened.word, head[0].line, unit=around.unit or _WHOLE)
    if opened.word == "withEnv":
        for text in (_unquoted(token.text) for token in head if token.kind == "string"):
            name, _, value = text.partition("=")
            yield fields.variable(name, value, head[0].line, around.unit)
    if opened.word == "stage" and around.word == "pipeline":
        yield Fact("unparsable", "a stage outside of `stages`", head[0].line, unit=opened.unit)


def _closed(block: _Block, around: _Block, event: _Event, text: str) -> Iterator[Fact]:
    """The condition that a `when` block held; and the order of stages goes on in the block around."""
    if block.word == "when":
        condition = " ".join(text[block.start : min(event.at, block.start + 1000)].split())
        off = condition in ("expression { false }", "expression { return false }")
        name = "when: false" if off else condition[: shape.LONGEST]
        yield Fact("switched-off" if off else "condition", name, event.line, unit=block.unit)
    out = block.out or ([block.unit] if block.word == "stage" else [])
    if around.word == "parallel":
        around.out += out
    elif out:
        around.out = around.waits = out
