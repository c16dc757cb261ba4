"""CSV: a spreadsheet shows it, and takes no cell for a formula."""

import csv
import io

import judged
import pytest
from test_report_formats import HOSTILE

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.report import Look


def rows(assessment: Assessment | None = None) -> list[dict[str, str]]:
    text = report.render("csv", judged.houses() if assessment is None else assessment, Look())
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def of(kind: str, found: list[dict[str, str]]) -> list[dict[str, str]]:
    return [each for each in found if each["record"] == kind]


def test_everything_has_a_row() -> None:
    assessment, found = judged.houses(), rows()
    assert [each["id"] for each in of("tool", found)] == [each.id for each in assessment.tools]
    assert [each["id"] for each in of("practice", found)] == [each.practice for each in assessment.practices]
    assert len(of("criterion", found)) == sum(len(climb.judgements) for climb in assessment.climbs)
    assert [each["value"] for each in of("fault", found)] == ["high", "medium", "suppressed"]
    assert [(each["path"], each["value"]) for each in of("warning", found)] == [("big.yaml", "kept")]
    assert {(each["model"], each["id"]): each["value"] for each in of("stage", found)} == {
        (climb.model.id, name): str(getattr(climb, {"proven": "stage"}.get(name, name)))
        for climb in assessment.climbs
        for name in ("proven", "attested", "possible")
    }


def test_every_row_has_every_cell_in_quotes() -> None:
    text = report.render("csv", judged.told('a,b;"c"\td'), Look())
    assert all(line.startswith('"') and line.endswith('"') for line in text.splitlines())
    assert {len(row) for row in csv.reader(io.StringIO(text), strict=True)} == {8}


@pytest.mark.parametrize(
    "text", [*HOSTILE.values(), "=1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    for row in rows(judged.told(text)):
        assert not [
            cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        ]


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert "src/a-b.py" in {row["path"] for row in rows(judged.told("src/a-b.py"))}


def test_what_is_not_applicable_has_no_stages() -> None:
    found = rows(judged.houses()._replace(applicable=False, reason="it is a library"))
    assert [(each["value"], each["text"]) for each in of("stage", found)] == [("not applicable", "it is a library")]
    assert of("criterion", found) == []
