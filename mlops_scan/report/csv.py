"""Comma-separated values (RFC 4180) for a spreadsheet: one row for each stage, criterion, practice, tool, fault, warning."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.assess import Assessment, Climb
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Place
from mlops_scan.report import Look
from mlops_scan.report.parts import advice

#: What a spreadsheet takes for the start of a formula, in ordinary and in full width
#: (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Row(NamedTuple):
    record: str
    model: str = ""
    id: str = ""
    name: str = ""
    value: str = ""
    path: str = ""
    line: str = ""
    text: str = ""


def render(assessment: Assessment, _look: Look) -> str:
    """A head and the rows. Every cell is quoted, and none starts as a formula does."""
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(_Row._fields)
    writer.writerows([_harmless(cell) for cell in row] for row in _rows(assessment))
    return output.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _rows(assessment: Assessment) -> Iterator[_Row]:
    if not assessment.applicable:
        yield _Row("stage", value="not applicable", text=clean(assessment.reason))
    for climb in assessment.climbs:
        yield from _climb(climb, assessment.applicable)
    for name, stage in assessment.capabilities if assessment.applicable else ():
        yield _Row("capability", id=clean(name), value=str(stage))
    for showing in assessment.practices:
        at = _at(showing.proofs[0].path[-1])
        yield _Row("practice", id=clean(showing.practice), value=str(showing.strength), **at)
    for tool in assessment.tools:
        at = _at(tool.evidence[0].place)
        yield _Row("tool", id=clean(tool.id), name=clean(tool.name), value=str(tool.strength), **at)
    for fault in assessment.faults:
        said = clean(masked(fault.message)) + (
            f" Accepted: {clean(masked(fault.suppressed))}" if fault.suppressed else ""
        )
        value = "suppressed" if fault.suppressed else str(fault.confidence)
        yield _Row("fault", id=fault.rule, value=value, **_at(fault.place), text=said)
    for warning in assessment.warnings:
        value = "lost" if warning.lost else "kept"
        yield _Row("warning", value=value, **_at(warning.place), text=clean(warning.message))


def _climb(climb: Climb, applicable: bool) -> Iterator[_Row]:
    """The stage of a model with its criteria; where nothing is applicable there is none."""
    if not applicable:
        return
    model, name = clean(climb.model.id), clean(climb.model.name)
    yield _Row("stage", model, "proven", name, str(climb.stage))
    yield _Row("stage", model, "attested", name, str(climb.attested))
    yield _Row("stage", model, "possible", name, str(climb.possible))
    for judgement in climb.judgements:
        at = _at(judgement.shown[0].proofs[0].path[-1]) if judgement.shown else {}
        question, lacks = clean(judgement.criterion.question), advice.lacks(judgement)
        text = f"missing: {lacks}" if lacks else ""
        yield _Row("criterion", model, clean(judgement.criterion.id), question, str(judgement.verdict), **at, text=text)


def _at(place: Place) -> dict[str, str]:
    return {"path": clean(place.path, 4096), "line": "" if place.line is None else str(place.line)}
