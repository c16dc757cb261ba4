"""Where a repository stands, in the few words of a badge, a title or a headline; none of them is the repository's own."""

from typing import NamedTuple

from mlops_scan.assess import Assessment, Climb
from mlops_scan.clean import clean
from mlops_scan.maturity import Stage
from mlops_scan.report import Look

_QUORUM = {"half": "half of", "most": "most of", "nearly all": "all, or nearly all, of"}
#: The colours that Shields names, from the lowest stage to the highest.
_COLORS = ("red", "orange", "yellow", "yellowgreen", "green", "brightgreen")


class Standing(NamedTuple):
    """A few words, and the name of a colour that says the same. `failed`: there is no answer that could be relied on."""

    words: str
    color: str
    failed: bool = False


def chosen(assessment: Assessment, look: Look) -> Climb:
    """The climb on the model that gates."""
    return next((each for each in assessment.climbs if each.model.id == look.model), assessment.climbs[0])


def standing(assessment: Assessment, look: Look) -> Standing:
    """The stage that is proven, or why there is none."""
    if not assessment.applicable:
        return Standing("not applicable", "lightgrey")
    if not assessment.complete:
        return Standing("scan incomplete", "red", failed=True)
    climb = chosen(assessment, look)
    reached = climb.stage * (len(_COLORS) - 1) // max(top(climb), 1)
    return Standing(f"{kind(climb)} {climb.stage} of {top(climb)}", _COLORS[max(reached, 0)])


def kind(climb: Climb) -> str:
    """What the model calls its rungs."""
    return "level" if climb.model.id == "levels" else "stage"


def top(climb: Climb) -> int:
    """The number of the highest stage."""
    return climb.model.stages[-1].number


def wanted(climb: Climb) -> str:
    """What the next stage asks for, in a sentence."""
    if (stage := climb.next) is None:
        return "Every stage of this model holds."
    named = f"{kind(climb)} {stage.number} ({clean(stage.name)})"
    if stage.number <= climb.stage:
        return f"Before anything above it can count, {_quorum(stage)} of {named} must hold:"
    return f"For {named}, {_quorum(stage)} must hold:"


def _quorum(stage: Stage) -> str:
    if len(stage.criteria) == 1:
        return "the one criterion, at least partly," if stage.quorum == "half" else "the one criterion"
    return f"{_QUORUM.get(stage.quorum, 'all')} the {len(stage.criteria)} criteria"


def stage_of(climb: Climb, number: int) -> Stage | None:
    """The stage of that number; the floor below the first one has none."""
    return next((stage for stage in climb.model.stages if stage.number == number), None)
