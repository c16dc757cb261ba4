"""Steps of pipelines that are written in Python: which of those that a file makes it never names again."""

import ast
import re
from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact
from mlops_scan.facts.literals import parse
from mlops_scan.facts.source import Source, reads

_DECORATOR = re.compile(r"step|task|component|op|node")
_STEP = re.compile(r"\w+Step")
_MAY_HOLD_STEPS = re.compile(r"^[ \t]*@[\w.]*(?:step|task|component|op|node)\b|=[ \t]*[\w.]+Step\(", re.MULTILINE)


@reads("*.py")
def unused(source: Source) -> Iterator[Fact]:
    """Functions under a decorator that makes a step (`@step`, `@task`), and variables with one (`x = TrainingStep()`).

    A file in which no step is ever named is a collection for others to use, and yields nothing.
    """
    if not _MAY_HOLD_STEPS.search(source.text):
        return
    try:
        tree = parse(source.text)
    except Unreadable:
        return  # said by the reader of all Python
    found = [*_functions(tree), *_variables(tree)]
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    exported = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    left_out = [fact for fact in found if fact.value not in named | exported]
    yield from left_out if len(left_out) < len(found) else ()


def _functions(tree: ast.Module) -> Iterator[Fact]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [_last(each) for each in node.decorator_list]
            if found := next((name for name in names if _DECORATOR.fullmatch(name)), None):
                yield Fact("unused", found, node.lineno, node.name, f"function:{node.name}")


def _variables(tree: ast.Module) -> Iterator[Fact]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _STEP.fullmatch(_last(node.value)):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield Fact("unused", _last(node.value), node.lineno, target.id)


def _last(node: ast.expr) -> str:
    """The last name of a call or of what is called."""
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
