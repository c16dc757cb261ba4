"""Pipelines that are written as rules in code: Snakemake's and targets'. Lines are scanned; nothing is evaluated."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads

_RULE = re.compile(r"(?:rule|checkpoint)\s+(\w+)\s*:")
_SECTION = re.compile(r"\s+(input|output|shell|script|notebook|container|singularity|conda)\s*:(.*)")
_OTHER = re.compile(r"\s+[a-z_]+\s*:")
_FILE = re.compile(r"""(include|configfile)\s*:\s*["']([^"'\n]{1,500})["']""")
_STRING = re.compile(r'"""(.*?)"""|' + r"'''(.*?)'''|" + r'"([^"\n]*)"|' + r"'([^'\n]*)'", re.DOTALL)
_RULES = re.compile(r"\brules\.(\w+)")
_TARGET = re.compile(r"\b(?:tar_target|tar_quarto|tar_render|tar_file|tar_qs|tar_parquet)\(\s*(?:name\s*=\s*)?([\w.]+)")
_WORD = re.compile(r"[A-Za-z.][\w.]*")
_R_STRING = re.compile(r"""(["'])[^"'\n]*\1""")
_R_FILE = re.compile(r"""["']([^"'\n]{1,200}\.(?:qmd|Rmd|csv|parquet|rds|json|yml|yaml))["']""")
_SOURCED = re.compile(r"""\b(source|tar_source)\(\s*["']([^"'\n]{1,200})["']""")
#: Other texts among the inputs and outputs are keys of the configuration and labels.
_PATH = re.compile(r"[./{]")
_MOST_RULES = 500
_LONGEST_TARGET = 5000


class _Section(NamedTuple):
    name: str
    line: int
    text: str


@reads("Snakefile", "*.smk", "Snakefile.*")
def snakemake(source: Source) -> Iterator[Item]:
    """Rules as tasks: https://snakemake.readthedocs.io/en/stable/snakefiles/rules.html."""
    rules = list(_rules(source.lines))[:_MOST_RULES]
    names = {name for name, _, _ in rules}
    for number, line in enumerate(source.lines, 1):
        if found := _FILE.match(line):
            yield Fact("includes", found[2], number)
    for name, start, sections in rules:
        task = Unit("task", name, start)
        yield task
        for section in sections:
            yield from _section(section, task.id, names)


def _rules(lines: list[str]) -> Iterator[tuple[str, int, list[_Section]]]:
    """Name, line and sections of each rule; a rule ends where a line begins at its margin."""
    name, start, sections = "", 0, [_Section("", 0, "")]
    for number, line in enumerate([*lines, "end"], 1):
        if found := _SECTION.match(line):
            sections.append(_Section(found[1], number, found[2]))
        elif _OTHER.match(line):
            sections.append(_Section("", number, ""))
        elif line.strip() and not line[0].isspace() and not line.startswith(("#", '"', "'")):
            if name:
                yield name, start, _joined(sections, lines, number)
            rule = _RULE.match(line)
            name, start, sections = rule[1] if rule else "", number, [_Section("", number, "")]


def _joined(sections: list[_Section], lines: list[str], end: int) -> list[_Section]:
    """Each section with its lines up to the next one; the rule ends before line `end`."""
    ends = [section.line for section in sections[1:]] + [end]
    return [
        section._replace(text="\n".join([section.text, *lines[section.line : min(end - 1, section.line + 200)]]))
        for section, end in zip(sections, ends, strict=True)
        if section.name
    ]


def _section(section: _Section, unit: str, rules: set[str]) -> Iterator[Fact]:
    found = [(match, next(filter(None, match.groups()), "")) for match in _STRING.finditer(section.text)]
    if section.name == "shell":
        text = "".join(text for _, text in found)
        start = section.line + (section.text.count("\n", 0, found[0][0].start()) if found else 0)
        yield from shell.run(text, start, unit)
        return
    for name in dict.fromkeys(_RULES.findall(section.text)):
        if name in rules:
            yield Fact("needs", f"#task:{name}", section.line, unit=unit)
    for match, text in found:
        line = section.line + section.text.count("\n", 0, match.start())
        yield from _named(section.name, text, line, unit)


def _named(section: str, text: str, line: int, unit: str) -> Iterator[Fact]:
    kinds = {"input": "reads", "output": "writes", "script": "runs-file", "notebook": "runs-file", "conda": "includes"}
    if section in kinds:
        if _PATH.search(text[:500]):
            yield Fact(kinds[section], text, line, unit=unit)
    elif text:
        yield from image(text.removeprefix("docker://"), line, unit)


@reads("_targets.R", "_targets*.R")
def targets(source: Source) -> Iterator[Item]:
    """Targets as tasks, each needing those that its command names: https://books.ropensci.org/targets/."""
    text = "\n".join(line.partition("#")[0] for line in source.lines)
    for line, found in lined(_SOURCED.finditer(text)):
        yield Fact("includes", found[2], line)
    found_targets = list(lined(islice(_TARGET.finditer(text), _MOST_RULES)))
    names = {found[1] for _, found in found_targets}
    for line, found in found_targets:
        body = text[found.end() : found.end() + _LONGEST_TARGET]
        body = body[: following.start()] if (following := _TARGET.search(body)) else body
        yield from _target(found[1], line, body, names)


def _target(name: str, line: int, body: str, names: set[str]) -> Iterator[Item]:
    task = Unit("task", name, line)
    yield task
    for needed in dict.fromkeys(_WORD.findall(_R_STRING.sub("", body))):
        if needed in names and needed != name:
            yield Fact("needs", f"#task:{needed}", line, unit=task.id)
    for path in _R_FILE.findall(body):
        kind = "runs-file" if path.endswith(("qmd", "Rmd")) else "reads"
        yield Fact(kind, path, line, unit=task.id)
