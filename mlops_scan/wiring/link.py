"""The linker: the references of all files, resolved against the units of all files."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import ASKED_FOR, Fact, Link, Loose, Node, Reading
from mlops_scan.memo import Memo
from mlops_scan.wiring import images, keys
from mlops_scan.wiring.call import SHELL, Here, Known, Missing
from mlops_scan.wiring.contents import file_of
from mlops_scan.wiring.decided import conditioned, decided
from mlops_scan.wiring.loose import AROUND, Ends, Stands
from mlops_scan.wiring.modules import Modules
from mlops_scan.wiring.names import Names
from mlops_scan.wiring.places import Places, joined
from mlops_scan.wiring.references import RESOLVERS
from mlops_scan.wiring.targets import Targets
from mlops_scan.wiring.variables import values_of

_OF_CODE = ("import", "call")  #: kinds in which variables of the shell mean nothing
_MOST_CALLERS = 5
_MOST_LINKS = 50_000  #: of one file, and once more of what its results decide
_MOST_LOOSE = 500
_LONGEST_STEP = 500
_MOST_MOUNTS = 1_000


def too_many() -> str:
    """What a file with more links than are followed is told."""
    return f"refers to more than {_MOST_LINKS:,} things; the rest was not followed"


class Wiring(NamedTuple):
    """The links of a repository, the references that lead to nothing in it, and the files that have too many of them.

    What is said twice stands there twice.
    """

    links: list[Link]
    loose: list[Loose]
    cut: tuple[str, ...] = ()


def link(readings: Sequence[Reading], stands: Stands = lambda _path: False) -> Wiring:
    """Resolve every reference of the repository, in the order of its files.

    `stands` says whether there is something at a path of which there is no reading: a symbolic link, a submodule.
    """
    known = index(readings)
    telling = [each for each in readings if each.units or any(fact.kind != "file" for fact in each.facts)]
    ends = Ends(telling, known, stands)
    variables = _variables(telling, known)
    callers: dict[str, list[str]] = defaultdict(list)
    found: dict[str, tuple[list[Link], list[Loose]]] = {}
    scripts = {each.path: each for each in telling if each.path.endswith(SHELL)}
    waiting = deque(each for each in telling if each.path not in scripts)
    while waiting or scripts:
        reading = waiting.popleft() if waiting else scripts.pop(next(iter(scripts)))
        folders, values = tuple(callers.get(reading.path, ())), variables.get(reading.path, {})
        meant = Memo(partial(known.modules.meant, source=reading.path))
        here = Here(reading, known, folders, values, meant, _answered(reading))
        found[reading.path] = _links_of(here, ends, callers)
        called = [each.target.path for each in found[reading.path][0] if each.target.path in scripts]
        waiting.extend(scripts.pop(path) for path in dict.fromkeys(called))
    links = [each for reading in telling for each in found[reading.path][0]]
    links += images.links(telling, variables, known)
    links += keys.shared(telling, known)
    loose = [each for reading in telling for each in found[reading.path][1]]
    cut = tuple(path for path, (linked, _) in found.items() if len(linked) >= _MOST_LINKS)
    return Wiring(links, loose, tuple(sorted(cut)))


def index(readings: Sequence[Reading]) -> Known:
    """All that references are resolved against."""
    places = Places(readings)
    commands = {fact.name: fact.value for each in readings for fact in each.of("entry-point")}
    mounts = tuple(pair for each in readings for pair in _mounts(each))
    is_asked = any(each.of("left-out") for each in readings)
    imports = (fact.name for each in readings for fact in each.of("import")) if is_asked else ()
    imported = {name.rpartition(".")[2] for name in imports}
    indexes = Modules(readings), Targets(readings, places), Names(readings)
    return Known(places, *indexes, commands, mounts[:_MOST_MOUNTS], frozenset(imported))


def _mounts(reading: Reading) -> Iterator[tuple[str, str]]:
    """Where in containers the files of a service's volumes stand, and single files that are copied into images."""
    for fact in reading.of("reads", "copies"):
        if fact.value.startswith("/") and fact.kind == "reads" and fact.unit.startswith("service:"):
            yield fact.value, joined(dirname(reading.path), fact.name)
        elif fact.value.startswith("/") and fact.kind == "copies" and "." in fact.name.rpartition("/")[2]:
            yield fact.value, joined("", fact.name)


