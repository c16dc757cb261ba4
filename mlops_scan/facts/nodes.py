"""The nodes of Python code, each tree gone through once: in the order of the text, or as `ast.walk` has them."""

import ast
from typing import Any

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
#: Nodes that bind a name once what is in them was computed.
BINDING = frozenset({ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem})
#: Nodes that stand in their order twice: before what is in them and behind it.
TWICE = BINDING.union(DEFINITIONS)
#: The kinds of nodes that somebody may look for in the order of the text; of constants only some texts.
LISTED = TWICE | {
    ast.Import, ast.ImportFrom, ast.If, ast.Call, ast.Subscript, ast.For, ast.Return, ast.Constant, ast.JoinedStr,
    ast.Raise, ast.Assert, ast.Try, ast.AugAssign, ast.Dict,
}  # fmt: skip

_KINDS = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
_TEXTS = {
    "arg", "asname", "attr", "conversion", "id", "is_async", "kind", "kwd_attrs", "level", "lineno", "module", "rest",
    "simple", "tag", "type_comment",
}  # fmt: skip
#: The fields that may hold nodes; and those but for nodes that say nothing: operators, names of imports, load or store.
_ALL_CHILDREN = {kind: tuple(field for field in kind._fields if field not in _TEXTS) for kind in _KINDS}
_SAYS_NOTHING = {"ctx", "name", "names", "op", "ops"}
_CHILDREN = {
    kind: tuple(field for field in fields if field not in _SAYS_NOTHING)
    for kind, fields in _ALL_CHILDREN.items()
    if kind is not ast.Constant
}
_REVERSED = {kind: fields[::-1] for kind, fields in _CHILDREN.items()}


def in_order(tree: ast.AST) -> list[ast.AST]:  # noqa: PLR0912  # each node of all code passes here: a call more would show
    """The nodes of the kinds in `LISTED` below and with `tree`, in the order of the text."""
    found: list[ast.AST] = []
    waiting: list[Any] = [tree]
    around: list[ast.AST] = []
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind is ast.Name:
            continue
        if kind is ast.Attribute:
            waiting.append(node.value)
        elif kind is ast.Constant:
            if type(node.value) is str and is_listed(node.value):
                found.append(node)
        elif kind is ast.Call:
            found.append(node)
            if node.keywords:
                waiting += [keyword.value for keyword in reversed(node.keywords)]
            waiting += reversed(node.args)
            waiting.append(node.func)
        elif around and around[-1] is node:
            found.append(around.pop())
        else:
            if kind in LISTED:
                found.append(node)
            if kind in TWICE:
                around.append(node)
                waiting.append(node)
            for field in _REVERSED.get(kind, ()):
                value = getattr(node, field)
                if type(value) is list:
                    waiting += reversed(value)
                else:
                    waiting.append(value)
    return found


def is_listed(text: str) -> bool:
    """Whether a text is among the nodes in their order: it begins as an address does, or with a mark of a comment."""
    return text[:1] == "#" or text.find(":/", 0, 24) >= 0


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node that say something."""
    found: list[ast.AST] = []
    for field in _CHILDREN.get(type(node), ()):
        value = getattr(node, field)
        if type(value) is list:
            found += filter(None, value)
        elif value is not None:
            found.append(value)
    return found


def below(top: ast.AST) -> list[ast.AST]:
    """A node and all below it that say something, in the order of `ast.walk`."""
    found = [top]
    for node in found:
        found += children(node)
    return found


def first_below(top: ast.AST, most: int) -> list[ast.AST]:
    """The first nodes of `ast.walk`."""
    found = [top]
    for node in found:
        if len(found) >= most:
            break
        for field in _ALL_CHILDREN.get(type(node), ()):
            value = getattr(node, field)
            if isinstance(value, ast.AST):
                found.append(value)
            elif type(value) is list:
                found += [each for each in value if isinstance(each, ast.AST)]
    return found[:most]
