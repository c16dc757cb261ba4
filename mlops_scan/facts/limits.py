"""What Python code demands by hand: a metric held against a limit or against another model's, and data held to a rule.

Looks on the one pass of `facts.python`, as those of `facts.checks`: they know how such code is written, and in which
words programmers speak of metrics, limits and data. Whether a place matters is not theirs to say.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from mlops_scan.evidence import Fact
from mlops_scan.facts.checks import CHECKING, written
from mlops_scan.facts.looks import Look, Watch
from mlops_scan.facts.nodes import below
from mlops_scan.facts.spoken import METRICS, inside, name_of, names_in, verb_of, words_of
from mlops_scan.memo import Memo

#: What may stand before `score` and `metric` where they are those of a model: a relevance score is none.
_OF_A_MODEL = frozenset(
    {
        "", "test", "val", "valid", "validation", "train", "cv", "model", "new", "eval", "mean", "candidate",
        "challenger", "overall", "weighted", "macro", "micro", "final",
    }
)  # fmt: skip
_LIMITS = frozenset(
    {
        "threshold", "thresholds", "limit", "limits", "min", "minimum", "max", "maximum", "baseline", "best", "prev",
        "previous", "current", "prod", "production", "champion", "old", "existing", "target", "required", "expected",
        "deployed", "latest", "reference", "tolerance", "last", "incumbent",
    }
)  # fmt: skip
_OF_DATA = frozenset(
    {
        "isnull", "isna", "notnull", "notna", "hasnans", "duplicated", "columns", "dtypes", "is_unique", "between",
    }
)  # fmt: skip
_FOUND_WANTING = re.compile(
    r"(?:^|_)(?:missing|errors|issues|problems|violations|invalid|unexpected|failures|failed|nulls?|nans?|duplicates?)"
)
_ABOUT_DATA = re.compile(
    r"\b(?:columns?|features?|nulls?|nan|schema|rows?|data ?set|data ?frame|data|df|duplicates?)\b"
)
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_ENDS = frozenset({"exit", "_exit", "abort", "fail", "quit", "cancel"})
_PROMOTES = re.compile(
    r"(?:^|_)(?:promote|deploy|register|transition|publish|rollback)(?:_|$)|set_registered_model_alias"
)
_FLAG = re.compile(
    r"(?:^|_)(?:pass(?:ed|es)?|approved?|accept(?:ed|able)?|deploy|promote|better|register|valid)(?:_|$)"
)

_ASKED = re.compile(
    r"(?:^|[._])(?:should|is_better|is_worse|is_good|improves?|passes|passed|promot\w*|deploy\w*|accept\w*|approv\w*|gate|qualif\w*|meets)"
)


def on_if(_watch: Watch, node: ast.If, unit: str) -> Iterator[Fact]:
    """A condition on a metric or on data that stops the code, or that decides whether a model goes on."""
    branches = (node.body, node.orelse)
    if end := next(filter(None, map(_end, branches)), None):
        yield from _held(node.test, unit, end.lineno, (*node.body, *node.orelse)[:5])
    elif _is_limit(node.test) and any(map(_promotes, branches)):
        yield Fact("limit", written(node.test), node.lineno, "decides", unit)


def on_assert(_watch: Watch, node: ast.Assert, unit: str) -> Iterator[Fact]:
    """An assertion about a metric or about data."""
    yield from _held(node.test, unit, node.lineno, [node.msg] if node.msg else [])


def on_assign(_watch: Watch, node: ast.Assign | ast.AnnAssign, unit: str) -> Iterator[Fact]:
    """A verdict that a comparison gives."""
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        test = _asked(node.value) if node.value is not None else None
        if test is not None and _is_flag(name_of(target)) and _is_limit(test):
            yield Fact("limit", written(test), node.lineno, "decides", unit)


def _is_flag(name: str) -> bool:
    return _FLAG.search(name.lower()) is not None


def on_return(_watch: Watch, node: ast.Return, unit: str) -> Iterable[Fact]:
    """The answer of a function that is asked whether a model is good enough: `should_promote`, `is_worse`."""
    if node.value is not None and _IS_ASKED[unit] and _is_limit(_asked(node.value)):
        return (Fact("limit", written(node.value), node.lineno, "decides", unit),)
    return ()


_IS_ASKED = Memo(lambda unit: _ASKED.search(unit.rpartition(":")[2].lower()) is not None)


def _held(test: ast.expr, unit: str, line: int, said: Sequence[ast.AST]) -> Iterator[Fact]:
    """What a condition that stops the code at a line is about: a metric, or data. `said` holds what the code says then."""
    if _is_limit(test):
        yield Fact("limit", written(test), line, "stops", unit)
    elif _is_about_data(test, unit, said):
        yield Fact("demand", written(test), line, unit=unit)


def _is_limit(test: ast.expr) -> bool:
    """Whether a condition holds a metric against a number that can be missed, a limit, or a metric of another model."""
    if isinstance(test, ast.Name) or not any(map(_is_ordered, below(test))):
        return False
    return any(_compares(node) for node in inside(test) if isinstance(node, ast.Compare))


def _is_ordered(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and any(isinstance(op, _ORDERED) for op in node.ops)


def _compares(node: ast.Compare) -> bool:
    if not _is_ordered(node):
        return False
    sides = [node.left, *node.comparators]
    measured = [any(map(_IS_METRIC.__getitem__, names_in(side))) for side in sides]
    if not any(measured):
        return False
    limiting = [_is_limiting(side) for side in sides]
    own = [is_metric and not limit for is_metric, limit in zip(measured, limiting, strict=True)]
    return (any(own) and any(limiting)) or sum(measured) > 1


def _is_metric(name: str) -> bool:
    """Whether a name is that of a model's metric: `test_accuracy`, `score`, and not `relevance_score`."""
    *before, last = words_of(name) or [""]
    if last in ("score", "scores", "metric", "metrics") and _OF_A_MODEL.union(_LIMITS).issuperset(before):
        return True
    return not METRICS.isdisjoint((*before, last))


