"""Any bytes may stand in any file: every reader there is, one that was added today too, gives sound facts or says why not.

`pytest --hypothesis-profile long tests/test_any_bytes.py` tries some hundred times as many.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import samples
import soundness
from endless import ends
from fuzz.edits import EDITS, HOSTILE, Edit, apply, tokens
from hypothesis import example, given, note, settings
from hypothesis import strategies as st
from samples import AnyReader, Sample

from mlops_scan import facts
from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item
from mlops_scan.facts.source import Blob, ByteReader, Source
from mlops_scan.outcome import Outcome, outcome_of
from mlops_scan.repository import files

READERS = samples.readers()
every_reader = pytest.mark.parametrize("reader", READERS, ids=samples.title)
every_text_reader = pytest.mark.parametrize(
    "reader", [each for each in READERS if not isinstance(each, ByteReader)], ids=samples.title
)

NUMBERS = st.integers(0, 100_000)
CHANGES = st.lists(st.builds(Edit, st.sampled_from(sorted(EDITS)), NUMBERS, NUMBERS), min_size=1, max_size=4)

#: Of each kind of file one of which the readers say most; whoever adds a reader adds its files.
PATHS = sorted({sample.path for reader in READERS for sample in samples.of(reader)[-2:]})


def few(share: int) -> settings:
    """A share of the examples of the profile: there are many readers."""
    return settings(max_examples=max(1, settings().max_examples // share))


def found(reader: AnyReader, path: str, content: bytes) -> tuple[list[Item], str, int]:
    """What the reader finds, why it gives up if it does, and how many lines there are. Anything else that is raised is a fault."""
    if isinstance(reader, ByteReader):
        lines, source = 1, Blob(path, content)
        if not content.startswith(reader.begins):
            return [], "", 1
    else:
        text = files.decode(content)
        if text is None:
            return [], "", 1
        lines, source = text.count("\n") + 1, Source(path, text)
    items: list[Item] = []
    try:
        items.extend(reader.read(source))  # type: ignore[arg-type]
    except Unreadable as failure:
        assert failure.line is None or 1 <= failure.line <= lines
        return items, failure.reason or "no reason", lines
    return items, "", lines


def sound(reader: AnyReader, path: str, content: bytes) -> None:
    """Hold a content against all that must be true of what one reader finds in it."""
    note(f"{samples.title(reader)} of {path}: {content!r}")
    items, reason, lines = found(reader, path, content)
    assert not list(soundness.of_items(items, lines))
    assert found(reader, path, content) == (items, reason, lines)


@st.composite
def written(draw: st.DrawFn, sample_of: list[Sample]) -> Sample:
    """A file made of the words of its format, some of them hostile."""
    sample = draw(st.sampled_from(sample_of))
    words = sorted({word for each in sample_of[:4] for word in tokens(each.content.decode("utf-8", "replace"))})
    parts = draw(st.lists(st.sampled_from([*words, *HOSTILE]), max_size=40))
    return Sample(sample.path, "".join(parts).encode())


@st.composite
def changed(draw: st.DrawFn, sample_of: list[Sample]) -> Sample:
    """A valid file after a few small changes."""
    path, content = draw(st.sampled_from(sample_of))
    for edit in draw(CHANGES):
        other = draw(st.sampled_from(sample_of)).content
        content = apply(edit, content, other)
    return Sample(path, content)


def noise(sample_of: list[Sample], reader: AnyReader) -> st.SearchStrategy[Sample]:
    """Any bytes at all; of a format that is told by its first bytes, behind these."""
    begins = reader.begins if isinstance(reader, ByteReader) else b""
    texts = st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.builds(Sample, st.sampled_from([each.path for each in sample_of]), (st.binary(max_size=200) | texts).map(begins.__add__))


@every_reader
def test_a_reader_finds_something_in_a_sample_of_its_format(reader: AnyReader) -> None:
    assert samples.of(reader), "no page of fixtures/ has an example: write one into tests/samples.md"


@every_reader
def test_of_any_bytes_a_reader_tells_sound_facts(reader: AnyReader) -> None:
    own = samples.of(reader)

    @few(share=2)
    @given(noise(own, reader) | written(own) | changed(own))
    @example(Sample(own[0].path, b""))
    def holds(file: Sample) -> None:
        sound(reader, *file)

    holds()


@pytest.mark.parametrize("path", PATHS)
def test_all_that_is_found_in_any_bytes_is_sound_and_can_be_remembered(path: str) -> None:
    own = [each for each in samples.everything() if each.path == path]
    reader = facts.of_bytes(path)

    @few(share=4)
    @given(written(own) | changed(own))
    def holds(file: Sample) -> None:
        note(f"{path}: {file.content!r}")
        outcome = outcome_of(*file)
        text = None if reader else files.decode(file.content)
        if text is None and not reader:
            return
        assert not list(soundness.of_outcome(outcome, path, (text or "").count("\n") + 1))
        if text is not None and "\0" not in text:
            assert outcome_of(path, text.replace("\n", "\r\n").encode()) == outcome, "ends of lines change something"
            assert outcome_of(path, b"\xef\xbb\xbf" + text.encode()) == outcome, "a byte order mark changes something"

    holds()
