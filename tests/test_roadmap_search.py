"""The search for the cheapest set: right by comparison with every set there is, and bounded."""

import random
from itertools import chain, combinations

import pytest

from mlops_scan.assess import climb
from mlops_scan.evidence import Strength
from mlops_scan.maturity import Criterion, Model, Need, Stage
from mlops_scan.roadmap import search
from mlops_scan.roadmap.measure import Maker, Option, showings
from mlops_scan.roadmap.search import cheapest, price

PRACTICES = ("run-tracked", "data-versioned", "model-registered", "drift-detected", "alert-sent", "code-tested")


def need(*names: str, strength: Strength = Strength.CONFIGURED) -> Need:
    return Need(names, strength)


def model(*stages: tuple[str, tuple[Criterion, ...]]) -> Model:
    rungs = tuple(
        Stage(number, str(number), "", quorum, criteria) for number, (quorum, criteria) in enumerate(stages, 1)
    )
    return Model("own", "Own", "", rungs)


WIRED_DRIFT = need("drift-detected", strength=Strength.WIRED)
FIRST = (
    Criterion("A", "?", (need("run-tracked"),)),
    Criterion("B", "?", (need("data-versioned", "model-registered"),)),
)
SECOND = (
    Criterion("C", "?", (WIRED_DRIFT, need("alert-sent"))),
    Criterion("D", "?", (need("code-tested"),)),
    Criterion("E", "?", (need("model-registered"),)),
)
TWO = model(("all", FIRST), ("most", SECOND))


def option(
    name: str, days: float, *gains: str, after: tuple[Maker, ...] = (), strength: Strength = Strength.WIRED
) -> Option:
    maker = Maker(name, tuple(Need((gain,), strength) for gain in gains), (), days, lambda _state: None)
    criteria = [each for stage in TWO.stages for each in stage.criteria]
    touched = frozenset(each.id for each in criteria for need in each.needs if set(need.practices) & set(gains))
    return Option(name, (*after, maker), tuple((gain, strength) for gain in gains), touched)


def reaches(options: tuple[Option, ...], target: int) -> bool:
    shown = {name: strength for each in options for name, strength in each.gains}
    return climb(TWO, showings(shown)).stage >= target


def test_the_cheapest_set_is_taken_and_not_the_best_bargains() -> None:
    options = [
        option("both", 3.0, "run-tracked", "data-versioned"),
        option("one", 1.0, "run-tracked"),
        option("other", 2.5, "data-versioned"),
    ]
    assert [each.id for each in cheapest({}, options, TWO, 1).options] == ["both"]


def test_what_two_options_rest_on_is_paid_once() -> None:
    base = Maker("base", (), (), 2.0, lambda _state: None)
    options = [
        option("a", 1.0, "run-tracked", after=(base,)), option("b", 1.0, "data-versioned", after=(base,)),
        option("c", 2.5, "run-tracked"), option("d", 2.0, "data-versioned"),
    ]  # fmt: skip
    found = cheapest({}, options, TWO, 1)
    assert (sorted(each.id for each in found.options), price(found.options)) == (["a", "b"], 4.0)


def test_a_target_out_of_reach_is_said_to_be() -> None:
    found = cheapest({}, [option("a", 1.0, "run-tracked")], TWO, 2)
    assert not found.reaches
    assert [each.id for each in found.options] == ["a"]


@pytest.mark.parametrize("seed", range(40))
def test_no_set_is_cheaper_than_the_one_that_is_found(seed: int) -> None:
    choose = random.Random(seed)
    options = [
        option(
            f"o{number}", choose.choice([0.5, 1.0, 2.0, 3.5]), *choose.sample(PRACTICES, choose.choice([1, 1, 2, 3]))
        )
        for number in range(7)
    ]
    target = choose.choice([1, 2])
    sets = chain.from_iterable(combinations(options, size) for size in range(len(options) + 1))
    best = min((price(each) for each in sets if reaches(each, target)), default=None)
    found = cheapest({}, options, TWO, target)
    assert found.reaches is (best is not None)
    if best is not None:
        assert found.exact
        assert price(found.options) == best


def test_a_search_that_is_cut_off_says_so_and_still_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_SETS", 1)
    options = [
        option("a", 1.0, "run-tracked"),
        option("b", 1.0, "data-versioned"),
        option("c", 1.0, "model-registered"),
    ]
    found = cheapest({}, options, TWO, 1)
    assert (found.reaches, found.exact) == (True, False)


def test_the_lowest_stage_comes_first() -> None:
    options = [
        option("a", 3.0, "run-tracked"), option("b", 3.0, "data-versioned"), option("c", 0.5, "code-tested"),
        option("d", 0.5, "model-registered"),
    ]  # fmt: skip
    ordered = [each.id for each in cheapest({}, options, TWO, 2).options]
    assert ordered.index("a") < ordered.index("c")
