"""JUnit XML, as Jenkins, GitLab and Azure Pipelines read it: a suite for each stage, a test case for each criterion.

There is no official schema; this is what Jenkins' `junit-10.xsd` allows
(https://github.com/jenkinsci/xunit-plugin/tree/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd).
"""

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from mlops_scan.assess import Assessment, Climb, Judgement, Verdict
from mlops_scan.clean import clean
from mlops_scan.maturity import Stage
from mlops_scan.report import Look
from mlops_scan.report.parts import advice
from mlops_scan.report.parts.standing import chosen, kind

_LONGEST = 500
_MOST_LOST = 20


def render(assessment: Assessment, look: Look) -> str:
    """Failures are what keeps the repository below the target, or below the next stage where there is no target.

    So there is none where the gate passes. An incomplete scan is an error. What is asked of people, what lies above, and what a stage that stands can do
    without is skipped, with the reason.
    """
    suites = list(_suites(assessment, look))
    whole = ET.Element("testsuites", {"name": "mlops-scan", **_counts(suites)})
    whole.extend(suites)
    ET.indent(whole, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _counts(suites: Iterable[ET.Element]) -> dict[str, str]:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    numbers = {
        kind: sum(case.find(tag) is not None for case in cases)
        for kind, tag in (("failures", "failure"), ("errors", "error"))
    }
    return {"tests": str(len(cases)), **{kind: str(number) for kind, number in numbers.items()}}


def _suites(assessment: Assessment, look: Look) -> Iterator[ET.Element]:
    climb = chosen(assessment, look)
    yield _suite("scan", _scan(assessment, look))
    if assessment.applicable:
        judgements = {each.criterion.id: each for each in climb.judgements}
        for stage in climb.model.stages:
            own = [judgements[criterion.id] for criterion in stage.criteria]
            name = f"{kind(climb)} {stage.number}: {clean(stage.name)}"
            yield _suite(name, [_case(each, stage, climb, assessment, look) for each in own])


def _suite(name: str, cases: Iterable[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": name})
    suite.extend(cases)
    skipped = sum(case.find("skipped") is not None for case in suite)
    suite.attrib.update({**_counts([suite]), "skipped": str(skipped)})
    return suite


def _scan(assessment: Assessment, look: Look) -> Iterator[ET.Element]:
    """Whether the scan can be relied on at all, and whether there is anything to judge."""
    complete = _named("scan", "Everything that might matter was read")
    if not assessment.complete:
        lost = [f"{clean(str(each.place))}: {clean(each.message)}" for each in assessment.warnings if each.lost]
        _say(complete, "error", "the scan is incomplete and passes no gate", lost[:_MOST_LOST])
    yield complete
    applicable = _named("scan", "There is machine learning to judge")
    if not assessment.applicable:
        _say(applicable, "skipped" if look.target is None else "failure", f"not applicable: {clean(assessment.reason)}")
    yield applicable


def _case(judgement: Judgement, stage: Stage, climb: Climb, assessment: Assessment, look: Look) -> ET.Element:
    criterion = judgement.criterion
    group = f"{clean(climb.model.id)}.{kind(climb)}-{stage.number}"
    case = _named(group, f"{clean(criterion.id)} {clean(criterion.question, _LONGEST)}")
    reached = climb.attested if look.counts == "attested" else climb.stage
    horizon = look.target if look.target is not None else climb.next.number if climb.next else climb.stage
    answer = judgement.attested.answer if judgement.attested else ""
    said = f", and people say {answer}" if answer else ""
    lines = list(_reasons(judgement, assessment))
    if judgement.verdict is Verdict.MET or (answer == "yes" and look.counts == "attested"):
        return case
    if judgement.verdict is Verdict.ASKED:
        _say(case, "skipped", f"no file can show this: a person must answer{said}")
    elif stage.number > horizon:
        _say(case, "skipped", f"{judgement.verdict}, and above what is asked for now{said}", lines)
    elif stage.number <= reached and (look.target is not None or stage is not climb.next):
        _say(case, "skipped", f"{judgement.verdict}, and {kind(climb)} {stage.number} stands without it{said}", lines)
    else:
        _say(case, "failure", f"{judgement.verdict}{said}: {advice.lacks(judgement) or 'not shown'}", lines)
    return case


def _reasons(judgement: Judgement, assessment: Assessment) -> Iterator[str]:
    for showing in judgement.shown:
        chain = " -> ".join(clean(str(place)) for place in showing.proofs[0].path)
        yield f"shown: {clean(showing.practice)}, {showing.strength}: {chain}"
    yield from (f"to do: {step}" for step in advice.steps(judgement, assessment))


def _named(group: str, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": f"mlops-scan.{group}", "name": name})


def _say(case: ET.Element, tag: str, message: str, lines: Iterable[str] = ()) -> None:
    """The outcome of a test case. GitLab shows the content, Jenkins the message; so the message stands in both."""
    kinds = {"type": "maturity"} if tag != "skipped" else {}
    ET.SubElement(case, tag, {**kinds, "message": message}).text = "\n".join((message, *lines))
