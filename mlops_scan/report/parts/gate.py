"""The last lines of a gate that fails: which target was missed, and which criteria held it back."""

from typing import NamedTuple

from mlops_scan.assess import Assessment, Climb
from mlops_scan.changes import Change, Changes
from mlops_scan.clean import clean, masked
from mlops_scan.maturity import Stage


class Target(NamedTuple):
    """The stage that a model must reach at least, and what counts for it: `proven` or `attested`."""

    model: str
    minimum: int | None = None
    counts: str = "proven"


def lines(assessment: Assessment, target: Target) -> list[str]:
    """The lines to print; none where there is no target, or where it is reached. An incomplete scan reaches none."""
    minimum = target.minimum
    if minimum is None:
        return []
    if not assessment.applicable:
        return [f"mlops-scan: not applicable, so stage {minimum} is not reached: {clean(assessment.reason)}."]
    climb = assessment.climb(target.model)
    if not assessment.complete:
        lost = [str(warning.place) for warning in assessment.warnings if warning.lost]
        return [f"mlops-scan: the scan is incomplete and passes no gate: {clean(', '.join(lost[:5]))}"]
    reached = climb.attested if target.counts == "attested" else climb.stage
    if reached >= minimum:
        return []
    wanted = [stage for stage in climb.model.stages if climb.stage < stage.number <= minimum or stage is climb.next]
    held = [line for stage in wanted for line in _held_back(climb, stage, target.counts)]
    name = clean(climb.model.name)
    return [
        f"mlops-scan: stage {reached} of {name} is {target.counts}, and {minimum} is the target. Held back by:",
        *held,
    ]


def _held_back(climb: Climb, stage: Stage, count: str) -> list[str]:
    judgements = {each.criterion.id: each for each in climb.judgements}
    own = [judgements[criterion.id] for criterion in stage.criteria]
    said = [each.attested.answer if each.attested and count == "attested" else "" for each in own]
    return [
        f"  {each.criterion.id} ({each.verdict}{f', attested {answer}' if answer else ''}) {clean(each.criterion.question)}"
        for each, answer in zip(own, said, strict=True)
        if each.verdict != "met" and answer != "yes"
    ]


def counted(assessment: Assessment, target: Target) -> list[str]:
    """The answers of people that a target rests on, one line each; none where files alone count."""
    if target.minimum is None or target.counts != "attested":
        return []
    said = [
        f"  {each.criterion.id}: {each.attested.answer}, says {clean(each.attested.by)} until {each.attested.until.isoformat()}"
        for each in assessment.climb(target.model).judgements
        if each.attested and each.verdict != "met"
    ]
    return ["mlops-scan: the gate counts these answers of people:", *said] if said else []


def regressions(changes: Changes) -> list[str]:
    """What got worse since the baseline, one line each."""
    if changes.rulers:
        return []
    worse = [f"  {sentence(each)}" for each in changes.regressions]
    return ["mlops-scan: worse than the baseline:", *worse] if worse else []


def differences(changes: Changes) -> list[str]:
    """All differences, one line each, what got worse first; what changed of the ruler before them."""
    ruler = "what is asked changed as well, so that the differences may be no change of the repository"
    lines = [f"{ruler}: {clean(', '.join(changes.rulers))}"] if changes.rulers else []
    mark = {True: "better", False: "worse ", None: "      "}
    found = [f"{mark[each.better]}  {sentence(each)}" for each in changes.all]
    return [*lines, *(found or ["nothing changed"])]


def sentence(change: Change) -> str:
    """One difference in words, harmless."""
    said = " -> ".join(part for part in (change.before, change.after) if part)
    verb = "" if change.before and change.after else "new " if change.after else "gone "
    return f"{verb}{change.kind} {clean(change.id)}: {clean(masked(said), 400)}"
