"""All that the readers find in one content: made by its text and path alone, and so it can be kept as bytes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from mlops_scan import facts
from mlops_scan.clean import LONGEST, are_masked
from mlops_scan.evidence import Fact, Place, Unit, Warning
from mlops_scan.facts.source import Blob, Source
from mlops_scan.facts.telling import is_telling
from mlops_scan.repository import files, is_lfs_pointer

_APPLE_DOUBLE = b"\x00\x05\x16\x07"  # what macOS keeps beside a file on foreign disks (RFC 1740)
#: Kinds whose names and values are names of code. Any other may quote a secret.
_QUOTES_NOTHING = frozenset({"import", "file"})
#: Kinds in which digests stand, which look like secrets and are none.
_OF_DIGESTS = frozenset({"digest", "locked", "defined", "record", "image"})
_DIGEST = re.compile(r"\b[0-9a-f]{32,64}\b")
_MOST_REMEMBERED = 50_000
_DOCUMENTS = (".md", ".rst", ".adoc")
_ANNEX = "/annex/objects/"  # https://git-annex.branchable.com/internals/pointer_file/
_LONGEST_POINTER = 32_768


class Outcome(NamedTuple):
    """All that the readers find in one content."""

    facts: tuple[Fact, ...] = ()
    units: tuple[Unit, ...] = ()
    warnings: tuple[Warning, ...] = ()


def outcome_of(path: str, content: bytes) -> Outcome:
    """What the readers find in a content: it and the path decide, and nothing else."""
    if reader := facts.of_bytes(path):
        begins = content.startswith(reader.begins)
        return _tuples(facts.read_bytes(reader, Blob(path, content))) if begins else Outcome()
    text = files.decode(content)
    if text is None:
        return Outcome() if content.startswith(_APPLE_DOUBLE) or not is_telling(path) else _binary(path)
    if is_lfs_pointer(text):
        return Outcome((Fact("lfs", path, 1),), warnings=_elsewhere(path, "Git LFS"))
    if text.startswith(_ANNEX) and len(text) < _LONGEST_POINTER:
        return Outcome(warnings=_elsewhere(path, "git-annex"))
    found = _tuples(facts.read(Source(path, text)))
    return found._replace(warnings=(*found.warnings, *_unfinished(path, text)))


def _elsewhere(path: str, program: str) -> tuple[Warning, ...]:
    """Where a text should stand that runs, and only a pointer does: fetched by nobody, it is unknown."""
    message = f"is a pointer of {program}: what it stands for is not here, and was not read"
    return (Warning(Place(path), message, lost=True),) if is_telling(path) else ()


def _unfinished(path: str, text: str) -> Iterator[Warning]:
    """Both sides of a merge stand in a file that somebody has still to finish. Documents show such marks on purpose."""
    if "<<<<<<< " not in text or path.endswith(_DOCUMENTS):
        return
    begins = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("<<<<<<< "):
            begins = number
        elif begins and line == "=======":
            yield Warning(Place(path, begins), "holds the marks of a merge that is not finished")
            return


def _binary(path: str) -> Outcome:
    """Where a text should stand that runs. A shell reads over the zero bytes that make it one."""
    return Outcome(
        warnings=(Warning(Place(path), "is binary, where a text should stand, and was not read", lost=True),)
    )


def _tuples(found: tuple[Sequence[Fact], Sequence[Unit], Sequence[Warning]]) -> Outcome:
    return Outcome(tuple(found[0]), tuple(found[1]), tuple(found[2]))


def may_be_kept(outcome: Outcome) -> bool:
    """Not what quotes what looks like a secret, nor what came of a failure that may pass."""
    return not any(each.lost for each in outcome.warnings) and _is_discreet(_quoted(outcome))


_discreet: set[str] = set()  #: quotations without a secret: the files of a repository say the same things


def _is_discreet(quotations: Iterable[str]) -> bool:
    unknown = [each for each in dict.fromkeys(quotations) if each not in _discreet]
    if not are_masked(unknown):
        return False
    if len(_discreet) + len(unknown) > _MOST_REMEMBERED:
        _discreet.clear()
    _discreet.update(each for each in unknown[:_MOST_REMEMBERED] if len(each) <= LONGEST)
    return True


def _quoted(outcome: Outcome) -> Iterator[str]:
    for each in outcome.facts:
        if each.kind in _OF_DIGESTS:
            yield _DIGEST.sub("", f"{each.name}: {each.value}")
        elif each.kind not in _QUOTES_NOTHING:
            yield f"{each.name}: {each.value}"
    yield from (each.name for each in outcome.units)


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decoder = msgspec.msgpack.Decoder(Outcome)


def encoded(outcome: Outcome) -> bytes:
    """The outcome as bytes; none where it holds half of a pair of code units, as names of files and Python texts can."""
    try:
        return _encode(outcome)
    except UnicodeEncodeError:
        return b""


def decoded(data: bytes) -> Outcome | None:
    """The outcome that the bytes are; None where they are none."""
    try:
        return _decoder.decode(data) if data else None
    except (msgspec.DecodeError, RecursionError):
        return None
