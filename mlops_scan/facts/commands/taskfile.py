"""Taskfile.yml of Task."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.commands.tables import run
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at

_TEMPLATE = re.compile(r"\{\{-?\s*+\.?(\w*+)[^{}]*\}\}")


@reads("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml", "Taskfile.*.yml")
def taskfile(source: Source) -> Iterator[Item]:
    """Taskfile schema 3: tasks as targets, `default` first. `{{.NAME}}` is put in where it is a constant."""
    document = as_mapping(next(iter(source.documents), None))
    tasks = as_mapping(at(document, "tasks"))
    variables = {
        str(name): as_text(value) for name, value in as_mapping(at(document, "vars")).items() if as_text(value)
    }
    for node in as_mapping(at(document, "includes")).values():
        if path := as_text(node) or as_text(at(node, "taskfile")):
            yield Fact("includes", path, node.line)
    yield from _environment(document, "")
    for name in sorted(tasks, key=lambda name: name != "default"):
        unit = Unit("target", name, name.line)
        yield unit
        yield from _task(tasks[name], unit, tasks, variables, folder_of(source))


def _environment(node: Node | None, unit: str) -> Iterator[Fact]:
    for name, value in as_mapping(at(node, "env")).items():
        yield shell.variable(name, as_text(value), name.line, unit)


def _task(node: Node, unit: Unit, tasks: Mapping, variables: dict[str, str], folder: str) -> Iterator[Fact]:
    steps = node if not isinstance(node, Mapping) else at(node, "cmds") or at(node, "cmd")
    folder = below(folder, _filled(as_text(at(node, "dir")), variables))
    yield from _environment(node, unit.id)
    for need in as_list(at(node, "deps")):
        yield from _reference(as_text(need) or as_text(at(need, "task")), need.line, unit, tasks)
    for key, kind in (("sources", "reads"), ("generates", "writes")):
        for path in as_list(at(node, key)):
            if isinstance(path, Scalar):
                yield Fact(kind, path, path.line, unit=unit.id)
    for part in (node, *as_list(steps)):
        if as_text(at(part, "ignore_error")) == "true":
            yield Fact("allowed-to-fail", "ignore_error", part.line, unit=unit.id)
    for step in as_list(steps):
        yield from _reference(as_text(at(step, "task")), step.line, unit, tasks)
        command = step if isinstance(step, Scalar) else at(step, "cmd") or at(step, "defer")
        if isinstance(command, Scalar):
            yield from run(
                Scalar(_filled(command, variables), command.line, command.plain, command.one_line), unit.id, folder
            )


def _reference(name: str, line: int, unit: Unit, tasks: Mapping) -> Iterator[Fact]:
    """Another task of this file, or of an included one, which goes by the name of the include."""
    if name in tasks:
        yield Fact("needs", f"#target:{name}", line, unit=unit.id)
    elif name:
        yield Fact("command", f"task {name.lstrip(':')}", line, unit=unit.id)


def _filled(text: str, variables: dict[str, str]) -> str:
    return _TEMPLATE.sub(lambda found: variables.get(found[1], f"${{{found[1]}}}")[:1000], text)
