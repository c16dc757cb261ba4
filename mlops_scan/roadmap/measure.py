"""What each recipe would change here: laid over the repository together with what it rests on, and judged again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from mlops_scan.assess import Showing, Verdict, climb
from mlops_scan.evidence import Strength
from mlops_scan.faults import Confidence
from mlops_scan.maturity import Model, Need
from mlops_scan.proof import Proof
from mlops_scan.roadmap.cook import cook
from mlops_scan.roadmap.state import State
from mlops_scan.roadmap.words import Recipe, Step

#: The time it takes to learn and set up a tool that nobody here uses yet, in person-days.
NEW_TOOL = 1.0
_DEEPEST = 6
_ORDER = (Verdict.ASKED, Verdict.UNMET, Verdict.PARTLY, Verdict.MET)

Strengths = Mapping[str, Strength]


class Maker(NamedTuple):
    """Something that can be done, before it is known what it means here."""

    id: str
    aims: tuple[Need, ...]
    after: tuple[Need, ...]
    days: float
    make: Callable[[State], Step | None]
    follows: tuple[Need, ...] = ()


class Laid(NamedTuple):
    """A step that was done, and the states before and behind it."""

    maker: Maker
    step: Step
    before: State
    after: State


class Option(NamedTuple):
    """What can be done here, with all that it rests on, and the practices that this makes stronger than they are."""

    id: str
    bundle: tuple[Maker, ...]
    gains: tuple[tuple[str, Strength], ...]
    touches: frozenset[str]  #: the criteria that it could help


def of_recipe(recipe: Recipe, state: State) -> Maker:
    """A recipe, with its days: a tool that is not here yet costs the time to learn it."""
    known = not recipe.tool or any(
        tool.id == recipe.tool and tool.strength > Strength.DECLARED for tool in state.assessment.tools
    )
    days = recipe.days + (0.0 if known else NEW_TOOL)
    return Maker(recipe.id, recipe.aims, recipe.after, days, lambda now: cook(recipe, now), recipe.follows)


def strengths(state: State) -> dict[str, Strength]:
    """How strongly each practice is shown."""
    return {each.practice: each.strength for each in state.assessment.practices}


def meets(need: Need, shown: Strengths) -> bool:
    """Whether one of the practices of a need is shown strongly enough."""
    return any(shown.get(name, 0) >= need.strength for name in need.practices)


def showings(shown: Strengths) -> dict[str, Showing]:
    """Strengths in the form that the judge takes."""
    return {name: Showing(name, (Proof(strength, ()),)) for name, strength in shown.items()}


class Measure:
    """Measures options from one state. Each set of steps is laid and judged once."""

    def __init__(self, start: State, makers: Iterable[Maker]) -> None:
        self.start = start
        self.makers = tuple(sorted(makers, key=lambda maker: (maker.days, maker.id)))
        self.base = strengths(start)
        self._laid: dict[tuple[str, ...], Laid | None] = {}

    def last(self, bundle: tuple[Maker, ...]) -> "Laid | None":
        """The last of these steps, done behind the others in this order; None where one of them does not fit."""
        key = tuple(maker.id for maker in bundle)
        if key not in self._laid:
            before = self.laid(bundle[:-1])
            step = bundle[-1].make(before) if before else None
            found = Laid(bundle[-1], step, before, before.after(step)) if before and step else None
            self._laid[key] = found if found and not _lowers(found) and not _breaks(found) else None
        return self._laid[key]

    def laid(self, bundle: tuple[Maker, ...]) -> State | None:
        """The state after these steps in this order; None where one of them does not fit."""
        if not bundle:
            return self.start
        last = self.last(bundle)
        return last.after if last else None

    def bundle(self, maker: Maker, above: tuple[str, ...] = ()) -> tuple[Maker, ...] | None:
        """A step behind all that it rests on and that is not there yet, each the cheapest that fits."""
        if len(above) > _DEEPEST or maker.id in above:
            return None
        found: tuple[Maker, ...] = ()
        for need in maker.after:
            state = self.laid(found)
            if state is None:
                return None
            if not meets(need, strengths(state)):
                first = self._first(need, found, (*above, maker.id))
                if first is None:
                    return None
                found = first
        whole = (*found, maker)
        return whole if self.laid(whole) else None

    def _first(self, need: Need, found: tuple[Maker, ...], above: tuple[str, ...]) -> tuple[Maker, ...] | None:
        """The cheapest steps behind `found` that meet a need."""
        for maker in self.makers:
            if any(set(aim.practices) & set(need.practices) for aim in maker.aims) and maker not in found:
                inner = self.bundle(maker, above)
                whole = tuple(dict.fromkeys((*found, *inner))) if inner else None
                state = self.laid(whole) if whole else None
                if whole and state and meets(need, strengths(state)):
                    return whole
        return None

    def options(self, model: Model, target: int) -> list[Option]:
        """All that can be done here and helps a stage up to the target that does not hold, without bad bargains."""
        open_ = _open_needs(self.base, model, target)
        found = [option for maker in self.makers if (option := self._option(maker, open_))]
        return [each for each in found if not any(_is_better(other, each, found) for other in found)]

    def _option(self, maker: Maker, open_: dict[str, set[str]]) -> Option | None:
        if not any(name in open_ for aim in maker.aims for name in aim.practices):
            return None
        bundle = self.bundle(maker)
        state = self.laid(bundle) if bundle else None
        if not bundle or not state:
            return None
        gains = {name: value for name, value in strengths(state).items() if value > self.base.get(name, 0)}
        helped = {name for name, value in gains.items() if value >= Strength.CONFIGURED} & open_.keys()
        touches = frozenset[str]().union(*(open_[name] for name in helped))
        return Option(maker.id, bundle, tuple(gains.items()), touches) if touches else None


def _lowers(laid: Laid) -> bool:
    """Whether a step makes a verdict worse: one that does is not done, whatever it brings besides."""
    for before, after in zip(laid.before.assessment.climbs, laid.after.assessment.climbs, strict=True):
        worth = {each.criterion.id: _ORDER.index(each.verdict) for each in before.judgements}
        if any(_ORDER.index(each.verdict) < worth[each.criterion.id] for each in after.judgements):
            return True
    return False


def _breaks(laid: Laid) -> bool:
    """Whether a step brings a fault that is sure: nobody should be told to do what the next scan complains about."""
    return bool(_sure_faults(laid.after) - _sure_faults(laid.before))


def _sure_faults(state: State) -> set[tuple[str, str, str]]:
    faults = (each for each in state.assessment.faults if each.confidence is Confidence.HIGH and not each.suppressed)
    return {(each.rule, each.place.path, each.message) for each in faults}


def _open_needs(base: Strengths, model: Model, target: int) -> dict[str, set[str]]:
    """The practices that are missing for a stage up to the target that does not hold, each with its criteria."""
    found: dict[str, set[str]] = defaultdict(set)
    for stage in (each for each in model.stages if each.number <= target):
        judged = climb(model._replace(stages=(stage,)), showings(base))
        for judgement in judged.holding_back:
            for name in (name for need in judgement.missing for name in need.practices):
                found[name].add(judgement.criterion.id)
    return found


def cost(bundle: Iterable[Maker]) -> float:
    """The person-days of these steps."""
    return sum(maker.days for maker in bundle)


def _is_better(other: Option, option: Option, found: list[Option]) -> bool:
    """Whether an option gives all that another gives for less, or for the same and comes first."""
    given = dict(other.gains)
    if other.id == option.id or any(given.get(name, 0) < value for name, value in option.gains):
        return False
    mine, its = cost(option.bundle), cost(other.bundle)
    return its < mine or (its == mine and given == dict(option.gains) and found.index(other) < found.index(option))
