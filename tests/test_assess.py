"""Judgement: points make verdicts, verdicts make stages, and no higher stage lifts over a lower one."""

import pytest

from mlops_scan.assess import Showing, Verdict, climb, judge
from mlops_scan.evidence import Place, Strength
from mlops_scan.maturity import Criterion, Model, Need, Stage
from mlops_scan.proof import Proof


def shown(**practices: Strength) -> dict[str, Showing]:
    return {
        name.replace("_", "-"): Showing(name.replace("_", "-"), (Proof(strength, (Place("x"),)),))
        for name, strength in practices.items()
    }


def criterion(*names: str, strength: Strength = Strength.WIRED, asked: bool = False, id: str = "C") -> Criterion:
    return Criterion(id, "?", tuple(Need((name,), strength) for name in names), asked)


@pytest.mark.parametrize(
    ("practices", "verdict"),
    [
        (shown(a=Strength.WIRED, b=Strength.EXERCISED), Verdict.MET),
        (shown(a=Strength.WIRED), Verdict.PARTLY),
        (shown(a=Strength.CONFIGURED, b=Strength.CONFIGURED), Verdict.PARTLY),
        (shown(a=Strength.CONFIGURED), Verdict.UNMET),
        (shown(a=Strength.DECLARED, b=Strength.DECLARED), Verdict.UNMET),
        ({}, Verdict.UNMET),
    ],
)
def test_a_verdict_adds_up_the_needs(practices: dict[str, Showing], verdict: Verdict) -> None:
    assert judge(criterion("a", "b"), practices).verdict is verdict


def test_what_no_file_can_show_is_asked_and_never_unmet() -> None:
    assert judge(criterion("a", asked=True), {}).verdict is Verdict.ASKED
    assert judge(criterion("a", asked=True), shown(a=Strength.WIRED)).verdict is Verdict.MET


def test_a_judgement_names_what_is_missing() -> None:
    (missing,) = judge(criterion("a", "b"), shown(a=Strength.WIRED)).missing
    assert missing.practices == ("b",)


def ladder(*stages: tuple[str, tuple[Criterion, ...]]) -> Model:
    return Model(
        "m",
        "m",
        "",
        tuple(Stage(number, str(number), "", quorum, criteria) for number, (quorum, criteria) in enumerate(stages, 1)),
    )


def test_a_higher_stage_does_not_lift_over_a_lower_one() -> None:
    model = ladder(("all", (criterion("a", id="1"),)), ("all", (criterion("b", id="2"),)))
    assert climb(model, shown(b=Strength.WIRED)).stage == 0
    assert climb(model, shown(a=Strength.WIRED, b=Strength.WIRED)).stage == 2


@pytest.mark.parametrize(
    ("quorum", "met", "holds"),
    [
        ("half", 2, True),
        ("half", 1, False),
        ("most", 2, False),
        ("most", 3, True),
        ("nearly all", 3, False),
        ("all", 3, False),
        ("all", 4, True),
    ],
)
def test_a_quorum_says_how_many_of_four_must_hold(quorum: str, met: int, holds: bool) -> None:
    model = ladder((quorum, tuple(criterion(name, id=name) for name in "abcd")))
    assert (climb(model, shown(**dict.fromkeys("abcd"[:met], Strength.WIRED))).stage == 1) is holds


def test_nearly_all_forgives_halves_and_no_miss() -> None:
    model = ladder(("nearly all", tuple(criterion(name, id=name) for name in "abcd")))
    most = dict.fromkeys("abc", Strength.WIRED)
    assert climb(model, shown(**most, d=Strength.EXERCISED)).stage == 1
    assert climb(model, shown(**most)).stage == 0


def test_possible_counts_what_must_be_asked_as_yes() -> None:
    model = ladder(("all", (criterion("a", id="1"), criterion("b", id="2", asked=True))))
    reached = climb(model, shown(a=Strength.WIRED))
    assert (reached.stage, reached.possible) == (0, 1)
    assert [each.criterion.id for each in reached.holding_back] == ["2"]


def test_a_stage_0_with_criteria_must_hold_as_well() -> None:
    base = Stage(0, "Ad hoc", "", "all", (criterion("a", id="0"),))
    model = Model("m", "m", "", (base, Stage(1, "One", "", "all", (criterion("b", id="1"),))))
    reached = climb(model, shown(b=Strength.WIRED))
    assert reached.stage == 0
    assert reached.next is base
