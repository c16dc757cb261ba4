"""One Python requirement: PEP 508, what pip accepts besides, and what tools wrote before there was a PEP."""

import re
from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from mlops_scan.evidence import EXTRA, Fact

LONGEST = 10_000
_SPLIT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[([^\[\]]*)\])?\s*(.*)$")
_CONSTRAINT = re.compile(r"\(?\s*[=<>!~^]")
_ADDRESS = re.compile(r"(?:git|hg|svn|bzr)\+|https?://|git@|file:")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def declared(text: str, line: int | None) -> Iterator[Fact]:
    """The facts of a requirement as it is written; nothing for a text that is none.

    The value is the constraint as written; `==` begins an exact one. A direct address becomes `@ address`.
    """
    if len(text) > LONGEST:
        return
    text = _COMMENT.sub("", text).strip()
    found = _addressed(text) if _ADDRESS.match(text) else _parsed(text)
    if found:
        name, extras, value = found
        yield from package(name, value, line, extras)


def package(name: str, value: str, line: int | None, extras: Iterable[str] = ()) -> Iterator[Fact]:
    """The facts of a Python package that is needed: its name in normal form, and `name[extra]` for each extra."""
    name = canonicalize_name(name)
    yield Fact("dependency", name, line, value)
    for extra in sorted(extras):
        yield Fact("dependency", f"{name}[{extra}]", line, value)


def of_extra(extra: str, facts: Iterator[Fact]) -> Iterator[Fact]:
    """The facts of what a package needs only for one of its extras."""
    return (fact._replace(unit=f"{EXTRA}{extra}") for fact in facts)


def own(name: str, published: bool, line: int | None) -> Fact:
    """The fact that the repository provides this package; classifiers say that it was meant to be published."""
    return Fact("package", canonicalize_name(name), line, "published" if published else "")


def without_credentials(address: str) -> str:
    """An address without user and password, which stand there in clear text more often than not."""
    return re.sub(r"//[^/@\s]*@", "//", address)


def _parsed(text: str) -> tuple[str, list[str], str] | None:
    text = re.split(r"\s--", text, maxsplit=1)[0]
    text = text.partition(" ;" if "@" in text else ";")[0].strip()
    parts = _SPLIT.match(text)
    if not parts:
        return None
    constraint = parts[3].strip("() ")
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError):
        # Versions from before PEP 440 (`pandas>1.*`, `torch==1.0-cu9`) still stand in many files.
        if not _CONSTRAINT.match(parts[3]):
            return None
        return parts[1], [each.strip() for each in (parts[2] or "").split(",") if each.strip()], constraint
    value = f"@ {without_credentials(requirement.url)}" if requirement.url else constraint
    return requirement.name, list(requirement.extras), value


def _addressed(text: str) -> tuple[str, list[str], str] | None:
    """A bare address: the name stands in `#egg=`, in the file name of the archive, or is that of the repository."""
    location, _, fragment = without_credentials(text.split(maxsplit=1)[0]).partition("#")
    if egg := re.search(r"egg=([\w.-]+)", fragment):
        return egg[1], [], f"@ {location}"
    last = location.partition("@")[0].rstrip("/").rpartition("/")[2].replace("%2B", "+")
    try:
        if last.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(last)
            return name, [], f"=={version}"
        if last.endswith((".tar.gz", ".zip")):
            name, version = parse_sdist_filename(last)
            return name, [], f"=={version}"
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    repository = re.match(r"([A-Za-z0-9][\w-]*)(?:\.git)?$", last)
    return (repository[1], [], f"@ {location}") if repository and not text.startswith("http") else None
