"""A plan as JSON: the same plan gives the same bytes, and no time is in it."""

import json
from typing import Any

from mlops_scan import __version__
from mlops_scan.clean import clean
from mlops_scan.evidence import Place
from mlops_scan.roadmap.text import EFFORT, said
from mlops_scan.roadmap.words import Action, Change, Plan

VERSION = 1
_LONGEST = 4_000


def as_json(plan: Plan) -> str:
    """The plan for machines; keys may be added within a version, never changed."""
    return json.dumps(as_data(plan), indent=1, ensure_ascii=False).replace("##", "#\\u0023") + "\n"


def as_data(plan: Plan) -> dict[str, Any]:
    """The plan as plain lists and dictionaries."""
    return {
        "version": VERSION,
        "tool": {"name": "mlops-scan", "version": __version__},
        "repository": plan.repository,
        "applicable": plan.applicable,
        "reason": plan.reason,
        "complete": plan.complete,
        "model": plan.model,
        "stage": plan.stage if plan.applicable else None,
        "target": plan.target,
        "reached": plan.reached if plan.applicable else None,
        "months": plan.months,
        "days": plan.days,
        "effort": EFFORT,
        "exact": plan.exact,
        "actions": [_action(action) for action in plan.actions],
        "ask": [
            {"criterion": each.criterion, "question": clean(each.question), "stage": each.stage} for each in plan.asks
        ],
        "pitfalls": [
            {"id": each.id, "message": said(each.message, 1000), "evidence": [_place(place) for place in each.places]}
            for each in plan.pitfalls
        ],
        "open": [{"criterion": criterion, "why": why} for criterion, why in plan.left],
    }


def _action(action: Action) -> dict[str, Any]:
    step = action.step
    return {
        "id": step.id,
        "title": said(step.title),
        "why": said(step.why, 500),
        "month": action.month,
        "days": action.days,
        "after": list(action.depends),
        "moves": [
            {"criterion": each.criterion, "from": str(each.before), "to": str(each.after)} for each in action.moves
        ],
        "gains": [
            {"practice": each.practice, "from": str(each.before) if each.before else None, "to": str(each.after)}
            for each in action.gains
        ],
        "stage": action.stage,
        "files": [_change(change) for change in step.changes],
        "run": [said(each, 500) for each in step.run],
        "adapt": [said(each, 500) for each in step.adapt],
        "evidence": [_place(step.evidence)] if step.evidence else [],
    }


def _change(change: Change) -> dict[str, Any]:
    snippet = "\n".join(said(line, _LONGEST) for line in change.snippet.split("\n"))
    place = {} if change.line is None else {"line": change.line}
    gone = {"removes": said(change.removed, _LONGEST)} if change.removed else {}
    return {"path": clean(change.path, _LONGEST), "new": change.line is None, **place, "snippet": snippet, **gone}


def _place(place: Place) -> dict[str, Any]:
    return {"path": clean(place.path, _LONGEST)} | ({} if place.line is None else {"line": place.line})
