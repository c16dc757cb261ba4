"""Python code, in one pass: imports, calls under the names that were imported, commands, addresses, functions.

Names are resolved within the file: through imports, and through variables and parameters that hold an object of an
imported class. The code is parsed and never run.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import expressions, measures
from mlops_scan.facts.lines import lined
from mlops_scan.facts.looks import ASSIGNING, Assigned, Watch
from mlops_scan.facts.names import Names, written
from mlops_scan.facts.nodes import BINDING, DEFINITIONS, TWICE
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.watches import LOOKING, looks_at
from mlops_scan.memo import Memo

#: What runs a command, by the last two parts of its name.
_RUNNERS = frozenset(
    {
        "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
        "subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen", "asyncio.create_subprocess_shell",
    }
)  # fmt: skip
_RUN = frozenset(name.rpartition(".")[2] for name in _RUNNERS)
_COMMAND_ARGUMENT = re.compile(
    r"(?:bash_|run_|build_|start_|container_)?(?:command|cmd|cmds|commands|entrypoint|entry_point)$"
)
#: Beside a command: the folder that is sent along and that it runs in.
_FOLDER_ARGUMENTS = ("code", "working_dir", "source_dir", "source_directory", "cwd")
_IS_COMMAND = Memo(lambda argument: _COMMAND_ARGUMENT.search(argument) is not None)
_OWN = ("self", "cls")
_NAMED = (ast.Name, ast.Attribute)
_ROWS = (ast.List, ast.Tuple)
_HOLDING = (ast.Dict, ast.List, ast.Tuple, ast.Set)
_ENVIRONMENT = ("os.environ", "os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop")
_IMPORT_LINE = re.compile(r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+)?import\b[ \t]*\(?([\w., \t]*)", re.MULTILINE)


@reads("*.py", "*.pyw")
def python(source: Source) -> Iterator[Item]:
    """The facts of a Python file. What does not parse (Python 2, a template) still gives its imports."""
    try:
        tree = source.python
    except Unreadable:
        yield from imports_by_line(source.text)
        raise
    walk = Walk(tree.body)
    yield from walk.items(source.nodes)
    yield from (*walk.watched(), *measures.inert(tree))


def imports_by_line(text: str) -> Iterator[Fact]:
    """The imports that a line alone shows: all that is left of a file that does not parse."""
    for line, found in lined(_IMPORT_LINE.finditer(text)):
        names = [words[0] for part in found[2].split(",") if (words := part.split())]
        if found[1]:
            yield from (Fact("import", _joined(found[1], name), line) for name in names or [""])
        else:
            yield from (Fact("import", name, line) for name in names)


def _joined(base: str, name: str) -> str:
    return f"{base}{'' if base.endswith('.') or not name else '.'}{name}"


Shift = Callable[[int], int | None]


class Walk:
    """One pass over syntax trees that share their names: a file, or the cells of a notebook in their order."""

    def __init__(self, body: Iterable[ast.stmt]) -> None:
        self.names = Names()
        self.seen: set[tuple[str, str]] = set()
        self.methods: dict[str, set[str]] = {}  #: those of each class, by its unit
        self._assigned = Assigned()
        self._watches: list[Watch] = [module.Watch(self._assigned) for module in LOOKING]
        self.names.define(body)

    def items(self, nodes: Iterable[ast.AST], shift: Shift | None = None) -> Iterator[Item]:
        """All items at nodes in their order (`nodes.in_order`); `shift` maps their lines to lines of the file."""
        if shift is None:
            return self._items(nodes)
        return (item._replace(line=None if item.line is None else shift(item.line)) for item in self._items(nodes))

    def _items(self, nodes: Iterable[ast.AST]) -> Iterator[Item]:
        unit = ""
        around: list[tuple[ast.AST, str]] = []
        for node in nodes:
            kind = type(node)
            if kind not in TWICE:
                if handle := _HANDLERS.get(kind):
                    yield from handle(self, node, unit)
            elif around and around[-1][0] is node:
                unit = around.pop()[1]
                if kind in BINDING:  # a name is bound behind what is computed for it
                    yield from _HANDLERS[kind](self, node, unit)
                continue
            else:
                around.append((node, unit))
                if kind not in BINDING:
                    yield from _HANDLERS[kind](self, node, unit)
                    unit = _unit_of(node, unit)
            if kind in ASSIGNING:
                self._assigned.add(node, unit)
            for at, look in looks_at(node, kind):
                try:
                    yield from look.find(self._watches[at], node, unit)
                except RecursionError:  # an expression that nobody could read either
                    continue

    def watched(self) -> Iterator[Fact]:
        """What the looks at the nodes only know once all of them were seen."""
        for watch in self._watches:
            yield from watch.rest()

    # -- statements ----------------------------------------------------------------------------------------------------

    def on_import(self, node: ast.Import, unit: str) -> Iterator[Fact]:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.names.hold(name, alias.name if alias.asname else name, is_object=False)
            yield Fact("import", alias.name, node.lineno, unit=unit)

    def on_import_from(self, node: ast.ImportFrom, unit: str) -> Iterator[Fact]:
        base = "." * node.level + (node.module or "")
        for alias in node.names:
            dotted = base if alias.name == "*" else _joined(base, alias.name)
            self.names.hold(alias.asname or alias.name, dotted, is_object=False)
            yield Fact("import", dotted, alias.lineno, unit=unit)

    def on_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, unit: str) -> Iterator[Item]:
        inside = _unit_of(node, unit)
        if inside != unit:
            yield Unit("function", inside.partition(":")[2], node.lineno)
            if isinstance(node, ast.ClassDef):
                self.methods[inside] = {each.name for each in node.body if isinstance(each, DEFINITIONS)}
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call) and (name := self.names.resolve(decorator)):
                yield Fact("call", name, decorator.lineno, unit=inside)
        if isinstance(node, ast.ClassDef):
            bases = [(base, self.names.resolve(base)) for base in node.bases]
            yield from (Fact("call", name, base.lineno, "base", inside) for base, name in bases if name)
        else:
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                if argument.annotation is not None:
                    self.names.annotate(argument.arg, argument.annotation)

    def on_assign(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, unit: str) -> Iterator[Fact]:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Subscript) and self.names.resolve(target.value) == "os.environ":
                yield from expressions.environment(expressions.text(target.slice), node.lineno, unit)
            name = written(target)
            if name and node.value is not None:
                self.names.bind(name, node.value)
            if isinstance(node, ast.AnnAssign):
                self.names.annotate(name, node.annotation)
        if isinstance(node.value, _HOLDING):
            yield from self._held(node.value, unit)

    def on_with(self, node: ast.withitem, _unit: str) -> Iterable[Fact]:
        if node.optional_vars is not None and (name := written(node.optional_vars)):
            self.names.bind(name, node.context_expr)
        return ()

    def on_if(self, node: ast.If, unit: str) -> Iterable[Fact]:
        test = node.test
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__":
            return (Fact("script", "__main__", node.lineno, unit=unit),)
        return ()

    # -- expressions ---------------------------------------------------------------------------------------------------

    def on_call(self, node: ast.Call, unit: str) -> Iterable[Fact]:
        name = self._own_method(node.func, unit) or self.names.resolve(node.func)
        return self._called(node, name, unit) if name or node.keywords else ()

    def _called(self, node: ast.Call, name: str, unit: str) -> Iterator[Fact]:
        verb = name.rpartition(".")[2]
        is_known = name != "" and name[0] != "?"
        first = ""
        if is_known or (name and (name, unit) not in self.seen):
            first = expressions.text(node.args[0]) if node.args and not expressions.IS_SECRET[verb] else ""
            yield Fact("call", name, node.lineno, first, unit)
        if is_known:
            for positional in node.args:
                if isinstance(positional, _NAMED) and (target := self.names.own(positional)):
                    yield Fact("argument", f"{name}.", positional.lineno, target, unit)
        elif name:  # one mention in a function is enough of a method of nobody knows what
            self.seen.add((name, unit))
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant):
                yield from expressions.keyword(keyword, keyword.value, unit)
            if keyword.arg and is_known:
                yield from self._argument(name, keyword, unit, node)
        if verb in _RUN and ".".join(name.split(".")[-2:]) in _RUNNERS:
            yield from self._run(node, unit)
        if name in _ENVIRONMENT:
            yield from expressions.environment(first, node.lineno, unit)
            yield from (Fact("argument", f"{name}.default", node.lineno, unit=unit) for _ in node.args[1:2])
        if node.args and (kind := expressions.DIRECTION[verb]):
            yield from expressions.data(kind, node, unit)

    def _own_method(self, node: ast.expr, unit: str) -> str:
        """`#Class.method` for a method of the class itself that is called in one of its methods, through `self`."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _OWN:
            around = unit.rpartition(".")[0]
            return f"#{around.partition(':')[2]}.{node.attr}" if node.attr in self.methods.get(around, ()) else ""
        return ""

    def on_subscript(self, node: ast.Subscript, unit: str) -> Iterable[Fact]:
        if self.names.resolve(node.value) == "os.environ":
            return expressions.environment(expressions.text(node.slice), node.lineno, unit)
        return ()

    def on_held(self, node: ast.For | ast.Return, unit: str) -> Iterable[Fact]:
        held = node.iter if isinstance(node, ast.For) else node.value
        return self._held(held, unit) if isinstance(held, _HOLDING) else ()

    def _held(self, node: ast.Dict | ast.List | ast.Tuple | ast.Set, unit: str) -> Iterator[Fact]:
        """Functions and classes that stand in a list are handed on: `steps = [prepare, ("train", train)]`."""
        parts = node.values if isinstance(node, ast.Dict) else node.elts
        for part in parts[:50]:
            for each in part.elts[:10] if isinstance(part, ast.Tuple) else [part]:
                if isinstance(each, _NAMED) and (name := self.names.own(each)):
                    yield Fact("argument", "[]", each.lineno, name, unit)

    def on_text(self, node: ast.Constant | ast.JoinedStr, unit: str) -> Iterable[Fact]:
        return expressions.uri(node, unit)

    def _argument(self, called: str, argument: ast.keyword, unit: str, call: ast.Call) -> Iterator[Fact]:
        name, value = argument.arg or "", argument.value
        for each in value.elts[:50] if isinstance(value, _ROWS) else [value]:
            if text := self.names.own(each) or expressions.text(each):
                said = "" if expressions.IS_SECRET[name] else text
                yield Fact("argument", f"{called}.{name}", each.lineno, said, unit)
        if _IS_COMMAND[name]:
            folders = (expressions.text(each.value) for each in call.keywords if each.arg in _FOLDER_ARGUMENTS)
            yield from expressions.command(value, unit, next(filter(None, folders), "").removeprefix("./"))

    def _run(self, node: ast.Call, unit: str) -> Iterator[Fact]:
        """What `subprocess.run` and its kind run, and where."""
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if (run := node.args[0] if node.args else given.get("args")) is not None:
            yield from expressions.command(run, unit, expressions.text(given.get("cwd")))


_HANDLERS: dict[type, Callable[..., Iterable[Item]]] = {
    ast.Import: Walk.on_import,
    ast.ImportFrom: Walk.on_import_from,
    ast.FunctionDef: Walk.on_definition,
    ast.AsyncFunctionDef: Walk.on_definition,
    ast.ClassDef: Walk.on_definition,
    ast.Assign: Walk.on_assign,
    ast.AnnAssign: Walk.on_assign,
    ast.NamedExpr: Walk.on_assign,
    ast.withitem: Walk.on_with,
    ast.If: Walk.on_if,
    ast.Call: Walk.on_call,
    ast.Subscript: Walk.on_subscript,
    ast.For: Walk.on_held,
    ast.Return: Walk.on_held,
    ast.Constant: Walk.on_text,
    ast.JoinedStr: Walk.on_text,
}


def _unit_of(node: ast.AST, unit: str) -> str:
    """Top-level functions and classes, and methods, are units; what is nested deeper belongs to them."""
    if not isinstance(node, DEFINITIONS):
        return unit
    around = unit.partition(":")[2]
    if not around:
        return f"function:{node.name}"
    return f"{unit}.{node.name}" if around[:1].isupper() and "." not in around else unit
