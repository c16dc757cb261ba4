"""Exit statuses that a shell text loses: commands whose failure neither ends the text nor is asked for.

What counts is POSIX, 2.8 and 2.9 (pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html): a text ends
with the status of its last command, a pipeline with that of its last part, and `set -e` passes over what stands
before `&&`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mlops_scan.errors import TooLarge
from mlops_scan.evidence import Fact
from mlops_scan.facts import shell
from mlops_scan.facts.source import Source, reads

_OPENS = {
    "if": "if test", "while": "loop test", "until": "loop test", "for": "loop test", "select": "loop test",
    "case": "case",
}  # fmt: skip
_CLOSES = {"fi", "done", "esac", "}", ")"}
_BETWEEN = {"else", "elif", ";;", ";&", ";;&"}
_NAMED = {"for", "select", "case", "function"}  #: what stands behind is a name and no command, up to `do` or `in`
_JOINTS = {";", "&&", "||", "|", "|&", "&"}
_ASKS = re.compile(r"\$(?:\?|\{\?\})")
_ON = re.compile(r"-\w*e\w*")
_OTHER_FILE = re.compile(r"activate|\.env\b|bashrc|profile")
MOST_COMMANDS = 20_000  #: of one text, with the operators between them: thirty times the most in real repositories
_DEEPEST = 100  #: blocks within blocks: what stands deeper is no text that anybody wrote
_FAR = 100  #: a hostile text is one long list: what stands behind so many asks for nothing


class Shell(NamedTuple):
    """The options that a shell begins with."""

    errexit: bool = False
    pipefail: bool = False


class _Command(NamedTuple):
    words: list[str]
    line: int
    shell: Shell
    group: int  #: how many blocks are open around it
    asked: bool  #: a condition, a value, or a function's body: somebody else has the status


class _Mark(NamedTuple):
    """An operator behind a command, or the begin of a branch that excludes the one before, or the end of a block."""

    text: str
    group: int


@dataclass
class _Reading:
    """What has been read so far of a text: the blocks that are open, and the commands in their order."""

    shell: Shell
    blocks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    found: list[_Command | _Mark] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    naming: bool = False
    function: bool = False


def lost(text: str, line: int, unit: str = "", options: Shell = Shell()) -> Iterator[Fact]:  # noqa: B008
    """An `exit-lost` fact for each such command; its value says why: `not last`, `pipe`, `&&` or `$?`.

    Raises `TooLarge`, behind these facts, where the text holds more commands than are looked at.
    """
    if (options.errexit and not re.search(r"\||&&|\bset\s+\+", text)) or "PIPESTATUS" in text:
        return
    if re.search(r"^[ \t]*trap[ \t][^\n]*\bERR\b", text, re.MULTILINE):
        return
    found, end = _commands(text, line, options)
    for index, each in enumerate(found):
        if isinstance(each, _Command) and not each.asked and (why := _why_lost(found[index : index + _FAR], each)):
            words = shell.unwrapped([word for word in each.words if not re.match(r"\w+=", word)])
            if words and words[0] not in ("exit", "return"):
                yield Fact("exit-lost", " ".join(words), each.line, why, unit)
    if end:
        raise TooLarge("holds more commands, or deeper blocks, than are followed for failures that are lost", end)


def _why_lost(found: list[_Command | _Mark], command: _Command) -> str:
    """Why nobody asks for the first command of a list; empty where somebody does."""
    index = 0
    joint = _joint(found, index)
    while joint in ("|", "|&"):
        if not command.shell.pipefail:
            return "pipe"
        index = _next(found, index)
        joint = _joint(found, index)
    stopped = joint == "&&"
    while joint in ("&&", "||", "|", "|&"):
        if joint == "||":
            return ""  # somebody asks; `|| true` is a fact of its own
        index = _next(found, index)
        joint = _joint(found, index)
    if joint == "&" or (command.shell.errexit and not stopped):
        return ""
    behind = _behind(found, index)
    if not behind or _asks(behind[0].words):
        return ""
    if len(behind) > 1 and _ASKS.search(" ".join(behind[1].words)):
        return "$?"
    return "&&" if stopped else "not last"


def _asks(words: list[str]) -> bool:
    """Whether a command looks at the status of the one before, or ends the text with it or with a failure."""
    ends = words[0] in ("exit", "return") and words[1:2] != ["0"]
    return ends or _ASKS.search(" ".join(words)) is not None


def _joint(found: list[_Command | _Mark], index: int) -> str:
    behind = found[index + 1] if index + 1 < len(found) else None
    return behind.text if isinstance(behind, _Mark) else ""


def _next(found: list[_Command | _Mark], index: int) -> int:
    """The next command: the one behind the operator."""
    later = (at for at in range(index + 1, len(found)) if isinstance(found[at], _Command))
    return next(later, len(found) - 1)


def _behind(found: list[_Command | _Mark], index: int) -> list[_Command]:
    """The two commands that run next; those of other branches of the same block do not."""
    behind: list[_Command] = []
    level, skipped = found[index].group, 0
    for each in found[index + 1 :]:
        if isinstance(each, _Mark):
            if each.text == "end":
                level = min(level, each.group)
                skipped = skipped if each.group >= skipped else 0
            elif each.text == "else" and each.group <= level:
                skipped = skipped or each.group
        elif not skipped:
            behind.append(each)
            if len(behind) == 2:
                break
    return behind


@reads("*.sh", "*.bash", "*.zsh", "*.ksh")
def script(source: Source) -> Iterator[Fact]:
    """A shell script begins with the options in its first line, and with none where that names no shell's."""
    first = source.lines[0]
    yield from lost(source.text, 1, options=Shell(bool(re.match(r"#!.*\s-\w*e", first)), "pipefail" in first))


