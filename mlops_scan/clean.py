"""Text of the scanned tree, made harmless: it may hold escape sequences, CI commands, secrets."""

import json
import re
import unicodedata
from typing import Any, TypeVar

T = TypeVar("T")
LONGEST = 200
_HARMFUL = frozenset(
    {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
)  # control, format (bidirectional too), half a pair, ends of line
_JOINERS = "\u200c\u200d"  # format characters that Persian, Indic scripts and emoji are written with

#: What a runner obeys: at the start of a line GitHub's `::error::`, anywhere `##[error]`, `##vso[` and `##teamcity[`. A
#: report may break a line anywhere, so that the names of commands count behind other text as well.
_CI_COMMAND = re.compile(
    r"(?<!\S)::|::(?=(?:add-|debug|echo|end|error|group|internal-|notice|remove-|save-|set-|stop-|warning))|##(?=\w*\[)",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(?P<lead>//)[^/@\s]+(?=@)"
    r"|(?P<named>(?i:(?<![a-z])(?:pass|pwd|sig)|passw(?:or)?d|passphrase|token|secret|credentials?|signature|_key"
    r"|(?:api|access|account|private|secret)-?key)[\"']?\s{0,3}[=:]\s{0,3}[\"']?)[^\s'\"&]{4,}"
    r"|(?P<option>(?i:-(?:password|passwd|token|secret|api-?key|access-?key)\s{1,3}|secret_access_key\s{1,3}"
    r"|authorization:\s{0,3}\w{1,20}\s{1,3})|\s-u\s{1,3}(?=[^\s:]{1,200}:))\S{4,}"
    r"|\b(?:A[KS]IA[0-9A-Z]{12,}|gh[opsu]_\w{8,}|github_pat_\w{8,}|(?:hf|npm)_[A-Za-z0-9]{16,}|xox[abeprs]-[\w-]{8,}"
    r"|(?:glpat|sk|pypi)-[\w-]{16,}|AIza[\w-]{16,}|eyJ[\w-]{8,}[\w.-]*|dapi[0-9a-f]{16,})"
    r"|-----BEGIN[^-]{0,40}PRIVATE KEY-----.*"
    r"|(?<![\w+/=-])(?=(?:[A-Za-z+=]*[0-9]){3})(?=[0-9+=]*[A-Za-z])[A-Za-z0-9+=]{32,}(?![\w/-])",
    re.DOTALL,
)


def clean(text: str, longest: int = LONGEST) -> str:
    """The text with control, bidirectional and CI command characters shown as escapes, cut to `longest` characters."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    text = _CI_COMMAND.sub(lambda found: f"{found[0][0]}\\x{ord(found[0][1]):02x}", text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _visible(letter: str) -> str:
    """A letter, or its escape where it does something else than being seen."""
    if unicodedata.category(letter) not in _HARMFUL or letter in _JOINERS:
        return letter
    number = ord(letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def masked(text: str) -> str:
    """The text with whatever looks like a secret replaced by `***`."""
    return _SECRET.sub(lambda found: f"{found['lead'] or found['named'] or found['option'] or ''}***", text)


def discreet(value: T, spare: type) -> T:
    """A tuple of tuples in which every text is `masked`, but for what stands in values of the type `spare`."""
    if isinstance(value, str) and type(value) is str:
        return masked(value)  # type: ignore[return-value]
    if not isinstance(value, tuple) or isinstance(value, spare):
        return value
    parts = [discreet(each, spare) for each in value]
    return type(value)._make(parts) if hasattr(value, "_make") else type(value)(parts)


def as_json(data: Any) -> str:
    """Data as JSON in ASCII, one value a line: no line starts with text of the tree, and no `##[` stands in it."""
    return json.dumps(data, indent=1).replace("##", "#\\u0023") + "\n"
