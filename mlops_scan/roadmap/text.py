"""A plan as plain text: months, actions, where each of them begins. No meaning in colour, none in position alone."""

import textwrap
from collections.abc import Iterator

from mlops_scan.clean import LONGEST, clean, masked
from mlops_scan.roadmap.words import Action, Change, Plan

_MOST_LINES = 6
_LONGEST = 4_000
#: The working days of a person in a month.
WORKING_DAYS = 20
EFFORT = (
    "Effort is the work of one person who knows the tool, as the recipe says, and one more day for each tool that is new "
    "here; meetings and waiting are not in it."
)


def as_text(plan: Plan, width: int = 110) -> str:
    """The plan for a terminal; what it repeats of the tree is harmless."""
    return "\n".join(line.rstrip() for line in _lines(plan, width)) + "\n"


def said(text: str, longest: int = LONGEST) -> str:
    """What a plan repeats of the tree: it does nothing but stand there, and what looks like a secret is not in it."""
    return clean(masked(text), longest)


def headline(plan: Plan) -> str:
    """From where to where, in one sentence."""
    names = dict(plan.stages)
    way = f"stage {plan.stage} ({names.get(plan.stage, 'none')}) is proven, stage {plan.target} ({names[plan.target]}) is the target"
    return f"{plan.repository}: {way}."


def summary(plan: Plan) -> str:
    """What the plan costs, and what it reaches."""
    if plan.stage >= plan.target:
        return "The target is reached already: there is nothing to do."
    if not plan.actions:
        return "No recipe here leads nearer to the target."
    count = f"{len(plan.actions)} actions" if len(plan.actions) > 1 else "1 action"
    reaches = (
        "and the target is proven"
        if plan.reached >= plan.target
        else f"and stage {plan.reached} is proven; the target is not in reach of files alone"
    )
    bound = "" if plan.exact else " The search was cut off: a cheaper set may exist."
    return f"{count}, {days(plan.days)} in {plan.months} months; judged again with all of it done, {reaches}.{bound}"


def days(number: float) -> str:
    """Person-days, without a needless fraction."""
    return f"{number:g} person-day{'' if number == 1 else 's'}"


def load(plan: Plan, month: int) -> str:
    """What a month holds, and how many people that takes."""
    total = sum(action.days for action in plan.actions if action.month == month)
    people = -(-total // WORKING_DAYS)
    return days(total) + (f", more than one person has: {people:g} people" if people > 1 else "")


def _lines(plan: Plan, width: int) -> Iterator[str]:
    if not plan.applicable:
        yield f"{plan.repository}: not applicable, so there is no stage to plan for: {clean(plan.reason)}."
        return
    yield from _wrapped(headline(plan), width)
    yield from _wrapped(summary(plan), width)
    if not plan.complete:
        yield from _wrapped("The scan was incomplete: what could not be read may be what this plan asks for.", width)
    if plan.pitfalls:
        yield from ("", "Pitfalls")
    for pitfall in plan.pitfalls:
        places = ", ".join(clean(str(place)) for place in pitfall.places)
        yield from _wrapped(f"! {pitfall.id}: {said(pitfall.message, 1000)} ({places})", width, "  ", "    ")
    numbers = {action.step.id: number for number, action in enumerate(plan.actions, 1)}
    for month in sorted({action.month for action in plan.actions}):
        yield from ("", f"Month {month} ({load(plan, month)})")
        for action in plan.actions:
            if action.month == month:
                yield from _action(action, numbers, width)
    yield from _rest(plan, width)


def _rest(plan: Plan, width: int) -> Iterator[str]:
    if plan.asks:
        yield from ("", "Ask, since no file can show it")
    for ask in plan.asks:
        yield from _wrapped(f"? {ask.criterion}  {clean(ask.question)}", width, "  ", "          ")
    if plan.left:
        yield from ("", "Still open then")
    for criterion, why in plan.left:
        yield from _wrapped(f"- {criterion}  {why}", width, "  ", "          ")
    if plan.actions:
        yield ""
        yield from _wrapped(EFFORT, width)


def _action(action: Action, numbers: dict[str, int], width: int) -> Iterator[str]:
    step = action.step
    yield ""
    yield from _wrapped(f"{numbers[step.id]:>3}. {said(step.title)} ({days(action.days)})", width, "", "     ")
    yield from _wrapped(said(step.why, 500), width, "     ", "     ")
    if moves := ", ".join(f"{move.criterion} {move.before} -> {move.after}" for move in action.moves):
        yield from _row("moves", moves, width)
    if gains := ", ".join(f"{gain.practice} {gain.after}" for gain in action.gains if not action.moves):
        yield from _row("prepares", gains, width)
    if action.depends:
        yield from _row("after", ", ".join(f"action {numbers[each]}" for each in action.depends), width)
    for change in step.changes:
        yield from _change(change, width)
    for command in step.run:
        yield from _row("run", said(command, 500), width)
    for note in step.adapt:
        yield from _row("adapt", said(note, 500), width)


def _change(change: Change, width: int) -> Iterator[str]:
    where = "new" if change.line is None else f"line {change.line}"
    gone = f", in place of `{said(change.removed.strip())}`" if change.removed else ""
    yield from _row("file", f"{clean(change.path)} ({where}{gone})", width)
    lines = [said(line, _LONGEST) for line in change.snippet.strip("\n").split("\n")]
    shown = lines[:_MOST_LINES] if len(lines) > _MOST_LINES + 1 else lines
    yield from (f"               | {line}" for line in shown if change.snippet)
    if len(lines) > len(shown):
        yield f"               | ... {len(lines) - len(shown)} more lines (--format markdown)"


def _row(name: str, text: str, width: int) -> Iterator[str]:
    yield from _wrapped(f"{name:<8}  {text}", width, "     ", "               ")


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
