"""GitLab's Code Quality JSON: what its parser asks for, and one entry for each thing to look at."""

import json

import jsonschema
import judged
import pytest

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.evidence import Place
from mlops_scan.report import Look

#: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. The parser's own schema
#: (app/validators/json_schemas/codeclimate.json) asks for less.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": r"^(/|\./)"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def read(assessment: Assessment) -> list[dict]:
    text = report.render("gitlab", assessment, Look())
    assert text.startswith("[")  # a byte order mark would be refused
    entries = json.loads(text)
    jsonschema.validate(entries, SCHEMA)
    return entries


@pytest.mark.parametrize("make", [judged.houses, judged.untidy, lambda: judged.told("a\x1b b\udcff")])
def test_every_entry_is_what_gitlab_reads(make) -> None:
    entries = read(make())
    assert entries
    prints = [each["fingerprint"] for each in entries]
    assert len(set(prints)) == len(prints)  # GitLab shows equal ones once


def test_faults_come_by_what_they_cost_and_accepted_ones_stay_out() -> None:
    entries = read(judged.houses())
    assert [(each["check_name"], each["severity"]) for each in entries[:2]] == [
        ("gate-cannot-fail", "critical"),
        ("check-gates-nothing", "major"),
    ]
    assert "tracking-store-local" not in {each["check_name"] for each in entries}
    assert entries[0]["location"] == {"path": "Makefile", "lines": {"begin": 5}}
    assert {each["severity"] for each in entries[2:]} == {"minor"}  # the criteria


def test_a_fingerprint_outlives_a_moved_line() -> None:
    base = judged.houses()
    moved = base._replace(faults=tuple(each._replace(place=Place(each.place.path, 99)) for each in base.faults))
    assert [each["fingerprint"] for each in read(base)] == [each["fingerprint"] for each in read(moved)]


def test_nothing_to_say_is_an_empty_list() -> None:
    assert read(judged.houses()._replace(applicable=False, reason="x")) == []
