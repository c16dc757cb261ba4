"""What a survey looks at: an assessment, the graph behind it, and small questions to both."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from mlops_scan.assess import Assessment
from mlops_scan.evidence import Evidence, Fact, Node, Reading, Strength
from mlops_scan.lifecycle import Lifecycle

#: What a plan may repeat in a snippet: no text of a hostile tree may become a command when somebody pastes it.
PLAIN = re.compile(r"(?!-)(?!.*(?:\.\.|//))[A-Za-z0-9_.][\w./-]{0,150}", re.ASCII)

Text = Callable[[str], str | None]


def plain(text: str) -> bool:
    """Whether a path or name can stand in a command, in YAML and in Python as it is."""
    return PLAIN.fullmatch(text) is not None


class View:
    """An assessment and its graph, asked for what recipes need to know."""

    def __init__(self, assessment: Assessment, life: Lifecycle, text: Text) -> None:
        self.assessment = assessment
        self.life = life
        self.text = text
        self.graph = life.graph

    @cached_property
    def product(self) -> list[Reading]:
        """The files that count, those whose paths can be repeated."""
        return [each for each in self.graph.readings.values() if each.role == "product" and plain(each.path)]

    def has(self, path: str) -> bool:
        """Whether there is a file of this path."""
        return path in self.graph.readings

    def facts(self, *kinds: str) -> Iterator[tuple[str, Fact]]:
        """The facts of some kinds in product files, with their paths."""
        for reading in self.product:
            yield from ((reading.path, fact) for fact in reading.facts if fact.kind in kinds)

    def evidence(self, *practices: str) -> list[Evidence]:
        """What shows one of these practices by more than a dependency, in files that can be named."""
        return [
            one
            for one in self.graph.evidence
            if one.practice in practices and one.fact.kind != "dependency" and plain(one.place.path)
        ]

    def keeper(self, *practices: str) -> str:
        """The tool that shows a practice best: most strongly, then most often; else one that is only declared; `none`."""
        counts: Counter[str] = Counter()
        best: dict[str, Strength] = {}
        for one in self.evidence(*practices):
            counts[one.tool] += 1
            best[one.tool] = max(best.get(one.tool, Strength.DECLARED), self.graph.strength_of(one))
        declared = sorted(one.tool for one in self.graph.evidence if one.practice in practices)
        return min(best, key=lambda tool: (-best[tool], -counts[tool], tool), default=next(iter(declared), "none"))

    def most(self, found: Iterable[str], otherwise: str = "") -> str:
        """The text that is found most often, of those that can be repeated; the first of equals."""
        counts = Counter(each for each in found if plain(each))
        return min(counts, key=lambda each: (-counts[each], each), default=otherwise)

    def reaches(self, path: str, activity: str) -> bool:
        """Whether starting a file does an activity, by what the code does and not by a name."""
        doing = self.life.does[activity]
        reached = self.graph.reached_from(Node(path), avoiding=("test", "fixture"))
        return any(node in doing and not doing[node].by_name for node in reached)

    def uses(self, tool: str) -> bool:
        """Whether a tool left more here than a dependency."""
        return any(one.tool == tool and one.fact.kind != "dependency" for one in self.graph.evidence)
