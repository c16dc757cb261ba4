"""Text of the scanned tree, made harmless: it may hold escape sequences, CI commands, secrets."""

import json
import re
import unicodedata
from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar

from mlops_scan.memo import Memo
from mlops_scan.search import Search

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
#: No value that only says where the secret is kept (`$TOKEN`, `${TOKEN}`, `$(cat token)`), or whether there is one.
_NO_REFERENCE = r"(?![\"']?\$(?:[({]|[A-Z_]{3}))(?!(?i:true|false|none|null)(?!\w))"
#: The value behind a name: in quotes all of it, otherwise a word.
_VALUE = r"(?:(?<=\")[^\"\n]{4,}|(?<=')[^'\n]{4,}|[^\s'\"&]{4,})"
#: A digest behind its name looks like a secret and is none.
_DIGEST = (
    r"(?P<digest>(?:@|(?i:(?<![a-z])(?:sha-?\d{1,3}|md5|rev|ref|revision|commit|etag|digest|checksum|hash))"
    r"[\"']?\s?[:=-]\s?[\"']?)[0-9a-f]{32,128}(?![\w-]))"
)
#: What looks like a secret, each kind with words of which one stands in it, in lower case where case does not matter.
_SECRETS = (
    Search(r"(?P<lead>//)(?:[^/\s\"'<>]+|[^/\s:\"'<>]{1,100}:(?!\d+/)[^\s\"'<>@]{1,200})(?=@)", "//", flags=re.DOTALL),
    Search(
        r"(?P<named>(?i:(?<!by)(?<!com)(?<!sur)pass|(?<![a-z])(?:pwd|sig)|passw(?:or)?d|passphrase|token|secret|credentials?"
        r"|signature|_key|(?:api|access|account|private|secret)-?key|(?<=\")auth(?=\")|from-literal[= ][\w.-]{1,100})"
        r"[\"']?\s{0,3}[=:]\s{0,3}[\"']?|(?:PASSWORD|PASSWD|SECRET|TOKEN|_KEY)(?:_[A-Z0-9]{1,20}){1,3}[=:]\s{0,3}[\"']?)"
        rf"{_NO_REFERENCE}{_VALUE}",
        "pass", "pwd", "sig", "token", "secret", "credential", "_key", "-key", "apikey", "accesskey", "accountkey", "privatekey",
        '"auth"', "from-literal", case=False, flags=re.DOTALL,
    ),
    Search(
        r"(?P<option>(?i:-(?:pass(?:word|wd|phrase)?|token|secret|api-?key|access-?key)\s{1,3}|secret_access_key\s{1,3}"
        r"|authorization:\s{0,3}(?:(?:basic|bearer|token|digest|apikey|key)\s{1,3})?|(?<![a-z])bearer\s{1,3}(?=\S{16})"
        r"|\blogin\s{1,3}\S{1,100}\s{1,3}password\s{1,3}"
        r"|\b(?:login|sshpass)\b[^\n|;&]{0,100}?\s-p\s{1,3}|\bmysql\b[^\n|;&]{0,100}?\s-p(?=\S))"
        r"|\s(?:-u|--user)[\s=]{1,3}(?=[\w.@-]{1,200}:))"
        rf"{_NO_REFERENCE}(?:\"[^\"\n]{{4,}}\"|'[^'\n]{{4,}}'|\S{{4,}})",
        "-pass", "-token", "-secret", "-api", "-access", "secret_access_key", "authorization:", "bearer", "login",
        "sshpass", "mysql", "-u", case=False, flags=re.DOTALL,
    ),
    Search(
        r"(?<![A-Za-z0-9])(?:A[KS]IA[0-9A-Z]{12,}|gh[oprsu]_\w{8,}|github_pat_\w{8,}|(?:hf|npm|gsk|r8)_[A-Za-z0-9]{16,}"
        r"|x(?:ox[abeprs]|app)-[\w-]{8,}|gl[a-z]{2,5}-[\w-]{16,}|pypi-[\w-]{16,}"
        r"|sk-(?:(?:proj|ant|svcacct|admin)-[\w-]{8,}|[A-Za-z0-9]{20,})"
        r"|(?:[rs]k_(?:live|test)|whsec|shp(?:at|ca|pa|ss)|dop_v1|dckr_pat|lsv2|pcsk|wandb_v1)_[\w-]{8,}|nvapi-[\w-]{16,}"
        r"|AIza[\w-]{16,}|GOCSPX-[\w-]{8,}|(?:ya29|hvs|SG)\.[\w.-]{10,}|ATATT[\w=-]{8,}|AGE-SECRET-KEY-\w{8,}"
        r"|eyJ[\w-]{8,}[\w.-]*|dapi[0-9a-f]{16,}|\d{8,10}:AA[\w-]{30,})",
        "AKIA", "ASIA", "gh", "github_pat_", "hf_", "npm_", "gsk_", "r8_", "xox", "xapp-", "gl", "pypi-", "sk-", "k_live_", "k_test_",
        "whsec_", "shpat_", "shpca_", "shppa_", "shpss_", "dop_v1_", "dckr_pat_", "lsv2_", "pcsk_", "wandb_v1_", "nvapi-",
        "AIza", "GOCSPX-", "ya29.", "hvs.", "SG.", "ATATT", "AGE-SECRET-KEY-", "eyJ", "dapi", ":AA", flags=re.DOTALL,
    ),
    Search(
        r"(?P<hook>\b(?:hooks\.slack\.com/\w{1,20}/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/))\S+",
        "hooks.slack.com/", "/api/webhooks/", "webhook.office.com/", flags=re.DOTALL,
    ),
    Search(r"-----BEGIN[^-]{0,40}PRIVATE KEY-----.*", "-----BEGIN", flags=re.DOTALL),
    Search(
        r"(?<![\w+/-])(?=[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{16,}+=)(?:(?=[A-Za-z+]*[0-9]+(?:[A-Za-z+]+[0-9]+){2})[A-Za-z0-9+]{32,}={0,2}"
        r"|(?=(?:[a-f]*[0-9]){3})(?=[0-9]*[a-f])[0-9a-f]{32,}|(?=[A-Za-z]*[0-9])(?=(?:[a-z0-9]*[A-Z]+){9})[A-Za-z0-9]{32,}"
        r"|(?=[A-Z/+]*[a-z0-9])(?=[a-z/+]*[A-Z0-9])(?=[A-Za-z/+]*[0-9])[A-Za-z0-9+/]{16,}={1,2}"
        r"|(?=[A-Za-z/+]*[0-9]+(?:[A-Za-z+/]+[0-9]+){4})(?=[0-9a-z/+]*[A-Z])(?=[A-Za-z0-9/]*(?:\+|[A-Za-z0-9]{24}))"
        r"[A-Za-z0-9+/]{40,})(?![\w/=-])",
        flags=re.DOTALL,
    ),
)  # fmt: skip
_SECRET = re.compile("|".join((_DIGEST, *(each.pattern.pattern for each in _SECRETS))), re.DOTALL)
#: Wider than a secret may stand from its name: what one text says is no secret of the one before it.
_BETWEEN = "\n" * 5
_KEPT = ("digest", "lead", "named", "option", "hook")


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
    return _SECRET.sub(_hidden, text)


