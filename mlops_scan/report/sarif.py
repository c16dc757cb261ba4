"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), as GitHub code scanning takes it in.

Broken wires are results; the criteria that hold the next stage back are notes at the nearest proof. GitHub's rules and
limits: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning.
"""

import re
from typing import Any
from urllib.parse import quote

from mlops_scan import __version__
from mlops_scan.assess import Assessment, Climb
from mlops_scan.clean import as_json, clean
from mlops_scan.evidence import Place, Warning
from mlops_scan.faults import Rule, rules
from mlops_scan.maturity import Criterion, Stage
from mlops_scan.report import Look
from mlops_scan.report.parts import markup
from mlops_scan.report.parts.findings import Finding, Severity, findings
from mlops_scan.report.parts.fingerprint import fingerprints
from mlops_scan.report.parts.standing import chosen
from mlops_scan.trail import Stop

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/mlops-scan/mlops-scan"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_MOST_RESULTS = 5000  # GitHub shows no more, and refuses a file with more than 25,000
_MOST_PLACES = 100  # of one result; GitHub shows no more
_LONGEST = 1000  # GitHub cuts descriptions at 1,024 characters
_BRACKET = re.compile(r"([\\\[\]])")


def render(assessment: Assessment, look: Look) -> str:
    """One run with every rule that was asked, its results, and what could not be read as notifications."""
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(assessment, chosen(assessment, look))]})


def _run(assessment: Assessment, climb: Climb) -> dict[str, Any]:
    descriptors: dict[str, dict[str, Any]] = {}
    for each in (*map(_of_rule, rules()), *_of_criteria(assessment, climb)):
        descriptors.setdefault(each["id"], each)  # a user's own model may name a criterion as we name a rule
    index = {id: number for number, id in enumerate(descriptors)}
    found = findings(assessment, climb)
    stops = {stop.place: stop for stop in assessment.trail.stops}
    results = [_result(*pair, index, stops) for pair in fingerprints(found[:_MOST_RESULTS])]
    return {
        "tool": {"driver": _driver(list(descriptors.values()))},
        "automationDetails": {"id": f"mlops-scan/{clean(climb.model.id)}/"},
        "invocations": [_invocation(assessment, len(found) - len(results))],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the scanned repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": _standing(assessment, climb),
    }


def _driver(descriptors: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "mlops-scan",
        "fullName": "mlops-scan: how mature are the machine-learning operations of a repository",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": descriptors,
    }


def _standing(assessment: Assessment, climb: Climb) -> dict[str, Any]:
    stage, possible = (climb.stage, climb.possible) if assessment.applicable else (None, None)
    model = clean(climb.model.id)
    said = {"applicable": assessment.applicable, "model": model, "stage": stage, "possible": possible}
    return {**said, "commit": assessment.commit}


# -- rules -----------------------------------------------------------------------------------------------------------


def _of_rule(rule: Rule) -> dict[str, Any]:
    """A rule for broken wires, explained by its page."""
    first = " ".join(rule.page.partition("\n\n")[0].split())
    accept = f"To accept it on its line: `mlops-scan: ignore {rule.id}: the reason` in a comment."
    return _descriptor(
        rule.id, first, " ".join(rule.page.split()), f"{rule.page}\n\n{accept}", Severity(rule.costs), (rule.family,)
    )


def _of_criteria(assessment: Assessment, climb: Climb) -> list[dict[str, Any]]:
    return [_of_criterion(assessment, stage, each) for stage in climb.model.stages for each in stage.criteria]


def _of_criterion(assessment: Assessment, stage: Stage, criterion: Criterion) -> dict[str, Any]:
    """A criterion of the model, explained by the practices that it needs."""
    question = clean(criterion.question, _LONGEST)
    named = f"A criterion of stage {stage.number} ({clean(stage.name)})."
    practices = assessment.vocabulary
    needs = [
        f"- {markup.plain(clean(' or '.join(need.practices)))}, at least {need.strength}: "
        f"{markup.prose(clean(practices[need.practices[0]].step, _LONGEST))}"
        for need in criterion.needs
    ]
    asked = ["Files show this only in part: where they do not, a person must say."] if criterion.asked else []
    page = "\n\n".join([markup.plain(question), markup.plain(named), "\n".join(needs), *asked])
    return _descriptor(
        clean(criterion.id, 100), question, f"{question} {named}", page, Severity.NOTE, ("maturity", f"stage-{stage.number}")
    )  # fmt: skip


def _descriptor(id: str, short: str, full: str, page: str, severity: Severity, tags: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": id,
        "name": "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]", id)),
        "shortDescription": {"text": clean(short, _LONGEST).strip() or id},
        "fullDescription": {"text": clean(full, _LONGEST).strip() or id},
        "help": {"text": re.sub(r"`|&#8203;", "", page), "markdown": page},
        "helpUri": f"{HOME}#readme",
        "defaultConfiguration": {"level": _LEVEL[severity]},
        "properties": {"tags": ["mlops", *tags], "precision": "high", "problem.severity": _PROBLEM[severity]},
    }


# -- results ---------------------------------------------------------------------------------------------------------


def _result(found: Finding, fingerprint: str, index: dict[str, int], stops: dict[Place, Stop]) -> dict[str, Any]:
    """A result. It has no `primaryLocationLineHash`: the action that uploads it computes that from the line itself, and
    warns of every other value (https://github.com/github/codeql-action/issues/4052)."""
    related = [_location(place, said, number) for number, (place, said) in enumerate(found.related, 1)]
    links = ", ".join(f"[{_inner(said)}]({number})" for number, (_, said) in enumerate(found.related, 1))
    text = _words(found.message) + (f" {found.relation}: {links}." if links else "")
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": index[found.rule],
        "level": _LEVEL[found.severity],
        "message": {"text": text},
        "locations": [_location(found.place)],
        "partialFingerprints": {"mlopsScan/v1": fingerprint},
    }
    if related:
        result["relatedLocations"] = related
    if found.proof:
        steps = [{"location": _location(place, _stop(stops.get(place)))} for place in found.proof[:_MOST_PLACES]]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if found.suppressed:
        result["suppressions"] = [{"kind": "inSource", "justification": found.suppressed}]
    return result


