"""YAML that is written line by line, and edited without touching the lines that stand there already."""

import re
from collections.abc import Iterable, Iterator

_NEEDS_BLOCK = re.compile(r"[\n#&*!|>%@`{}\[\]]|: |^[\s\"'?-]|:$")


def run(text: str, key: str, indent: int) -> Iterator[str]:
    """A shell text under a key, as `- run: ...` or as a block."""
    space = " " * indent
    if _NEEDS_BLOCK.search(text.strip()):
        yield f"{space}{key}: |"
        inner = " " * (len(key) - len(key.lstrip("- ")))
        yield from (f"{space}{inner}  {line}".rstrip() for line in text.strip().split("\n"))
    else:
        yield f"{space}{key}: {text.strip()}"


def indented(lines: Iterable[str], indent: int) -> Iterator[str]:
    """The lines, moved to the right."""
    yield from (f"{' ' * indent}{line}".rstrip() for line in lines)


def width(line: str) -> int:
    """How far a line stands to the right."""
    return len(line) - len(line.lstrip(" "))


def end_of(lines: list[str], start: int) -> int:
    """The number of the line behind the block that the key on line `start` (counted from 0) opens."""
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        is_item = width(line) == width(lines[start]) and line.lstrip().startswith("- ")
        if width(line) <= width(lines[start]) and not (is_item and not lines[start].lstrip().startswith("- ")):
            break
        end = number + 1
    return end


def inserted(text: str, at: int, new: Iterable[str]) -> str:
    """The text with lines put in front of line `at` (counted from 0)."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join([*lines[:at], *new, *lines[at:]]) + "\n"
