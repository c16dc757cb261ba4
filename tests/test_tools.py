"""Each detector has a page that shows every one of its signals, and each page is a negative case for all others."""

import functools

import cases
import pytest

from mlops_scan import facts
from mlops_scan.catalogue import builtin_folder, load
from mlops_scan.detection import detect
from mlops_scan.evidence import KINDS, UNIT_KINDS, Fact, Reading
from mlops_scan.facts.source import Blob, Source
from mlops_scan.graph import EvidenceGraph
from mlops_scan.matching import Index
from mlops_scan.repository import READ, Roles
from mlops_scan.wiring.link import link

DETECTORS = load()
BY_ID = {each.id: each for each in DETECTORS}
PAGES = sorted(cases.PAGES.glob("*.md"))
CASES = [case for page in PAGES for case in cases.of(page)]


@functools.cache
def readings_of(case: cases.Case) -> tuple[Reading, ...]:
    roles = Roles(case.files)
    found = []
    for path, content in case.files.items():
        if path == ".git":  # the numbers of a history, which a page cannot have
            counts = (line.partition(": ") for line in content.splitlines())
            found.append(
                Reading(path, "product", tuple(Fact("history", name, None, count) for name, _, count in counts))
            )
            continue
        role = roles(path)
        if "CREATE TABLE" in content and (reader := facts.of_bytes(path)):
            read, units, warnings = facts.read_bytes(reader, Blob(path, cases.database(content)))
        else:
            read, units, warnings = (
                facts.read(Source(path, content)) if role in READ and facts.claimed(path) else ([], [], [])
            )
        assert not warnings, f"an example that does not parse: {warnings}"
        found.append(Reading(path, role, (Fact("file", path), *read), tuple(units)))
    return tuple(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.stem}: {case.title}")
def test_a_page_shows_all_that_is_seen_in_its_repositories(case: cases.Case, accept: bool) -> None:
    readings = readings_of(case)
    evidence = detect(readings, DETECTORS)
    graph = EvidenceGraph(readings, link(readings).links, evidence)
    rows = cases.rows_of(
        [(one.practice, BY_ID[one.tool].name, str(graph.strength_of(one)), str(one.place)) for one in evidence]
    )
    if accept:
        cases.accept(case, rows)
    else:
        assert rows == case.expected


def test_every_detector_has_a_page_and_every_page_a_detector() -> None:
    assert sorted(page.stem for page in PAGES) == sorted(BY_ID)


def test_every_file_of_the_folder_is_one_detector() -> None:
    files = {
        path.stem.replace("_", "-")
        for path in builtin_folder().iterdir()
        if path.suffix in (".toml", ".py") and path.stem != "__init__"
    }
    assert files == set(BY_ID)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_signal_has_an_example(page) -> None:
    own = BY_ID[page.stem]
    index = Index([own])
    seen = {
        match.signal
        for case in cases.of(page)
        for reading in readings_of(case)
        for fact in reading.facts
        for match in index(fact)
    }
    assert [signal for signal in own.signals if signal not in seen] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_has_a_near_miss(page) -> None:
    silent = [
        case for case in cases.of(page) if not any(f"| {BY_ID[page.stem].name} |" in row for row in case.expected)
    ]
    assert silent, "add a `##` case that looks like the tool and is not"


def test_readers_speak_only_the_words_of_the_vocabulary() -> None:
    readings = [reading for case in CASES for reading in readings_of(case)]
    assert {fact.kind for reading in readings for fact in reading.facts} <= set(KINDS)
    assert {unit.kind for reading in readings for unit in reading.units} <= set(UNIT_KINDS)