def _variables(readings: Sequence[Reading], known: Known) -> dict[str, dict[str, str]]:
    """The variables of each file that refers to any, with those of the files that it includes."""
    found: dict[str, dict[str, str]] = {}
    for each in readings:
        told = (fact for kind, facts in each.by_kind.items() if kind not in _OF_CODE for fact in facts)
        if any("$" in fact.name or "$" in fact.value for fact in told):
            included = (file_of(fact, each.path, known) for fact in each.of("includes"))
            values = [values_of(known.places.readings[path]) for path in dict.fromkeys(included) if path]
            found[each.path] = {name: value for part in (*values, values_of(each)) for name, value in part.items()}
    return found


def _answered(reading: Reading) -> frozenset[int | None]:
    """The lines of code on which a reader has put together what is run: one argument alone says less."""
    if not reading.path.endswith(".py"):
        return frozenset()
    return frozenset(fact.line for fact in reading.of("runs-file"))


def _links_of(here: Here, ends: Ends, callers: dict[str, list[str]]) -> tuple[list[Link], list[Loose]]:
    """The links of one file and its loose ends; the scripts that it calls learn where they are called from."""
    sources = {"": Node(here.reading.path), **{node.unit: node for node in here.reading.nodes}}
    links = list(_inside(here.reading, sources))
    loose: list[Loose] = []
    gone = _left_out(here)
    for fact in here.reading.facts:
        resolve = RESOLVERS.get(fact.kind)
        if not resolve or len(links) >= _MOST_LINKS or (fact.line in gone and fact.kind != "import"):
            continue
        found = resolve(fact, here)
        if not found and fact.kind not in AROUND:
            continue  # most calls are of libraries
        source = sources.get(fact.unit) or sources.setdefault(fact.unit, Node(here.reading.path, fact.unit))
        missing = []
        for each in found if isinstance(found, tuple) else dict.fromkeys(found):
            if isinstance(each, Missing):
                missing.append(each)
                continue
            if each != source:
                links.append(_linked(fact, source, each))
            if fact.kind == "command" and each.path.endswith(SHELL):
                _remember(callers[each.path], fact, here)
        if (missing or fact.kind in AROUND) and len(loose) < _MOST_LOOSE:
            loose += ends.around(fact, here) if fact.kind in AROUND else ()
            loose += (end for each in missing for end in ends.of(each, fact, here))
    return [*links, *islice(decided(here.reading, links), _MOST_LINKS), *conditioned(here.reading)], loose


def _left_out(here: Here) -> set[int | None]:
    """The lines on which steps are made that no pipeline gets, unless another file imports them."""
    found: set[int | None] = set()
    for fact in here.reading.of("left-out"):
        if fact.unit or fact.name not in here.known.imported:
            found.update(range(fact.line or 0, min(int(fact.value), (fact.line or 0) + _LONGEST_STEP) + 1))
    return found


def _linked(fact: Fact, source: Node, target: Node) -> Link:
    """The link that a fact makes; `after` is said by what comes second."""
    if fact.kind == "trigger":
        return Link(target, source, fact.name)
    return Link(source, target, fact.kind, fact.line)


def _remember(callers: list[str], fact: Fact, here: Here) -> None:
    folders = here.folders_of(fact)[:1] or ("",)
    if len(callers) < _MOST_CALLERS and folders[0] not in callers:
        callers.append(folders[0])


def _inside(reading: Reading, nodes: Mapping[str, Node]) -> Iterator[Link]:
    """Whoever starts a file starts its units, and a unit what is in it. A trigger speaks for its whole file."""
    file = nodes[""]
    for unit, here in zip(reading.units, reading.nodes, strict=True):
        if unit.parent:
            yield Link(nodes.get(unit.parent) or Node(reading.path, unit.parent), here, "holds", unit.line)
        elif unit.kind not in ASKED_FOR:
            yield Link(file, here, "holds", unit.line)
        elif unit.kind == "trigger":
            yield Link(here, file, "holds", unit.line)
        around = unit.name.rpartition(".")[0] if unit.kind == "function" else ""
        if around and (holder := nodes.get(f"function:{around}")):
            yield Link(holder, here, "holds", unit.line)
