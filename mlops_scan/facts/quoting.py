"""The words of a line of shell: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02."""

import re

_TOKEN = re.compile(
    r"""[;&|()]++|(?:[^ \t\r\n'"\\;&|()]++|\\.|'[^']*+'|"(?:[^"\\]++|\\.)*+")++|(?P<open>[^ \t\r\n])""", re.DOTALL
)
_QUOTED = re.compile(r"""\\.|'[^']*+'|"(?:[^"\\]++|\\.)*+\"""", re.DOTALL)
_ESCAPED = re.compile(r"""\\(["\\])""")


def split(line: str) -> list[str]:
    """The words and operators, as `shlex` finds them, without quotes. Raises `ValueError` where a quote is not closed."""
    found = []
    for token in _TOKEN.finditer(line):
        if token.lastgroup:
            raise ValueError("a quote is not closed")
        found.append(_QUOTED.sub(_bare, token[0]))
    return found


def _bare(quoted: re.Match[str]) -> str:
    """What stands in quotes, or behind a backslash; between double quotes that is one only before them and another one."""
    text = quoted[0]
    if text[0] == "'":
        return text[1:-1]
    return _ESCAPED.sub(r"\1", text[1:-1]) if text[0] == '"' else text[1:]
