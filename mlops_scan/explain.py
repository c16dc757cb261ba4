"""What a tool, a practice, a criterion or a fault means, what would show it, where it is, and how to get there."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from mlops_scan.assess import Assessment
from mlops_scan.clean import clean, masked
from mlops_scan.detector import Detector
from mlops_scan.errors import ScanError
from mlops_scan.faults import Rule, rules
from mlops_scan.lineage import Lineage
from mlops_scan.maturity import Criterion, Model, Need, Stage
from mlops_scan.vocabulary import Practice, vocabulary

_MOST_PLACES = 10
_LONGEST = 20_000


def explain(name: str, detectors: Iterable[Detector], models: Iterable[Model], here: Assessment | None) -> str:
    """The explanation as text, ending in a line end. Raises `ScanError` for a name that is nothing of ours."""
    tools = {each.id: each for each in detectors}
    criteria = {
        each.id.lower(): (model, stage, each) for model in models for stage in model.stages for each in stage.criteria
    }
    own = {route.practice.id: route.practice for model in models for route in model.routes}
    practices = {**vocabulary().practices, **own}
    faults = {each.id: each for each in rules()}
    parts: list[str] = []
    if name in practices:
        parts += [*_practice(practices[name], tools.values(), criteria.values()), *_practice_here(name, here)]
    if name in tools:
        parts += [*_tool(tools[name]), *_tool_here(name, here)]
    if name.lower() in criteria:
        parts += [*_criterion(*criteria[name.lower()]), *_criterion_here(name, here)]
    if name in faults:
        parts += [*_fault(faults[name]), *_faults_here(name, here)]
    if not parts:
        known = [*practices, *tools, *faults, *(each.id for _, _, each in criteria.values())]
        near = get_close_matches(name, known, 3, 0.5)
        raise ScanError(f"nothing is known of `{name}`" + (f"; did you mean {' or '.join(near)}?" if near else ""))
    return "".join(f"{clean(each, _LONGEST)}\n" for each in parts)  # models and detectors may be those of the tree


def _practice(
    practice: Practice, tools: Iterable[Detector], criteria: Iterable[tuple[Model, Stage, Criterion]]
) -> Iterator[str]:
    yield f"{practice.id} (practice, {vocabulary().capabilities[practice.capability]})"
    yield f"  means      {practice.means}"
    yield f"  to get it  {practice.step}"
    if practice.composed:
        yield "  shown by   a path through the graph of what starts what"
    else:
        yield f"  shown by   {', '.join(tool.id for tool in tools if practice.id in tool.practices) or 'no tool yet'}"
    asking = [
        f"{model.id} {each.id}"
        for model, _, each in criteria
        if any(practice.id in need.practices for need in each.needs)
    ]
    yield f"  asked by   {', '.join(asking) or 'no criterion'}"


def _practice_here(name: str, here: Assessment | None) -> Iterator[str]:
    if here is None:
        return
    showing = next((each for each in here.practices if each.practice == name), None)
    yield f"  here       {showing.strength}" if showing else "  here       not found"
    for proof in showing.proofs[:_MOST_PLACES] if showing else ():
        chain = " -> ".join(clean(str(place)) for place in proof.path)
        yield f"    {proof.strength}: {chain}{f' ({proof.tool})' if proof.tool else ''}"
    if name == "lineage-closed":
        yield from _lineage(here.lineage)


def _lineage(lineage: Lineage) -> Iterator[str]:
    """The stations that are there, and the first edge that is missing."""
    for step in lineage.chain:
        yield f"    {step.name}: {clean(str(step.place))}, {step.strength}"
    if lineage.missing:
        yield f"    missing: {lineage.missing}: {lineage.reason}"


def _tool(tool: Detector) -> Iterator[str]:
    yield f"{tool.id} (tool): {tool.name}, {tool.url}"
    for practice in tool.practices:
        yield f"  shows {practice}: {vocabulary().practices[practice].means}"
        signals = [signal for signal in tool.signals if signal.practice == practice]
        for kind in dict.fromkeys((signal.kind, signal.trace) for signal in signals):
            patterns = ", ".join(signal.pattern for signal in signals if (signal.kind, signal.trace) == kind)
            yield f"    {'trace ' if kind[1] else ''}{kind[0]}: {patterns}"
    if tool.code:
        yield "  recognised by code, since one mark alone would not do"


def _tool_here(name: str, here: Assessment | None) -> Iterator[str]:
    if here is None:
        return
    found = next((each for each in here.tools if each.id == name), None)
    yield f"  here: {found.strength}" if found else "  here: not found"
    for one in found.evidence[:_MOST_PLACES] if found else ():
        yield f"    {clean(str(one.place))}: {one.fact.kind}, shows {one.practice}"


def _criterion(model: Model, stage: Stage, criterion: Criterion) -> Iterator[str]:
    yield f"{criterion.id} (criterion of {model.name}, stage {stage.number} {stage.name})"
    yield f"  asks   {criterion.question}"
    for need in criterion.needs:
        yield f"  needs  {' or '.join(need.practices)}, at least {need.strength}"
        yield f"         {_step(need, model)}"
    if criterion.asked:
        yield "  asked  files show this only in part: where they do not, a person must say"


def _step(need: Need, model: Model) -> str:
    own = {route.practice.id: route.practice for route in model.routes}
    return {**vocabulary().practices, **own}[need.practices[0]].step


def _criterion_here(name: str, here: Assessment | None) -> Iterator[str]:
    if here is None:
        return
    for judgement in (
        each for climb in here.climbs for each in climb.judgements if each.criterion.id.lower() == name.lower()
    ):
        yield f"  here   {judgement.verdict}"
        for showing in judgement.shown:
            proof = showing.proofs[0]
            yield f"    {showing.practice}, {proof.strength}: {' -> '.join(clean(str(place)) for place in proof.path)}"
        yield from (
            f"    missing: {' or '.join(need.practices)}, at least {need.strength}" for need in judgement.missing
        )


def _fault(rule: Rule) -> Iterator[str]:
    yield f"{rule.id} (fault, {rule.family.replace('-', ' ')})"
    yield from (f"  {line}".rstrip() for line in rule.page.split("\n"))
    yield f"  To accept it on its line: mlops-scan: ignore {rule.id}: the reason (in a comment)."


def _faults_here(name: str, here: Assessment | None) -> Iterator[str]:
    if here is None:
        return
    found = [each for each in here.faults if each.rule == name]
    yield f"  here       {len(found) or 'not found'}"
    for fault in found[:_MOST_PLACES]:
        accepted = f" (suppressed: {clean(masked(fault.suppressed))})" if fault.suppressed else ""
        yield f"    {clean(str(fault.place))}: {clean(masked(fault.message))}{accepted}"
    if len(found) > _MOST_PLACES:
        yield f"    and {len(found) - _MOST_PLACES} more"
