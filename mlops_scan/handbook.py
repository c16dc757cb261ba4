"""What mlops-scan knows, as pages of Markdown: the docs are generated from the data, and so is `--format markdown`."""

import re
from collections.abc import Callable, Iterable, Iterator

from mlops_scan.clean import clean
from mlops_scan.detector import Detector
from mlops_scan.faults import Rule, rules
from mlops_scan.maturity import Criterion, Model, Stage, builtin
from mlops_scan.vocabulary import Practice, vocabulary

_QUORUM = {
    "half": "at least half of its criteria hold (one that holds in part counts one half)",
    "most": "more than half of its criteria hold (one that holds in part counts one half)",
    "nearly all": "all of its criteria hold but one point (one that holds in part counts one half), and each at least in part",
    "all": "all of its criteria hold",
}
#: What would build something else than a name in a table (CommonMark 0.31, section 2.5), and what is an address and no more.
_BUILDERS = re.compile(r"[\\`*_\[\]<>|~#$@]")
_ADDRESS = re.compile(r"https?://[\w.~:/?#@!$&*+,;=%-]+")
_COSTS = {1: "untidy", 2: "weakens what rests on it", 3: "makes what rests on it hollow"}


def models(_detectors: Iterable[Detector]) -> str:
    """The built-in models: every stage, every criterion, what each needs, and the cheapest way there."""
    return _page("Criteria", "What the two built-in maturity models ask, and what each criterion needs.", _models())


def _models() -> Iterator[str]:
    for model in builtin().values():
        yield f"\n## {model.name}\n\nModel `{model.id}`. Source: {model.source}.\n"
        for stage in model.stages:
            yield f"\n### Stage {stage.number}: {stage.name}\n\n{stage.meaning} It stands when {_quorum(stage)}.\n"
            yield from (_criterion(each) for each in stage.criteria)
        yield from _profile(model)


def _quorum(stage: Stage) -> str:
    if len(stage.criteria) == 1:
        return "its criterion holds, at least in part" if stage.quorum == "half" else "its criterion holds"
    return _QUORUM[stage.quorum]


def _criterion(criterion: Criterion) -> str:
    asked = "Where the files do not show it, a person is asked.\n" if criterion.asked else ""
    needs = "".join(f"- {' or '.join(map(_practice_link, need.practices))}, at least {need.strength}\n" for need in criterion.needs)  # fmt: skip
    return f"\n#### {criterion.id}\n\n{criterion.question}\n\n{needs}{asked}"


def _practice_link(name: str) -> str:
    return f"[{name}](practices.md#{name})"


def _profile(model: Model) -> Iterator[str]:
    """The small ladders of the capabilities."""
    if not model.profile:
        return
    yield f"\n### The profile of `{model.id}`\n\nEach capability has a ladder of its own; a rung stands when it and all below it hold.\n"
    yield "\n| capability | stage | needs |\n|---|---:|---|\n"
    for rung in model.profile:
        needs = "; ".join(f"{' or '.join(need.practices)} at {need.strength}" for need in rung.needs)
        yield f"| {vocabulary().capabilities[rung.capability]} | {rung.stage} | {needs} |\n"


def practices(detectors: Iterable[Detector]) -> str:
    """Every practice by capability: what it means, how to get it, what shows it, which criteria ask for it."""
    known = tuple(detectors)
    return _page("Practices", "What a team can be seen to do. Criteria ask for practices; tools show them.", _practices(known))  # fmt: skip


def _practices(detectors: tuple[Detector, ...]) -> Iterator[str]:
    for capability, title in vocabulary().capabilities.items():
        own = [each for each in vocabulary().practices.values() if each.capability == capability]
        yield f"\n## {title}\n" if own else ""
        yield from (_practice(each, detectors) for each in own)


def _practice(practice: Practice, detectors: Iterable[Detector]) -> str:
    tools = [_named(each) for each in detectors if practice.id in each.practices]
    shown = (
        "a path through the wiring" if practice.composed else ", ".join(sorted(tools, key=str.lower)) or "no tool yet"
    )
    asking = [
        f"[{each.id}](criteria.md#{each.id.lower().replace('.', '')})"
        for model in builtin().values()
        for each in model.criteria
        if any(practice.id in need.practices for need in each.needs)
    ]
    return (
        f"\n### {practice.id}\n\nShown when {practice.means}.\n\n- To get it: {practice.step}\n"
        f"- Shown by: {shown}.\n- Asked by: {', '.join(asking) or 'no criterion of the built-in models'}.\n"
    )


def faults(_detectors: Iterable[Detector]) -> str:
    """Every rule for broken wires, by family, with its page."""
    told = (
        "What makes a claim hollow. A comment `mlops-scan: ignore RULE: reason` on the line accepts one, and so does\n"
        "`[suppress]` in the configuration; an accepted fault stays in the report."
    )
    return _page("Faults", told, _faults())


def _faults() -> Iterator[str]:
    families: dict[str, list[Rule]] = {}
    for each in rules():
        families.setdefault(each.family, []).append(each)
    for family, members in sorted(families.items()):
        yield f"\n## {family.replace('-', ' ').capitalize()}\n"
        yield from (f"\n### {each.id}\n\n_{_COSTS[each.costs].capitalize()}._ {each.page}\n" for each in members)


def tools(detectors: Iterable[Detector]) -> str:
    """Every tool and convention with the practices that it shows."""
    known = sorted(detectors, key=lambda each: each.name.lower())
    told = f"{len(known)} tools and conventions are recognised. `mlops-scan explain ID` lists the marks of one."
    return _page("Tools", told, ("\n| tool | id | shows |\n|---|---|---|\n", *map(_tool, known)))


def _tool(detector: Detector) -> str:
    name = _named(detector)
    name = f"[{name}]({detector.url})" if _ADDRESS.fullmatch(detector.url) else name
    return f"| {name} | {detector.id} | {', '.join(detector.practices)} |\n"


def _named(detector: Detector) -> str:
    """Its name as words of a page: detectors that a user adds may be called anything."""
    return _BUILDERS.sub(lambda found: f"&#{ord(found[0])};", clean(detector.name))


def _page(title: str, told: str, parts: Iterable[str]) -> str:
    return f"# {title}\n\n{told}\n{''.join(parts)}"


#: The pages by the command that prints them.
PAGES: dict[str, Callable[[Iterable[Detector]], str]] = {
    "tools": tools, "practices": practices, "models": models, "faults": faults
}  # fmt: skip
