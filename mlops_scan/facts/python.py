"""Python code, in one pass: imports, calls under the names that were imported, commands, addresses, functions.

Names are resolved within the file: through imports, and through variables and parameters that hold an object of an
imported class. The code is parsed and never run.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import checks, measures, shell
from mlops_scan.facts.source import Source, reads

_RUNNERS = re.compile(
    r"(subprocess\.(run|call|check_call|check_output|Popen|getoutput|getstatusoutput)|os\.(system|popen))$"
)
_COMMAND_ARGUMENT = re.compile(
    r"(bash_|run_|build_|start_|container_)?(command|cmd|cmds|commands|entrypoint|entry_point)$"
)
_ENVIRONMENT = ("os.environ", "os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:/{1,2}[^\s/]\S*")
_DATA_PATH = re.compile(
    r"(?:\.{0,2}/)?[\w.{}-]+(?:/[\w.{} -]+)*\.(csv|tsv|parquet|json|jsonl|pkl|pickle|joblib|npy|npz|h5|hdf5|pt|pth|onnx|feather|arrow|xlsx?|zip|gz|tar|txt|yaml|yml|toml|db|sqlite)"
)
_WRITES = re.compile(r"(to_|save|dump|write|export|log_artifact|upload)")
_READS = re.compile(r"(read|load|open|fetch|download|Path|join|from_)")
_IMPORT_LINE = re.compile(r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\w+)|import[ \t]+([\w.]+))", re.MULTILINE)
_LONGEST = 200
_DEEPEST = 50


@reads("*.py", "*.pyw")
def python(source: Source) -> Iterator[Item]:
    """The facts of a Python file. What does not parse (Python 2, a template) still gives its imports."""
    try:
        tree = parse(source.text)
    except Unreadable:
        yield from imports_by_line(source.text)
        raise
    walk = Walk(tree.body)
    yield from walk.items(tree)
    yield from (*walk.watched(), *measures.inert(tree))


def parse(text: str) -> ast.Module:
    """The syntax tree. Raises `Unreadable`: the parser gives up on bad syntax, on depth and on memory."""
    try:
        return ast.parse(text)
    except SyntaxError as failure:
        raise Unreadable("is not valid Python", failure.lineno) from None
    except (ValueError, MemoryError, RecursionError):
        raise Unreadable("is not valid Python") from None


def imports_by_line(text: str) -> Iterator[Fact]:
    """The imports that a line alone shows: all that is left of a file that does not parse."""
    for found in _IMPORT_LINE.finditer(text):
        line = text.count("\n", 0, found.start(0)) + 1 + found[0].count("\n")
        yield Fact("import", f"{found[1]}.{found[2]}" if found[1] else found[3], line)


class Walk:
    """One pass over syntax trees that share their names: a file, or the cells of a notebook in their order."""

    def __init__(self, body: Iterable[ast.stmt]) -> None:
        self.names: dict[str, str] = {}  #: a name in the code -> the dotted name that it stands for
        self.objects: set[str] = set()  #: those of them that hold an object and not the class or function itself
        self.seen: set[tuple[str, str]] = set()
        self.watches = ((checks.LOOKS, checks.Watch()), (measures.LOOKS, measures.Watch()))
        for node in body:  # functions may be called above their definition
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.names[node.name] = f"#{node.name}"

    def items(self, tree: ast.AST, shift: Callable[[int], int | None] = lambda line: line) -> Iterator[Item]:
        """All items below `tree`, in the order of the code; `shift` maps lines of the tree to lines of the file."""
        waiting: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
        while waiting:
            node, unit, done = waiting.pop()
            late = isinstance(node, _BINDING)  # a name is bound behind what is computed for it
            handle = _HANDLERS.get(type(node))
            if handle and late is done:
                for item in handle(self, node, unit):
                    yield item._replace(line=None if item.line is None else shift(item.line))
            if done:
                continue
            for fact in self._looked_at(node, unit):
                yield fact._replace(line=shift(fact.line or 1))
            if late:
                waiting.append((node, unit, True))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                unit = _unit_of(node, unit)
            waiting += [(child, unit, False) for child in reversed(list(ast.iter_child_nodes(node)))]

    def _looked_at(self, node: ast.AST, unit: str) -> Iterator[Fact]:
        for looks, watch in self.watches:
            if look := looks.get(type(node)):
                function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from look(watch, node, _unit_of(node, unit) if function else unit)

    def watched(self) -> Iterator[Fact]:
        """What the looks at the nodes only know once all of them were seen."""
        for _, watch in self.watches:
            yield from watch.rest()

    def resolve(self, node: ast.AST | None) -> str:
        """The dotted name that an expression stands for; `?` in front where the object is not known; else empty."""
        parts: list[str] = []
        for _ in range(_DEEPEST):
            if isinstance(node, ast.Attribute):
                whole = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
                if whole in self.names:
                    return ".".join([self.names[whole], *reversed(parts)])
                parts.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, ast.Subscript) or isinstance(node, ast.Await):
                node = node.value
            else:
                break
        if isinstance(node, ast.Name) and node.id in self.names:
            return ".".join([self.names[node.id], *reversed(parts)])
        return f"?.{parts[0]}" if parts else ""

    # -- statements ----------------------------------------------------------------------------------------------------

    def on_import(self, node: ast.Import, unit: str) -> Iterator[Fact]:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.names[name] = alias.name if alias.asname else name
            yield Fact("import", alias.name, node.lineno, unit=unit)

    def on_import_from(self, node: ast.ImportFrom, unit: str) -> Iterator[Fact]:
        base = "." * node.level + (node.module or "")
        for alias in node.names:
            dotted = base if alias.name == "*" else f"{base}{'' if base.endswith('.') or not base else '.'}{alias.name}"
            self.names[alias.asname or alias.name] = dotted
            yield Fact("import", dotted, alias.lineno, unit=unit)

    def on_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, unit: str) -> Iterator[Item]:
        inside = _unit_of(node, unit)
        if inside != unit:
            yield Unit("function", inside.partition(":")[2], node.lineno)
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call) and (name := self.resolve(decorator)):
                yield Fact("call", name, decorator.lineno, unit=inside)
        if isinstance(node, ast.ClassDef):
            bases = [(base, self.resolve(base)) for base in node.bases]
            yield from (Fact("call", name, base.lineno, "base", inside) for base, name in bases if name)
        else:
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                if argument.annotation and not (name := self.resolve(argument.annotation)).startswith("?") and name:
                    self.names[argument.arg] = name
                    self.objects.add(argument.arg)

    def on_assign(self, node: ast.Assign | ast.AnnAssign, unit: str) -> Iterator[Fact]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Subscript) and self.resolve(target.value) == "os.environ":
                yield from _environment(_text(target.slice), node.lineno, unit)
            if (name := _target(target)) and isinstance(node.value, ast.Call | ast.Await):
                self._bind(name, node.value)

    def on_with(self, node: ast.withitem, _unit: str) -> Iterator[Fact]:
        if isinstance(node.optional_vars, ast.Name):
            self._bind(node.optional_vars.id, node.context_expr)
        return iter(())

    def on_if(self, node: ast.If, unit: str) -> Iterator[Fact]:
        test = node.test
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__":
            yield Fact("script", "__main__", node.lineno, unit=unit)

    def _bind(self, name: str, value: ast.AST) -> None:
        resolved = self.resolve(value)
        if resolved and not resolved.startswith("?"):
            self.names[name] = resolved
            self.objects.add(name)
        elif name in self.names and not self.names[name].startswith("#"):
            del self.names[name]  # the name now holds something else

    # -- expressions ---------------------------------------------------------------------------------------------------

    def on_call(self, node: ast.Call, unit: str) -> Iterator[Fact]:
        name = self.resolve(node.func)
        if not name:
            return
        first = _text(node.args[0]) if node.args else ""
        if name.startswith("?"):  # one mention in a function is enough of a method of nobody knows what
            if (name, unit) not in self.seen:
                self.seen.add((name, unit))
                yield Fact("call", name, node.lineno, first, unit)
        else:
            yield Fact("call", name, node.lineno, first, unit)
            for keyword in node.keywords:
                yield from self._argument(f"{name}.{keyword.arg}", keyword.value, unit)
            for positional in node.args:
                if target := self._own(positional):
                    yield Fact("argument", f"{name}.", positional.lineno, target, unit)
        if _RUNNERS.search(name) and node.args:
            yield from _command(node.args[0], unit)
        if name in _ENVIRONMENT:
            yield from _environment(first, node.lineno, unit)
            yield from (Fact("argument", f"{name}.default", node.lineno, unit=unit) for _ in node.args[1:2])
        yield from _data(name, node, unit)

    def on_subscript(self, node: ast.Subscript, unit: str) -> Iterator[Fact]:
        if self.resolve(node.value) == "os.environ":
            yield from _environment(_text(node.slice), node.lineno, unit)

    def on_constant(self, node: ast.Constant, unit: str) -> Iterator[Fact]:
        if isinstance(node.value, str) and ":/" in node.value[:24] and _URI.fullmatch(node.value[:2000]):
            yield Fact("uri", _without_user(node.value), node.lineno, unit=unit)

    def on_joined(self, node: ast.JoinedStr, unit: str) -> Iterator[Fact]:
        text = _text(node)
        if ":/" in text[:24] and _URI.fullmatch(text):
            yield Fact("uri", _without_user(text), node.lineno, unit=unit)

    def _argument(self, name: str, value: ast.expr, unit: str) -> Iterator[Fact]:
        values = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        for each in values[:50]:
            if text := self._own(each) or _text(each):
                yield Fact("argument", name, each.lineno, text, unit)
        if _COMMAND_ARGUMENT.search(name.rpartition(".")[2]):
            yield from _command(value, unit)

    def _own(self, node: ast.expr) -> str:
        """The name behind an argument that is itself a function, a class or a module's attribute."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self.objects:
            return ""
        name = self.resolve(node)
        return "" if name.startswith("?") else name


