"""Checks in Python code that cannot fail: what is decided and then overwritten, swallowed, or said and not acted on.

One look at a node for each of its kinds, called on the one pass of `facts.python`. The looks know the language and the
words in which programmers speak of a verdict; whether a place matters is not theirs to say.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact
from mlops_scan.facts import looks
from mlops_scan.facts.looks import Look
from mlops_scan.facts.nodes import DEFINITIONS, below, children
from mlops_scan.facts.spoken import verb_of
from mlops_scan.memo import Memo

#: Words, in lower case and at the begin of a word of a name, that say that something decides or measures.
CHECKING = re.compile(
    r"(?:^|[^a-z])(?:valid|check|evaluat|eval_|verif|gate|assess|quality|drift|compare|approv|promot|test_)"
)
_VERDICT = re.compile(
    r"(?:^|[^a-z])(?:pass(?:ed|es)?|valid|success(?:ful)?|approved?|accept(?:ed|able)?|deploy|promote|better|improved|drift(?:ed|_detected)?|should|flag|ok)(?:$|[^a-z])"
)
_METRIC = re.compile(
    r"(?:^|[^a-z])(?:acc|accuracy|f1|auc|roc|roc_auc|precision|recall|rmse|mse|mae|mape|silhouette|loss|score)(?:$|[^a-z])"
)
_NEVER_NEGATIVE = re.compile(
    r"(?:^|[^a-z])(?:acc|accuracy|f1|auc|roc|roc_auc|precision|recall|rmse|mse|mae|mape)(?:$|[^a-z])"
)
_SPEAKS = re.compile(
    r"(?:^|\.)(?:print|pprint|echo|secho|debug|info|warn|warning|error|exception|critical|log|success|write|print_exc|display|rule|markdown|metric)$"
)
_ENDS = frozenset(("exit", "_exit", "abort", "fail", "skip", "xfail", "quit", "set_output"))
_ACTS = re.compile(r"(?:^|[^a-z])(?:promote|deploy|register|transition)(?:$|[^a-z])")
_BROAD = ("", "Exception", "BaseException", "AssertionError")
_LONGEST = 80
_IS_CHECK = Memo(lambda name: CHECKING.search(name.lower()) is not None)
_IS_VERDICT = Memo(lambda name: _VERDICT.search(name.lower()) is not None)
_NAMED = (ast.Name, ast.Attribute)
_YIELDS = (ast.Yield, ast.YieldFrom)
_WITH = (ast.With, ast.AsyncWith)
_ASKING = (ast.If, ast.While, ast.For, ast.Return, ast.Assert, ast.Try, ast.Raise)
_INNER = (*DEFINITIONS, ast.Lambda)


class Verdict(NamedTuple):
    """A condition whose two branches only speak; a fault if nothing else comes of it in its function."""

    text: str
    line: int
    unit: str


class Watch(looks.Watch):
    """What the looks remember of a file: verdicts that were only said, and the functions that can end otherwise."""

    def __init__(self, assigned: looks.Assigned) -> None:
        super().__init__(assigned)
        self.said: list[Verdict] = []
        self.ending: set[str] = set()
        self.inner: set[int] = set()  #: the results of functions inside functions: not those of the one around
        self.shown: set[int] = set()  #: functions below `if __name__`: they show how the module is used

    def rest(self) -> Iterator[Fact]:
        """What only the whole file shows: verdicts that are printed where nothing raises, exits or returns."""
        for text, line, unit in self.said:
            if unit not in self.ending:
                yield Fact("only-printed", text, line, unit=unit)


def on_ending(watch: Watch, node: ast.Raise | ast.Assert | ast.Return, unit: str) -> Iterable[Fact]:
    """A statement by which a function can fail or hand on what it found."""
    handed = node.value if isinstance(node, ast.Return) and id(node) not in watch.inner else None
    if not isinstance(node, ast.Return) or (handed and not _is_constant(handed, None)):
        watch.ending.add(unit)
    return _asserted(node, unit) if isinstance(node, ast.Assert) else ()


def on_call(watch: Watch, node: ast.Call, unit: str) -> Iterable[Fact]:
    """A call by which a function can fail."""
    if verb_of(node) in _ENDS:
        watch.ending.add(unit)
    return ()


def on_if(watch: Watch, node: ast.If, unit: str) -> Iterator[Fact]:
    """A condition: one that nothing misses, one that a function without a result decides, one that is only said."""
    if (why := _always(node.test)) and not isinstance(getattr(node.test, "ops", [None])[0], ast.Gt):
        yield Fact("always-true", written(node.test), node.lineno, why, unit)
    if isinstance(node.test, ast.Compare) and dotted(node.test.left) == "__name__":
        watch.shown |= {id(each) for each in node.body}
    asked = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
    if isinstance(asked, ast.Call) and CHECKING.search(dotted(asked.func).lower()):
        yield Fact("tested", dotted(asked.func), node.lineno, unit=unit)
    if node.orelse and _only_speaks(node.body) and _only_speaks(node.orelse) and _is_verdict(node.test):
        watch.said.append(Verdict(written(node.test), node.lineno, unit))


def on_try(_watch: Watch, node: ast.Try, unit: str) -> Iterator[Fact]:
    """Handlers after which all goes on as if nothing had happened."""
    ordered = [each for each in node.body if not _only_speaks([each])]
    last = (
        _called(ordered[-1])[:1] if ordered and not node.orelse else []
    )  # what stands behind a check is guarded by it
    tried = next((name for name in last if CHECKING.search(name.lower())), "")
    for handler in node.handlers:
        caught = dotted(handler.type) if handler.type else ""
        if caught in _BROAD and (left := _left(handler.body)):
            yield Fact("swallows", tried, handler.lineno, left, unit)


def on_function(watch: Watch, node: ast.FunctionDef | ast.AsyncFunctionDef, unit: str) -> Iterator[Fact]:
    """Results that are overwritten before anybody asks, and functions whose result is none or always the same."""
    yield from _overwritten(node.body, {}, unit)
    if is_inner(node, unit):
        watch.inner |= {id(each) for each in below(node) if isinstance(each, ast.Return)}
        return
    if node.decorator_list or "." in unit or id(node) in watch.shown or not _IS_CHECK[node.name]:
        return
    inner = _own(node)
    returned = [each.value for each in inner if isinstance(each, ast.Return) and each.value is not None]
    fails = any(isinstance(each, (*_YIELDS, ast.Raise, ast.Assert)) for each in inner)
    if not returned and not any(isinstance(each, _YIELDS) for each in inner) and not _is_stub(node):
        yield Fact("returns-nothing", node.name, node.lineno, unit=unit)
    elif returned and not fails and all(_is_constant(value, True) for value in returned) and len(node.body) > 1:
        yield Fact("always-true", f"{node.name}()", returned[0].lineno, "returns True whatever it finds", unit)


LOOKS: dict[type, Look] = {
    ast.Raise: Look(on_ending),
    ast.Assert: Look(on_ending),
    ast.Return: Look(on_ending),
    ast.Call: Look(on_call, _ENDS.__contains__),
    ast.If: Look(on_if),
    ast.Try: Look(on_try),
    ast.FunctionDef: Look(on_function),
    ast.AsyncFunctionDef: Look(on_function),
}


def is_inner(node: ast.FunctionDef | ast.AsyncFunctionDef, unit: str) -> bool:
    """Whether a function stands inside the one whose unit it belongs to."""
    return unit.replace(":", ".").rpartition(".")[2] != node.name


def dotted(node: ast.AST | None) -> str:
    """The name as it is written: `results.passed`; a call, a subscript or a string in it is left out."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    parts: list[str] = []
    for _ in range(20):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                parts.append(node.slice.value)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            break
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


