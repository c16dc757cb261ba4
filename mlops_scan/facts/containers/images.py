"""Image references: their names and tags, with the variables filled in whose value is known."""

import re
from collections.abc import Iterator, Mapping

from mlops_scan.evidence import Fact

_REFERENCE = re.compile(r"[A-Za-z0-9$][\w.\-/:@${}]{0,300}")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+?])([^{}]*))?\})")
_KANIKO = re.compile(r"(?:^|/)kaniko(?:-project)?/(?:\w+-)?executor$")
_NO_IMAGE = {"true", "false", "null", "none", "scratch"}


def image(reference: str, line: int | None, unit: str = "") -> Iterator[Fact]:
    """The `image` fact of a reference; none where it is no reference or a template decides its name."""
    name, tag = named(reference.strip())
    if _REFERENCE.fullmatch(name) and "TEMPLATE" not in name and name.lower() not in _NO_IMAGE:
        yield Fact("image", name, line, "" if "TEMPLATE" in tag or "{{" in tag else tag, unit)


def program(reference: str) -> str:
    """What an image that builds images runs by itself, so that its arguments alone can be read; of others nothing."""
    return "/kaniko/executor" if _KANIKO.search(named(reference)[0]) else ""


def named(reference: str) -> tuple[str, str]:
    """A reference as name and tag; the digest stands for the tag where there is one."""
    reference, _, digest = reference.partition("@")
    folder, slash, last = reference.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{folder}{slash}{name}", digest or tag


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with `$NAME`, `${NAME}` and `${NAME:-default}` replaced where the value is known or has a default."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if found[3] in (":+", "+"):
            return found[4] if values.get(name) else ""
        fallback = found[4] if found[3] in (":-", "-") else f"${{{name}}}"
        return values.get(name) or fallback

    return _VARIABLE.sub(value, text)
