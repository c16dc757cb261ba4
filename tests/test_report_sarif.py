"""SARIF: the official schema, what GitHub asks for besides, and a result for each thing that a reviewer should look at."""

import json
from typing import Any

import judged
import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.evidence import Place
from mlops_scan.faults import rules
from mlops_scan.report import Look, sarif


def run(assessment: Assessment | None = None) -> dict[str, Any]:
    """The one run of the report, which is valid. The schema is that of OASIS, as pydantic-sarif has it in classes."""
    text = report.render("sarif", judged.houses() if assessment is None else assessment, Look())
    Schema.model_validate_json(text)
    return json.loads(text)["runs"][0]


def results(assessment: Assessment) -> dict[str, dict[str, Any]]:
    return {each["ruleId"]: each for each in run(assessment)["results"]}


def test_the_schema_that_validates_refuses_what_is_wrong() -> None:
    data = json.loads(report.render("sarif", judged.houses(), Look()))
    for wrong in ({"version": "2.0"}, {"unknown": 1}, {"runs": [{"results": []}]}):
        with pytest.raises(ValidationError):
            Schema.model_validate_json(json.dumps({**data, **wrong}))


@pytest.mark.parametrize(
    "make", [judged.houses, judged.untidy, lambda: judged.told("a\x1b b#?%:é\udcff/"), lambda: judged.told(" ")]
)
def test_github_can_take_in_what_is_there(make) -> None:
    """https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning."""
    found = run(make())
    known = found["tool"]["driver"]["rules"]
    assert len({each["id"] for each in known}) == len(known)
    for each in known:
        for key in ("shortDescription", "fullDescription", "help"):
            assert each[key]["text"].strip()
            assert key == "help" or len(each[key]["text"]) <= 1024
        assert each["help"]["markdown"].strip()
        assert len(each["properties"]["tags"]) <= 10
        assert each["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert each["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert each["defaultConfiguration"]["level"] in ("note", "warning", "error")
    for each in found["results"]:
        assert known[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["message"]["text"].strip()
        assert len(each["locations"]) == 1
        numbers = [location["id"] for location in each.get("relatedLocations", [])]
        assert len(set(numbers)) == len(numbers) <= 100
        for location in (*each["locations"], *each.get("relatedLocations", [])):
            place = location["physicalLocation"]
            assert place["region"]["startLine"] >= 1
            assert not place["artifactLocation"]["uri"].startswith("/")
            assert place["artifactLocation"]["uri"].isascii()
            assert ":" not in place["artifactLocation"]["uri"]
    assert found["automationDetails"]["id"] == "mlops-scan/stages/"


def test_a_rule_is_there_whether_it_is_broken_or_not() -> None:
    quiet, loud = run(judged.houses()._replace(faults=())), run(judged.untidy())
    assert quiet["tool"] == loud["tool"]
    assert {each["id"] for each in quiet["tool"]["driver"]["rules"]} >= {each.id for each in rules()}


def test_a_fault_is_said_no_louder_than_it_is_sure_and_than_it_costs() -> None:
    found = results(judged.houses())
    assert found["gate-cannot-fail"]["level"] == "error"  # sure, and it makes a proof hollow
    assert found["check-gates-nothing"]["level"] == "warning"  # medium
    assert found["tracking-store-local"]["level"] == "note"  # untidy
    untidy = results(judged.untidy())
    assert untidy["two-of-a-kind"]["level"] == "note"  # sure, and untidy only


def test_what_somebody_accepts_is_suppressed_with_the_reason() -> None:
    found = results(judged.houses())
    assert found["tracking-store-local"]["suppressions"] == [{"kind": "inSource", "justification": "one person"}]
    assert "suppressions" not in found["gate-cannot-fail"]


def test_what_holds_the_next_stage_back_is_a_note_at_a_real_file() -> None:
    assessment = judged.houses()
    found = results(assessment)
    held = [each.criterion.id for each in assessment.climb("stages").holding_back]
    assert held
    assert [name for name in found if name in held] == held
    assert {found[name]["level"] for name in held} == {"note"}
    places = {found[name]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for name in held}
    assert places <= set(judged.FILES)
    assert "Missing:" in found[held[-1]]["message"]["text"]


def test_a_fault_on_a_proof_shows_the_way_of_the_proof() -> None:
    base = judged.houses()
    showing = next(each for each in base.practices if each.practice == "run-tracked")
    fault = base.faults[0]._replace(place=showing.proofs[0].path[1])
    result = results(base._replace(faults=(fault,)))["gate-cannot-fail"]
    steps = [each["location"] for each in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert [each["physicalLocation"]["artifactLocation"]["uri"] for each in steps] == [
        "README.md",
        "Makefile",
        "train.py",
    ]
    assert result["relatedLocations"][0]["message"]["text"] == "run-tracked"
    assert result["message"]["text"].endswith("Rests on it: [run-tracked](1).")


def test_a_fingerprint_outlives_moved_lines_and_numbers_twins() -> None:
    def prints(assessment: Assessment) -> list[str]:
        return [each["partialFingerprints"]["mlopsScan/v1"] for each in run(assessment)["results"]]

    base = judged.houses()
    moved = base._replace(faults=tuple(each._replace(place=Place(each.place.path, 99)) for each in base.faults))
    assert prints(base) == prints(moved)
    assert len(set(prints(judged.untidy()))) == len(prints(judged.untidy()))
    elsewhere = base._replace(faults=tuple(each._replace(place=Place("other", 5)) for each in base.faults))
    assert not set(prints(elsewhere)[:3]) & set(prints(base)[:3])


def test_the_line_hash_is_left_to_the_action_that_uploads() -> None:
    assert "primaryLocationLineHash" not in json.dumps(run())


def test_what_was_not_read_is_a_notification() -> None:
    base = judged.houses()
    told = run(base)["invocations"][0]
    assert told["executionSuccessful"] is True
    assert [each["level"] for each in told["toolExecutionNotifications"]] == ["warning"]
    lost = base._replace(complete=False, warnings=(base.warnings[0]._replace(lost=True),))
    told = run(lost)["invocations"][0]
    assert told["executionSuccessful"] is False
    assert [each["level"] for each in told["toolExecutionNotifications"]] == ["error"]


def test_what_is_not_applicable_has_no_results_and_says_why() -> None:
    found = run(judged.houses()._replace(applicable=False, reason="it is a library"))
    assert found["results"] == []
    assert found["properties"]["stage"] is None
    assert (
        found["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
        == "Not applicable: it is a library."
    )


def test_no_more_results_than_github_shows() -> None:
    base = judged.houses()
    many = tuple(base.faults[0]._replace(place=Place(f"{number}.yml", 1)) for number in range(6000))
    found = run(base._replace(faults=many))
    assert len(found["results"]) == 5000
    assert "more results were left out" in found["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/train.py", "src/train.py"),
        ("a b/ü#?%.py", "a%20b/%C3%BC%23%3F%25.py"),
        ("c:/x", "c%3A/x"),
        ("bad\udcff.py", "bad%FF.py"),
        ("half\ud800.py", "half%5Cud800.py"),
    ],
)
def test_a_path_becomes_a_relative_reference(path: str, uri: str) -> None:
    assert sarif.uri(path) == uri


def test_text_of_the_tree_is_neither_link_nor_placeholder() -> None:
    base = judged.houses()
    fault = base.faults[0]._replace(message="see [here](http://evil.example) and {0}", rests=())
    assert results(base._replace(faults=(fault,)))["gate-cannot-fail"]["message"]["text"] == (
        "See [here] (http://evil.example) and { 0}."
    )
