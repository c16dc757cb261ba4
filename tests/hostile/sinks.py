"""What each kind of output would obey, and must not hold: a terminal's, a browser's, a spreadsheet's, a CI system's commands."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_COMMANDS = ("##[", "##vso[", "##teamcity[")
#: What stands at the start of a line: in a text that is wrapped, any part of a name may, and only known commands are obeyed.
_ANY = re.compile(r"\s*::")
_KNOWN = re.compile(
    r"\s*::(?:add-|debug|echo|end|error|group|internal-|notice|remove-|save-|set-|stop-|warning)", re.IGNORECASE
)
_WRAPPED = ("text", "colour", "stderr", "starters")
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_OUR_COLOUR = re.compile(r"\x1b\[(?:[012]|(?:[12];)?3[0-7])m")
_OUR_STARTER = 'echo "##vso[task.uploadsummary]'  # a line of the pipeline that `init` offers for Azure
_LONGEST_LINE = 200_000  # of a terminal or a log; a page has its scripts on lines of their own


def harmful(kind: str, text: str) -> list[str]:
    """What whoever reads an output of this kind would obey; nothing for one that only says what it says."""
    text = text.replace(_OUR_STARTER, "") if kind == "starters" else text
    text = _OUR_COLOUR.sub("", text) if kind == "colour" else text
    bad = sorted({each for each in set(text) if _is_raw(each)})
    found = [f"raw characters {bad}"] if bad else []
    found += [f"holds {each}" for each in _COMMANDS if each in text]
    if kind != "github":
        command = _KNOWN if kind in _WRAPPED else _ANY
        found += [f"a CI command: {line[:80]!r}" for line in text.split("\n") if command.match(line)][:1]
    found += ["a line without end" for line in text.split("\n") if len(line) > _LONGEST_LINE][:1]
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        found.append("is no UTF-8")
    return [*found, *KINDS.get(kind, _nothing)(text)]


def _is_raw(letter: str) -> bool:
    return letter != "\n" and letter not in _JOINERS and unicodedata.category(letter) in _HARMFUL


def _nothing(_text: str) -> Iterator[str]:
    return iter(())


# -- JSON of any kind -------------------------------------------------------------------------------------------------


def _json(text: str) -> Iterator[str]:
    """Also what a reader gets out of it is harmless, keys and values."""
    for each in _strings(json.loads(text, object_pairs_hook=_without_twins)):
        if any(map(_is_raw, each)):
            yield f"decodes to raw characters: {each[:80]!r}"
            return


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key stands twice: {[key for key, _ in pairs]}")
    return found


def _strings(node: Any) -> Iterator[str]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            yield from each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _own_json(text: str) -> Iterator[str]:
    yield from _json(text)
    for failure in _own_schema().iter_errors(json.loads(text)):
        yield f"its own schema: {failure.message[:200]}"


@cache
def _own_schema() -> Any:
    import jsonschema

    from mlops_scan import report

    text = (Path(report.__file__).parent / "schema.json").read_text()
    return jsonschema.validators.validator_for(json.loads(text))(json.loads(text))


def _sarif(text: str) -> Iterator[str]:
    """Valid, and its addresses lead nowhere but into the tree."""
    from pydantic import ValidationError
    from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema

    yield from _json(text)
    try:
        Schema.model_validate_json(text)
    except ValidationError as failure:
        yield f"the schema of SARIF: {str(failure)[:200]}"
    waiting = [json.loads(text)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            uri = each.get("uri") if "uriBaseId" in each else None
            if isinstance(uri, str) and (uri.startswith("/") or ".." in uri.split("/") or ":" in uri.split("/")[0]):
                yield f"address {uri}"
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _gitlab(text: str) -> Iterator[str]:
    yield from _json(text)
    for each in json.loads(text):
        place = each["location"]
        sound = re.fullmatch("[0-9a-f]{64}", each["fingerprint"]) and each["description"] and each["check_name"]
        if not sound or place["path"].startswith(("/", "./")) or place["lines"]["begin"] < 1:
            yield f"is no entry of a Code Quality report: {each}"


def _shields(text: str) -> Iterator[str]:
    yield from _json(text)
    told = json.loads(text)["message"]
    if not re.fullmatch(r"(?:stage|level) \d+ of \d+|not applicable|scan incomplete", told):
        yield f"says {told!r}"


def _cyclonedx(text: str) -> Iterator[str]:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    yield from _json(text)
    if failure := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        yield f"the schema of CycloneDX: {str(failure)[:200]}"


# -- XML --------------------------------------------------------------------------------------------------------------


def _xml(text: str) -> Iterator[str]:
    """Well-formed, without a document type; a picture runs and loads nothing."""
    if "<!" in text or "<?xml-" in text:
        yield "holds a declaration"
    for each in ElementTree.fromstring(text).iter():
        name = each.tag.rpartition("}")[2].lower()
        if name in ("script", "foreignobject", "a", "image", "use", "style", "iframe"):
            yield f"element {name}"
        yield from (f"attribute {key}" for key in each.attrib if key.lower().startswith("on") or "href" in key.lower())


# -- lines ------------------------------------------------------------------------------------------------------------

_CELL = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _csv(text: str) -> Iterator[str]:
    """Every cell is quoted, every row is whole, and none starts a formula (OWASP, CSV injection)."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    yield from (f"a row of {len(row)} cells" for row in rows if len(row) != len(rows[0]))
    yield from (f"a formula: {cell[:80]!r}" for row in rows for cell in row if cell.startswith(_CELL))
    if text.count("\n") != len(rows) or any(line[:1] != '"' or line[-1:] != '"' for line in text.splitlines()):
        yield "a cell that is not quoted, or of two lines"


