"""Checks in code that cannot fail: a verdict that is overwritten, swallowed, printed, or always the same."""

import re
from collections.abc import Iterator, Sequence

from mlops_scan.activities import words_of
from mlops_scan.evidence import Fact, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.checking import facts_of, few, speaks_of_checking
from mlops_scan.faults.product import holding, said
from mlops_scan.lifecycle import Lifecycle

_DECIDES = frozenset({
    "validate", "validation", "check", "checks", "evaluate", "evaluation", "verify", "gate", "gates", "approve"
})  # fmt: skip
#: Functions that only tell, and those that must go on whatever happens.
_TELLS = frozenset({
    "print", "show", "display", "report", "summary", "summarize", "log", "recommendations", "plot", "send", "notify",
    "email", "upload", "save"
})  # fmt: skip
_GOES_ON = frozenset({
    "loop", "worker", "monitor", "daemon", "background", "refresh", "watch", "cleanup", "collect"
})  # fmt: skip
#: The verbs of calls that look for versions with a status, or change that of one.
_ASKS_FOR = re.compile(
    r"_*(?:list|paginate|search|get|find|fetch|describe|filter|query|select|latest|wait|update_model_package)",
    re.IGNORECASE,
)


@rule("verdict-overwritten", costs=3)
@few
def verdict_overwritten(life: Lifecycle) -> Iterator[Broken]:
    """A verdict is computed or read, and a constant is put in its place before anything depends on it.

    `deploy_flag = int(file.read())` and two lines below `deploy_flag = 1`: whatever the evaluation found, the model
    is deployed.

    Mend: take the constant away.
    Wrong where: the first value was never meant to decide.
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

    Both outcomes are printed or logged, nothing is raised, returned or ended with a status that is not 0; so the
    job that runs it is green for every model.

    Mend: `raise` or `sys.exit(1)` where the check fails.
    Wrong where: a person reads it and decides, and nothing else rests on it.
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
    """A check raises, and the error is caught and forgotten; or the handler does what the check should have refused.

    `try: validate(data)` with `except Exception: pass` lets all data through; `except: promote(model)` promotes
    just the models that could not be evaluated. Handlers in loops that must go on are not meant.

    Mend: catch what is expected, and raise.
    Wrong where: a later line asks for what the check has left behind.
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


@rule("registered-as-approved", costs=2)
@few
def registered_as_approved(life: Lifecycle) -> Iterator[Broken]:
    """Each model package is put into the registry with the status `Approved`.

    The status is what deployments wait for, and here nobody and nothing decides on it: what is registered is
    approved.

    Mend: register as `PendingManualApproval`, and approve where somebody has looked or a check has passed.
    Wrong where: a condition on the evaluation stands in front of the registration (then it is reported as less
    sure), or the pipeline that deploys asks somebody by itself.
    """
    for reading in holding(life, "argument", "field"):
        approved = [fact for fact in reading.of("argument", "field") if fact.value == "Approved" and _approves(fact)]
        conditions = approved and any(fact.name.endswith(".ConditionStep") for fact in said(reading, "call"))
        for fact in approved:
            if not fact.name.endswith(".default_value") or _is_of_approval(reading, fact):
                message = "each model is registered as `Approved`: the status in the registry decides nothing"
                sure = Confidence.LOW if conditions else Confidence.MEDIUM
                yield Broken(Place(reading.path, fact.line), message, Node(reading.path, fact.unit), sure)


def _approves(fact: Fact) -> bool:
    """Whether what is `Approved` is a setting of a registration, or the default of a parameter. To ask for such is none."""
    call, _, setting = fact.name.rpartition(".")
    if _ASKS_FOR.match(call.rpartition(".")[2]):
        return False
    setting = setting.replace("_", "").lower()
    by_default = fact.name.endswith("ParameterString.default_value")
    return by_default or setting in ("approvalstatus", "modelapprovalstatus")


def _is_of_approval(reading: Reading, default: Fact) -> bool:
    """Whether the parameter that has this default is named after the approval, in the same call."""
    names = (fact for fact in said(reading, "argument") if fact.name.endswith("ParameterString.name"))
    near = (fact for fact in names if abs((fact.line or 0) - (default.line or 0)) < 3)
    return any("approval" in fact.value.lower() for fact in near)


@rule("check-always-passes", costs=3)
@few
def check_always_passes(life: Lifecycle) -> Iterator[Broken]:
    """A check that nothing can miss: `assert True`, `accuracy >= 0`, `... or True`, a function that always returns
    True.

    It runs, it is green, and it says nothing: what waits for it waits for no verdict.

    Mend: compare with a limit that a bad model misses.
    Wrong where: the function checks by raising from what it calls, and its True is for the caller alone.
    """
    for reading in holding(life, "always-true"):
        yield from _always(reading.path, reading.of("always-true"))


def _always(path: str, facts: Sequence[Fact]) -> Iterator[Broken]:
    for fact in facts:
        if path.endswith((".py", ".ipynb")):
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
    Wrong where: another function of the same name is meant.
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
