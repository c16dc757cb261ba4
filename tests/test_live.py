"""What is live: reached from an entry point, by way of what runs in production, and from a trigger where there is one."""

import pytest
from faulty import readings_of

from mlops_scan import graph, ways
from mlops_scan.evidence import Evidence, Fact, Link, Node, Place, Reading, Strength, Unit
from mlops_scan.graph import EvidenceGraph
from mlops_scan.wiring.link import link

WORKFLOW = ".github/workflows/ci.yml"
CI = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: {}\n"


def graph_of(files: dict[str, str], *evidence: Evidence) -> EvidenceGraph:
    readings = readings_of(files)
    return EvidenceGraph(readings, link(readings).links, list(evidence))


def test_what_only_a_test_calls_is_not_live() -> None:
    files = {
        WORKFLOW: CI.format("pytest tests"),
        "tests/test_model.py": "from shop.model import fit\n\n\ndef test_fit():\n    fit()\n",
        "shop/model.py": "def fit():\n    return 1\n",
    }
    graph = graph_of(files)
    assert graph.is_live(Node("tests/test_model.py"))
    assert not graph.is_live(Node("shop/model.py", "function:fit"))


def test_what_a_trigger_reaches_is_proven_from_the_trigger() -> None:
    files = {
        WORKFLOW: CI.format("make all"),
        "Makefile": "all: train\n\ntrain:\n\tpython train.py\n",
        "train.py": "print(1)\n",
        "README.md": "# Use\n\n```sh\npython train.py\n```\n",
    }
    assert graph_of(files).way_to(Node("train.py"))[0] == Place(WORKFLOW, 1)


def test_a_file_is_live_if_something_in_it_is() -> None:
    files = {WORKFLOW: CI.format("make train"), "Makefile": "train:\n\techo 1\n\nother:\n\techo 2\n"}
    whole = Evidence("make", "job-automated", Place("Makefile"), Fact("file", "Makefile"))
    part = Evidence("make", "job-automated", Place("Makefile", 4), Fact("command", "echo 2", 5, unit="target:other"))
    graph = graph_of(files, whole, part)
    assert graph.strength_of(whole) is Strength.WIRED
    assert graph.strength_of(part) is Strength.CONFIGURED
    assert graph.proof_of(whole).path[0] == Place(WORKFLOW, 1)


CHAIN = "".join(f"def f{at}():\n    f{at - 1}()\n" for at in range(1, 200)) + "def f0():\n    pass\nf199()\n"


def test_of_a_long_way_the_entry_and_the_last_places_are_told() -> None:
    files = {f"m{at}.py": f"import m{at - 1}\n" for at in range(1, 200)} | {"m0.py": "x = 1\n"}
    way = graph_of({WORKFLOW: CI.format("python m199.py"), **files}).way_to(Node("m0.py"))
    assert (way[0], way[1].path, way[-1]) == (Place(WORKFLOW, 1), f"m{graph.LONGEST_WAY}.py", Place("m1.py", 1))


def test_a_file_named_start_is_a_file_like_any_other() -> None:
    push = Node("ci.yml", "trigger:push")
    readings = [Reading("ci.yml", "product", (), (Unit("trigger", "push", 1),)), Reading("start", "product")]
    links = [Link(push, Node("start"), "command", 3), Link(Node("start"), Node("a.py"), "command", 2)]
    way = EvidenceGraph(readings, links, []).way_to(Node("a.py"))
    assert way == (Place("ci.yml", 1), Place("ci.yml", 3), Place("start", 2))


def test_of_several_links_between_two_units_the_first_is_the_proof() -> None:
    twice = [Link(Node("a"), Node("b"), kind, line) for kind, line in (("import", 1), ("call", 7), ("import", 1))]
    shared = [Link(Node("a"), Node("b"), "data", 2), Link(Node("a"), Node("b"), "data", 2)]
    made = EvidenceGraph([], [*twice, *shared], [])
    assert made.links() == [shared[0], twice[0]]
    assert made.links_to(Node("b")) == [twice[0]]
    assert made.before(Node("a"), "call") == []
    assert made.makers(Node("b"), "data") == [Node("a")]


@pytest.mark.parametrize("limit", ["MOST_KEPT", "MOST_REACHED"])
def test_what_reaches_too_much_is_followed_no_further_and_that_is_said(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, start = graph_of({"a.py": CHAIN}), Node("a.py", "function:f199")
    whole = made.reached_from(start)
    assert whole == made.tree_from(start).keys()
    assert not made.given_up
    monkeypatch.setattr(ways, limit, 50)
    made = graph_of({"a.py": CHAIN})
    reached = made.reached_from(start) if limit == "MOST_REACHED" else made.tree_from(start).keys()
    assert len(reached) < 60 < len(whole)
    assert "50 units" in next(iter(made.given_up))


def test_the_facts_inside_a_unit_are_its_own_and_those_of_its_parts_in_their_order() -> None:
    text = "on: push\njobs:\n  a:\n    steps:\n    - run: one\n    - run: two\n  a0:\n    steps:\n    - run: three\n"
    made = graph_of({WORKFLOW: text})
    inside = [fact.name for fact in made.inside(Node(WORKFLOW, "job:a")) if fact.kind == "command"]
    assert inside == ["one", "two"]
