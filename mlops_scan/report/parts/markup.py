"""Text of the scanned tree in Markdown: seen as it is written, never markup, link, mention, formula, HTML or command."""

import re

#: Characters that build something in Markdown, HTML, tables, or formulas. As a numeric reference a character builds
#: nothing (CommonMark 0.31, section 2.5).
_BUILDERS = frozenset("\\`*_[]<>|~#$&@!%^")
#: What GitHub and GitLab make links and mentions of in text that is already rendered: `@name`, `#1`, `!1`, `~label`,
#: addresses, `:emoji:`. A space without width behind the sign takes that from it.
_SIGN = re.compile(r"[~#$&@!%^](?=\S)|:(?=[^\s\d])|(?<=www)\.", re.IGNORECASE)
_APART = "&#8203;"
_RUN = re.compile(r"`+")


def plain(text: str) -> str:
    """Harmless text as words of a paragraph or a table cell."""
    apart = _SIGN.sub(lambda found: f"{found[0]}\u200b", text)
    built = "".join(f"&#{ord(letter)};" if letter in _BUILDERS else letter for letter in apart)
    return built.replace("\u200b", _APART)


def code(text: str) -> str:
    """Harmless text as a code span, in a fence longer than any run of backticks in it.

    Text with a bar goes as words: in a table a bar ends the cell, even in a code span.
    """
    if "|" in text or not text.strip():
        return plain(text)
    fence = "`" * (max(map(len, _RUN.findall(text)), default=0) + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def prose(text: str) -> str:
    """A harmless sentence of ours, in which names of the tree stand between backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    parts[2:-1:2] = [part or "\u200b" for part in parts[2:-1:2]]  # two code spans that touch would mix their fences
    return "".join(code(part) if number % 2 else plain(part) for number, part in enumerate(parts))