# -- reading -----------------------------------------------------------------------------------------------------------


def _commands(text: str, line: int, options: Shell) -> tuple[list[_Command | _Mark], int]:
    """The commands and what stands between them, and the line from which on there are too many; 0 where all were read."""
    reading = _Reading(options)
    for offset, logical in shell.logical_lines(text):
        for token in [*shell.tokens(logical), "\n"]:
            _token(token, line + offset, reading)
            if len(reading.found) > MOST_COMMANDS or len(reading.blocks) > _DEEPEST:
                return reading.found, line + offset
    return reading.found, 0


def _token(token: str, line: int, reading: _Reading) -> None:
    if token.startswith("(") and reading.words and reading.words[-1].endswith(("$", "<", ">")):
        for _ in token:
            _open("value", reading)
    elif token == "()":
        reading.words.clear()
        reading.function = True
    elif token == "\n" or (token and set(token) <= set(";&|()")):
        _operator(token, line, reading)
    elif not reading.words and not reading.naming and token in ("{", "!", "then", "do", *_OPENS, *_CLOSES, *_BETWEEN):
        _keyword(token, reading)
    elif reading.naming:
        reading.naming = token not in ("in", "do")
    elif not reading.words and token == "function":
        reading.naming = reading.function = True
    else:
        reading.words.append(token)


def _operator(token: str, line: int, reading: _Reading) -> None:
    """The end of a command, or the begin or end of a subshell; `);` comes as one token."""
    if token == ")" and reading.blocks[-1:] == ["case"]:  # the end of a pattern
        reading.words = []
        return
    _flush(line, reading)
    reading.naming = False
    for part in re.findall(r"\(|\)|;;&|;&|;;|&&|\|\||\|&|[;&|\n]", token):
        if part == "(":
            _open("group", reading)
        elif part == ")":
            _close(reading)
        elif part in _BETWEEN:
            reading.found.append(_Mark("else", len(reading.blocks)))
        elif part in _JOINTS and part != ";":
            reading.found.append(_Mark(part, len(reading.blocks)))


def _keyword(token: str, reading: _Reading) -> None:
    if token == "{":
        _open("function" if reading.function else "group", reading)
        reading.function = False
    elif token in _OPENS:
        _open(_OPENS[token], reading)
        reading.naming = token in _NAMED
    elif token in _CLOSES:
        _close(reading)
    elif token in ("then", "do") and reading.blocks:
        reading.blocks[-1] = reading.blocks[-1].removesuffix(" test")
    elif token in ("else", "elif") and reading.blocks:
        reading.found.append(_Mark("else", len(reading.blocks)))
        reading.blocks[-1] = "if test" if token == "elif" else "if"


def _open(block: str, reading: _Reading) -> None:
    reading.blocks.append(block)
    reading.begins.append(len(reading.found))
    if block == "value":
        reading.words = []


def _close(reading: _Reading) -> None:
    """The end of a block. The status of a group is that of its last command, and what stands behind may ask for it."""
    if not reading.blocks:
        return
    block, begin = reading.blocks.pop(), reading.begins.pop()
    reading.found.append(_Mark("end", len(reading.blocks)))
    if block in ("group", "value"):
        for index in range(begin, len(reading.found)):
            each = reading.found[index]
            if isinstance(each, _Command):
                reading.found[index] = each._replace(asked=True)


def _flush(line: int, reading: _Reading) -> None:
    words, reading.words = reading.words, []
    if not words or re.match(r"\d?[<>]", words[0]):  # `done < file`
        return
    if words[0] == "set":
        reading.shell = _options(words, reading.shell)
        return
    if words[0] in ("source", ".") and not _OTHER_FILE.search(" ".join(words[1:2])):
        reading.shell = Shell(True, True)  # the other file may say so
    asked = words[0] == "exec" or any(
        block.endswith(" test") or block in ("value", "function") for block in reading.blocks
    )
    reading.found.append(_Command(words, line, reading.shell, len(reading.blocks), asked))


def _options(words: list[str], before: Shell) -> Shell:
    errexit, pipefail = before
    for index, word in enumerate(words[1:], 1):
        named = words[index - 1] in ("-o", "+o") or re.fullmatch(r"[-+]\w*o", words[index - 1]) is not None
        if named and word in ("errexit", "pipefail"):
            on = words[index - 1].startswith("-")
            errexit, pipefail = (on, pipefail) if word == "errexit" else (errexit, on)
        elif _ON.fullmatch(word):
            errexit = True
        elif re.fullmatch(r"\+\w*e\w*", word):
            errexit = False
    return Shell(errexit, pipefail)
