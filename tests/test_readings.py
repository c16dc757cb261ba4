"""What was read, asked for by where it stands and by its kind."""

from mlops_scan.evidence import Fact, Node, Reading, Unit
from mlops_scan.readings import Readings, sparing


def said(path: str) -> Reading:
    """A reading whose words are its own, as those of a decoder are."""
    facts = [
        Fact("file", path),
        Fact("".join(("ca", "ll")), "".join(("pri", "nt")), 2, "x", "".join(("function", ":f"))),
    ]
    return Reading(path, "product", tuple(facts), (Unit("function", "f", 1),))


def test_equal_words_are_one_text_and_the_readings_stay_equal() -> None:
    readings = [said("a.py"), said("b.py")]
    one, other = sparing(readings)
    assert [one, other] == readings
    assert all(mine is theirs for mine, theirs in zip(one.facts[1], other.facts[1], strict=True))
    assert readings[0].facts[1].name is not readings[1].facts[1].name


def test_of_a_file_of_which_only_the_path_is_known_the_same_can_be_asked() -> None:
    only = Reading("data.bin", "product", (Fact("file", "data.bin"),))
    assert list(only.of("call", "file")) == list(only.of("file")) == list(only.facts)
    assert list(only.of("call")) == list(Reading("data.bin", "product").of("file")) == []
    assert {kind: list(facts) for kind, facts in only.by_kind.items()} == {"file": list(only.facts)}


def test_facts_stand_at_the_node_of_their_unit_also_where_that_is_no_unit() -> None:
    reading = Reading("a.py", "product", (Fact("call", "f", 1, unit="function:f"), Fact("call", "g", 2, unit="job:x")))
    known = Readings([reading._replace(units=(Unit("function", "f", 1),))])
    assert {node: [fact.name for fact in facts] for node, facts in known.facts.items()} == {
        Node("a.py", "function:f"): ["f"],
        Node("a.py", "job:x"): ["g"],
    }
