"""What a result decides in Python code: `if detect_drift(data): retrain()`, and what comes behind an early return.

The result may reach the condition through variables, objects and their methods. Tasks behind a branching task of a DAG
and steps under a condition step are decided too.
"""

import ast
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence, Set
from itertools import chain, islice, pairwise
from typing import NamedTuple

from mlops_scan.evidence import Fact
from mlops_scan.facts.checks import CHECKING, dotted
from mlops_scan.facts.nodes import below
from mlops_scan.facts.pipelines.scopes import Scope, called
from mlops_scan.facts.source import Source
from mlops_scan.memo import Memo
from mlops_scan.search import Search

#: Words in the names of functions whose result decides, and in those of variables that hold such a result.
_CHECK = re.compile(rf"{CHECKING.pattern}|(?:^|[^a-z])(?:detect|should|needs?_|retrain|skew|degrad|psi|is_)")
_RESULT = re.compile(
    r"(?:^|[^a-z])(?:drift|valid|pass(?:ed|es)?(?:$|[^a-z])|skew|degrad|quality|psi|accura|scores?(?:$|[^a-z])|rmse|auc|f1"
    r"|approv|promot|better|improved|evaluat|retrain|should)"
)
_WORDS = (
    "drift", "evaluat", "valid", "check", "quality", "compar", "detect", "monitor", "degrad", "retrain", "accuracy",
    "rmse", "score",
)  # fmt: skip
_DECIDING = ("if ", "if(", "If(", ">>", "Condition", "conditions")
#: What is done, as parts of words; and what only counts where a word ends or begins.
_ACTS = (
    "train", "deploy", "promot", "regist", "trigger", "dispatch", "rollback", "submit", "alert", "notif", "send",
)  # fmt: skip
_ACTS_AT_EDGES = (Search(r"fit\b", "fit"), Search(r"run(?<=\brun)", "run"), Search(r"post\b", "post"))
#: Tasks behind each other; `>>>` stands in front of examples, and `>>=` is another operator.
_is_of_tasks = Search(r">>(?<!>>>)(?![>=])", ">>")
_ACT = re.compile("|".join([*_ACTS, *(each.pattern.pattern for each in _ACTS_AT_EDGES)]), re.IGNORECASE)
_IS_ACT = Memo(lambda name: _ACT.search(name) is not None)
_CONDITIONS = ("Condition", "If", "Elif")
_CONDITIONAL = "conditions"  #: the argument by which a condition step is given what it asks
_OF_STEPS = frozenset((*_CONDITIONS, _CONDITIONAL))
_BRANCHING = re.compile(r"(?:Branch\w*|ShortCircuit)Operator|branch|short_circuit|branch_task|short_circuit_task")
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_NAMED = (ast.Name, ast.Attribute, ast.Subscript)
_OWN = ("self", "cls")
_EXITS = ("exit", "_exit", "quit")
_JOINS = {"run", "calculate", "fit", "add", "append", "execute", "compute", "evaluate"}
_MOST = 100
_MOST_DECIDERS = 2
_MOST_ACTS = 5
_MOST_STATEMENTS = 20_000


class _Region(NamedTuple):
    """Statements or calls that are made or not, by their lines, and the expressions that decide about it."""

    tests: Sequence[ast.expr]
    first: int
    last: int


class Likely:
    """Where in a file something may be decided."""

    def __init__(self, source: Source) -> None:
        acts = [call.lineno for call in source.calls if _IS_ACT[dotted(call.func)]]
        conditions = [node.lineno for node in source.nodes if isinstance(node, ast.If)]
        self._needed = (sorted(acts), sorted(conditions))
        self._is_anywhere = _is_anywhere(source)

    def __call__(self, scope: Scope) -> bool:
        """Whether one of its lines has something that is done, and one a condition, unless steps may say it otherwise."""
        return self._is_anywhere or all(scope.has_one_of(lines) for lines in self._needed)


def _is_anywhere(source: Source) -> bool:
    """Whether a file may have what decides without a condition: steps of pipelines."""
    return _is_of_tasks(source.text) or not _OF_STEPS.isdisjoint(source.called)


