"""What the names of Python code stand for: dotted names, through imports and through variables that hold objects."""

import ast
import re
from collections.abc import Iterable

from mlops_scan.facts.nodes import DEFINITIONS

_PASSED = (ast.Subscript, ast.Await)
_CHOICES = (ast.BoolOp, ast.IfExp)
_CALLS = (ast.Call, ast.Await)
_NAMED = (ast.Name, ast.Attribute)
#: What may let a name stand for something.
_BINDING = frozenset({*_CHOICES, *_CALLS, *_NAMED})
_LONGEST = 200
_DEEPEST = 50


class Names:
    """The names of a file, in the order of its code; functions and classes of the file itself are `#name`."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}  #: a name in the code -> the dotted name that it stands for
        self._objects: set[str] = set()  #: those of them that hold an object and not the class or function itself
        self._roots: set[str] = set()  #: what stands before the dot of attributes that were given a value

    def define(self, body: Iterable[ast.stmt]) -> None:
        """Make the functions and classes of a module known: they may be called above their definition."""
        for node in body:
            if isinstance(node, DEFINITIONS):
                self.hold(node.name, f"#{node.name}", is_object=False)

    def resolve(self, node: ast.AST | None) -> str:
        """The dotted name that an expression stands for; `?` in front where the object is not known; else empty."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, "")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id not in self._roots:
            return f"{self._names.get(node.value.id, '?')}.{node.attr}"
        return self._far(node)

    def _far(self, node: ast.AST | None) -> str:
        """The same through any number of attributes, calls and subscripts."""
        parts: list[str] = []
        for _ in range(_DEEPEST):
            if isinstance(node, ast.Attribute):
                inner = node.value
                if isinstance(inner, ast.Name) and inner.id in self._roots:
                    whole = f"{inner.id}.{node.attr}"
                    if whole in self._names:
                        return ".".join([self._names[whole], *reversed(parts)])
                parts.append(node.attr)
                node = inner
            elif isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, _PASSED):
                node = node.value
            else:
                break
        if isinstance(node, ast.Name) and node.id in self._names:
            return ".".join([self._names[node.id], *reversed(parts)])
        return f"?.{parts[0]}" if parts else ""

    def bind(self, name: str, value: ast.expr) -> None:
        """A name holds what a call returns, or is another name for what was imported; of `a or b` the first known."""
        if type(value) not in _BINDING:
            return
        if isinstance(value, _CHOICES):
            options = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
            value = next((each for each in options if self.known(each)), value)
        if isinstance(value, _CALLS):
            if found := self.known(value):
                self.hold(name, found)
            elif not self._names.get(name, "#").startswith("#"):
                del self._names[name]  # the name now holds something else
        elif isinstance(value, _NAMED) and (found := self.own(value)):
            self.hold(name, found, is_object=False)

    def annotate(self, name: str, annotation: ast.expr | None) -> None:
        """A name holds an object of the class that its annotation names; what `typing` says is no class."""
        found = self.known(_annotated(annotation)) if name else ""
        if found and not found.startswith("typing."):
            self.hold(name, found)

    def hold(self, name: str, dotted: str, is_object: bool = True) -> None:
        """Let a name stand for something. `x = x.f()` on many lines, or one long name, must not fill the memory."""
        if len(dotted) > _LONGEST:
            self._names.pop(name, None)
        else:
            self._names[name] = dotted
            if "." in name:
                self._roots.add(name.partition(".")[0])
            (self._objects.add if is_object else self._objects.discard)(name)

    def known(self, node: ast.AST | None) -> str:
        """The dotted name that an expression stands for; empty where the object is not known."""
        name = self.resolve(node)
        return "" if name.startswith("?") else name

    def own(self, node: ast.expr) -> str:
        """The name behind an argument that is itself a function, a class or a module's attribute."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self._objects:
            return ""
        return self.known(node)


def written(node: ast.expr) -> str:
    """A name or an attribute of a name as it is written; nothing for any other target of an assignment."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _annotated(node: ast.expr | None) -> ast.expr | None:
    """The class in `C`, `"a.C"`, `C | None` and `Optional[C]`."""
    for _ in range(_DEEPEST):
        match node:
            case ast.BinOp(left=ast.Constant(value=None), right=inner) | ast.BinOp(left=inner):
                node = inner
            case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
                node = inner
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
                node = inner
            case ast.Constant(value=str(text)) if re.fullmatch(r"\w+(?:\.\w+){0,9}", text):
                root, *rest = text.split(".")
                node = ast.Name(root)
                for part in rest:
                    node = ast.Attribute(node, part)
            case _:
                break
    return node
