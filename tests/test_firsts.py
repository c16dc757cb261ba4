"""Which of some nodes a node starts first: what one walk back says is what a walk from each node would find."""

from faulty import readings_of
from hypothesis import given
from hypothesis import strategies as st
from test_live import CI, WORKFLOW, graph_of

from mlops_scan.evidence import Link, Node
from mlops_scan.graph import EvidenceGraph

NODES = [Node(f"{name}.py") for name in "abcdef"] + [Node("tests/test_a.py")]
READINGS = readings_of({node.path: "x = 1\n" for node in NODES})


@given(
    st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=20),
    st.sets(st.sampled_from(NODES)),
    st.sampled_from([(), ("test",)]),
)
def test_the_first_is_that_of_all_that_are_reached(
    pairs: list[tuple[Node, Node]], wanted: set[Node], avoiding: tuple[str, ...]
) -> None:
    graph = EvidenceGraph(READINGS, [Link(source, target, "import") for source, target in pairs], [])
    first = graph.first_started(wanted, avoiding)
    assert {node: min(graph.reached_from(node, avoiding=avoiding) & wanted, default=None) for node in NODES} == {
        node: first.get(node) for node in NODES
    }


def test_a_trigger_starts_what_a_script_calls() -> None:
    files = {WORKFLOW: CI.format("python train.py"), "train.py": "from shop import fit\n\nfit()\n"}
    made = graph_of(files | {"shop.py": "def fit():\n    return 1\n"})
    fit = Node("shop.py", "function:fit")
    assert made.first_started([fit])[Node(WORKFLOW, "trigger:push")] == fit
