"""The plan: the cheapest set of steps to a target, in an order that can be followed, each judged again as it is done."""

from collections.abc import Iterable, Iterator

from mlops_scan.assess import Assessment, Climb, Judgement, Verdict
from mlops_scan.errors import ScanError
from mlops_scan.evidence import Strength
from mlops_scan.maturity import Model
from mlops_scan.report.parts.harmless import harmless
from mlops_scan.roadmap.choice import Goal, choose
from mlops_scan.roadmap.measure import Laid, Maker, strengths
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.pitfalls import pitfalls
from mlops_scan.roadmap.recipes import recipes
from mlops_scan.roadmap.state import State
from mlops_scan.roadmap.words import Action, Ask, Gain, Move, Plan, Recipe
from mlops_scan.scan import Ground
from mlops_scan.vocabulary import vocabulary


def plan(
    ground: Ground, model: str, target: int | None = None, months: int = 3, known: Iterable[Recipe] | None = None
) -> Plan:
    """The plan for a model (its id) up to the stage `target`, spread over months; to the next stage where none is named.

    Raises `ScanError` for a target that the model has not. `known` are the recipes, ours by default.
    """
    start = State(ground)
    assessment = harmless(start.assessment)  # a model of the tree's own brings texts
    now = assessment.climb(model)
    numbers = [stage.number for stage in now.model.stages]
    target = min(now.stage + 1, max(numbers)) if target is None else target
    if target not in numbers:
        raise ScanError(f"{model} has no stage {target}: its stages are {min(numbers)} to {max(numbers)}")
    plan = Plan(
        assessment.repository,
        now.model.id,
        now.model.name,
        tuple((stage.number, stage.name) for stage in now.model.stages),
        now.stage,
        target,
        now.stage,
        months,
        assessment.applicable,
        assessment.reason,
        assessment.complete,
    )
    if not assessment.applicable:
        return plan
    plan = plan._replace(asks=tuple(_asks(now, target)), pitfalls=tuple(pitfalls(assessment, start.life, now)))
    return plan if now.stage >= target else _planned(plan, start, now.model, recipes() if known is None else known)


def _planned(plan: Plan, start: State, model: Model, known: Iterable[Recipe]) -> Plan:
    known = tuple(known)
    choice = choose(start, Goal(model, plan.target), known)
    end = (choice.laid[-1].after if choice.laid else start).assessment.climb(plan.model)
    left = tuple((each.criterion.id, _why_left(each, start.site, known)) for each in _left(end, plan.target))
    actions = tuple(_actions(choice.laid, plan))
    return plan._replace(actions=actions, reached=end.stage, left=left, exact=choice.exact)


def _actions(laid: tuple[Laid, ...], plan: Plan) -> Iterator[Action]:
    """The steps in their months, of about equal length, with what the re-assessment behind each of them says."""
    total, done, month = sum(each.maker.days for each in laid), 0.0, 1
    ids = [each.step.id for each in laid]
    for number, each in enumerate(laid):
        month = min(plan.months, month + 1, max(month, 1 + int(done * plan.months / total)))
        done += each.maker.days
        before, after = each.before.assessment, each.after.assessment
        depends = tuple(other.step.id for other in laid[:number] if _rests(each.maker, other))
        yield Action(
            each.step,
            month,
            each.maker.days,
            tuple(_moves(before, after, plan)),
            tuple(_gains(each.before, each.after)),
            tuple(name for name in depends if name in ids),
            after.climb(plan.model).stage,
        )


def _rests(maker: Maker, other: Laid) -> bool:
    """Whether a step needs a practice that another has brought."""
    gained = {gain.practice for gain in _gains(other.before, other.after)}
    return any(gained & set(need.practices) for need in maker.after)


def _moves(before: Assessment, after: Assessment, plan: Plan) -> Iterator[Move]:
    former = {each.criterion.id: each.verdict for each in before.climb(plan.model).judgements}
    for each in after.climb(plan.model).judgements:
        if each.verdict is not former[each.criterion.id]:
            yield Move(each.criterion.id, former[each.criterion.id], each.verdict)


def _gains(before: State, after: State) -> Iterator[Gain]:
    old, new = strengths(before), strengths(after)
    for name, strength in new.items():
        if strength > old.get(name, 0):
            yield Gain(name, old.get(name), strength)


def _asks(climb: Climb, target: int) -> Iterator[Ask]:
    """What only people can answer, up to the target."""
    for stage in climb.model.stages:
        ids = {each.id for each in stage.criteria}
        for each in climb.judgements:
            if stage.number <= target and each.criterion.id in ids and each.verdict is Verdict.ASKED:
                yield Ask(each.criterion.id, each.criterion.question, stage.number)


def _left(climb: Climb, target: int) -> list[Judgement]:
    """The criteria that still hold back a stage up to the target."""
    stage = climb.next
    return list(climb.holding_back) if stage and stage.number <= target else []


_OF_TRAINING = ("pipelines", "experimentation", "versioning", "cicd")


def _why_left(judgement: Judgement, site: Site, known: Iterable[Recipe]) -> str:
    """Why no action brings a criterion."""
    if judgement.verdict is Verdict.ASKED:
        return "no file can show it: ask"
    if any(need.strength is Strength.EXERCISED for need in judgement.missing):
        return "only what a run leaves behind shows it: run the pipeline and keep what it writes"
    names = {name for need in judgement.missing for name in need.practices}
    areas = {vocabulary().practices[name].capability for name in names if name in vocabulary().practices}
    if site.traits["language"] == "none" and areas & set(_OF_TRAINING):
        return "no code that trains was found here: bring it into this repository, or plan for the one that holds it"
    needs = " and ".join(f"{' or '.join(need.practices)} at {need.strength}" for need in judgement.missing)
    return f"no recipe fits that brings {needs}{_nearest(names, site, known)}"


def _nearest(names: set[str], site: Site, known: Iterable[Recipe]) -> str:
    """What the recipe that is nearest to fitting asks for, and what is here."""
    aiming = [recipe for recipe in known if names & {name for aim in recipe.aims for name in aim.practices}]
    lacking = [
        (recipe, [pair for pair in recipe.when if site.traits.get(pair[0], "none") not in pair[1]]) for recipe in aiming
    ]
    recipe, missing = min(lacking, key=lambda each: (len(each[1]), each[0].id), default=(None, []))
    if recipe is None or not missing:
        return ""
    wanted = ", ".join(
        f"{trait} {' or '.join(values)} (here {site.traits.get(trait, 'none')})" for trait, values in missing
    )
    return f"; `{recipe.id}` is for {wanted}"
