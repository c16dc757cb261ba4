"""Checks in code that cannot fail: a verdict that is overwritten, swallowed, printed, or always the same."""

from collections.abc import Iterator

from mlops_scan.activities import words_of
from mlops_scan.evidence import Fact, Node, Place
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.checking import facts_of, few, speaks_of_checking
from mlops_scan.lifecycle import Lifecycle

_DECIDES = frozenset({
    "validate", "validation", "check", "checks", "evaluate", "evaluation", "verify", "gate", "gates", "approve"
})  # fmt: skip
#: Functions that only tell, and those that must go on whatever happens.
_TELLS = frozenset({
    "print", "show", "display", "report", "summary", "summarize", "log", "recommendations", "plot"
})  # fmt: skip
_GOES_ON = frozenset({
    "loop", "worker", "monitor", "daemon", "background", "refresh", "watch", "cleanup", "collect"
})  # fmt: skip


@rule("verdict-overwritten", costs=3)
@few
def verdict_overwritten(life: Lifecycle) -> Iterator[Broken]:
    """A verdict is computed or read, and a constant is put in its place before anything depends on it.

    `deploy_flag = int(file.read())` and two lines below `deploy_flag = 1`: whatever the evaluation found, the model is
    deployed. Mend: take the constant away.
    """
    for node, fact in facts_of(life, "overwrites"):
        message = (
            f"`{fact.name}` is set to {fact.value} before anything depended on what it was: the gate is always open"
        )
        yield Broken(Place(node.path, fact.line), message, node)


@rule("verdict-only-printed", costs=3)
@few
def verdict_only_printed(life: Lifecycle) -> Iterator[Broken]:
    """A check says whether it passed, and that is all that it does.

    Both outcomes are printed or logged, nothing is raised, returned or ended with a status that is not 0; so the job
    that runs it is green for every model. Mend: `raise` or `sys.exit(1)` where the check fails.
    """
    for node, fact in facts_of(life, "only-printed"):
        named = (node.unit.rpartition(":")[2], node.path.rpartition("/")[2].rpartition(".")[0])
        words = set(words_of(named[0]))
        if any(map(speaks_of_checking, named)) and not words & _TELLS:
            message = f"whether `{fact.name}` is only printed: this check succeeds for every result"
            yield Broken(Place(node.path, fact.line), message, node)


@rule("check-swallowed", costs=3)
@few
def check_swallowed(life: Lifecycle) -> Iterator[Broken]:
    """A check raises, and the error is caught and forgotten: or what it should have refused is done in the handler.

    `try: validate(data)` with `except Exception: pass` lets all data through; `except: promote(model)` promotes just
    the models that could not be evaluated. Handlers in loops that must go on are not meant. Mend: catch what is
    expected, and raise.
    """
    for node, fact in facts_of(life, "swallows"):
        around = set(words_of(node.unit.rpartition(":")[2]))
        verb = fact.name.rpartition(".")[2]
        if around & _GOES_ON or verb.startswith("_"):
            continue
        tried = _DECIDES & set(words_of(verb)[:2]) and speaks_of_checking(verb)
        if tried and fact.value in ("pass", "print", "return True"):
            yield Broken(
                Place(node.path, fact.line),
                f"the failure of `{fact.name}` is caught and forgotten",
                node,
                Confidence.MEDIUM,
            )
        elif (tried or around & _DECIDES) and fact.value not in ("pass", "print", "return True", ""):
            message = f"`{fact.value}` is called where the check failed"
            yield Broken(Place(node.path, fact.line), message, node, Confidence.MEDIUM)


@rule("check-always-passes", costs=3)
@few
def check_always_passes(life: Lifecycle) -> Iterator[Broken]:
    """A check that nothing can miss: `assert True`, `accuracy >= 0`, `... or True`.

    Or a function that returns True whatever it finds. It runs, it is green, and it says nothing. Mend: compare with a
    limit that a bad model misses.
    """
    for path, reading in life.graph.readings.items():
        if reading.role == "product":
            yield from _always(path, reading.facts)


def _always(path: str, facts: tuple[Fact, ...]) -> Iterator[Broken]:
    for fact in facts:
        if fact.kind == "always-true" and path.endswith((".py", ".ipynb")):
            named = (fact.unit.rpartition(":")[2], path.rpartition("/")[2].rpartition(".")[0])
            sure = Confidence.MEDIUM if fact.name.endswith("()") else Confidence.HIGH
            if any(map(speaks_of_checking, named)):
                yield Broken(
                    Place(path, fact.line), f"`{fact.name}` always passes: {fact.value}", Node(path, fact.unit), sure
                )


@rule("verdict-of-nothing", costs=3)
@few
def verdict_of_nothing(life: Lifecycle) -> Iterator[Broken]:
    """A condition asks for the result of a check that has none.

    The function raises or prints and returns nothing, so that `if validate(data):` takes the same way for all data.
    Mend: return the verdict, or call the function without `if`.
    """
    without = {Node(node.path, f"function:{fact.name}") for node, fact in facts_of(life, "returns-nothing")}
    for node, fact in facts_of(life, "tested"):
        if "." in fact.name:
            continue
        wanted = f"function:{fact.name}"
        places = [
            node.path,
            *(each.path for here in (node, Node(node.path)) for each in life.graph.before(here, "import")),
        ]
        found = [Node(path, wanted) for path in dict.fromkeys(places) if Node(path, wanted) in life.graph.units]
        if len(found) == 1 and found[0] in without:
            message = f"`{fact.name}` returns nothing, so this condition takes the same way whatever it found"
            yield Broken(Place(node.path, fact.line), message, node)
