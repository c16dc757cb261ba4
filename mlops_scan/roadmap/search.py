"""The cheapest set of options after which every stage up to the target holds, as far as options add up.

A branch-and-bound search over sets of options. It is exact while it stays under `MOST_SETS` sets; beyond that, the best
set that was seen counts, at worst the one that taking the best bargain each time has found.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from mlops_scan.assess import Verdict, climb
from mlops_scan.evidence import Strength
from mlops_scan.maturity import Model, Stage
from mlops_scan.roadmap.measure import Maker, Option, Strengths, cost, showings
from mlops_scan.vocabulary import vocabulary

MOST_SETS = 20_000
MOST_SWAPS = 5
_POINTS = {Verdict.MET: 2, Verdict.PARTLY: 1, Verdict.UNMET: 0, Verdict.ASKED: 0}


class Found(NamedTuple):
    """The chosen options in a good order; whether the target holds with them; whether no cheaper set would do."""

    options: tuple[Option, ...]
    reaches: bool
    exact: bool


class _Standing(NamedTuple):
    """Where one stage stands: whether it holds, and for each of its criteria what its verdict is worth."""

    holds: bool
    worth: dict[str, int]


def cheapest(base: Strengths, options: list[Option], model: Model, target: int) -> Found:
    """The cheapest set for the target; where no set reaches it, all that helps on the way."""
    search = _Search(base, sorted(options, key=lambda each: (cost(each.bundle), each.id)), model, target)
    first = search.pruned(search.greedy())
    if not search.reached(first):
        return Found(first, reaches=False, exact=True)
    search.best = search.swapped(first)
    search.explore()
    return Found(search.in_order(search.best), reaches=True, exact=search.seen < MOST_SETS)


def price(options: Iterable[Option]) -> float:
    """The person-days of some options, with what several of them rest on counted once."""
    makers: dict[str, Maker] = {maker.id: maker for option in options for maker in option.bundle}
    return cost(makers.values())


class _Search:
    def __init__(self, base: Strengths, options: list[Option], model: Model, target: int) -> None:
        self.base, self.options, self.model = base, options, model
        self.stages = [stage for stage in model.stages if stage.number <= target]
        self.best: tuple[Option, ...] = ()
        self.seen = 0
        self._asked: dict[int, list[str]] = {}
        self._known: dict[tuple[int, tuple[int, ...]], _Standing] = {}

    def _asks(self, stage: Stage) -> list[str]:
        """The practices that a stage asks for."""
        if stage.number not in self._asked:
            names = {name for each in stage.criteria for need in each.needs for name in need.practices}
            self._asked[stage.number] = sorted(names)
        return self._asked[stage.number]

    def _shown(self, chosen: Iterable[Option]) -> dict[str, Strength]:
        shown: dict[str, Strength] = dict(self.base)
        for option in chosen:
            for name, strength in option.gains:
                shown[name] = max(strength, shown.get(name, strength))
        return shown

    def _standing(self, stage: Stage, shown: Strengths) -> _Standing:
        """Where a stage stands by the judge; the same strengths are judged once."""
        key = (stage.number, tuple(shown.get(name, 0) for name in self._asks(stage)))
        if key not in self._known:
            judged = climb(self.model._replace(stages=(stage,)), showings(shown))
            worth = {each.criterion.id: _POINTS[each.verdict] for each in judged.judgements}
            self._known[key] = _Standing(judged.next is None, worth)
        return self._known[key]

    def _open(self, chosen: Iterable[Option]) -> Stage | None:
        """The lowest stage that does not hold."""
        shown = self._shown(chosen)
        return next((stage for stage in self.stages if not self._standing(stage, shown).holds), None)

    def reached(self, chosen: Iterable[Option]) -> bool:
        """Whether every stage up to the target holds."""
        return self._open(chosen) is None

    def _wanted(self, chosen: Iterable[Option]) -> set[str]:
        """The criteria that hold back the lowest stage that does not hold."""
        stage = self._open(chosen)
        worth = self._standing(stage, self._shown(chosen)).worth if stage else {}
        return {name for name, points in worth.items() if points < _POINTS[Verdict.MET]}

    def _points(self, chosen: Iterable[Option], wanted: set[str] | None = None) -> int:
        shown = self._shown(chosen)
        worth = {name: points for stage in self.stages for name, points in self._standing(stage, shown).worth.items()}
        return sum(points for name, points in worth.items() if wanted is None or name in wanted)

    def greedy(self, chosen: tuple[Option, ...] = (), without: str = "") -> tuple[Option, ...]:
        """Of the options for the lowest open stage the best bargain, again and again."""
        options = [option for option in self.options if option.id != without]
        while not self.reached(chosen):
            more = self._bargain(chosen, options) or self._pair(chosen)
            if not more:
                break
            chosen = tuple(dict.fromkeys((*chosen, *more)))
        return chosen

    def _bargain(self, chosen: tuple[Option, ...], options: Iterable[Option]) -> tuple[Option, ...]:
        wanted = self._wanted(chosen)
        now = self._points(chosen, wanted)
        offers = []
        for option in options:
            if option not in chosen and option.touches & wanted:
                gained = self._points((*chosen, option), wanted) - now
                extra = price((*chosen, option)) - price(chosen)
                if gained > 0:
                    offers.append(
                        (
                            self._is_early(option, wanted),
                            -gained / max(extra, 0.1),
                            not _watches(option),
                            option.id,
                            option,
                        )
                    )
        return min(offers)[4:] if offers else ()

    def _is_early(self, option: Option, wanted: set[str]) -> bool:
        """Whether what an option is for is asked for only on stages above those that are wanted now."""
        aims = {name for aim in option.bundle[-1].aims for name in aim.practices}
        homes = [stage.number for stage in self.model.stages if aims & set(self._asks(stage))]
        now = [stage.number for stage in self.stages for each in stage.criteria if each.id in wanted]
        return bool(homes) and min(homes) > max(now, default=0)

    def _pair(self, chosen: tuple[Option, ...]) -> tuple[Option, ...]:
        """Where no single option moves a criterion, two may."""
        wanted = self._wanted(chosen)
        now = self._points(chosen, wanted)
        for first, second in combinations(self.options, 2):
            if first.touches & second.touches & wanted and self._points((*chosen, first, second), wanted) > now:
                return (first, second)
        return ()

    def pruned(self, chosen: tuple[Option, ...]) -> tuple[Option, ...]:
        """The set without what it can do without, the dearest first."""
        for option in sorted(chosen, key=lambda each: (-cost(each.bundle), each.id)):
            rest = tuple(each for each in chosen if each is not option)
            needless = self._points(rest) == self._points(chosen) or self.reached(rest)
            if needless and self.reached(rest) >= self.reached(chosen):
                chosen = rest
        return chosen

    def swapped(self, chosen: tuple[Option, ...]) -> tuple[Option, ...]:
        """The set after each option was tried without, and bargains in its place, as long as that is cheaper."""
        for _ in range(MOST_SWAPS):
            others = [
                self.pruned(self.greedy(tuple(each for each in chosen if each is not option), option.id))
                for option in chosen
            ]
            best = min((each for each in others if self.reached(each)), key=price, default=chosen)
            if price(best) >= price(chosen):
                break
            chosen = best
        return chosen

    def in_order(self, chosen: tuple[Option, ...]) -> tuple[Option, ...]:
        """The same options, so that the lowest stage comes first, and for it what moves most for its days."""
        ordered: tuple[Option, ...] = ()
        while len(ordered) < len(chosen):
            rest = [each for each in chosen if each not in ordered]
            ordered = (*ordered, *(self._bargain(ordered, rest) or rest[:1]))
        return ordered

    def explore(self) -> None:
        """Every set of options that could be cheaper than the best one so far, each at most once."""
        waiting: list[tuple[tuple[Option, ...], frozenset[str]]] = [((), frozenset())]
        while waiting and self.seen < MOST_SETS:
            chosen, refused = waiting.pop()
            self.seen += 1
            limit = price(self.best)
            if price(chosen) >= limit:
                continue
            wanted = self._wanted(chosen)
            if self.reached(chosen):
                self.best = chosen
                continue
            branches = []
            for option in self.options:
                if option in chosen or option.id in refused or not option.touches & wanted:
                    continue
                if price((*chosen, option)) < limit:
                    branches.append(((*chosen, option), refused))
                refused = refused | {option.id}
            waiting.extend(reversed(branches))


def _watches(option: Option) -> bool:
    """Whether an option is about monitoring, which comes first among equals: it is what is put off most."""
    practices = vocabulary().practices
    return any(practices[name].capability == "monitoring" for aim in option.bundle[-1].aims for name in aim.practices)
