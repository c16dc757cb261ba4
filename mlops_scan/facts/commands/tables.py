"""Tasks in tables: scripts of pyproject.toml (Poe, taskipy, PDM, Rye, Hatch, Pixi), Pipfile, pixi.toml, mise.toml."""

import shlex
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, Sequence, as_list, as_mapping, as_text, at

_COMMANDS = ("run", "shell", "cmds")
_STEPS = ("composite", "chain", "sequence", "parallel")  # their items may name other tasks
_WORDS = ("cmd", "command")
_MODULES = ("call", "script")
_NEEDS = ("depends", "depends-on", "depends_on", "deps", "uses", "pre", "post", "depends_post")
_NAMES = ("task", "ref")
_FOLDERS = ("cwd", "dir", "working_dir")


@reads("pyproject.toml")
def pyproject(source: Source) -> Iterator[Item]:
    """The tables of the task runners that live in pyproject.toml; each task is a target."""
    tool = at(source.toml, "tool")
    tables = [("poe", "tasks"), ("taskipy", "tasks"), ("pdm", "scripts"), ("rye", "scripts")]
    for table in tables:
        yield from tasks(at(tool, *table), source)
    yield from _hatch(at(tool, "hatch"), source)
    yield from _pixi(at(tool, "pixi"), source)


@reads("hatch.toml")
def hatch(source: Source) -> Iterator[Item]:
    """The scripts of Hatch's own file."""
    yield from _hatch(source.toml, source)


@reads("Pipfile")
def pipfile(source: Source) -> Iterator[Item]:
    """The scripts of a Pipfile."""
    yield from tasks(at(source.toml, "scripts"), source)


@reads("pixi.toml")
def pixi(source: Source) -> Iterator[Item]:
    """The tasks of a Pixi manifest."""
    yield from _pixi(source.toml, source)


@reads("mise.toml", ".mise.toml", "mise.*.toml", ".mise/config.toml", "mise/config.toml")
def mise(source: Source) -> Iterator[Item]:
    """Tasks and environment of mise."""
    for name, value in as_mapping(at(source.toml, "env")).items():
        if isinstance(value, Scalar):
            yield shell.variable(name, value, name.line)
    yield from tasks(at(source.toml, "tasks"), source)


def _hatch(table: Node | None, source: Source) -> Iterator[Item]:
    """`hatch run name`, and `hatch run environment:name` for all but the default environment."""
    for name, environment in as_mapping(at(table, "envs")).items():
        yield from tasks(at(environment, "scripts"), source, "" if name == "default" else f"{name}:")


def _pixi(manifest: Node | None, source: Source) -> Iterator[Item]:
    """Features and platforms may each define a task of the same name: to whoever starts it, it is one."""
    manifest = as_mapping(manifest)
    features = [manifest, *as_mapping(at(manifest, "feature")).values()]
    platforms = [platform for table in features for platform in as_mapping(at(table, "target")).values()]
    seen = set()
    for item in (item for table in (*features, *platforms) for item in tasks(at(table, "tasks"), source)):
        if isinstance(item, Fact) or item.id not in seen:
            yield item
        if isinstance(item, Unit):
            seen.add(item.id)


def tasks(table: Node | None, source: Source, prefix: str = "") -> Iterator[Item]:
    """The tasks of a table: a command, a list of them, or a table that says what to run, where, and after what."""
    known = as_mapping(table)
    for name, node in known.items():
        if name.startswith("_"):  # settings for all scripts
            continue
        unit = Unit("target", f"{prefix}{name}", name.line)
        yield unit
        folder = next((as_text(at(node, key)) for key in _FOLDERS if as_text(at(node, key))), "")
        folder = below(folder_of(source), folder)
        yield from _needs(node, unit)
        for text, step in _commands(node):
            first = text.split(maxsplit=1)[0] if text.strip() else ""
            if step and first in known and first != name:
                yield Fact("needs", f"#target:{prefix}{first}", text.line, unit=unit.id)
            else:
                yield from run(text, unit.id, folder)


def run(text: Scalar, unit: str, folder: str) -> Iterator[Fact]:
    """The commands of a value: of a block over several lines each with its own line.

    A block of YAML knows the line that it begins on; one of TOML has the line of its key.
    """
    block = "\n" in text.strip("\n") and not text.one_line
    yield from shell.run(text, text.line + (block and text.plain), unit, folder, one_line=not block)


def _needs(node: Node, unit: Unit) -> Iterator[Fact]:
    for key in _NEEDS:
        for item in as_list(at(node, key)):
            name = (as_text(item) or as_text(at(item, "task"))).strip()
            if name and "*" not in name:
                yield Fact("needs", f"#target:{name.split(maxsplit=1)[0]}", item.line, unit=unit.id)
    for item in as_list(at(node, "file")):
        if isinstance(item, Scalar):
            yield Fact("runs-file", item, item.line, unit=unit.id)


def _commands(node: Node) -> Iterator[tuple[Scalar, bool]]:
    """The command lines below a task in order, and whether each may be the name of a task; without recursion."""
    waiting = [(node, isinstance(node, Sequence))]
    for _ in range(1000):
        if not waiting:
            return
        node, step = waiting.pop()
        if isinstance(node, Sequence):
            waiting += [(item, step) for item in reversed(node)]
        elif isinstance(node, Scalar):
            yield node, step
        else:
            yield from ((text, False) for text in _words(node))
            yield from ((name, True) for key in _NAMES if isinstance(name := at(node, key), Scalar))
            for key in reversed((*_COMMANDS, *_STEPS)):
                waiting += [(below, key in _STEPS) for below in (at(node, key),) if below is not None]


def _words(node: Mapping) -> Iterator[Scalar]:
    """A command as text or as its words, or a function of a module, which is as good as `python -m`."""
    for key in _WORDS:
        words = as_list(at(node, key))
        if len(words) == 1:
            yield from (word for word in words if isinstance(word, Scalar))
        elif words:
            yield Scalar(shlex.join(as_text(word) for word in words), words[0].line)
    for key in _MODULES:
        if target := as_text(at(node, key)):
            module = target.partition(":")[0]
            yield Scalar(f"python -m {module}", getattr(at(node, key), "line", 1))