_IS_METRIC = Memo(_is_metric)


def _is_limiting(node: ast.expr) -> bool:
    """A name that says so, or a number that says something: 0 and 1 are only where a metric begins and ends."""
    if any(not _LIMITS.isdisjoint(words_of(name)) for name in names_in(node)):
        return True
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, int | float) and not isinstance(value, bool) and value not in (0, 1)


def _is_about_data(test: ast.expr, unit: str, said: Sequence[ast.AST]) -> bool:
    """Whether a condition asks for columns, missing or repeated values; or for what a check of data has found wanting."""
    nodes = inside(test)
    if any(isinstance(node, ast.Attribute) and node.attr in _OF_DATA for node in nodes):
        return True
    names = [name.lower() for node in nodes if (name := name_of(node))]
    if not any(map(_FOUND_WANTING.search, names)):
        return False
    about = f"{' '.join(names)} {' '.join(map(_texts, said))}".replace("_", " ").lower()
    return bool(_ABOUT_DATA.search(about)) or ("data" in unit.lower() and CHECKING.search(unit.lower()) is not None)


def _asked(value: ast.expr) -> ast.expr:
    """The comparison in `1 if new > old else 0` and in `bool(new > old)`."""
    if isinstance(value, ast.IfExp):
        return value.test
    return value.args[0] if isinstance(value, ast.Call) and len(value.args) == 1 else value


def _end(body: list[ast.stmt]) -> ast.stmt | None:
    """The statement at which the code ends in a branch, or in a condition within it."""
    for block in (body, *[part.body for part in body if isinstance(part, ast.If)]):
        for each in block:
            if (isinstance(each, ast.Raise) or _verb(each) in _ENDS) and not _exits_well(each):
                return each
    return None


def _exits_well(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    first = call.args[0] if isinstance(call, ast.Call) and call.args else None
    return isinstance(first, ast.Constant) and first.value == 0


def _promotes(body: list[ast.stmt]) -> bool:
    """Whether a branch registers or deploys, or sets the flag that says so."""
    if any(_is_flag(name_of(target)) for each in body if isinstance(each, ast.Assign) for target in each.targets):
        return True
    calls = (node for each in body for node in inside(each) if isinstance(node, ast.Call))
    return any(_PROMOTES.search(verb_of(call).lower()) for call in calls)


def _verb(statement: ast.stmt) -> str:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return verb_of(value) if isinstance(value, ast.Call) else ""


def _texts(node: ast.AST) -> str:
    values = (each.value for each in inside(node) if isinstance(each, ast.Constant))
    return " ".join(value[:200] for value in values if isinstance(value, str))


LOOKS: dict[type, Look] = {
    ast.If: Look(on_if),
    ast.Assert: Look(on_assert),
    ast.Return: Look(on_return),
    ast.Assign: Look(on_assign, _is_flag),
    ast.AnnAssign: Look(on_assign, _is_flag),
}
