"""What is live: reached from an entry point, by way of what runs in production, and from a trigger where there is one."""

from faulty import readings_of

from mlops_scan.evidence import Evidence, Fact, Node, Place, Strength
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
