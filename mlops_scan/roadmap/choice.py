"""What is done for a target: the mends of what is broken, then the cheapest set of recipes, laid and judged as a whole."""

from collections.abc import Iterable
from typing import NamedTuple

from mlops_scan.assess import Verdict
from mlops_scan.maturity import Model
from mlops_scan.roadmap.measure import Laid, Maker, Measure, Option, cost, of_recipe
from mlops_scan.roadmap.mends import mends
from mlops_scan.roadmap.search import Found, cheapest
from mlops_scan.roadmap.state import State
from mlops_scan.roadmap.words import Recipe

#: How often a set that does not reach the target when it is laid as a whole is given one more option, and out of how many.
MOST_REPAIRS = 4
MOST_TRIED = 8
_WORTH = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.UNMET: 0.0, Verdict.ASKED: 0.0}


class Goal(NamedTuple):
    """A stage of a model."""

    model: Model
    target: int

    def points(self, state: State) -> float:
        """How near a state is: a stage counts more than all criteria together."""
        climb = state.assessment.climb(self.model.id)
        wanted = {each.id for stage in self.model.stages if stage.number <= self.target for each in stage.criteria}
        said = sum(_WORTH[each.verdict] for each in climb.judgements if each.criterion.id in wanted)
        return (len(wanted) + 1) * min(climb.stage, self.target) + said


class Choice(NamedTuple):
    """The steps in their order, and whether no cheaper set of recipes would do."""

    laid: tuple[Laid, ...]
    exact: bool


def choose(start: State, goal: Goal, recipes: Iterable[Recipe]) -> Choice:
    """What to do from a state, for a goal.

    What is broken on the way is mended first, whether or not the target could be had without: a fault that stands makes
    what is built on it hollow.
    """
    mended = _mended(start, goal)
    state = mended[-1].after if mended else start
    if state.assessment.climb(goal.model.id).stage >= goal.target:
        return Choice(tuple(mended), exact=True)
    measure = Measure(state, [of_recipe(recipe, state) for recipe in recipes])
    options = measure.options(goal.model, goal.target)
    found = _within_reach(measure, options, goal)
    chosen = _ordered(list(dict.fromkeys(maker for option in found.options for maker in option.bundle)))
    laid = _follow(measure, chosen)
    for _ in range(MOST_REPAIRS if found.reaches else 0):
        better = _repaired(options, chosen, laid, goal, measure)
        if better is None:
            break
        chosen, laid = better
    return Choice((*mended, *_useful(laid, goal, measure)), found.exact)


def _mended(start: State, goal: Goal) -> list[Laid]:
    """The mends that bring the goal nearer, one after the other."""
    laid: list[Laid] = []
    state = start
    for maker in mends(start):
        last = Measure(state, ()).last((maker,))
        if last and goal.points(last.after) > goal.points(state):
            laid.append(last)
            state = last.after
    return laid


def _within_reach(measure: Measure, options: list[Option], goal: Goal) -> Found:
    """The cheapest set for the target; where it is out of reach, for the highest stage that is not."""
    stage = measure.start.assessment.climb(goal.model.id).stage
    numbers = [each.number for each in goal.model.stages if stage < each.number <= goal.target]
    tried = (cheapest(measure.base, options, goal.model, number) for number in reversed(numbers[1:]))
    return next((found for found in tried if found.reaches), None) or cheapest(
        measure.base, options, goal.model, numbers[0]
    )


def _ordered(chosen: list[Maker]) -> list[Maker]:
    """The order given, except that what a step rests on or should follow comes before it."""
    waiting, order = list(chosen), []
    while waiting:
        free = (maker for maker in waiting if not any(_first(other, maker) for other in waiting if other is not maker))
        following = next(free, waiting[0])
        waiting.remove(following)
        order.append(following)
    return order


def _first(other: Maker, maker: Maker) -> bool:
    """Whether another step brings what a step rests on or should follow."""
    wanted = {name for need in (*maker.after, *maker.follows) for name in need.practices}
    return bool(wanted & {name for aim in other.aims for name in aim.practices})


def _follow(measure: Measure, order: list[Maker]) -> list[Laid]:
    """Do the steps one after the other; what fits no longer, because it is there by now, is left out."""
    done: tuple[Maker, ...] = ()
    laid: list[Laid] = []
    for maker in order:
        last = measure.last((*done, maker))
        if last:
            done = (*done, maker)
            laid.append(last)
    return laid


def _end(laid: list[Laid], measure: Measure) -> State:
    return laid[-1].after if laid else measure.start


def _repaired(
    options: list[Option], chosen: list[Maker], laid: list[Laid], goal: Goal, measure: Measure
) -> tuple[list[Maker], list[Laid]] | None:
    """The steps with one more option, the best bargain of those that really bring the goal nearer; None at the goal."""
    climb = _end(laid, measure).assessment.climb(goal.model.id)
    if climb.stage >= goal.target:
        return None
    open_ = {each.criterion.id for each in climb.holding_back}
    helping = [each for each in options if each.touches & open_ and not set(each.bundle) <= set(chosen)]
    offers = []
    for option in helping[:MOST_TRIED]:
        more = _ordered(list(dict.fromkeys((*chosen, *option.bundle))))
        found = _follow(measure, more)
        gained = goal.points(_end(found, measure)) - goal.points(_end(laid, measure))
        if gained > 0:
            offers.append((-gained / max(cost(more) - cost(chosen), 0.1), option.id, more, found))
    return min(offers)[2:] if offers else None


def _useful(laid: list[Laid], goal: Goal, measure: Measure) -> list[Laid]:
    """The steps without those that change nothing in the end: what they were for, another step has brought already."""
    for each in reversed(laid):
        if goal.points(each.after) <= goal.points(each.before):
            rest = _follow(measure, [other.maker for other in laid if other.maker is not each.maker])
            if goal.points(_end(rest, measure)) >= goal.points(_end(laid, measure)):
                laid = rest
    return laid
