"""The detectors: every file of `detectors/` is one, and nothing lists them."""

import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib import metadata
from operator import attrgetter
from pathlib import Path
from typing import Any

from mlops_scan import __version__, toml
from mlops_scan.apart import Died, apart
from mlops_scan.clean import masked
from mlops_scan.detector import Detector, Shown, Signal
from mlops_scan.errors import InvalidFile
from mlops_scan.evidence import SIGNAL_KINDS, Reading
from mlops_scan.repository.patterns import is_safe
from mlops_scan.vocabulary import vocabulary

ENTRY_POINTS = "mlops_scan.detectors"
SECONDS_TO_LOAD = 20.0


def builtin_folder() -> Path:
    """`detectors/`: inside the package once it is installed, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "detectors"
    return inside if inside.is_dir() else package.parent / "detectors"


def load(folders: Iterable[Path] = ()) -> tuple[Detector, ...]:
    """The built-in detectors, those of installed packages, and those of more folders; a later one replaces its id.

    Code is loaded only from what is installed; from `folders` only TOML is read, since anybody may have written it.
    Raises `InvalidFile` for those; what is installed and broken is a detector with a `problem`.
    """
    found = {each.id: each for each in (*_builtin(), *_installed(tuple(sys.path)))}
    for folder in folders:
        if not os.path.isdir(folder):  # noqa: PTH112  # a `Path` raises for a name that is too long
            raise InvalidFile(folder, "is not a folder of detectors")
        found |= {path.stem: _discreet(from_toml(path)) for path in _in(folder, "*.toml")}
    return tuple(found[name] for name in sorted(found))


@cache
def ruler() -> str:
    """A digest of what a scan looks for and nobody's tree can change: two reports with different ones do not compare."""
    known = [(each.id, each.signals, each.shows, each.is_tool) for each in load()]
    return sha256(repr((__version__, known)).encode()).hexdigest()


@cache
def _builtin() -> tuple[Detector, ...]:
    return tuple(map(_of_file, _files(builtin_folder())))


@cache
def _installed(_places: tuple[str, ...]) -> tuple[Detector, ...]:
    """The detectors of other packages in these places: to ask what is installed takes a look into each package."""
    return tuple(_brought_along())


def _brought_along() -> Iterator[Detector]:
    """The same. Of one that does not load, whatever it raises, there is its name and what is wrong."""
    for point in metadata.entry_points(group=ENTRY_POINTS):
        name = f"of the entry point {point.name}"
        try:
            problem, brought = json.loads(apart(partial(_brought, point), SECONDS_TO_LOAD))
            yield from [_stranger(*each) for each in brought]
        except (Died, ValueError, TypeError) as failure:
            problem = f"cannot be loaded: {failure if isinstance(failure, Died) else 'it says nothing of itself'}"
        if problem:
            yield Detector(name, name, "", is_tool=False, problem=problem)


def _brought(point: metadata.EntryPoint) -> bytes:
    """What a package brings along, as JSON: a problem, and its detectors with the files of those that are code."""
    problems, brought = [], []
    try:
        files = [path for place in list(point.load().__path__) for path in _files(Path(place))]
    except (Exception, SystemExit) as failure:
        problems, files = [f"cannot be loaded: {type(failure).__name__}"], []
    for path in files:
        try:
            each = _discreet(_of_file(path))
            brought.append((*each[:4], each.shows, each.is_tool, str(path) if each.code else ""))
        except InvalidFile as failure:
            problems.append(str(failure))
    return json.dumps(("; ".join(problems), brought)).encode()


def _stranger(
    id_: str, name: str, url: str, signals: list[list[Any]], shows: list[str], is_tool: bool, path: str
) -> Detector:
    """A detector of another package, as that package's own process described it."""
    code = _Code(path) if path else None
    return Detector(id_, name, url, tuple(Signal(*each) for each in signals), code, tuple(shows), is_tool, apart=True)


@dataclass(frozen=True)
class _Code:
    """The code of a detector of another package, which is loaded only where it is called."""

    path: str

    def __call__(self, reading: Reading) -> Iterator[Shown]:
        code = _loaded(self.path).code
        return iter(()) if code is None else code(reading)


@cache
def _loaded(path: str) -> Detector:
    return _from_code(Path(path))


def _files(folder: Path) -> Iterator[Path]:
    yield from _in(folder, "*.toml")
    yield from (path for path in _in(folder, "*.py") if not path.stem.startswith("_"))


def _in(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern), key=attrgetter("name"))


def _of_file(path: Path) -> Detector:
    return from_toml(path) if path.suffix == ".toml" else _from_code(path)


def from_toml(path: Path) -> Detector:
    """A detector from its file; the id is the file's name. Raises `InvalidFile`."""
    data = toml.read(path, {"name", "url", "tool", "shows", "traces"})
    is_tool = data.get("tool", True)
    if not isinstance(is_tool, bool):
        raise InvalidFile(path, "`tool` must be true or false")
    for key in ("name", "url") if is_tool else ("name",):
        if not isinstance(data.get(key), str) or not data[key]:
            raise InvalidFile(path, f"`{key}` is missing, or is no text")
    if not isinstance(data.get("url", ""), str):
        raise InvalidFile(path, "`url` is no text")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem):
        raise InvalidFile(path, "the file's name is the id: lower-case words joined by `-`")
    signals = (*_signals(path, data, "shows"), *_signals(path, data, "traces"))
    if not signals:
        raise InvalidFile(path, "shows nothing: add a table [shows.PRACTICE]")
    return Detector(path.stem, data["name"], data.get("url", ""), signals, is_tool=is_tool)


def _discreet(made: Detector) -> Detector:
    """A detector that somebody else wrote, as a report may name it."""
    return made._replace(name=masked(made.name), url=masked(made.url))


@cache
def _simple() -> frozenset[str]:
    """The practices that a signal can show by itself."""
    return frozenset(name for name, each in vocabulary().practices.items() if not each.composed)


def _signals(path: Path, data: dict[str, dict[str, dict[str, list[str]]]], table: str) -> Iterator[Signal]:
    toml.check(path, data.get(table, {}), _simple(), table)
    for practice, kinds in data.get(table, {}).items():
        toml.check(path, kinds, SIGNAL_KINDS, f"{table}.{practice}")
        for kind, patterns in kinds.items():
            if not isinstance(patterns, list) or not all(isinstance(each, str) and each for each in patterns):
                raise InvalidFile(path, f"[{table}.{practice}] {kind} must be a list of texts")
            if kind == "file" and not all(map(is_safe, patterns)):
                raise InvalidFile(path, f"[{table}.{practice}] {kind}: too many stars in a pattern")
            yield from (Signal(practice, kind, pattern, table == "traces") for pattern in patterns)


def _from_code(path: Path) -> Detector:
    """The one detector of a Python module of an installed package; loaded by path, so that it shadows nothing."""
    spec = importlib.util.spec_from_file_location(f"mlops_scan.detectors.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InvalidFile(path, "cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as failure:  # somebody else's code: name it, whatever it raises
        raise InvalidFile(path, f"cannot be loaded: {type(failure).__name__}") from None
    found = [value for value in vars(module).values() if isinstance(value, Detector)]
    if len(found) != 1:
        raise InvalidFile(path, f"holds {len(found)} detectors; one module is one detector")
    return found[0]
