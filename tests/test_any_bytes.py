"""Any bytes may stand in any file: every reader there is, one that was added today too, gives sound facts or says why not.

`pytest --hypothesis-profile long tests/test_any_bytes.py` tries some hundred times as many.
"""

import os
import re
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
from mlops_scan.evidence import Item
from mlops_scan.facts.source import Blob, ByteReader, Reader, Source
from mlops_scan.outcome import outcome_of
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

#: By the name of a file, with what a comment begins there that may stand on a line of its own, anywhere between two others.
COMMENTS = {
    "#": re.compile(
        r"\.(ya?ml|toml|py|sh|R|r|tf|cfg|ini|hcl|env|mk|dvc|timer|service|just|smk|in|cron|crontab)$|requirements.*\.txt$"
        r"|^(Makefile|Snakefile|Dockerfile|\.env.*|justfile|Procfile|crontab|CODEOWNERS|\.gitattributes|dvc\.lock|MLproject"
        r"|MLmodel|Pipfile|config)$"
    ),
    "//": re.compile(r"\.(js|ts|tsx|jsx|mjs|bicep|gradle|mod|sbt)$|^Jenkinsfile"),
}
_NUMBER = re.compile(r"(?<=line |cron-)\d+")
REPEATED = 10_000  # bytes


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


@st.composite
def repeated(draw: st.DrawFn, sample_of: list[Sample]) -> Sample:
    """A valid file, and then a word of its format or a hostile one, again and again."""
    path, content = draw(st.sampled_from(sample_of))
    words = sorted({word for word in tokens(content.decode("utf-8", "replace")) if word.strip()})
    piece = draw(st.sampled_from([*HOSTILE, *words])) + draw(st.sampled_from(["", " ", "\n"]))
    return Sample(path, content + (piece * (REPEATED // len(piece.encode()))).encode())


def noise(sample_of: list[Sample], reader: AnyReader) -> st.SearchStrategy[Sample]:
    """Any bytes at all; of a format that is told by its first bytes, behind these."""
    begins = reader.begins if isinstance(reader, ByteReader) else b""
    texts = st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.builds(
        Sample,
        st.sampled_from([each.path for each in sample_of]),
        (st.binary(max_size=200) | texts).map(begins.__add__),
    )


@every_reader
def test_a_reader_finds_something_in_a_sample_of_its_format(reader: AnyReader) -> None:
    assert samples.of(reader), "no page of fixtures/ has an example: write one into tests/samples.md"


@every_reader
def test_of_any_bytes_a_reader_tells_sound_facts(reader: AnyReader) -> None:
    own = samples.of(reader)

    @few(share=5)
    @given(noise(own, reader) | written(own) | changed(own) | repeated(own))
    @example(Sample(own[0].path, b""))
    def holds(file: Sample) -> None:
        note(f"{file.path}: {file.content!r}")
        with ends():
            sound(reader, *file)

    holds()


@pytest.mark.parametrize("path", PATHS)
def test_all_that_is_found_in_any_bytes_is_sound_and_can_be_remembered(path: str) -> None:
    own = [each for each in samples.everything() if each.path == path]
    reader = facts.of_bytes(path)

    @few(share=10)
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


@every_text_reader
def test_an_empty_line_at_the_end_says_nothing(reader: Reader) -> None:
    for path, content in samples.of(reader):
        items, reason, lines = found(reader, path, content.rstrip(b"\n"))
        assert found(reader, path, content.rstrip(b"\n") + b"\n\n\n") == (items, reason, lines + 3), path


@every_text_reader
def test_a_comment_at_the_end_says_nothing(reader: Reader) -> None:
    for path, content in samples.of(reader):
        if mark := comment_of(path):
            items, reason, lines = found(reader, path, content.rstrip(b"\n"))
            more = content.rstrip(b"\n") + f"\n{mark} nothing at all".encode()
            assert found(reader, path, more) == (items, reason, lines + 1), path


@every_text_reader
def test_a_comment_at_the_beginning_moves_all_facts_by_a_line_whatever_ends_lines_in_it_elsewhere(
    reader: Reader,
) -> None:
    for path, content in samples.of(reader):
        if (mark := comment_of(path)) and not content.startswith((b"#!", b"---", b"{{", b"# syntax")):
            moved, before = (
                found(reader, path, f"{mark} a\x85b\u2028c\u2029d\n".encode() + content),
                found(reader, path, content),
            )
            assert (moved[1], moved[2]) == (before[1], before[2] + 1)
            pairs = list(zip(map(numberless, moved[0]), map(numberless, before[0]), strict=True))
            assert [a._replace(line=None) for a, _ in pairs] == [b._replace(line=None) for _, b in pairs], path
            assert not [(a, b) for a, b in pairs if b.line and a.line != b.line + 1 and not a.line == b.line == 1], path


def comment_of(path: str) -> str:
    """What a line of comment begins with in this file; nothing where none may stand everywhere."""
    name = path.rpartition("/")[2]
    return next((mark for mark, names in COMMENTS.items() if names.search(name)), "")


def numberless(item: Item) -> Item:
    """The item without the numbers of lines by which some units are called."""
    texts = {name: _NUMBER.sub("", text) for name, text in item._asdict().items() if isinstance(text, str)}
    return item._replace(**texts)


def test_what_is_found_does_not_hang_on_the_order_of_hashes() -> None:
    code = (
        "import hashlib, samples; from mlops_scan.outcome import outcome_of\n"
        "told = repr([(each, outcome_of(*each)) for each in samples.everything()[::3]])\n"
        "print(hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest())"
    )
    root = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{root.parent}{os.pathsep}{root}"}
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={**environment, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
