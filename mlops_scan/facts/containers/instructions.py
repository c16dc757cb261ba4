"""The instructions of a Dockerfile: continuations joined, comments dropped, here-documents apart.

An own reader: dockerfile-parse, the only one in Python, takes the lines of here-documents for instructions. The format:
https://docs.docker.com/reference/dockerfile/
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlops_scan.facts.containers.processes import split

_HEREDOC = re.compile(r"(?<!<)<<-?([\"']?)([A-Za-z_]\w*)\1(?!<)")
_ESCAPE = re.compile(r"#\s*escape\s*=\s*`", re.IGNORECASE)
_FLAG = re.compile(r"--[a-z-]+(?:=\S+)?\s+")
_QUOTE = re.compile(r"(?<!\\)[\"']")


class Instruction(NamedTuple):
    """One instruction: its word, its lines without comments, and its here-documents with their first lines.

    All lines but the last end in a backslash.
    """

    word: str
    lines: tuple[str, ...]
    line: int
    documents: tuple[tuple[str, int], ...] = ()

    @property
    def flags(self) -> list[str]:
        """`--from=build`, `--mount=type=bind,source=x` and their kind."""
        return _leading_flags(self._flat)[0]

    @property
    def text(self) -> str:
        """The arguments on one line, without the flags."""
        return _leading_flags(self._flat)[1]

    @property
    def listed(self) -> list[str]:
        """The words of the JSON form `["a", "b"]`; nothing for the shell form, and so for JSON that is none."""
        return _listed(self.text)

    @property
    def words(self) -> list[str]:
        """The arguments as words, in either form, without the marks of here-documents."""
        return self.listed or [word for word in split(self.text) if not _HEREDOC.match(word)]

    @property
    def script(self) -> str:
        """The shell text of a RUN, broken where one command ends, so that a reader of shell text finds its line."""
        return _HEREDOC.sub("", "\n".join(_broken(_without_flags(self.lines))))

    @property
    def _flat(self) -> str:
        return " ".join(line.removesuffix("\\").strip() for line in self.lines).strip()


def instructions(lines: Sequence[str]) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, given as its lines. Any text is read as something; nothing is raised."""
    escape = "`" if any(_ESCAPE.match(line) for line in lines[:5]) else "\\"
    last_at = {line.strip(): number for number, line in enumerate(lines)}
    number = 0
    while number < len(lines):
        start = number
        gathered, number = _logical_line(lines, number, escape)
        word, _, rest = gathered[0].partition(" ")
        if not word or word.startswith("#"):
            continue
        documents = []
        for marker in _markers(word.upper(), gathered):
            if last_at.get(marker, -1) >= number:  # a mark that nothing closes would swallow the rest of the file
                documents.append(_document(lines, number, marker))
                number += documents[-1][0].count("\n") + 1
        yield Instruction(word.upper(), (rest.strip(), *gathered[1:]), start + 1, tuple(documents))


def _logical_line(lines: Sequence[str], number: int, escape: str) -> tuple[list[str], int]:
    """The physical lines of one instruction, and the number of the line behind them."""
    gathered: list[str] = []
    while number < len(lines):
        line = lines[number].strip().replace("\t", " ")
        number += 1
        if gathered and (not line or line.startswith("#")):
            gathered.append("\\")
        elif line.endswith(escape) and not line.startswith("#"):
            gathered.append(f"{line[:-1].rstrip()} \\")
        else:
            return [*gathered, line], number
    return gathered, number


def _markers(word: str, gathered: list[str]) -> list[str]:
    if word not in ("RUN", "COPY", "ADD"):
        return []
    return [found[2] for found in _HEREDOC.finditer(" ".join(gathered))]


def _document(lines: Sequence[str], number: int, marker: str) -> tuple[str, int]:
    """The here-document that begins at a line and ends before the marker, with the number of its first line."""
    end = number
    while lines[end].strip() != marker:
        end += 1
    return "\n".join([*lines[number:end], ""]) if end > number else "", number + 1


def _leading_flags(text: str) -> tuple[list[str], str]:
    flags = []
    while found := _FLAG.match(text):
        flags.append(found[0].strip())
        text = text[found.end() :]
    return flags, text


def _listed(text: str) -> list[str]:
    if not text.startswith("["):
        return []
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [str(word) for word in words] if isinstance(words, list) else []


def _without_flags(lines: Sequence[str]) -> Iterator[str]:
    """The lines with the flags of the instruction, which may fill the first of them, blanked out."""
    leading = True
    for line in lines:
        yield _leading_flags(line.lstrip())[1] if leading else line
        leading = leading and not _leading_flags(line.lstrip())[1].strip("\\ ")


def _broken(lines: Iterator[str]) -> Iterator[str]:
    every = list(lines)
    quotes, ended = 0, True
    for line, following in zip(every, [*every[1:], ""], strict=True):
        quotes += len(_QUOTE.findall(line))
        body = line.removesuffix("\\").rstrip()
        if body:
            ended = quotes % 2 == 0 and (body.endswith((";", "&&")) or following.startswith(("&&", ";")))
        yield body if ended else line
