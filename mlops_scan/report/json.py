"""The JSON report: a stable contract, described by schema.json. Keys may be added within a version, never changed."""

import json
from collections.abc import Iterable
from typing import Any

from mlops_scan import __version__
from mlops_scan.assess import Assessment, Climb, Judgement, Showing, Tool
from mlops_scan.attestation import Attestation
from mlops_scan.changes import Changes
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Loose, Place
from mlops_scan.faults import Fault
from mlops_scan.inventory import Asset
from mlops_scan.lineage import Lineage
from mlops_scan.maturity import Need
from mlops_scan.proof import Proof
from mlops_scan.report import Look
from mlops_scan.report.parts.harmless import harmless

VERSION = 1
_MOST_EVIDENCE = 20


def render(assessment: Assessment, _look: Look) -> str:
    """The whole assessment as JSON, with sorted evidence and no time in it: the same commit gives the same bytes."""
    text = json.dumps(as_data(assessment), indent=1, ensure_ascii=False)
    return text.replace("##", "#\\u0023") + "\n"


def as_data(assessment: Assessment) -> dict[str, Any]:
    """The assessment as plain lists and dictionaries, in the shape of the contract."""
    assessment = harmless(assessment)  # here too, so that what is compared is what is written
    return {
        "version": VERSION,
        "tool": {"name": "mlops-scan", "version": __version__, "ruler": assessment.ruler},
        "repository": {"name": clean(assessment.repository), "commit": assessment.commit},
        "applicable": assessment.applicable,
        "reason": assessment.reason,
        "complete": assessment.complete,
        "files": {"listed": assessment.files, "read": assessment.read, "left_out": dict(assessment.left_out)},
        "tools": [_tool(each) for each in assessment.tools],
        "assets": [_asset(each) for each in assessment.assets],
        "practices": [_practice(each) for each in assessment.practices],
        "models": [_climb(each, assessment.applicable) for each in assessment.climbs],
        "capabilities": [{"id": name, "stage": stage} for name, stage in assessment.capabilities],
        "lineage": _lineage(assessment.lineage),
        "faults": [_fault(each) for each in assessment.faults],
        "elsewhere": [_elsewhere(each) for each in assessment.elsewhere],
        **_changes(assessment.changes),
        "warnings": [
            {**_place(each.place), "message": clean(each.message), "lost": each.lost} for each in assessment.warnings
        ],
    }


def _tool(tool: Tool) -> dict[str, Any]:
    evidence = [
        {
            **_place(one.place),
            "practice": one.practice,
            "kind": one.fact.kind,
            "what": clean(masked(one.fact.name), 100),
        }
        for one in tool.evidence[:_MOST_EVIDENCE]
    ]
    return {
        "id": tool.id,
        "name": tool.name,
        "strength": str(tool.strength),
        "evidence": evidence,
        "found": len(tool.evidence),
    }


def _asset(asset: Asset) -> dict[str, Any]:
    return {"kind": asset.kind, "name": clean(masked(asset.name)), "places": _path(asset.places[:_MOST_EVIDENCE])}


def _practice(showing: Showing) -> dict[str, Any]:
    first = showing.proofs[0]
    return {"id": showing.practice, "strength": str(first.strength), "tool": first.tool, "path": _path(first.path)}


def _lineage(lineage: Lineage) -> dict[str, Any]:
    stations = [{"name": step.name, **_place(step.place), "strength": str(step.strength)} for step in lineage.chain]
    return {"chain": stations, "missing": lineage.missing, "reason": lineage.reason}


def _fault(fault: Fault) -> dict[str, Any]:
    said = {"message": clean(masked(fault.message)), "confidence": str(fault.confidence), "rests": list(fault.rests)}
    accepted = {"suppressed": clean(masked(fault.suppressed))} if fault.suppressed else {}
    return {"rule": fault.rule, **_place(fault.place), **said, **accepted}


def _elsewhere(each: Loose) -> dict[str, Any]:
    return {
        **_place(Place(each.source.path, each.fact.line)),
        "kind": each.fact.kind,
        "name": clean(masked(each.fact.name)),
    }


def _climb(climb: Climb, applicable: bool) -> dict[str, Any]:
    return {
        "id": climb.model.id,
        "name": climb.model.name,
        "stage": climb.stage if applicable else None,
        "attested": climb.attested if applicable else None,
        "possible": climb.possible if applicable else None,
        "next": climb.next.number if applicable and climb.next else None,
        "ruler": climb.model.ruler,
        "criteria": [_judgement(each) for each in climb.judgements],
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    proofs = [proof for showing in judgement.shown for proof in showing.proofs[:1]]
    return {
        "id": judgement.criterion.id,
        "question": judgement.criterion.question,
        "verdict": str(judgement.verdict),
        "evidence": _ends(proofs),
        "practices": [showing.practice for showing in judgement.shown],
        "missing": [_need(each) for each in judgement.missing],
        **_attestation(judgement.attested),
    }


def _attestation(said: Attestation | None) -> dict[str, Any]:
    if said is None:
        return {}
    texts = {"why": clean(masked(said.why), 2000), "by": clean(said.by), "link": clean(masked(said.link), 2000)}
    return {"attested": {"answer": said.answer, **texts, "until": said.until.isoformat(), **_place(said.place)}}


def _changes(changes: Changes | None) -> dict[str, Any]:
    if changes is None:
        return {}
    return {"changes": changes_as_data(changes)}


def changes_as_data(changes: Changes) -> dict[str, Any]:
    """The differences between two reports; `regression` marks what `--fail-on-regression` fails for."""
    worse = set(changes.regressions)
    return {
        "from": clean(changes.before),
        "to": clean(changes.after),
        "rulers": [clean(each) for each in changes.rulers],
        "all": [
            {
                "kind": each.kind,
                "id": clean(each.id),
                "before": clean(masked(each.before), 2000),
                "after": clean(masked(each.after), 2000),
                "better": each.better,
                "regression": each in worse,
            }
            for each in changes.all
        ],
    }


def _need(need: Need) -> dict[str, Any]:
    return {"any": list(need.practices), "strength": str(need.strength)}


def _ends(proofs: Iterable[Proof]) -> list[dict[str, Any]]:
    return [_place(place) for place in dict.fromkeys(proof.path[-1] for proof in proofs if proof.path)]


def _path(path: Iterable[Place]) -> list[dict[str, Any]]:
    return [_place(place) for place in path]


def _place(place: Place) -> dict[str, Any]:
    return {"path": clean(place.path, 4096)} | ({} if place.line is None else {"line": place.line})
