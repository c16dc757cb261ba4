"""A plan as Markdown, with every snippet whole; and as a checklist to be pasted into an issue."""

import re
from collections.abc import Iterator

from mlops_scan.clean import clean
from mlops_scan.report.parts.markup import code, plain, prose
from mlops_scan.roadmap.text import EFFORT, days, headline, load, said, summary
from mlops_scan.roadmap.words import Action, Change, Plan

_LANGUAGES = {
    ".py": "python",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".md": "markdown",
    ".sh": "sh",
    ".tf": "hcl",
    ".json": "json",
    ".ipynb": "python",
}


def as_markdown(plan: Plan) -> str:
    """The whole plan: months, actions, files with their snippets."""
    return "\n".join(_whole(plan)) + "\n"


def as_checklist(plan: Plan) -> str:
    """The plan as a list of boxes to tick, one for each action and question."""
    return "\n".join(_boxes(plan)) + "\n"


def _whole(plan: Plan) -> Iterator[str]:
    if not plan.applicable:
        yield f"Not applicable, so there is no stage to plan for: {prose(clean(plan.reason))}."
        return
    yield from ("# Roadmap", "", prose(headline(plan)), "", prose(summary(plan)), "")
    if plan.pitfalls:
        yield from ("## Pitfalls", "", *_pitfalls(plan), "")
    numbers = {action.step.id: number for number, action in enumerate(plan.actions, 1)}
    for month in sorted({action.month for action in plan.actions}):
        yield from (f"## Month {month}: {load(plan, month)}", "")
        for action in plan.actions:
            if action.month == month:
                yield from _action(action, numbers)
    if plan.asks:
        yield from (
            "## Ask, since no file can show it",
            "",
            *(f"- {plain(ask.criterion)}: {prose(clean(ask.question))}" for ask in plan.asks),
            "",
        )
    if plan.left:
        yield from ("## Still open then", "", *(f"- {plain(name)}: {prose(why)}" for name, why in plan.left), "")
    yield EFFORT


def _pitfalls(plan: Plan) -> Iterator[str]:
    for pitfall in plan.pitfalls:
        places = ", ".join(code(clean(str(place))) for place in pitfall.places)
        yield f"- **{pitfall.id}**: {prose(said(pitfall.message, 1000))} ({places})"


def _action(action: Action, numbers: dict[str, int]) -> Iterator[str]:
    step = action.step
    yield from (f"### {numbers[step.id]}. {prose(said(step.title))}", "", prose(said(step.why, 500)), "")
    yield f"- effort: {days(action.days)}"
    if action.moves:
        yield f"- moves: {', '.join(f'{plain(move.criterion)} {move.before} → {move.after}' for move in action.moves)}"
    else:
        yield f"- prepares: {', '.join(code(gain.practice) for gain in action.gains)}"
    if action.depends:
        yield f"- after: {', '.join(f'action {numbers[each]}' for each in action.depends)}"
    yield from (f"- adapt: {prose(said(note, 500))}" for note in step.adapt)
    yield ""
    for change in step.changes:
        yield from (*_change(change), "")
    if step.run:
        yield from ("Run:", "", *_fenced("\n".join(said(each, 500) for each in step.run), "sh"), "")


def _change(change: Change) -> Iterator[str]:
    where = "a new file" if change.line is None else f"at line {change.line}"
    gone = f", in place of {code(said(change.removed.strip()))}" if change.removed else ""
    yield f"{code(clean(change.path))}, {where}{gone}:"
    text = "\n".join(said(line, 4_000) for line in change.snippet.rstrip("\n").split("\n"))
    language = next((name for ending, name in _LANGUAGES.items() if change.path.endswith(ending)), "")
    yield from ("", *(_fenced(text, language) if text else ["(the line goes)"]))


def _fenced(text: str, language: str) -> Iterator[str]:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    yield from (f"{fence}{language}", text, fence)


def _boxes(plan: Plan) -> Iterator[str]:
    if not plan.applicable:
        yield from _whole(plan)
        return
    yield from (f"**{prose(headline(plan))}**", "", prose(summary(plan)))
    numbers = {action.step.id: number for number, action in enumerate(plan.actions, 1)}
    for month in sorted({action.month for action in plan.actions}):
        yield from ("", f"Month {month} ({load(plan, month)})", "")
        for action in plan.actions:
            if action.month == month:
                yield _box(action, numbers)
    if plan.asks:
        yield from (
            "",
            "Ask",
            "",
            *(f"- [ ] {plain(ask.criterion)}: {prose(clean(ask.question))}" for ask in plan.asks),
        )


def _box(action: Action, numbers: dict[str, int]) -> str:
    files = ", ".join(code(clean(path)) for path in dict.fromkeys(change.path for change in action.step.changes))
    moves = ", ".join(plain(move.criterion) for move in action.moves)
    after = ", ".join(f"action {numbers[each]}" for each in action.depends)
    details = [days(action.days), *([f"moves {moves}"] if moves else []), *([f"after {after}"] if after else [])]
    title = prose(said(action.step.title))
    return f"- [ ] {numbers[action.step.id]}\\. {title}{f' in {files}' if files else ''} ({'; '.join(details)})"