_HANDLERS: dict[type, Callable[..., Iterator[Item]]] = {
    ast.Import: Walk.on_import,
    ast.ImportFrom: Walk.on_import_from,
    ast.FunctionDef: Walk.on_definition,
    ast.AsyncFunctionDef: Walk.on_definition,
    ast.ClassDef: Walk.on_definition,
    ast.Assign: Walk.on_assign,
    ast.AnnAssign: Walk.on_assign,
    ast.withitem: Walk.on_with,
    ast.If: Walk.on_if,
    ast.Call: Walk.on_call,
    ast.Subscript: Walk.on_subscript,
    ast.Constant: Walk.on_constant,
    ast.JoinedStr: Walk.on_joined,
}
_BINDING = (ast.Assign, ast.AnnAssign, ast.withitem)


def _unit_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, unit: str) -> str:
    """Top-level functions and classes, and methods, are units; what is nested deeper belongs to them."""
    around = unit.partition(":")[2]
    if not around:
        return f"function:{node.name}"
    return f"{unit}.{node.name}" if around[:1].isupper() and "." not in around else unit


def _target(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _text(node: ast.AST) -> str:
    """The literal as text, cut; the open places of a format string as `{}`; empty for what is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
        return str(node.value)[:_LONGEST]
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values[:50])
        return "".join(map(str, parts))[:_LONGEST]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return f"-{node.operand.value}"[:_LONGEST]
    return ""


def _command(node: ast.expr, unit: str) -> Iterator[Fact]:
    """A command that the code runs, from a literal text or list; what is computed stands there as `{}`."""
    if isinstance(node, ast.List | ast.Tuple):
        words = [_text(each) or "{}" for each in node.elts[:100]]
        if len(words) > 2 and words[1] in ("-c", "-lc", "-ec"):
            yield from shell.run(words[2], node.lineno, unit, one_line=True)
        elif words and words[0] != "{}":
            yield Fact("command", " ".join(shell.unwrapped(words)), node.lineno, unit=unit)
        elif len(words) > 1 and words[1] == "-m":  # [sys.executable, "-m", ...]
            yield Fact("command", " ".join(["python", *words[1:]]), node.lineno, unit=unit)
    elif text := _text(node):
        yield from shell.run(text, node.lineno, unit, one_line="\n" not in text)


def _environment(name: str, line: int, unit: str) -> Iterator[Fact]:
    if re.fullmatch(r"[A-Za-z_]\w*", name):
        yield Fact("env", name, line, unit=unit)


def _data(name: str, node: ast.Call, unit: str) -> Iterator[Fact]:
    """Paths of data that a call reads or writes, told by the verb in its name and the ending of the path."""
    verb = name.rpartition(".")[2]
    kind = "writes" if _WRITES.match(verb) else "reads" if _READS.match(verb) else ""
    if kind:
        for argument in node.args[:4]:
            if (text := _text(argument)) and _DATA_PATH.fullmatch(text):
                yield Fact(kind, text, argument.lineno, unit=unit)


def _without_user(uri: str) -> str:
    return re.sub(r"//[^/@]*@", "//", uri)[:_LONGEST]
