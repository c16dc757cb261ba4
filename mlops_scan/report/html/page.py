"""The templates, filled: the only door to Jinja. Every text goes through `clean` and is escaped on its way out."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from mlops_scan import __version__
from mlops_scan.clean import clean, masked
from mlops_scan.report.html.view import View, anchor

_FOLDER = Path(__file__).parent / "templates"
_LONGEST = 2000  # of one text, which is long enough for ours; what comes from the tree is cut shorter before
_LONGEST_PATH = 140


def page(view: View) -> str:
    """The page of a view."""
    style, script = (_text(name) for name in ("style.css", "script.js"))
    ours = {"style": style, "script": script, "policy": _policy(style, script)}
    parts = {name: Markup(text) for name, text in ours.items()}  # noqa: S704 - files of this package
    return _environment().get_template("page.html.j2").render(view=view, version=__version__, **parts)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, finalize=_harmless,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {
        "anchor": anchor,
        "breaks": _breaks,
        "capital": _capital,
        "hide": masked,
        "last_station": _last_station,
        "prose": _prose,
        "short": _short,
    }
    return made


def _harmless(value: Any) -> Any:
    """Jinja calls this with the value of every expression: nothing gets past it that was not made by us as markup."""
    return clean(value, _LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """A sentence whose parts in backticks are code. A lone backtick is one."""
    parts = clean(text, _LONGEST).split("`")
    if len(parts) % 2 == 0:
        return escape(clean(text, _LONGEST))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def _breaks(text: object) -> Markup:
    """A path that may be broken behind each slash; of a very long one the end, which says most."""
    shown = clean(str(text), _LONGEST)
    shown = shown if len(shown) <= _LONGEST_PATH else f"…{shown[1 - _LONGEST_PATH :]}"
    return Markup("/<wbr>").join(shown.split("/"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _last_station(edge: str) -> str:
    """The end of an edge as in `run -> data version`."""
    return edge.rpartition(" -> ")[2]


def _short(text: str) -> str:
    return clean(text, 120)


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may load: nothing but its own style and script, told by their hashes (https://www.w3.org/TR/CSP3/)."""
    own = {"style-src": style, "script-src": script}
    hashes = [f"{kind} 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for kind, text in own.items()]
    return "; ".join(["default-src 'none'", *hashes, "img-src data:", "base-uri 'none'", "form-action 'none'"])