def is_likely(source: Source) -> bool:
    """Whether something in a file may be decided."""
    return (ast.If in source.kinds or _is_anywhere(source)) and _is_likely(source.text, source.lower)


def stands_in(text: str) -> bool:
    """Whether something in a text may be decided: there is a check, something that is done, and a condition."""
    return _is_likely(text, text.lower())


def _is_likely(text: str, lower: str) -> bool:
    return any(map(lower.__contains__, _WORDS)) and any(map(text.__contains__, _DECIDING)) and _speaks_of_acts(lower)


def _speaks_of_acts(lower: str) -> bool:
    """As `_ACT` on a text in lower case, and far faster."""
    if not lower.isascii():
        return _ACT.search(lower) is not None
    return any(map(lower.__contains__, _ACTS)) or any(search(lower) for search in _ACTS_AT_EDGES)


def decisions(scope: Scope, branching: Set[str]) -> Iterator[Fact]:
    """For each place that is decided about, the results that speak of a check, those of calls before those in variables.

    `branching` names the functions of the module whose result says which task is next.
    """
    acts = [call for call in scope.calls if _IS_ACT[dotted(call.func)]]
    found = chain(_blocks(scope.body, acts) if acts else (), _steps(scope), _behind_branches(scope, branching))
    origins: dict[str, list[str]] | None = None
    for region in islice(found, _MOST):
        origins = _origins(scope) if origins is None else origins
        for name in _deciders(region.tests, origins):
            yield Fact("decides", name, region.first, str(region.last), scope.unit)


# -- regions -----------------------------------------------------------------------------------------------------------


def _blocks(body: Sequence[ast.stmt], acts: Sequence[ast.Call]) -> Iterator[_Region]:
    """What is done in the branches of conditions, and behind a condition that ends its block."""
    waiting = [list(body)]
    lines = [call.lineno for call in acts]
    for _ in range(_MOST_STATEMENTS):
        if not waiting:
            return
        block = waiting.pop()
        behind: list[ast.Call] = []
        for statement in reversed(block):
            if isinstance(statement, ast.If):
                inner = [call for part in (statement.body, statement.orelse) for call in _between(part, lines, acts)]
                yield from (_region([statement.test], call) for call in inner[:_MOST_ACTS])
                yield from (_region([statement.test], call) for call in (behind if _ends(statement.body) else ()))
            elif isinstance(statement, ast.With) and (tests := _conditions(statement)):
                yield _Region(tests, statement.body[0].lineno, statement.end_lineno or 0)
            behind = [*_between([statement], lines, acts), *behind][:_MOST_ACTS]
            waiting += [part for field in ("body", "orelse", "finalbody") if (part := getattr(statement, field, None))]
            waiting += [handler.body for handler in getattr(statement, "handlers", ())]


def _conditions(statement: ast.With) -> list[ast.expr]:
    """What `with dsl.If(a > b):` asks."""
    calls = [each.context_expr for each in statement.items if isinstance(each.context_expr, ast.Call)]
    return [argument for call in calls if called(call) in _CONDITIONS for argument in call.args]


def _region(tests: Sequence[ast.expr], made: ast.expr) -> _Region:
    return _Region(tests, made.lineno, made.end_lineno or made.lineno)


def _between(body: Sequence[ast.stmt], lines: Sequence[int], acts: Sequence[ast.Call]) -> Sequence[ast.Call]:
    """The first calls in statements that may be what somebody decides about."""
    if not body:
        return ()
    first, last = bisect_left(lines, body[0].lineno), bisect_right(lines, body[-1].end_lineno or body[-1].lineno)
    return acts[first : min(last, first + _MOST_ACTS)]


def _ends(body: Sequence[ast.stmt]) -> bool:
    last = body[-1] if body else None
    return isinstance(last, _ENDS) or (isinstance(last, ast.Expr) and called(last.value) in _EXITS)


def _steps(scope: Scope) -> Iterator[_Region]:
    """The steps that stand in variables and run under the condition of a condition step."""
    for node in scope.calls:
        given = {each.arg: each.value for each in node.keywords}
        conditions = given.get(_CONDITIONAL)
        for key in ("if_steps", "else_steps"):
            for name in _mentions(given[key]) if conditions and key in given else ():
                if conditions and (made := scope.bound.get(name)):
                    yield _region([conditions], made)


