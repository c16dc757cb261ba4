"""What code starts only because of a result: from the check to what its result decides about."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter

from mlops_scan.evidence import Fact, Link, Node, Reading

_STARTS = ("call", "argument", "command", "runs-file", "uri", "field")
_CHECKS = ("call", "argument")
#: What a condition asks of another job, task or step of its file: GitHub, Azure, Argo and Tekton write it so.
_OUTPUT = re.compile(
    r"\b(?:needs|dependencies|stageDependencies|tasks|steps)\.([\w-]{1,100})\.(?:outputs?|results?)\b"
    r"|\b(?:needs|dependencies|tasks|steps)\[['\"]([\w-]{1,100})['\"]\]"
)
_MOST = 1_000


def conditioned(reading: Reading) -> Iterator[Link]:
    """From a job whose output a condition asks for to the job, task or step that runs or not; a step asks its own job."""
    units = {unit.id for unit in reading.units} if reading.of("condition") else set()
    for fact in reading.of("condition")[:_MOST]:
        for found in _OUTPUT.finditer(fact.name[:2000]):
            around = fact.unit.rpartition("/")[0]
            names = (f"{around}/task:{found[1]}", f"job:{found[1] or found[2]}", f"task:{found[1]}", around)
            asked = next((name for name in names if name in units and name != fact.unit), "")
            if asked:
                yield Link(Node(reading.path, asked), Node(reading.path, fact.unit), "decides", fact.line)


def decided(reading: Reading, links: Sequence[Link]) -> Iterator[Link]:
    """The links of one file from the function whose result is asked for to what is started in the lines that it decides.

    Where the result comes from no function of the repository, the unit that asks stands for the check.
    """
    if not reading.of("decides"):
        return
    regions: dict[tuple[str, int, int], list[Fact]] = defaultdict(list)
    for fact in reading.of("decides"):
        regions[fact.unit, fact.line or 0, int(fact.value)].append(fact)
    started: dict[str, list[tuple[int, Node]]] = defaultdict(list)
    called: dict[tuple[str, str], dict[Node, None]] = defaultdict(dict)
    for each in links:
        if each.kind in _STARTS and each.line is not None:
            started[each.source.unit].append((each.line, each.target))
            if each.kind in _CHECKS:
                called[each.source.unit, _name(each.target)][each.target] = None
    for found in started.values():
        found.sort(key=itemgetter(0))
    for (unit, first, last), facts in regions.items():
        names = dict.fromkeys(fact.name.rpartition(".")[2] for fact in facts)
        checks = [check for name in names for check in called.get((unit, name), ())]
        begin = bisect_left(started[unit], first, key=itemgetter(0))
        end = bisect_right(started[unit], last, key=itemgetter(0))
        for target in dict.fromkeys(target for _, target in started[unit][begin:end]):
            asking = checks or [Node(reading.path, unit)]
            yield from (Link(check, target, "decides", first) for check in asking if check != target)


def _name(node: Node) -> str:
    return node.unit.rpartition(":")[2].rpartition(".")[2]