# -- verdicts ----------------------------------------------------------------------------------------------------------


def _is_verdict(test: ast.expr) -> bool:
    """Whether a condition asks for the result of a check: a name that says so, or a metric against a limit."""
    test = test.operand if isinstance(test, ast.UnaryOp) else test
    if isinstance(test, ast.Compare):
        sides = [dotted(side).lower() for side in (test.left, *test.comparators)]
        return any(_METRIC.search(side) or _VERDICT.search(side) or "threshold" in side for side in sides)
    return bool(_VERDICT.search(dotted(test).lower())) and not isinstance(test, ast.BoolOp)


def _only_speaks(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and (isinstance(each.value, ast.Constant) or _speaks(each.value)))
        for each in body
    )


def _speaks(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _SPEAKS.search(dotted(node.func)) is not None


def _left(body: list[ast.stmt]) -> str:
    """What a handler does where it only speaks, lets all pass, or does what should have been refused."""
    acts = [name for each in body for name in _called(each) if _ACTS.search(name.lower())]
    if acts and not any(isinstance(each, ast.Raise) for each in body):
        return acts[0]
    *rest, last = body
    if (
        isinstance(last, ast.Return)
        and last.value is not None
        and _is_constant(last.value, True)
        and _only_speaks(rest)
    ):
        return "return True"
    return ("pass" if isinstance(last, ast.Pass) else "print") if _only_speaks(body) else ""


def _called(statement: ast.stmt) -> list[str]:
    """The names of the calls that a simple statement is or assigns."""
    value = getattr(statement, "value", None) if isinstance(statement, ast.Expr | ast.Assign | ast.Return) else None
    return [dotted(value.func)] if isinstance(value, ast.Call) else []


# -- what nothing can miss ---------------------------------------------------------------------------------------------


def _asserted(node: ast.Assert, unit: str) -> Iterator[Fact]:
    if isinstance(node.test, ast.Tuple) and node.test.elts:
        yield Fact("always-true", written(node.test), node.lineno, "a tuple is true", unit)
    elif _is_constant(node.test, True):
        yield Fact("always-true", "assert True", node.lineno, "constant", unit)
    elif why := _always(node.test):
        yield Fact("always-true", written(node.test), node.lineno, why, unit)


def _always(test: ast.expr) -> str:
    """Why a condition holds for every value; empty where it need not."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return "or True" if any(_is_constant(value, True) for value in test.values) else ""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return ""
    (op,), left, right = test.ops, test.left, test.comparators[0]
    if isinstance(right, _NAMED) and not isinstance(left, _NAMED):
        left, right = right, left
        op = {ast.LtE: ast.GtE(), ast.Lt: ast.Gt(), ast.GtE: ast.LtE(), ast.Gt: ast.Lt()}.get(type(op), op)
    if isinstance(op, ast.GtE | ast.Gt) and _is_number(right, 0) and _NEVER_NEGATIVE.search(dotted(left).lower()):
        return "such a metric is never below zero"
    return ""


def _is_number(node: ast.expr, highest: float) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= highest


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


# -- what is overwritten -----------------------------------------------------------------------------------------------


def _overwritten(body: list[ast.stmt], computed: dict[str, int], unit: str) -> Iterator[Fact]:
    """Names of verdicts that get a constant after they were computed, before anything depended on them."""
    for each in body:
        if isinstance(each, ast.Assign):
            target = each.targets[0]
            if len(each.targets) > 1 or not isinstance(target, ast.Name):
                continue
            if not isinstance(each.value, ast.Constant):
                computed |= {target.id: each.lineno} if _IS_VERDICT[target.id] else {}
            elif computed.pop(target.id, 0) and each.value.value in (True, False, 0, 1):
                yield Fact("overwrites", target.id, each.lineno, str(each.value.value), unit)
        elif isinstance(each, _WITH):
            yield from _overwritten(each.body, computed, unit)
        elif computed and isinstance(each, _ASKING):
            asked = {node.id for node in below(each) if isinstance(node, ast.Name)}
            for name in asked.intersection(computed):
                del computed[name]


def _own(function: ast.AST) -> list[ast.AST]:
    """The nodes of a function that say something, without those of functions inside it, the last of the text first."""
    found: list[ast.AST] = []
    waiting = children(function)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, _INNER):
            waiting += children(node)
    return found


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(isinstance(each, ast.Pass | ast.Expr | ast.Raise) for each in node.body) and len(node.body) < 3


def written(node: ast.expr) -> str:
    """The code of an expression, cut; empty where it is nested too deep."""
    try:
        return ast.unparse(node)[:_LONGEST]
    except (RecursionError, ValueError):
        return ""
