"""Annotations of GitHub Actions: commands with the documented escaping, and never more than a step shows."""

import re
from collections import Counter

import judged
import pytest

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.evidence import Place, Warning
from mlops_scan.report import Look

COMMAND = re.compile(r"::(error|warning|notice) (?:file=([^:,]*),line=(\d+),)?title=([^:,]+)::(.+)")


def lines(assessment: Assessment) -> list[str]:
    return report.render("github", assessment, Look()).splitlines()


def test_every_line_is_one_command() -> None:
    found = [COMMAND.fullmatch(line) for line in lines(judged.houses())]
    assert all(found)
    assert found[0].groups() == (
        "error", "Makefile", "5", "Gate cannot fail", "`pytest` may fail without any consequence (|| true).",
    )  # fmt: skip
    assert "is proven" in next(each[5] for each in found if each[4] == "mlops-scan")


def test_criteria_that_hold_back_are_notices() -> None:
    held = judged.houses().climb("stages").holding_back[0].criterion.id
    assert any(line.startswith("::notice ") and f"title={held} holds back" in line for line in lines(judged.houses()))


def test_what_somebody_accepts_is_not_annotated() -> None:
    assert not any("one person" in line or "Tracking store" in line for line in lines(judged.houses()))


@pytest.mark.parametrize(
    ("text", "data", "property_"),
    [("100%", "100%25", "100%25"), ("a:b,c", "A:b,c", "a%3Ab%2Cc"), ("a\nb\rc", "A\\x0ab\\x0dc", "a\\x0ab\\x0dc")],
)
def test_the_syntax_of_commands_is_escaped(text: str, data: str, property_: str) -> None:
    """`%25`, `%0D`, `%0A`, and in properties `%3A` and `%2C`: toCommandProperties of @actions/core."""
    base = judged.houses()
    fault = base.faults[0]._replace(message=text, place=Place(text, 3))
    assert (
        lines(base._replace(faults=(fault,)))[0] == f"::error file={property_},line=3,title=Gate cannot fail::{data}."
    )


def test_no_more_of_a_kind_than_a_step_shows() -> None:
    base = judged.houses()
    many = tuple(base.faults[0]._replace(place=Place(f"{number}.yml", 1)) for number in range(25))
    found = lines(base._replace(faults=many))
    kinds = Counter(each[1] for line in found if (each := COMMAND.fullmatch(line)))
    assert kinds["error"] == 10
    assert max(kinds.values()) <= 10
    assert found[-1] == "mlops-scan: and 15 more of kind error"


def test_what_was_lost_is_an_error() -> None:
    lost = judged.houses()._replace(complete=False, warnings=(Warning(Place("big.py"), "is too large", lost=True),))
    assert lines(lost)[0] == "::error file=big.py,line=1,title=The scan is incomplete::is too large"
    assert not any("is proven" in line for line in lines(lost))


def test_what_is_not_applicable_says_why_and_no_more() -> None:
    library = judged.houses()._replace(applicable=False, reason="it is a library")
    assert lines(library) == ["::notice title=mlops-scan::Not applicable: it is a library."]
