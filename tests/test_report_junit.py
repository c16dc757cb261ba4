"""JUnit XML: what Jenkins' schema allows, and a test case for each criterion that says what the gate says."""

from xml.etree import ElementTree as ET

import judged
import pytest
from junitparser import JUnitXml

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.evidence import Warning
from mlops_scan.report import Look
from mlops_scan.report.parts import gate

#: What `junit-10.xsd` of Jenkins' xunit-plugin says of the elements that we write: attributes (all of `must`, no others
#: than these and `may`), and children.
ALLOWED = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), ("testsuite",)),
    "testsuite": (
        ("name", "tests", "failures", "errors"),
        ("group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "version"),
        ("testsuite", "properties", "testcase", "system-out", "system-err"),
    ),
    "testcase": (("name",), ("time", "classname", "group"), ("skipped", "error", "failure", "system-out", "system-err")),
    "failure": ((), ("type", "message"), ()),
    "error": ((), ("type", "message"), ()),
    "skipped": ((), ("type", "message"), ()),
}  # fmt: skip


def read(assessment: Assessment | None = None, look: Look = Look()) -> ET.Element:  # noqa: B008
    """The report, checked against the schema and against its own sums."""
    text = report.render("junit", judged.houses() if assessment is None else assessment, look)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    whole = ET.fromstring(text.encode())
    for element in whole.iter():
        must, may, children = ALLOWED[element.tag]
        assert set(must) <= set(element.attrib) <= {*must, *may}
        assert {child.tag for child in element} <= set(children)
    for suite in (whole, *whole.iter("testsuite")):
        cases = list(suite.iter("testcase"))
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == sum(case.find("failure") is not None for case in cases)
    return whole


def outcomes(whole: ET.Element) -> dict[str, str]:
    """What came of each criterion: `passed`, `failure`, `skipped` or `error`."""
    return {
        case.attrib["name"].partition(" ")[0]: case[0].tag if len(case) else "passed"
        for case in whole.iter("testcase")
        if case.attrib["classname"] != "mlops-scan.scan"
    }


def test_each_stage_is_a_suite_and_each_criterion_a_case() -> None:
    climb = judged.houses().climb("stages")
    suites = read().findall("testsuite")
    assert [len(suite) for suite in suites] == [2, *(len(stage.criteria) for stage in climb.model.stages)]
    assert [suite.attrib["name"] for suite in suites[:2]] == ["scan", "stage 0: Ad hoc"]
    names = [(case.attrib["classname"], case.attrib["name"]) for case in read().iter("testcase")]
    assert len(set(names)) == len(names)  # GitLab takes the first of equal ones and leaves the others out


def test_a_parser_counts_what_we_count() -> None:
    parsed = JUnitXml.fromstring(report.render("junit", judged.houses(), Look()).encode())
    assert parsed.tests == len(list(read().iter("testcase")))
    assert parsed.failures == int(read().attrib["failures"]) > 0
    assert parsed.errors == 0


def test_met_passes_and_what_holds_the_next_stage_back_fails() -> None:
    climb = judged.houses().climb("stages")
    said = outcomes(read())
    held = {each.criterion.id for each in climb.holding_back if each.verdict != "asked"}
    assert {name for name, outcome in said.items() if outcome == "failure"} == held
    assert {each.criterion.id for each in climb.judgements if each.verdict == "met"} == {
        name for name, outcome in said.items() if outcome == "passed"
    }
    assert {said[each.criterion.id] for each in climb.judgements if each.verdict == "asked"} == {"skipped"}


@pytest.mark.parametrize("target", range(6))
def test_there_is_a_failure_exactly_where_the_gate_fails(target: int) -> None:
    assessment = judged.houses()
    failures = int(read(look=Look(target=target)).attrib["failures"])
    assert bool(failures) == bool(gate.lines(assessment, gate.Target("stages", target)))


def test_a_failure_says_what_is_missing_where_each_reader_looks() -> None:
    failure = read().find(".//failure")
    assert failure.text.startswith(failure.attrib["message"])
    assert "to do: " in failure.text


def test_what_lies_above_and_what_is_asked_is_skipped_with_a_reason() -> None:
    skipped = {each.attrib["message"] for each in read().iter("skipped")}
    assert "no file can show this: a person must answer" in skipped
    assert "unmet, and above what is asked for now" in skipped


def test_an_incomplete_scan_is_an_error_and_names_what_was_lost() -> None:
    lost = Warning(judged.houses().warnings[0].place, "is larger than 1,000,000 bytes", lost=True)
    whole = read(judged.houses()._replace(complete=False, warnings=(lost,)))
    assert whole.attrib["errors"] == "1"
    assert "big.yaml: is larger" in whole.find(".//error").text


def test_not_applicable_is_skipped_and_fails_a_target() -> None:
    library = judged.houses()._replace(applicable=False, reason="it is a library")
    assert outcomes(read(library)) == {}
    assert "it is a library" in read(library).find(".//skipped").text
    assert read(library, Look(target=1)).attrib["failures"] == "1"


def test_the_other_model_has_levels() -> None:
    assert [suite.attrib["name"][:7] for suite in read(look=Look(model="levels"))][1] == "level 1"


@pytest.mark.parametrize(
    "letter", ["\x00", "\x0b", "\x1b", "\x7f", "\x85", "\ufffe", "\uffff", "\ud800", "\udfff", "]]>", "&x;", "<!--"]
)
def test_every_text_is_fit_for_xml(letter: str) -> None:
    read(judged.told(f"a{letter}b"))
