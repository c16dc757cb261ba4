"""The configuration: `[tool.mlops-scan]` in pyproject.toml, or `.mlops-scan.toml`.

A configuration that is found in the scanned tree was written by whoever wrote the tree: it may choose and exclude, but
it names no code, and no path outside the tree.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from mlops_scan import toml
from mlops_scan.attestation import ANSWERS, Attestation
from mlops_scan.errors import InvalidFile, Unreadable
from mlops_scan.evidence import Place
from mlops_scan.faults import Suppression, rules
from mlops_scan.maturity import Model
from mlops_scan.repository import Role, Scope
from mlops_scan.repository.files import LARGEST, decode, read_bytes
from mlops_scan.repository.patterns import is_safe

OWN_FILE = ".mlops-scan.toml"
COUNTS = ("proven", "attested")
KEYS = ("model", "min-stage", "exclude", "roles", "detectors", "suppress", "attest", "count")


class Config(NamedTuple):
    """What a configuration file says; what it does not say is as if it were not there."""

    model: str = "stages"
    min_stage: int | None = None
    exclude: tuple[str, ...] = ()
    roles: tuple[tuple[str, Role], ...] = ()
    detectors: tuple[Path, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    attested: tuple[Attestation, ...] = ()
    counts: str = "proven"

    def scope(self, project: str = "") -> Scope:
        """Which files to look at."""
        return Scope(self.exclude, self.roles, project)


def find(root: Path) -> Config:
    """The configuration of a scanned tree: its own file, else its section of pyproject.toml. Raises `InvalidFile`."""
    for name in (OWN_FILE, "pyproject.toml"):
        try:
            section = _section(root / name, _text(root / name))
        except InvalidFile:
            if name == OWN_FILE:
                raise
            continue  # a broken pyproject.toml is the report's business
        if section is not None:
            return _checked(root / name, section, inside=root)
    return Config()


def place_of(root: Path) -> Path:
    """The file in which the configuration of a tree stands, or should stand where there is none yet."""
    own, project = root / OWN_FILE, root / "pyproject.toml"
    if not os.path.lexists(own):
        with suppress(InvalidFile):
            if _section(project, _text(project)) is not None:
                return project
    return own


def load(path: Path) -> Config:
    """The user's own configuration file. A pyproject.toml is read for its section. Raises `InvalidFile`."""
    section = _section(path, toml.text_of(path))
    return _checked(path, {} if section is None else section, inside=None)


def _text(path: Path) -> str | None:
    """The text of a file of the tree, None where there is none. Raises `InvalidFile` for one that cannot be read."""
    if not os.path.lexists(path):
        return None
    try:
        return decode(read_bytes(path, LARGEST)) or ""
    except Unreadable as failure:
        raise InvalidFile(path, failure.reason) from None


def _section(path: Path, text: str | None) -> Any:
    """What a file says of us: all of it, or the section of a pyproject.toml. None for nothing. Raises `InvalidFile`."""
    if text is None:
        return None
    data = toml.parse(path, text)
    if path.name != "pyproject.toml":
        return data
    tool = data.get("tool")
    return tool.get("mlops-scan") if isinstance(tool, dict) else None


def _checked(path: Path, section: Any, inside: Path | None) -> Config:
    toml.check(path, section, KEYS)
    model = section.get("model", "stages")
    minimum = section.get("min-stage")
    if not isinstance(model, str):
        raise InvalidFile(path, "`model` must be a text")
    if minimum is not None and (not isinstance(minimum, int) or isinstance(minimum, bool) or minimum < 0):
        raise InvalidFile(path, "`min-stage` must be a number from 0 on")
    if model.endswith(".toml"):
        model = str(_place(path, model, inside))
    folders = tuple(_folder(path, name, inside) for name in _texts(path, section, "detectors"))
    count = section.get("count", "proven")
    if count not in COUNTS:
        raise InvalidFile(path, f"`count` is one of {', '.join(COUNTS)}")
    roles, suppressions = tuple(_roles(path, section)), tuple(_suppressions(path, section))
    attested = tuple(_attested(path, section))
    return Config(model, minimum, _patterns(path, section, "exclude"), roles, folders, suppressions, attested, count)