_masked = Memo(masked)


def are_masked(texts: Iterable[str]) -> bool:
    """Whether nothing in any of the texts looks like a secret: `masked(text) == text`, and far faster where it is so."""
    joined = "".join(f"{_BETWEEN}{each}" for each in texts)
    lower = joined.lower()
    parts = (part for looks_like in _SECRETS for part in looks_like.parts(joined, lower, _BETWEEN))
    return all(masked(f"\n{each}") == f"\n{each}" for part in parts for each in part.split(_BETWEEN))


def masked_parts(text: str) -> str:
    """The same of names that are joined by `/`: what looks like a path as a whole may be a secret in its parts."""
    return masked("/".join(map(masked, text.split("/"))))


def _hidden(found: re.Match[str]) -> str:
    """What stands before a secret, and stars for it; a digest as it is."""
    return found[0] if found["digest"] else f"{next(filter(None, map(found.group, _KEPT)), '')}***"


def discreet(value: T, spare: type) -> T:
    """A tuple of tuples in which every text is `masked`, but for what stands in values of the type `spare`."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return _masked[value]  # type: ignore[return-value]
    if not isinstance(value, tuple) or isinstance(value, spare):
        return value
    parts = [_masked[each] if type(each) is str else discreet(each, spare) for each in value]
    return type(value)._make(parts) if hasattr(value, "_make") else type(value)(parts)


def as_json(data: Any) -> str:
    """Data as JSON in ASCII, one value a line: no line starts with text of the tree, and no `##[` stands in it."""
    return json.dumps(data, indent=1).replace("##", "#\\u0023") + "\n"
