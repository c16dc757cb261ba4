"""What DVC keeps of the last run of each stage (`dvc.lock`), and what `dvc.yaml` says of the stages in the same words.

Whoever holds both, and the files, can compare them: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files
(section dvc.lock file). Version 1 of the lock has the stages at its top. DVC 3 says `hash: md5` beside each hash and means
that of the bytes; before, it was that of a text with `\\n` line ends, which DVC itself calls `md5-dos2unix`.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Unit
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at, leaves

_MOST = 5_000
_LONGEST = 200
_LISTS = (("deps", "dep"), ("outs", "out"))
_OUTPUTS = ("outs", "metrics", "plots")
_NUMBER = re.compile(r"[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,4})?")
_OTHER_BASE = re.compile(r"0[xo][0-9a-fA-F]{1,16}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:.*")
_NOTHING = ("", "~", "null")


@reads("dvc.lock")
def lock(source: Source) -> Iterator[Fact]:
    """What each stage ran, read and wrote when it last ran: `dep data/raw` and its hash, for the stage as unit."""
    for document in source.documents:
        stages = as_mapping(at(document, "stages") or document)
        found = (fact for name, stage in stages.items() for fact in _run(name, as_mapping(stage)))
        yield from islice(found, _MOST)


def _run(name: Scalar, stage: Mapping) -> Iterator[Fact]:
    unit = Unit("task", name).id
    if "cmd" in stage:
        yield Fact("locked", "cmd", stage.line_of("cmd"), command(at(stage, "cmd")), unit)
    if read := as_list(at(stage, "deps")):
        yield Fact("locked", "deps", stage.line_of("deps"), str(len(read)), unit)
    for key, role in _LISTS:
        for entry in map(as_mapping, as_list(at(stage, key))):
            path, digest = as_text(at(entry, "path")), as_text(at(entry, "md5"))
            if path and digest:
                kind = as_text(at(entry, "hash")) or "md5-dos2unix"
                yield Fact("locked", f"{role} {plain(path)}", entry.line_of("md5"), f"{kind}:{digest[:64]}", unit)
            if path and (number := as_text(at(entry, "nfiles"))):
                yield Fact("locked", f"nfiles {plain(path)}", entry.line_of("nfiles"), number[:20], unit)
    for file, values in as_mapping(at(stage, "params")).items():
        for key, value in as_mapping(values).items():
            yield Fact("locked", f"param {plain(file)} {key}", key.line, settled(leaves(value)), unit)


def defined(name: Scalar, stage: Node, body: Mapping) -> Iterator[Fact]:
    """What `dvc.yaml` says of a stage, in the words of the lock. A stage that makes many has a body of its own.

    What only a template knows (`${...}`) is not said.
    """
    unit = Unit("task", name).id
    many = body is not stage or "matrix" in body
    yield Fact("defined", "many" if many else "one", name.line, unit=unit)
    if home := as_text(at(body, "wdir")):
        yield Fact("defined", "wdir", body.line_of("wdir"), home[:_LONGEST], unit)
    if as_text(at(body, "frozen")).lower() == "true":
        yield Fact("defined", "frozen", body.line_of("frozen"), unit=unit)
    if "cmd" in body and "${" not in (text := command(at(body, "cmd"))):
        yield Fact("defined", "cmd", body.line_of("cmd"), text, unit)
    for role, keys in (("dep", ("deps",)), ("out", _OUTPUTS)):
        for path in (path for key in keys for path in _paths(at(body, key)) if "${" not in path):
            yield Fact("defined", f"{role} {plain(path)}", path.line, unit=unit)


def _paths(node: Node | None) -> Iterator[Scalar]:
    """`path`, `path: {cache: false}`, `{path: path}`."""
    for item in as_list(node):
        if isinstance(item, Scalar):
            yield item
        elif isinstance(path := at(item, "path"), Scalar):
            yield path
        else:
            yield from as_mapping(item)


def plain(path: str) -> str:
    """A path in one spelling. Windows writes it with backslashes."""
    return path if "://" in path else posixpath.normpath(path.replace("\\", "/"))


def command(node: Node | None) -> str:
    """One command or a list of them, whose white space means nothing here; of a long one a digest."""
    return _short(" ; ".join(" ".join(as_text(each).split()) for each in as_list(node)))


def settled(values: Iterable[tuple[str, Scalar]]) -> str:
    """The value of a parameter in one spelling: DVC writes what it has parsed, `0.001` for `1e-3`."""
    return _short(" ".join(sorted(f"{path}={_value(value)}" for path, value in values)))


def _value(value: Scalar) -> str:
    text = " ".join(value.split())
    if text.lower() in _NOTHING:
        return "null"
    if _NUMBER.fullmatch(text):
        return repr(float(text))
    if _OTHER_BASE.fullmatch(text):
        return repr(float(int(text, 0)))
    time = _TIME.fullmatch(text)
    return time[1] if time else text.lower() if text.lower() in ("true", "false") else text


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else hashlib.sha256(text.encode()).hexdigest()
