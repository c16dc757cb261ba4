"""Python files that are configuration (setup.py, noxfile.py, tasks.py): their syntax tree and the constants in it."""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.errors import TooLarge, Unreadable

_MOST_STEPS = 5_000
#: What stands in braces on one line. Before Python 3.12 the parser looks for the place of each of them in all of its line.
_MOST_BRACES = 20_000
Names = dict[str, ast.expr]


class Text(NamedTuple):
    """A string that stands in the code, and its line."""

    text: str
    line: int


def parse(text: str) -> ast.Module:
    """The syntax tree of a Python text. Raises `Unreadable`, and `TooLarge` where the parser would take minutes.

    Python warns about some code on our standard error, which is not our user's business.
    """
    if text.count("{") > _MOST_BRACES and re.search(r"\b[rR]?[fF][rR]?[\"']", text):
        raise TooLarge(f"has more than {_MOST_BRACES:,} braces, and formatted texts among them")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as failure:
        raise Unreadable("is not valid Python", failure.lineno) from None
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("is not valid Python") from None


def constants(tree: ast.Module) -> Names:
    """What the names of a module are bound to at its top level; of several bindings the last."""
    names: Names = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            names |= {target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            names[statement.target.id] = statement.value
    return names


def strings(node: ast.expr | None, names: Names) -> Iterator[Text]:
    """The strings of a literal list, tuple or set, of names bound to such, and of their sums, in order."""
    waiting = [node]
    for _ in range(_MOST_STEPS):
        if not waiting:
            return
        match waiting.pop():
            case ast.Constant(value=str(value), lineno=line):
                yield Text(value, line)
            case ast.JoinedStr(lineno=line) as joined:
                yield Text(text(joined, names), line)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                waiting += reversed(elements)
            case ast.Starred(value=value):
                waiting.append(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                waiting += [right, left]
            case ast.Name(id=name):
                waiting.append(names.get(name))
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
                waiting.append(dict(entries(names.get(name), names)).get(key))


def entries(node: ast.expr | None, names: Names) -> Iterator[tuple[str, ast.expr]]:
    """The entries with a literal key of a dictionary, written as a display, as `dict(...)` or as a name for one."""
    if isinstance(node, ast.Name):
        node = names.get(node.id)
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            yield from ((keyword.arg, keyword.value) for keyword in keywords if keyword.arg)


def text(node: ast.expr | None, names: Names) -> str:
    """The string that an expression is, or nothing; what only a run could know stands in it as `${name}`."""
    if isinstance(node, ast.Name):
        node = names.get(node.id)
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(_part(part, names) for part in parts)
    return ""


def _part(part: ast.expr, names: Names) -> str:
    match part:
        case ast.Constant(value=str(value)):
            return value
        case ast.FormattedValue(value=ast.Name(id=name)):
            known = names.get(name)
            return known.value if isinstance(known, ast.Constant) and isinstance(known.value, str) else f"${{{name}}}"
    return "${}"