def branching(tree: ast.Module) -> set[str]:
    """The functions under a decorator that lets their result say which task is next."""
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return {node.name for node in functions if any(_BRANCHING.fullmatch(called(each)) for each in node.decorator_list)}


def _behind_branches(scope: Scope, branching: Set[str]) -> Iterator[_Region]:
    """The tasks behind a branching one: `check >> branch >> [train, skip]`."""
    behind: dict[str, list[ast.expr]] = defaultdict(list)
    starts: dict[str, ast.expr] = {}
    for statement in scope.body:
        inner = statement.body if isinstance(statement, ast.With) else [statement]
        for orders in (
            each.value for each in inner if isinstance(each, ast.Expr) and isinstance(each.value, ast.BinOp)
        ):
            groups = _chained(orders)
            for before, after in pairwise(groups):
                for each in before:
                    behind[dotted(each)] += after
                    starts.setdefault(dotted(each), each)
    for name, task in islice(starts.items(), _MOST):
        if decider := _branch(scope.bound.get(name, task), branching):
            yield from (_region([decider], made) for made in _after(name, behind, scope))


def _chained(chain: ast.BinOp) -> list[list[ast.expr]]:
    """The operands of `a >> [b, c] >> d`, each as a list; of other operators none."""
    groups: list[ast.expr] = []
    node: ast.expr = chain
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
        groups.append(node.right)
        node = node.left
    groups.append(node)
    return [each.elts if isinstance(each, ast.List | ast.Tuple) else [each] for each in reversed(groups)]


def _branch(made: ast.expr, branching: Set[str]) -> ast.expr | None:
    """The function that decides, of a branching operator or of a call of a branching task."""
    if not isinstance(made, ast.Call):
        return None
    if called(made) in branching:
        return made
    given = {each.arg: each.value for each in made.keywords}
    return given.get("python_callable") if _BRANCHING.fullmatch(called(made)) else None


def _after(name: str, behind: dict[str, list[ast.expr]], scope: Scope) -> list[ast.expr]:
    """What is made of the tasks behind one, directly or not."""
    found: dict[str, ast.expr] = {}
    waiting = list(behind[name])
    while waiting:
        task = waiting.pop()
        key = dotted(task)
        if key not in found and key != name:
            found[key] = scope.bound.get(key, task)
            waiting += behind.get(key, ())
    return list(found.values())


# -- deciders ----------------------------------------------------------------------------------------------------------


def _mentions(node: ast.AST) -> list[str]:
    """The calls and names in an expression, as they are written: the calls first, and with `()` behind them."""
    nodes = below(node)
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    functions = {id(each.func) for each in calls}
    others = (each for each in nodes if isinstance(each, _NAMED))
    names = [dotted(each) for each in others if id(each) not in functions]
    return list(dict.fromkeys([*(f"{dotted(call.func)}()" for call in calls), *filter(None, names)]))


def _origins(scope: Scope) -> dict[str, list[str]]:
    """For each name of a function what it was computed from."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in scope.nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                names = [name for target in targets for name in _mentions(target)]
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                names = _mentions(target)
            case ast.NamedExpr(target=target, value=value):
                names = [target.id]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)) if verb in _JOINS:
                names, value = [name], node
            case _:
                continue
        mentioned = _mentions(value)
        for name in names[:10]:
            found[name] += mentioned
    return found


def _deciders(tests: Sequence[ast.expr], origins: dict[str, list[str]]) -> list[str]:
    """The results that a condition rests on and that speak of a check, calls before variables."""
    seen: dict[str, None] = {}
    waiting = deque(name for test in tests for name in _mentions(test))
    while waiting:
        name = waiting.popleft()
        if name not in seen and name not in _OWN:
            seen[name] = None
            waiting += [*origins.get(name, ()), name.removesuffix("()").partition(".")[0]]
    calls = [name.removesuffix("()") for name in seen if name.endswith("()")]
    checks = [name for name in calls if _CHECK.search(name.rpartition(".")[2].lower())]
    results = [name for name in seen if not name.endswith("()") and _RESULT.search(name.lower())]
    return [*checks, *results][:_MOST_DECIDERS]