def _texts(path: Path, section: dict[str, Any], key: str) -> list[str]:
    values = section.get(key, [])
    if not isinstance(values, list) or not all(isinstance(each, str) and each for each in values):
        raise InvalidFile(path, f"`{key}` must be a list of texts")
    return values


def _patterns(path: Path, section: dict[str, Any], key: str) -> tuple[str, ...]:
    patterns = _texts(path, section, key)
    for pattern in patterns:
        if not is_safe(pattern):
            raise InvalidFile(path, f"`{key}`: too many stars in a pattern")
    return tuple(pattern if not pattern.endswith("/") else f"{pattern}**" for pattern in patterns)


def _roles(path: Path, section: dict[str, Any]) -> list[tuple[str, Role]]:
    table = section.get("roles", {})
    toml.check(path, table, [role.value for role in Role], "roles")
    return [(pattern, Role(role)) for role in table for pattern in _patterns(path, table, role)]


def _suppressions(path: Path, section: dict[str, Any]) -> Iterator[Suppression]:
    """Rule id -> list of `{path, reason}`. A fault that is accepted without a reason is only hidden."""
    table = section.get("suppress", {})
    toml.check(path, table, [rule.id for rule in rules()], "suppress")
    for rule, entries in table.items():
        if not isinstance(entries, list):
            raise InvalidFile(path, f"[suppress] {rule} must be a list of {{path, reason}}")
        for entry in entries:
            toml.check(path, entry, ("path", "reason"), f"suppress.{rule}")
            for key in ("path", "reason"):
                if not isinstance(entry.get(key), str) or not entry[key].strip():
                    raise InvalidFile(path, f"[suppress] {rule}: each entry needs a `{key}`")
            for pattern in _patterns(path, {"path": [entry["path"]]}, "path"):
                yield Suppression(rule, pattern, entry["reason"].strip())


def _attested(path: Path, section: dict[str, Any]) -> Iterator[Attestation]:
    """Criterion id -> what people answer. An answer without a reason, a name and an end would be a wish."""
    table = section.get("attest", {})
    toml.check(path, table, table if isinstance(table, dict) else (), "attest")
    for criterion, entry in table.items():
        where = f'[attest."{criterion}"]'
        toml.check(path, entry, ("answer", "why", "by", "until", "link"), f'attest."{criterion}"')
        if entry.get("answer") not in ANSWERS:
            raise InvalidFile(path, f"{where}: `answer` is one of {', '.join(ANSWERS)}")
        for key in ("why", "by"):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                raise InvalidFile(path, f"{where} needs a `{key}`")
        until, link = entry.get("until"), entry.get("link", "")
        if type(until) is not date:  # a datetime is a date as well, to Python
            raise InvalidFile(path, f"{where}: `until` is a date, as in until = 2030-01-31")
        if not isinstance(link, str):
            raise InvalidFile(path, f"{where}: `link` must be a text")
        why, by = entry["why"].strip(), entry["by"].strip()
        yield Attestation(criterion, entry["answer"], why, by, until, Place(path.name), link)


def check_criteria(attested: Iterable[Attestation], models: Iterable[Model]) -> None:
    """Refuse an answer to a criterion that no model asks, naming the nearest. Raises `InvalidFile`."""
    known = [criterion.id for model in models for criterion in model.criteria]
    for each in attested:
        toml.check(each.place.path, {each.criterion: each}, known, "attest")


def _folder(path: Path, name: str, inside: Path | None) -> Path:
    """A folder of detectors; of a scanned tree it holds no link that leads outside."""
    folder = _place(path, name, inside)
    for file in sorted(folder.glob("*.toml")) if inside and os.path.isdir(folder) else ():  # noqa: PTH112  # never raises
        _place(path, str(file), inside)
    return folder


def _place(path: Path, name: str, inside: Path | None) -> Path:
    """A path that the configuration names, relative to its own place; a scanned tree cannot point outside itself."""
    try:
        place = (path.parent / name).resolve()
        is_inside = inside is None or place.is_relative_to(inside.resolve())
    except (OSError, ValueError, RuntimeError):  # a name that no path can have, a loop of links
        raise InvalidFile(path, f"names a path that cannot be followed: {name}") from None
    if not is_inside:
        raise InvalidFile(path, f"names a path outside of the scanned tree: {name}")
    return place
