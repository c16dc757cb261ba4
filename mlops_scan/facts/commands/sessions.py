"""Tasks written in Python: sessions of Nox (noxfile.py) and tasks of Invoke and Fabric (tasks.py, fabfile.py)."""

import ast
import shlex
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import literals, shell
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.dependencies.requirements import of_line
from mlops_scan.facts.ini import Line
from mlops_scan.facts.source import Source, reads

_MOST_STATEMENTS = 5_000
_RUNS = ("run", "run_always", "run_install", "sudo", "local")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@reads("noxfile.py")
def noxfile(source: Source) -> Iterator[Item]:
    """Nox: each `@nox.session` is a target; the first one needs those that a bare `nox` runs."""
    tree = source.python
    names = literals.constants(tree)
    sessions = dict(_decorated(tree, "session", names))
    if not sessions:
        return
    unit = Unit("target", "default", 1)
    yield unit
    for name in _chosen(tree, names) or list(sessions):
        yield Fact("needs", f"#target:{name}", sessions[name].lineno if name in sessions else 1, unit=unit.id)
    for name, function in sessions.items():
        unit = Unit("target", name, function.lineno)
        yield unit
        yield from _body(function, unit, names, folder_of(source))


@reads("tasks.py", "tasks/*.py", "fabfile.py")
def invoke(source: Source) -> Iterator[Item]:
    """Invoke and Fabric: each `@task` is a target, under its name with dashes. Another file called tasks.py is none."""
    if "invoke" not in source.text and "fabric" not in source.text:
        return
    tree = source.python
    if not any(_imports(node) for node in tree.body):
        return
    names = literals.constants(tree)
    for name, function in _decorated(tree, "task", names):
        unit = Unit("target", name.replace("_", "-"), function.lineno)
        yield unit
        for need, line in _before(function):
            yield Fact("needs", f"#target:{need.replace('_', '-')}", line, unit=unit.id)
        yield from _body(function, unit, names, _root(source))


def _root(source: Source) -> str:
    """Where tasks run: beside `tasks.py`, or beside the folder `tasks` that holds several files of them."""
    folder = folder_of(source)
    around, _, last = folder.rpartition("/")
    return around if last == "tasks" and source.name != "tasks.py" else folder


def _imports(node: ast.stmt) -> bool:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(module.partition(".")[0] in ("invoke", "fabric") for module in modules)


def _decorated(tree: ast.Module, decorator: str, names: literals.Names) -> Iterator[tuple[str, _Function]]:
    """The functions under `@decorator` or `@x.decorator(...)`, by the name that is given or their own."""
    for function in tree.body:
        if not isinstance(function, _Function):
            continue
        for node in function.decorator_list:
            called = node.func if isinstance(node, ast.Call) else node
            if _last(called) == decorator:
                given = {key.arg: key.value for key in node.keywords} if isinstance(node, ast.Call) else {}
                yield literals.text(given.get("name"), names) or function.name, function
                break


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _chosen(tree: ast.Module, names: literals.Names) -> list[str]:
    """`nox.options.sessions = [...]`."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Attribute(attr="sessions", value=ast.Attribute(attr="options"))], value=value):
                return [text for text, _ in literals.strings(value, names)]
    return []


def _before(function: _Function) -> Iterator[tuple[str, int]]:
    """The tasks that run before: `@task(clean)` and `@task(pre=[clean])`."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            lists = [key.value for key in decorator.keywords if key.arg in ("pre", "post")]
            inner = [item for each in lists if isinstance(each, ast.List | ast.Tuple) for item in each.elts]
            for node in (*decorator.args, *inner):
                if isinstance(node, ast.Name):
                    yield node.id, node.lineno


def _body(function: _Function, unit: Unit, names: literals.Names, folder: str) -> Iterator[Fact]:
    """What a function runs through its first argument, in order; `with c.cd("x")` and `session.chdir("x")` move."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    context = arguments[0].arg if arguments else ""
    waiting: list[tuple[ast.stmt, str]] = [(statement, folder) for statement in reversed(function.body)]
    for _ in range(_MOST_STATEMENTS):
        if not waiting:
            return
        statement, folder = waiting.pop()
        inner = folder
        for call in _calls(statement, context):
            moved = literals.text(call.args[0], names) if call.args else ""
            if _last(call.func) in ("cd", "chdir") and moved:
                inner = below(folder, moved)
            else:
                yield from _call(call, unit, names, folder)
        blocks = [getattr(statement, field, []) for field in ("body", "handlers", "orelse", "finalbody")]
        below_here = [child for block in blocks for child in block]
        if inner != folder and not below_here:  # a plain `session.chdir("x")` holds for all that follows
            waiting = [(each, inner) for each, _ in waiting]
        waiting += [(child, inner) for child in reversed(below_here)]


def _calls(statement: ast.stmt, context: str) -> Iterator[ast.Call]:
    """The calls of methods of the context in the head of a statement; its blocks are statements of their own."""
    heads = [item.context_expr for item in statement.items] if isinstance(statement, ast.With | ast.AsyncWith) else []
    heads += [value for value in ast.iter_child_nodes(statement) if isinstance(value, ast.expr)]
    for head in heads:
        for node in ast.walk(head):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if name == context:
                    yield node


def _call(call: ast.Call, unit: Unit, names: literals.Names, folder: str) -> Iterator[Fact]:
    method, line = _last(call.func), call.lineno
    words = [_word(argument, names) for argument in call.args]
    words = [word for word in words if word]
    if method in _RUNS and words:
        text = words[0] if len(words) == 1 else shlex.join(words)
        yield from shell.run(text, line, unit.id, folder, one_line=True)
        if any(key.arg == "warn" and isinstance(key.value, ast.Constant) and key.value.value for key in call.keywords):
            yield Fact("allowed-to-fail", "warn", line, unit=unit.id)
        if any(key.arg == "success_codes" for key in call.keywords):
            yield Fact("allowed-to-fail", "success_codes", line, unit=unit.id)
    elif method == "install" and words:
        yield from shell.run(shlex.join(("pip", "install", *words)), line, unit.id, folder, one_line=True)
        text = " ".join(words[:2]) if words[0] in ("-r", "-c", "-e") else ""
        for each in [text] if text else words:
            yield from (fact._replace(unit=unit.id) for fact in of_line(Line(each, line)))
    elif method == "notify" and words:
        yield Fact("starts", f"#target:{words[0]}", line, unit=unit.id)


def _word(node: ast.expr, names: literals.Names) -> str:
    """One argument: a text, `${name}` for what only a run could tell, nothing for `*session.posargs`."""
    if isinstance(node, ast.Starred):
        return " ".join(text for text, _ in literals.strings(node.value, names))
    return literals.text(node, names) or (f"${{{node.id}}}" if isinstance(node, ast.Name) else "")
