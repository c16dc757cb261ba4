"""What nodes of a graph start, directly or not: walks over it that are asked for again and again, within bounds."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence

from mlops_scan.evidence import Link, Node

#: Nodes in all the trees that are kept, and in all that were only asked for: fifty times those of the largest repositories.
MOST_KEPT, MOST_REACHED = 5_000_000, 30_000_000
_TOO_MANY = "was not judged as a whole: its starting points reach more than {:,} units in all"


class Ways:
    """Asked by nodes; `ahead` gives each node the links to what it leads to, and `paths_of` the files of some roles.

    `give_up` is told what is not known as a whole.
    """

    def __init__(
        self,
        ahead: Mapping[Node, Sequence[Link]],
        paths_of: Callable[[Collection[str]], frozenset[str]],
        give_up: Callable[[str], None],
    ) -> None:
        self._ahead, self._paths_of, self._give_up = ahead, paths_of, give_up
        self._started: dict[tuple[frozenset[str], frozenset[str]], _Started] = {}
        self._kept = self._reached = 0

    def reached_from(self, nodes: Collection[Node], avoiding: frozenset[str]) -> set[Node]:
        """All nodes that some nodes start, directly or not, and these; except through files of these roles."""
        started = self._starting(avoiding, frozenset())
        found = set(nodes)
        waiting = list(nodes)
        while waiting and self._reached + len(found) <= MOST_REACHED:
            fresh = [each for each in started[waiting.pop()] if each not in found]
            found.update(fresh)
            waiting += fresh
        self._reached += len(found)
        if waiting:
            self._give_up(_TOO_MANY.format(MOST_REACHED))
        return found

    def tree_from(self, node: Node, avoiding: frozenset[str], without: frozenset[str]) -> dict[Node, Node | None]:
        """The same of one node, each with the node before it on a shortest way, by links of other kinds than `without`."""
        started = self._starting(avoiding, without)
        if node not in started.trees:
            tree, is_whole = _tree(node, started, max(MOST_KEPT - self._kept, 1))
            started.trees[node] = tree
            self._kept += len(tree)
            if not is_whole:
                self._give_up(_TOO_MANY.format(MOST_KEPT))
        return started.trees[node]

    def _starting(self, avoiding: frozenset[str], without: frozenset[str]) -> "_Started":
        """What each node starts, but for files of some roles and links of some kinds: the same is asked many times."""
        key = (avoiding, without)
        if key not in self._started:
            self._started[key] = _Started(self._ahead, self._paths_of(avoiding), without)
        return self._started[key]


class _Started(dict[Node, list[Node]]):
    """What nodes start, of those that were asked for: most of a graph is reached from few places."""

    def __init__(
        self, ahead: Mapping[Node, Sequence[Link]], avoided: Collection[str], without: Collection[str]
    ) -> None:
        super().__init__()
        self._ahead, self._avoided, self._without = ahead, avoided, without
        self.trees: dict[
            Node, dict[Node, Node | None]
        ] = {}  #: of nodes that were asked for, each with all that it starts

    def __missing__(self, node: Node) -> list[Node]:
        self[node] = found = [
            link.target
            for link in self._ahead.get(node, ())
            if link.kind not in self._without and link.target.path not in self._avoided
        ]
        return found


def _tree(root: Node, started: _Started, most: int) -> tuple[dict[Node, Node | None], bool]:
    """The tree, as far as it has not many more nodes than may be, and whether that is all of it."""
    before: dict[Node, Node | None] = {root: None}
    waiting = deque([root])
    while waiting and len(before) <= most:
        here = waiting.popleft()
        for each in started[here]:
            if each not in before:
                before[each] = here
                waiting.append(each)
    return before, not waiting
