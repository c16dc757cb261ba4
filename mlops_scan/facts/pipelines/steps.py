"""Steps of pipelines that are written in Python: which of those that a file makes no pipeline of it gets.

A step that stands in a variable is followed: into lists, through `append`, to the steps that wait for it. What goes
into a call or a result is used, and so is all that it was made of.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.nodes import DEFINITIONS, below
from mlops_scan.facts.pipelines.scopes import Scope, called
from mlops_scan.facts.source import Source
from mlops_scan.memo import Memo

_DECORATOR = re.compile(r"step|task|component|op|node")
_LOADED = (
    "load_component|load_component_from_file|load_component_from_url|create_component_from_func|func_to_container_op"
)
_STEP = re.compile(rf"\w+Step|{_LOADED}|[Nn]ode")
_IS_STEP = Memo(lambda name: _STEP.fullmatch(name) is not None)
_PIPELINE = re.compile(r"pipeline|StepSequence|sequential", re.IGNORECASE)
_LIKELY = re.compile(
    r"^[ \t]*@[\w.]*(?:step|task|component|op|node)\b"
    rf"|=[ \t]*+[\w.]++(?:(?<=\wStep)|(?<=[Nn]ode)|{'|'.join(f'(?<={each})' for each in _LOADED.split('|'))})\(",
    re.MULTILINE,
)
#: Methods by which one thing becomes a part of another, or waits for it.
_JOINS = {"append", "extend", "insert", "add", "run_after", "after", "add_depends_on", "set_upstream"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MOST_STATEMENTS = 20_000


def is_likely(source: Source) -> bool:
    """Whether a file may make a step."""
    is_made = any(map(_IS_STEP.__getitem__, source.called)) or any(True for _ in _decorated(source.python))
    return is_made and _LIKELY.search(source.text) is not None


def functions(tree: ast.Module) -> Iterator[Fact]:
    """Functions under a decorator that makes a step (`@step`, `@task`) and that the file never names again.

    A file in which no step is ever used is a collection for others to use, and yields nothing; so with `variables`.
    """
    if not (found := list(_decorated(tree))):
        return
    nodes = below(tree)
    named = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    exported = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    left_out = [fact for fact in found if fact.value not in named | exported]
    yield from left_out if len(left_out) < len(found) else ()


def variables(scope: Scope, tree: ast.Module) -> Iterator[Fact]:
    """Variables with a step (`x = TrainingStep()`) that goes nowhere, each with the lines on which it is made."""
    if not any(_IS_STEP[called(call)] for call in scope.calls):
        return
    flows = _Flows()
    for statement in _statements(scope):
        flows.follow(statement)
    steps = [each for each in flows.steps if called(each.value) not in ("node", "Node") or flows.has_pipeline]
    live = flows.live(set() if scope.unit else _offered(tree))
    gone = [each for each in steps if isinstance(each.targets[0], ast.Name) and each.targets[0].id not in live]
    for each in gone if len(gone) < len(steps) else ():
        name = each.targets[0].id if isinstance(each.targets[0], ast.Name) else ""
        yield Fact("unused", called(each.value), each.lineno, name)
        yield Fact("left-out", name, each.lineno, str(each.end_lineno or each.lineno), scope.unit)


def _decorated(tree: ast.Module) -> Iterator[Fact]:
    for node in tree.body:
        if isinstance(node, _FUNCTIONS):
            names = [called(each) for each in node.decorator_list]
            if found := next((name for name in names if _DECORATOR.fullmatch(name)), None):
                yield Fact("unused", found, node.lineno, node.name, f"function:{node.name}")


def _offered(tree: ast.Module) -> set[str]:
    """The names of a module that its functions and classes ask for, and those in `__all__`."""
    lists = [
        each.value for each in tree.body if isinstance(each, ast.Assign) and "__all__" in map(called, each.targets)
    ]
    texts = (node.value for each in lists for node in below(each) if isinstance(node, ast.Constant))
    asked = {name for each in tree.body if _is_definition(each) for name in _names(each)}
    return asked | {text for text in texts if isinstance(text, str)}


def _is_definition(node: ast.AST) -> bool:
    return isinstance(node, DEFINITIONS)


def _statements(scope: Scope) -> Iterator[ast.stmt]:
    """The statements of a function, those in its blocks behind the statement that holds them."""
    waiting = list(reversed(scope.body))
    for _ in range(_MOST_STATEMENTS):
        if not waiting:
            return
        statement = waiting.pop()
        yield statement
        for field in ("body", "orelse", "finalbody") if not _is_definition(statement) else ():
            waiting += reversed(getattr(statement, field, ()))
        for handler in getattr(statement, "handlers", ()):
            waiting += reversed(handler.body)


class _Flows:
    """What each name of a function is made of, and which names are used by more than other names."""

    def __init__(self) -> None:
        self.steps: list[ast.Assign] = []
        self.has_pipeline = False
        self._parts: dict[str, set[str]] = defaultdict(set)
        self._used: set[str] = set()

    def follow(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if isinstance(value, ast.Call) and _STEP.fullmatch(called(value)):
                    self.steps.append(statement)
                self._bind(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._bind(name, value)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self._bind(name, value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)) as call) if (
                verb in _JOINS
            ):
                self._parts[name] |= {part for each in call.args for part in _names(each)}
            case _:
                self._use(statement)

    def _bind(self, name: str, value: ast.expr) -> None:
        """A name gets a value; what goes into a call in it that makes no part of anything is used."""
        self._parts[name] |= _names(value)
        for call in (node for node in below(value) if isinstance(node, ast.Call)):
            is_pipeline = _PIPELINE.search(called(call)) is not None
            self.has_pipeline |= is_pipeline
            if is_pipeline or not (called(call)[:1].isupper() or _STEP.fullmatch(called(call))):
                self._used |= {part for each in (*call.args, *call.keywords) for part in _names(each)}

    def _use(self, statement: ast.stmt) -> None:
        """All names that a statement asks for itself; the statements in its blocks are followed on their own."""
        if _is_definition(statement):
            self._used |= _names(statement)
            return
        for field, value in ast.iter_fields(statement):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.AST) and field not in ("body", "orelse", "finalbody", "handlers"):
                    self._used |= _names(each)
                    self.has_pipeline |= any(
                        isinstance(node, ast.Call) and _PIPELINE.search(called(node)) for node in below(each)
                    )

    def live(self, used: set[str]) -> set[str]:
        """The names that are used, and all that these are made of."""
        found: set[str] = set()
        waiting = [*self._used, *used]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._parts.get(name, ())
        return found


def _names(node: ast.AST) -> set[str]:
    """The names that are asked for below a node."""
    return {each.id for each in below(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
