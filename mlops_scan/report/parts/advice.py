"""What to do now: each step once, with the criteria that it moves, in plain words."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mlops_scan.assess import Assessment, Judgement, Verdict
from mlops_scan.clean import clean
from mlops_scan.evidence import Place, Strength
from mlops_scan.maturity import Need

_LONGEST = 500
_BY_HAND = "No file can show this: a person must answer it."
_LACKS = {
    Strength.WIRED: "no trigger, documented command or deployment reaches it whole",
    Strength.EXERCISED: "no run of it has left a trace",
}


class Step(NamedTuple):
    """Something to do. `place` and `practice`: what is there already and is not enough."""

    text: str
    practice: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        """The step as one harmless sentence."""
        if not self.practice:
            return clean(self.text, _LONGEST)
        return f"{clean(self.practice)}: {clean(str(self.place))} {clean(self.text, _LONGEST)}"


class Action(NamedTuple):
    """A step with the criteria that it moves."""

    step: Step
    judgements: tuple[Judgement, ...]


def actions(judgements: Iterable[Judgement], assessment: Assessment) -> list[Action]:
    """The steps for all of these criteria, what moves most of them first."""
    found: dict[Step, list[Judgement]] = {}
    for judgement in judgements:
        for step in steps(judgement, assessment):
            found.setdefault(step, []).append(judgement)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return [Action(step, tuple(moved)) for step, moved in ordered]


def steps(judgement: Judgement, assessment: Assessment) -> tuple[Step, ...]:
    """The cheapest step to each practice that a criterion misses, or what the proof that is there lacks."""
    found = dict.fromkeys(_steps(judgement.missing, assessment))
    return tuple(found) or (Step(_BY_HAND),)


def _steps(missing: Iterable[Need], assessment: Assessment) -> Iterator[Step]:
    shown = {each.practice: each for each in assessment.practices}
    for need in missing:
        known = next((shown[name] for name in need.practices if name in shown), None)
        if known is None or known.strength < Strength.CONFIGURED:
            yield Step(assessment.vocabulary[need.practices[0]].step)
        else:
            lack = _LACKS.get(need.strength, _LACKS[Strength.WIRED])
            place = known.proofs[0].path[-1] if known.proofs[0].path else None
            yield Step(f"is {known.strength}, but {lack}. Connect it.", known.practice, place)


def lacks(judgement: Judgement) -> str:
    """The practices that are missing, as in `model-registered or model-versioned, wired`; empty where none is."""
    missing = () if judgement.verdict is Verdict.MET else judgement.missing
    return "; ".join(clean(_need(need), _LONGEST) for need in missing)


def _need(need: Need) -> str:
    strength = "" if need.strength is Strength.CONFIGURED else f", {need.strength}"
    return f"{' or '.join(need.practices)}{strength}"