def _location(place: Place, said: str = "", number: int | None = None) -> dict[str, Any]:
    artifact = {"uri": uri(place.path), "uriBaseId": "%SRCROOT%"}
    location: dict[str, Any] = {} if number is None else {"id": number}
    location["physicalLocation"] = {"artifactLocation": artifact, "region": {"startLine": place.line or 1}}
    if said:
        location["message"] = {"text": _words(said)}
    return location


def _stop(stop: Stop | None) -> str:
    return f"{stop.kind} {clean(stop.name)}".strip() if stop else ""


def uri(path: str) -> str:
    """A path as a relative reference (RFC 3986, section 4.2): its bytes, percent-encoded."""
    try:
        return quote(path.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError:
        return quote(clean(path, 4096), safe="/")


def _words(text: str) -> str:
    """A plain text message in which nothing is a link (2.1.0, 3.11.6) or a placeholder (3.11.5)."""
    return re.sub(r"\{(?=\d+\})", "{ ", text.replace("](", "] ("))


def _inner(text: str) -> str:
    """The text of a link, in which brackets are escaped (3.11.6)."""
    return _BRACKET.sub(r"\\\1", text)


# -- what could not be read ------------------------------------------------------------------------------------------


def _invocation(assessment: Assessment, left_out: int) -> dict[str, Any]:
    said = [*map(_notification, assessment.warnings)]
    if not assessment.applicable:
        said.append({"level": "note", "message": {"text": f"Not applicable: {_words(clean(assessment.reason))}."}})
    if left_out:
        said.append({"level": "warning", "message": {"text": f"{left_out} more results were left out."}})
    return {"executionSuccessful": assessment.complete, "toolExecutionNotifications": said}


def _notification(warning: Warning) -> dict[str, Any]:
    level = "error" if warning.lost else "warning"
    return {
        "level": level,
        "message": {"text": _words(clean(warning.message))},
        "locations": [_location(warning.place)],
    }
