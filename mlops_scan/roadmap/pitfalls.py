"""What makes many plans fail, where it shows here: five habits, each told by evidence and not by a feeling."""

from collections.abc import Iterator

from mlops_scan.assess import Assessment, Climb, Verdict
from mlops_scan.evidence import Evidence, Node, Place, Strength
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.roadmap.words import Pitfall
from mlops_scan.vocabulary import vocabulary

_ONE_IS_ENOUGH = ("pipeline-orchestrated", "feature-stored", "changes-checked")
_TWO_OF_A_KIND = "two-of-a-kind"
_IN_PRODUCTION = ("deployment-triggered", "model-served", "release-automated", "workload-orchestrated", "model-exposed")
_WATCHING = (
    "service-monitored",
    "model-monitored",
    "drift-detected",
    "errors-reported",
    "alert-sent",
    "prediction-logged",
)
_PROCESS = ("code-reviewed", "deployment-documented", "model-documented", "decision-audited", "changes-checked")
_MOST_PLACES = 4
_FEW_AUTHORS = 1
_MANY_TOOLS = 4


def pitfalls(assessment: Assessment, life: Lifecycle, climb: Climb) -> Iterator[Pitfall]:
    """The pitfalls that this repository stands before, or in."""
    shown = {each.practice: each.strength for each in assessment.practices}
    yield from _proliferation(assessment, life)
    yield from _skipped(climb)
    yield from _unwatched(assessment, shown)
    yield from _alone(life, shown)
    yield from _no_process(assessment, shown)


def _proliferation(assessment: Assessment, life: Lifecycle) -> Iterator[Pitfall]:
    for practice in _ONE_IS_ENOUGH:
        used: dict[str, Evidence] = {}
        for one in life.graph.evidence:
            if (
                one.practice == practice
                and one.fact.kind != "dependency"
                and life.graph.role(Node(one.place.path)) == "product"
            ):
                used.setdefault(one.tool, one)
        named = [tool for tool in assessment.tools if tool.id in used]
        if len(named) > 1:
            means = vocabulary().practices[practice].means
            names = ", ".join(tool.name for tool in named)
            message = f"{len(named)} tools for one thing ({means}): {names}. Keep one; the plan adds none beside it."
            yield Pitfall("tool-proliferation", message, tuple(used[tool.id].place for tool in named)[:_MOST_PLACES])
    for fault in assessment.faults:
        if fault.rule == _TWO_OF_A_KIND and not fault.suppressed:
            yield Pitfall("tool-proliferation", f"{fault.message}. Keep one.", (fault.place,))


def _skipped(climb: Climb) -> Iterator[Pitfall]:
    """Criteria of higher stages that are met while a lower stage does not hold."""
    stage = climb.next
    if stage is None:
        return
    above = {each.id for higher in climb.model.stages if higher.number > stage.number + 1 for each in higher.criteria}
    met = [each for each in climb.judgements if each.criterion.id in above and each.verdict is Verdict.MET]
    if met:
        held = ", ".join(each.criterion.id for each in climb.holding_back)
        names = ", ".join(each.criterion.id for each in met)
        places = tuple(each.shown[0].proofs[0].path[-1] for each in met if each.shown and each.shown[0].proofs[0].path)
        message = (
            f"Met far above what holds: {names}, while stage {stage.number} still lacks {held}. Automation repeats what "
            "is weak below it, so the plan begins there."
        )
        yield Pitfall("skipped-foundations", message, places[:_MOST_PLACES])


def _unwatched(assessment: Assessment, shown: dict[str, Strength]) -> Iterator[Pitfall]:
    running = [name for name in _IN_PRODUCTION if shown.get(name, 0) >= Strength.CONFIGURED]
    watching = [name for name in _WATCHING if shown.get(name, 0) >= Strength.WIRED]
    if running and not watching:
        places = _places(assessment, running[:2])
        message = (
            "A model is served or deployed here, and nothing that runs watches it: no metrics, no drift check, no alert. "
            "What goes wrong is first seen by its users."
        )
        yield Pitfall("neglected-monitoring", message, places)


def _alone(life: Lifecycle, shown: dict[str, Strength]) -> Iterator[Pitfall]:
    reading = life.graph.readings.get(".git")
    authors = next((fact.value for fact in reading.facts if fact.name == "authors"), "") if reading else ""
    documented = [
        name for name in ("usage-documented", "deployment-documented") if shown.get(name, 0) >= Strength.CONFIGURED
    ]
    if authors.isdigit() and int(authors) <= _FEW_AUTHORS and shown.get("code-reviewed", 0) < Strength.WIRED:
        missing = "" if len(documented) == 2 else ", and how to run or deploy it is not written down"
        message = (
            f"All of it was written by one person and reviewed by nobody{missing}: let a second one do the next "
            "deployment by the document alone."
        )
        yield Pitfall("one-person-knows-it-all", message, (Place(".git"),))


def _no_process(assessment: Assessment, shown: dict[str, Strength]) -> Iterator[Pitfall]:
    tools = [
        tool for tool in assessment.tools if tool.strength >= Strength.WIRED and tool.evidence[0].place.path != ".git"
    ]
    process = [name for name in _PROCESS if shown.get(name, 0) >= Strength.CONFIGURED]
    if len(tools) >= _MANY_TOOLS and len(process) <= 1:
        missing = ", ".join(vocabulary().practices[name].means for name in _PROCESS if name not in process)
        places = tuple(tool.evidence[0].place for tool in tools[:_MOST_PLACES])
        message = f"{len(tools)} tools are at work, and hardly any process around them. Not seen: {missing}."
        yield Pitfall("technology-without-process", message, places)


def _places(assessment: Assessment, practices: list[str]) -> tuple[Place, ...]:
    found = [
        each.proofs[0].path[-1] for each in assessment.practices if each.practice in practices and each.proofs[0].path
    ]
    return tuple(dict.fromkeys(found))[:_MOST_PLACES]