def _dotenv(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not re.fullmatch(r"MLOPS_[A-Z]+=(?:true|false|\d*)", line):
            yield f"not a plain assignment: {line!r}"


_LINE = re.compile(r"::(?:notice|warning|error) (?P<properties>(?:[^:]|:(?!:))*?)::(?P<data>.*)")


def _github(text: str) -> Iterator[str]:
    """Each line is one whole command of ours. https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts."""
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            if not re.fullmatch(r"mlops-scan: and \d+ more of kind \w+", line):
                yield f"not a command of ours: {line[:80]!r}"
            continue
        pairs = [part.partition("=") for part in found["properties"].split(",")]
        if [key for key, _, _ in pairs] not in (["title"], ["file", "line", "title"]):
            yield f"properties {found['properties'][:80]!r}"
        if any(":" in value for _, _, value in pairs) or re.search(r"%(?!25|0D|0A|3A|2C)", line):
            yield f"not escaped: {line[:80]!r}"


_QUOTED = r'"(?:[^"\\]|\\[\\"])*"'
_DOT = re.compile(
    rf"digraph wiring \{{|  rankdir=LR;|  node \[shape=box, fontname=monospace\];|\}}"
    rf"|  {_QUOTED} \[(?:style|shape)=\w+\];|  {_QUOTED} -> {_QUOTED} \[label={_QUOTED}(?:, style=dotted)?\];"
)
_MERMAID = re.compile(r'flowchart LR|  n\d+\(?\["[^"\[\]<>`]*"\]\)?|  n\d+ (?:-->|-\.->)\|[\w -]+\| n\d+')


def _dot(text: str) -> Iterator[str]:
    yield from (f"not a line of ours: {line[:80]!r}" for line in text.splitlines() if not _DOT.fullmatch(line))


def _mermaid(text: str) -> Iterator[str]:
    yield from (f"not a line of ours: {line[:80]!r}" for line in text.splitlines() if not _MERMAID.fullmatch(line))


# -- Markdown and HTML --------------------------------------------------------------------------------------------------

_OURS = re.compile(r"<!-- mlops-scan -->|</?(?:details|summary|br)>")
#: What GitHub and GitLab make of text that is rendered already.
_LINKED = re.compile(r"\w://\S|\bwww\.\w|mailto:\S|(?<!\w)[@#!~$&%^]\w|:[a-z]+:(?!\w)", re.IGNORECASE)


def _markdown(text: str) -> Iterator[str]:
    """Rendered, it holds no link, no picture, no HTML but ours, and no word that a forge makes something of."""
    from markdown_it import MarkdownIt

    if len(text.encode()) > 66_000:
        yield "is longer than a comment may be"
    for block in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
        for each in (block, *(block.children or ())):
            if each.type in ("html_block", "html_inline") and _foreign(each.content):
                yield f"HTML: {_foreign(each.content)[:80]!r}"
            if each.type in ("link_open", "image", "s_open", "hr"):
                yield f"{each.type} {each.attrs}"
            if each.type == "text" and _LINKED.search(each.content):
                yield f"becomes a link or a mention: {each.content[:80]!r}"


def _foreign(content: str) -> str:
    """What is left of a piece of HTML without ours: any of it is a tag that we have not written."""
    left = _OURS.sub("", content)
    return left if "<" in left else ""


_LOADING = ("img", "iframe", "object", "embed", "base", "audio", "video", "foreignobject", "image")


class _Page(HTMLParser):
    """What a page must not hold: elements that load or run something, handlers, addresses of other kinds than ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._scripts = 0
        self.feed(text)
        if self._scripts > 1:
            self.found.append(f"{self._scripts} scripts")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._scripts += tag == "script" and not any(
            name == "type" and value == "application/json" for name, value in attributes
        )
        given = {name: value or "" for name, value in attributes}
        if tag in _LOADING or "action" in given:
            self.found.append(f"element {tag}")
        if tag == "link" and given != {"rel": "icon", "href": "data:,"}:
            self.found.append(f"element {tag} {given}")
        if tag in ("a", "use") and not given.get("href", "#").startswith("#"):
            self.found.append(f"leads to {given['href'][:80]}")
        for name, value in attributes:
            runs = (value or "").strip().lower().startswith(("javascript:", "data:text", "vbscript:"))
            if name.startswith("on") or (runs and name not in ("title", "aria-label")):
                self.found.append(f"attribute {name}={value}")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"comment {data[:40]!r}")


def _html(text: str) -> Iterator[str]:
    yield from _Page(text).found


KINDS: dict[str, Callable[[str], Iterator[str]]] = {
    "json": _own_json, "data": _json, "sarif": _sarif, "gitlab": _gitlab, "shields": _shields, "cyclonedx": _cyclonedx,
    "junit": _xml, "badge": _xml, "graphml": _xml, "csv": _csv, "dotenv": _dotenv, "github": _github, "dot": _dot,
    "mermaid": _mermaid, "markdown": _markdown, "html": _html,
}  # fmt: skip
