"""A small valid text for every reader: out of the pages and repositories of `fixtures/`, and written here where they have none."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cases

from mlops_scan import facts
from mlops_scan.errors import Unreadable
from mlops_scan.facts.source import Blob, ByteReader, Reader, Source
from mlops_scan.repository import files
from mlops_scan.repository.patterns import PathPatterns

AnyReader = Reader | ByteReader
_REPOSITORIES = cases.PAGES.parent / "repositories"
_MORE = Path(__file__).with_name("samples.md")
_LONGEST = 6_000  # bytes: what is mutated is shown to a person
_MOST = 12  # of one reader


class Sample(NamedTuple):
    """A file in which a reader finds something."""

    path: str
    content: bytes


@cache
def readers() -> list[AnyReader]:
    """Every reader there is: nothing lists them, here neither."""
    return [*dict.fromkeys(_all(facts.readers())), *dict.fromkeys(_all(facts.byte_readers()))]


def _all(index: PathPatterns[AnyReader]) -> Iterator[AnyReader]:
    return (reader for filed in index._filed.values() for _, reader in filed)


def title(reader: AnyReader) -> str:
    """How the reader is called in this test: its module and its name."""
    return f"{reader.read.__module__.removeprefix('mlops_scan.facts.')}.{reader.read.__name__}"


@cache
def everything() -> list[Sample]:
    """All files of the fixtures, the shortest first."""
    pages = [*sorted(cases.PAGES.glob("*.md")), _MORE]
    shown = [(path, text) for page in pages for case in cases.of(page) for path, text in case.files.items()]
    kept = [each for each in sorted(_REPOSITORIES.glob("*/**/*")) if each.is_file()]
    found = [Sample(path, _content(path, text)) for path, text in shown if path != ".git"]
    found += [Sample("/".join(each.relative_to(_REPOSITORIES).parts[1:]), each.read_bytes()) for each in kept]
    return sorted(set(found), key=lambda each: (len(each.content), each))


def _content(path: str, text: str) -> bytes:
    is_database = "CREATE TABLE" in text and facts.of_bytes(path)
    return cases.database(text) if is_database else text.encode("utf-8", "surrogatepass")


@cache
def of(reader: AnyReader) -> list[Sample]:
    """Files in which the reader finds something, of different kinds of content first."""
    takes = PathPatterns((pattern, True) for pattern in reader.patterns)
    claimed = [each for each in everything() if any(takes(each.path))]
    telling = [each for each in claimed if len(each.content) <= _limit(reader) and items(reader, each)]
    step = max(1, len(telling) // _MOST)
    return telling[::step][:_MOST]


def _limit(reader: AnyReader) -> int:
    return reader.limit if isinstance(reader, ByteReader) else _LONGEST


def items(reader: AnyReader, sample: Sample) -> list[object]:
    """All that the reader finds in a file, up to where it turns out to be unreadable."""
    found: list[object] = []
    with suppress(Unreadable):
        if isinstance(reader, ByteReader):
            found.extend(reader.read(Blob(*sample)))
        elif (text := files.decode(sample.content)) is not None:
            found.extend(reader.read(Source(sample.path, text)))
    return found
