"""The functions of Python code, as the units that its facts stand in, and what their names are set to."""

import ast
import posixpath
from bisect import bisect_left
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from mlops_scan.facts.nodes import DEFINITIONS, below

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEEPEST = 20
_MOST_STEPS = 200
_OPEN = "${}"
_SAME = {"abspath", "realpath", "expanduser", "normpath", "str", "fspath", "resolve", "absolute", "as_posix", "as_uri"}
_PATHS = ("Path", "PurePath", "PosixPath", "PurePosixPath")
Bound = Mapping[str, ast.expr]


class Scope:
    """A function, a method or the module itself: the id of its unit, its statements, and what stands in them."""

    def __init__(self, unit: str, body: Sequence[ast.stmt], around: "Scope | None" = None) -> None:
        self.unit = unit
        self.body = body
        self._around = around

    def text(self, lines: Sequence[str]) -> str:
        """What stands between the first and the last of its statements, of all lines of the file."""
        return "\n".join(lines[self.body[0].lineno - 1 : self.body[-1].end_lineno]) if self.body else ""

    def has_one_of(self, lines: Sequence[int]) -> bool:
        """Whether one of these lines, which are sorted, stands between the first and the last of its statements."""
        at = bisect_left(lines, self.body[0].lineno) if self.body else len(lines)
        return at < len(lines) and lines[at] <= (self.body[-1].end_lineno or lines[at])

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes below the statements that say something, in no particular order."""
        return [node for each in self.body for node in below(each)]

    @cached_property
    def calls(self) -> list[ast.Call]:
        """The calls among them, in the order of the text."""
        calls = [node for node in self.nodes if isinstance(node, ast.Call)]
        return sorted(calls, key=lambda call: (call.lineno, call.col_offset))

    @property
    def bound(self) -> Bound:
        """What names are set to, here or else in the module."""
        return ChainMap(self.values, self._around.values) if self._around else self.values

    @cached_property
    def values(self) -> dict[str, ast.expr]:
        """What names are set to here; of several values the last."""
        found: dict[str, ast.expr] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = node.value
        return found


def scopes(tree: ast.Module) -> Iterator[Scope]:
    """The module without its functions, its functions, and the methods of its classes, as the reader of Python has them."""
    module = Scope("", [each for each in tree.body if not isinstance(each, DEFINITIONS)])
    yield module
    for each in tree.body:
        if isinstance(each, ast.ClassDef):
            prefix = f"function:{each.name}"
            for inner in each.body:
                if isinstance(inner, _FUNCTIONS):
                    unit = f"{prefix}.{inner.name}" if each.name[:1].isupper() else prefix
                    yield Scope(unit, inner.body, module)
        elif isinstance(each, _FUNCTIONS):
            yield Scope(f"function:{each.name}", each.body, module)


def called(node: ast.AST) -> str:
    """The last part of the name that is called, or of what is named."""
    for _ in range(_DEEPEST):
        if not isinstance(node, ast.Call):
            break
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def through_calls(node: ast.AST) -> str:
    """The dotted name of what is called; calls within it are passed through: `a.b.c` for `a.b(1).c(2)`."""
    parts: list[str] = []
    for _ in range(_DEEPEST):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            break
    return ".".join([*([node.id] if isinstance(node, ast.Name) else []), *reversed(parts)])


def path(node: ast.expr | None, bound: Bound) -> str:
    """The path that an expression says, `./` in front where it starts at the folder of the file itself.

    What only a run could know stands in it as `${}`; what is no path at all gives nothing.
    """
    return _Path(bound).of(node, _DEEPEST)


class _Path:
    """One expression that is followed through names and calls, in a bounded number of steps."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._left = _MOST_STEPS

    def of(self, node: ast.expr | None, depth: int) -> str:
        self._left -= 1
        if depth < 0 or self._left < 0:
            return ""
        match node:
            case ast.Constant(value=str(text)):
                return text[:500]
            case ast.Name(id="__file__"):
                return "./__file__"
            case ast.Name(id=name):
                return self.of(self._bound.get(name), depth - 1)
            case ast.JoinedStr(values=parts):
                return self._together(parts, depth)
            case ast.FormattedValue(value=inner):
                return self.of(inner, depth - 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._together([left, right], depth)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined([left, right], depth)
            case ast.Attribute(value=inner, attr="parent"):
                return posixpath.dirname(self.of(inner, depth - 1))
            case ast.Call():
                return self._call(node, depth)
        return ""

    def _call(self, node: ast.Call, depth: int) -> str:
        """`os.path.join(a, b)`, `os.path.dirname(a)`, `Path(a, b)`, `a.resolve()`."""
        name, inner = called(node), node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "joinpath" and inner:
            return self._joined([inner, *node.args], depth)
        if name in _PATHS or (name == "join" and len(node.args) > 1):
            return self._joined(node.args, depth)
        if name in ("getenv", "get") and len(node.args) == 2:
            return self.of(node.args[1], depth - 1)  # the default of a setting
        first = self.of(node.args[0] if node.args else inner, depth - 1) if name in {"dirname", *_SAME} else ""
        return posixpath.dirname(first) if name == "dirname" else first

    def _joined(self, parts: Sequence[ast.expr], depth: int) -> str:
        return posixpath.join(*(self.of(part, depth - 1) or _OPEN for part in parts[:20])) if parts else ""

    def _together(self, parts: Sequence[ast.expr], depth: int) -> str:
        return "".join(self.of(part, depth - 1) or _OPEN for part in parts[:20])[:500]
