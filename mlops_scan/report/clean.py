"""Text of the scanned tree, made harmless: it may hold escape sequences, CI commands, secrets."""

import re
import unicodedata

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HARMFUL = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff{_BIDI}]")
_CI_COMMAND = re.compile(r"::|##(?=\w*\[)")
_SECRET = re.compile(
    r"(?P<user>//)[^/@\s]+@"
    r"|(?P<named>(?:pass(?:word|wd)?|pwd|token|secret|api[_-]?key|access[_-]?key|credential|sig|signature)\w{0,20}\W{1,3})[^\s'\"&]{4,}"
    r"|\b(?:AKIA|ASIA|ghp_|gho_|ghs_|github_pat_|hf_|xox[abp]-|glpat-|sk-|AIza|eyJ|dapi)[\w./+=-]{8,}"
    r"|-----BEGIN[^-]*PRIVATE KEY-----"
    r"|\b(?=[A-Za-z0-9+/=_-]*\d)(?=[A-Za-z0-9+/=_-]*[A-Z])(?=[A-Za-z0-9+/=_-]*[a-z])[A-Za-z0-9+/=_-]{32,}",
    re.IGNORECASE,
)  # fmt: skip
LONGEST = 200


def clean(text: str, longest: int = LONGEST) -> str:
    """The text with control, bidirectional and CI command characters shown as escapes, cut to `longest` characters."""
    text = _HARMFUL.sub(
        lambda found: f"\\u{ord(found[0]):04x}" if ord(found[0]) > 0xFF else f"\\x{ord(found[0]):02x}", text
    )
    text = _CI_COMMAND.sub(lambda found: f"{found[0][0]}\\x{ord(found[0][1]):02x}", text)
    text = "".join(letter if unicodedata.category(letter) != "Cn" else f"\\U{ord(letter):08x}" for letter in text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def masked(text: str) -> str:
    """The text with whatever looks like a secret replaced by `***`."""
    return _SECRET.sub(lambda found: (found["user"] and "//***@") or f"{found['named'] or ''}***", text)
