"""The graph of networkx: it leads where our own walks lead, and from the files to the stage."""

import json
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
import trees
from test_cli import run
from test_report import FILES, REPOSITORIES

from mlops_scan.assess import Assessment
from mlops_scan.catalogue import load
from mlops_scan.evidence import Node, Strength
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.maturity import find
from mlops_scan.network import Answer, Network, conclude, wiring
from mlops_scan.scan import Inquiry, gather, judged

STAGES = find("stages")


def concluded(root: Path) -> tuple[Network, Lifecycle, Assessment]:
    assessment, life = judged(gather(root, Inquiry((STAGES,), load())))
    graph = wiring(life)
    conclude(graph, life, assessment, assessment.climb("stages"))
    return graph, life, assessment


@pytest.mark.parametrize("name", sorted(path.name for path in REPOSITORIES.iterdir() if path.is_dir()))
def test_networkx_and_our_own_walks_lead_to_the_same(name: str) -> None:
    graph, life, assessment = concluded(REPOSITORIES / name)
    units = [node for node in graph if isinstance(node, Node)]
    starting = nx.DiGraph((source, target) for source, target, starts in graph.edges(data="starts") if starts)
    for node in starting:
        assert life.graph.reached_from(node) == {node, *nx.descendants(starting, node)}
    assert [graph.nodes[node]["live"] for node in units] == [life.graph.is_live(node) for node in units]
    for showing in assessment.practices:
        practice = Answer("practice", showing.practice)
        shown_by = [source for source, _, kind in graph.in_edges(practice, keys=True) if kind == "shows"]
        assert shown_by
        composed = assessment.vocabulary[showing.practice].composed
        if showing.strength is Strength.WIRED and not composed:
            files = {node.path for node in shown_by if isinstance(node, Node)}
            assert any(life.graph.is_live(node) for node in life.graph.units if node.path in files) or any(
                life.graph.is_live(Node(path)) for path in files
            )


@pytest.mark.parametrize("name", sorted(path.name for path in REPOSITORIES.iterdir() if path.is_dir()))
def test_the_stage_follows_from_the_graph(name: str) -> None:
    graph, _, assessment = concluded(REPOSITORIES / name)
    climb = assessment.climb("stages")
    for judgement in climb.judgements:
        criterion = Answer("criterion", judgement.criterion.id)
        assert graph.nodes[criterion]["verdict"] == str(judgement.verdict)
        needed = {practice for need in judgement.criterion.needs for practice in need.practices}
        shown = {each.practice for each in assessment.practices}
        answering = {source.id for source in graph.predecessors(criterion) if isinstance(source, Answer)}
        assert answering == needed & shown
    answers = graph.subgraph([node for node in graph if isinstance(node, Answer)])
    stages = [node for node in nx.topological_sort(answers) if node.kind == "stage"]
    reached = [number for number, node in enumerate(stages) if graph.nodes[node]["reached"]]
    assert len(stages) == len(STAGES.stages)
    assert reached == list(range(climb.stage + 1 if climb.stage >= STAGES.stages[0].number else 0))


def test_what_follows_is_drawn_where_a_model_is_asked_for(tmp_path: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    data = json.loads(run("graph", root, "--model", "stages").output)
    kinds = {each["kind"] for each in data["nodes"]}
    assert {"practice", "capability", "criterion", "stage"} <= kinds
    ends = {(each["source"], each["target"], each["kind"]) for each in data["links"]}
    assert ("train.py", "practice run-tracked", "shows") in ends
    assert ("practice run-tracked", "criterion S2.2", "answers") in ends
    assert not {"practice", "stage"} & {each["kind"] for each in json.loads(run("graph", root).output)["nodes"]}


def test_towards_a_practice_only_what_follows_from_it_is_drawn(tmp_path: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    nodes = json.loads(run("graph", root, "--model", "stages", "--to", "run-tracked").output)["nodes"]
    assert [each["id"] for each in nodes if each["kind"] == "practice"] == ["practice run-tracked"]


def test_what_graphml_cannot_say_is_left_out(tmp_path: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    output = run("graph", root, "--model", "levels", "--format", "graphml").output
    assert "None" not in output
    graph = nx.parse_graphml(output, force_multigraph=True)
    assert graph.nodes["train.py"]["live"] is True
    assert ElementTree.fromstring(output).tag.endswith("graphml")
