"""The one shape that every CI reader gives its facts: triggers start jobs, jobs hold steps, steps run commands."""

import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import exits, fields, shell, trees
from mlops_scan.facts.containers import images
from mlops_scan.facts.containers.processes import is_shell
from mlops_scan.facts.source import Source

#: Every job of one stage waits for every job of another: a hostile file must not multiply itself.
MOST_LINKS = 20_000
#: A text that is written once may be used by every job of a file.
MOST_ITEMS = 100_000
MOST_WORK = 500_000
LONGEST = 200
_EXPRESSION = re.compile(r"\$\{\{\s{0,9}([\w.-]{1,200})\s{0,9}\}\}")
_MACRO = re.compile(r"\$\(([A-Za-z_][\w.-]{0,200})\)")
_FILE = re.compile(r"(?:\./)?[\w-][\w./-]*\.(?:py|sh|ipynb|R|ya?ml)")
_NOT_SUBMITTED = re.compile(r"cache|path$|name$", re.IGNORECASE)

T = TypeVar("T")
Clean = Callable[[str], str]


class Trigger(NamedTuple):
    """One way in which a pipeline begins, and the ids of the jobs that it starts."""

    name: str
    line: int | None
    value: str
    jobs: Sequence[str]


def triggers(found: Iterable[Trigger]) -> Iterator[Item]:
    """A unit for each name, with its details and the jobs that it starts.

    `call` is what another file uses: whoever starts this file starts that trigger.
    """
    named: dict[str, list[Trigger]] = {}
    for trigger in found:
        named.setdefault(trigger.name, []).append(trigger)
    left = MOST_LINKS
    for name, same in named.items():
        unit = Unit("trigger", name, same[0].line)
        yield unit
        yield from dict.fromkeys(Fact("trigger", name, each.line, each.value[:LONGEST], unit.id) for each in same)
        jobs = list(islice((job for each in same for job in each.jobs), left))
        left -= len(jobs)
        yield from (Fact("starts", f"#{job}", unit.line, unit=unit.id) for job in dict.fromkeys(jobs))
    if "call" in named:
        yield Fact("starts", "#trigger:call", named["call"][0].line)


def stages(ordered: Iterable[tuple[Sequence[Unit], Sequence[str]]]) -> Iterator[Fact]:
    """`needs` facts from pairs of units and the ids that each of them waits for."""
    pairs = ((unit, earlier) for units, before in ordered for unit in units for earlier in before)
    for unit, earlier in islice(pairs, MOST_LINKS):
        yield Fact("needs", f"#{earlier}", unit.line, unit=unit.id)


def affordable(uses: Iterable[tuple[T, int]]) -> Iterator[T]:
    """The uses of texts that a file shares, from pairs with their weights, as long as the sum stays bounded."""
    left = MOST_WORK
    for use, weight in uses:
        left -= weight
        if left < 0:
            return
        yield use


