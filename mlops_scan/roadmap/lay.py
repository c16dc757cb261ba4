"""How an edit is laid over a file: new, at its end, behind its imports, in a block of it. The rest stays as it is."""

import ast
import json
from collections.abc import Callable

from mlops_scan.errors import Unreadable
from mlops_scan.facts import trees
from mlops_scan.facts.literals import parse
from mlops_scan.roadmap.ci.yaml_lines import end_of, indented, inserted, width
from mlops_scan.roadmap.serving import application
from mlops_scan.roadmap.words import Change


def new(path: str, before: str | None, text: str, _at: str) -> Change:
    """A file that is not there yet. Raises `Unreadable` where it is."""
    if before is not None:
        raise Unreadable("is there already")
    return Change(path, text, text)


def end(path: str, before: str | None, text: str, _at: str) -> Change:
    """Lines at the end of a file; the file itself where there is none."""
    if before is None or not before.strip():
        return Change(path, text, text)
    kept = before.rstrip("\n")
    return Change(path, f"{kept}\n\n{text}", text, kept.count("\n") + 3)


def imports(path: str, before: str | None, text: str, _at: str) -> Change:
    """Statements behind the imports of a module; in a notebook, a cell of its own in front."""
    if path.endswith(".ipynb"):
        return _cell(path, _there(before), text)
    last = 0
    for statement in parse(_there(before)).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if isinstance(statement, ast.Import | ast.ImportFrom):
            last = statement.end_lineno or statement.lineno
    if not last:
        raise Unreadable("imports nothing")
    return _behind(path, _there(before), last, text)


def app(path: str, before: str | None, text: str, _at: str) -> Change:
    """Statements behind the one that makes the web application of a module."""
    found = application(_there(before))
    if not found:
        raise Unreadable("makes no application that can be named")
    return _behind(path, _there(before), found[1], text)


def stages(path: str, before: str | None, text: str, _at: str) -> Change:
    """Stages at the end of those of a `dvc.yaml`."""
    return _in_block(path, _there(before), text, ("stages",), first=False)


def events(path: str, before: str | None, text: str, _at: str) -> Change:
    """One more event that starts a GitHub workflow."""
    root = _root(_there(before))
    name = text.partition(":")[0].strip()
    if name in trees.as_mapping(trees.at(root, "on")):
        raise Unreadable("has this event already")
    return _in_block(path, _there(before), text, ("on",), first=False)


def deploy_job(path: str, before: str | None, text: str, at: str) -> Change:
    """One more setting of a job of a GitHub workflow, in front of its others."""
    name = text.partition(":")[0].strip()
    if name in trees.as_mapping(trees.at(_root(_there(before)), "jobs", at)):
        raise Unreadable("has this setting already")
    return _in_block(path, _there(before), text, ("jobs", at), first=True)


def predictor(path: str, before: str | None, text: str, _at: str) -> Change:
    """One more setting of the predictor of a KServe manifest."""
    return _in_block(path, _there(before), text, ("spec", "predictor"), first=True)


def before_training(path: str, before: str | None, text: str, at: str) -> Change:
    """A step in front of the one on line `at` of a workflow."""
    return _step(path, _there(before), text, int(at), behind=False)


def behind_training(path: str, before: str | None, text: str, at: str) -> Change:
    """A step behind the one on line `at` of a workflow."""
    return _step(path, _there(before), text, int(at), behind=True)


PLACES: dict[str, Callable[[str, str | None, str, str], Change]] = {
    "new": new,
    "end": end,
    "imports": imports,
    "app": app,
    "stages": stages,
    "events": events,
    "deploy-job": deploy_job,
    "predictor": predictor,
    "before-training": before_training,
    "behind-training": behind_training,
}
#: The name that says where in the file a place is.
DETAILS = {"before-training": "train_line", "behind-training": "train_line", "deploy-job": "deploy_job"}


def _there(text: str | None) -> str:
    if text is None:
        raise Unreadable("is not there")
    return text


def _root(text: str) -> trees.Mapping:
    return trees.as_mapping(next(iter(trees.parse_yaml(text)), None))


def _in_block(path: str, before: str, text: str, keys: tuple[str, ...], first: bool) -> Change:
    """Lines in the block under some keys of a YAML file, moved to where its other lines begin."""
    around, block = trees.at(_root(before), *keys[:-1]), trees.at(_root(before), *keys)
    lines = before.rstrip("\n").split("\n")
    if not isinstance(block, trees.Mapping) or not block or "\t" in before:
        raise Unreadable("has no such block")
    opened = trees.as_mapping(around).line_of(keys[-1]) - 1
    inner = next(iter(block)).line - 1
    if inner <= opened:
        raise Unreadable("writes the block in one line")
    at = opened + 1 if first else end_of(lines, opened)
    new = list(indented(text.strip("\n").split("\n"), width(lines[inner])))
    after = inserted(before, at, new)
    trees.parse_yaml(after)
    return Change(path, after, "\n".join(new) + "\n", at + 1)


def _step(path: str, before: str, text: str, line: int, behind: bool) -> Change:
    lines = before.rstrip("\n").split("\n")
    if not 0 < line <= len(lines) or not lines[line - 1].lstrip().startswith("- "):
        raise Unreadable("has no step in a line of its own there")
    at = end_of(lines, line - 1) if behind else line - 1
    new = list(indented(text.strip("\n").split("\n"), width(lines[line - 1])))
    return Change(path, inserted(before, at, new), "\n".join(new) + "\n", at + 1)


def _behind(path: str, before: str, line: int, text: str) -> Change:
    after = inserted(before, line, ["", *text.strip("\n").split("\n")])
    parse(after)
    return Change(path, after, text, line + 2)


def _cell(path: str, before: str, text: str) -> Change:
    """A notebook with one more code cell in front (nbformat 4)."""
    try:
        notebook = json.loads(before)
        cells = notebook["cells"]
        first = next(number for number, cell in enumerate(cells) if cell["cell_type"] == "code")
        lines = text.strip("\n").splitlines(keepends=True)
        made: dict[str, object] = {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": lines,
        }
        cells.insert(first, made)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError):
        raise Unreadable("is no notebook that can be edited") from None
    return Change(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", text)