def weight(node: object) -> int:
    """How much work it is to read a node."""
    leaves = trees.leaves(node) if isinstance(node, trees.Node) else ()
    return getattr(node, "size", 1) + sum(1 + len(leaf) // 10 for _, leaf in leaves)


def condition(node: object, unit: str, key: str = "if") -> Iterator[Fact]:
    """What must hold for a unit to run, or the constant that switches it off."""
    if not isinstance(node, trees.Scalar) or not node.strip():
        return
    if re.match(r"false\s*(?:$|&&)", constant(node)):
        yield Fact("switched-off", f"{key}: false", node.line, unit=unit)
    else:
        yield Fact("condition", " ".join(node[:1000].split())[:LONGEST], node.line, unit=unit)


def constant(node: object) -> str:
    """The lower-case text of a scalar, without the `${{ }}` around it."""
    return trees.as_text(node)[:LONGEST].strip().removeprefix("${{").removesuffix("}}").strip().lower()


def forgiven(around: object, key: str, unit: str) -> Iterator[Fact]:
    """The fact that the failure of a unit is ignored, where this setting of it says `true`."""
    node = trees.at(around, key)
    if node is not None and constant(node) in ("true", "yes", "on"):
        yield Fact("allowed-to-fail", key, node.line, unit=unit)


def variables(node: object, unit: str = "") -> Iterator[Fact]:
    """Environment variables: a mapping, or a list of `NAME=value` or of `name` and `value`."""
    for key, value in pairs(node):
        yield fields.variable(key, trees.as_text(value), key.line, unit)


def pairs(node: object) -> Iterator[tuple[trees.Scalar, trees.Node]]:
    """Names and values, however a file writes them down."""
    if isinstance(node, trees.Mapping):
        yield from node.items()
        return
    for item in trees.as_list(node):
        name, value = trees.at(item, "name"), trees.at(item, "value")
        if isinstance(item, trees.Scalar):
            left, equals, right = item.partition("=")
            if equals:
                yield trees.Scalar(left, item.line), trees.Scalar(right, item.line)
        elif isinstance(name, trees.Scalar):
            yield name, value if value is not None else trees.Scalar("", name.line)
        elif "name" not in trees.as_mapping(item) and "value" not in trees.as_mapping(item):
            yield from trees.as_mapping(item).items()


def image(node: object, unit: str = "") -> Iterator[Fact]:
    """The container image that a scalar names, or a mapping under `image` or `name`."""
    named = next(
        (text for text in (node, trees.at(node, "image"), trees.at(node, "name")) if trees.as_text(text)), None
    )
    if isinstance(named, trees.Scalar):
        reference = named.strip()[:LONGEST].removeprefix("docker://")
        yield from images.image(_EXPRESSION.sub(r"${\1}", reference), named.line, unit)


def settings(node: object, name: str, unit: str = "") -> Iterator[Fact]:
    """The short scalars at and below a node as `field` facts, without those that could be secrets."""
    if not isinstance(node, trees.Node):
        return
    for path, leaf in trees.leaves(node):
        fact = fields.variable(path, leaf, leaf.line, unit)
        if 0 < len(leaf) <= LONGEST and "\n" not in leaf and "secrets." not in leaf and fact.value:
            yield fact._replace(kind="field", name=f"{name}.{path}" if path else name)


def action(name: str, value: str, line: int | None, arguments: object, unit: str = "") -> Iterator[Fact]:
    """A building block with its arguments; those that name a program or a manifest say what it submits."""
    yield Fact("action", name, line, value, unit)
    yield from settings(arguments, f"{name}.with", unit)
    for key, node in trees.as_mapping(arguments).items():
        path = trees.as_text(node).strip()
        if _FILE.fullmatch(path[:LONGEST]) and not _NOT_SUBMITTED.search(key):
            yield Fact("runs-file", path.removeprefix("./"), node.line, unit=unit)


def run(
    source: Source,
    node: object,
    unit: str = "",
    folder: str = "",
    clean: Clean = str,
    *,
    options: exits.Shell | None = None,
) -> Iterator[Fact]:
    """The commands of a script: a scalar, or a list of them that share one shell, each at its own line.

    `clean` rewrites the expressions of a CI system so that the shell reads each as one word; it must keep line ends.
    `options` are those of the shell that the system starts, where it is known: then also the failures that are lost.
    """
    if isinstance(node, trees.Node):
        for text, line, one_line in _sessions(source, [leaf for _, leaf in trees.leaves(node)]):
            yield from shell.run(clean(text), line, unit, folder, one_line)
            for fact in exits.lost(clean(text), line, unit, options) if options else ():
                yield fact._replace(line=line) if one_line else fact


def _sessions(source: Source, scalars: list[trees.Scalar]) -> Iterator[tuple[str, int, bool]]:
    """Scalars that follow each other in the file, joined at their distance: a `cd` holds for the lines behind it."""
    joined: list[str] = []
    start = end = 0
    for scalar in scalars:
        text = scalar.rstrip()
        lines = "\n" not in text or _literal(source, scalar)
        if joined and not (lines and scalar.line >= end):
            yield "".join(joined), start, False
            joined = []
        if not lines:
            yield text, scalar.line, True
            continue
        start = start if joined else scalar.line
        joined += ["\n" * (scalar.line - end) or " ; "] if joined else []
        joined.append(text)
        end = scalar.line + text.count("\n")
    if joined:
        yield "".join(joined), start, False


def _literal(source: Source, scalar: trees.Scalar) -> bool:
    """Whether the scalar is a `|` block: only there do its lines stand one by one in the file."""
    before = source.lines[scalar.line - 2] if 2 <= scalar.line <= len(source.lines) + 1 else ""
    return not scalar.plain and re.search(r"\|[-+\d]{0,2}\s*(?:#[^|]*)?$", before[-LONGEST:]) is not None


def argv(
    source: Source, nodes: Iterable[object], unit: str = "", folder: str = "", clean: Clean = str
) -> Iterator[Fact]:
    """A command that is written as a list of words; `sh -c TEXT` runs the text."""
    words = [node for node in nodes if isinstance(node, trees.Scalar)]
    if not words:
        return
    if is_shell(words[0]):
        script = next((at + 1 for at, word in enumerate(words) if re.fullmatch(r"-[a-z]*c[a-z]*", word)), len(words))
        if script < len(words):
            yield from run(source, words[script], unit, folder, clean)
            return
    yield from shell.run(clean(shlex.join(" ".join(word.split()) for word in words)), words[0].line, unit, folder, True)


def rooted(folder: str, *roots: str) -> Clean:
    """How to read the names of the checkout (`$CI_PROJECT_DIR`) in text that starts there: as `.`."""

    def clean(text: str) -> str:
        for root in () if folder else roots:
            text = text.replace(root, ".")
        return text

    return clean


def macros(folder: str, *roots: str) -> Clean:
    """The same where `$(name)` is a variable, which the shell would take for a command."""
    clean = rooted(folder, *roots)
    return lambda text: _MACRO.sub(r"${\1}", clean(text))


def folder(text: str, *roots: str, around: str = "") -> str:
    """A working directory relative to the root of the repository; what only a run could know stays as it is written.

    `roots` are the ways in which a CI system names the checkout; `around` is the directory that holds otherwise.
    """
    text = text.strip()
    for root in roots:
        if text == root or text.startswith(f"{root}/"):
            text, around = text[len(root) :].lstrip("/"), ""
            break
    if text.startswith(("/", "~", "$", "<", "%")):
        return text
    joined = posixpath.normpath(posixpath.join(around, text)) if around or text else ""
    return "" if joined == "." else joined
