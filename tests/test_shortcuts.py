"""What readers leave out to be fast changes nothing: each shortcut is compared with the long way that it replaces.

The texts are all those of the pages and of the other tests, so that a look that is new is tried on its own examples.
"""

import ast
import random
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path

import cases
import pytest

from mlops_scan import facts
from mlops_scan.evidence import Fact
from mlops_scan.facts import nodes, python, quoting, watches
from mlops_scan.facts.pipelines import cdk, decisions, handed, registered, schedules
from mlops_scan.facts.source import Source
from mlops_scan.memo import Memo
from mlops_scan.search import Search

SEARCHES = [
    (module, each)
    for module in (cdk, decisions)
    for value in vars(module).values()
    for each in (value if isinstance(value, tuple) else [value])
    if isinstance(each, Search)
]


@cache
def texts() -> tuple[str, ...]:
    """The files of the pages, and the texts that stand in the tests."""
    pages = [text for page in cases.PAGES.glob("*.md") for case in cases.of(page) for text in case.files.values()]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("test_*.py")]
    constants = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return tuple(dict.fromkeys([*pages, *(text for text in constants if isinstance(text, str) and len(text) > 3)]))


@cache
def codes() -> tuple[str, ...]:
    """Those that are Python and more than a name."""
    return tuple(text for text in texts() if is_code(text))


def is_code(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return any(isinstance(node, ast.Call | ast.Assign | ast.stmt) for node in ast.walk(tree))


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every look at every node, all texts listed, and everything called."""
    monkeypatch.setattr(python, "looks_at", lambda node, kind: watches._LOOKS.get(kind, ()))
    monkeypatch.setattr(nodes, "is_listed", lambda text: True)
    called = (handed._TELLING, registered._TELLING, schedules._TELLING, decisions._OF_STEPS, {"AnyStep"})
    monkeypatch.setattr(Source, "called", frozenset(chain.from_iterable(called)))
    return monkeypatch


def test_looks_that_heed_no_name_of_a_node_find_nothing_there(long_way: pytest.MonkeyPatch) -> None:
    slow = [facts.read(Source("a.py", text)) for text in codes()]
    long_way.undo()
    quick = [facts.read(Source("a.py", text)) for text in codes()]
    different = [text for text, one, other in zip(codes(), slow, quick, strict=True) if one != other]
    assert different == []
    assert sum(len(found) for found, _, _ in quick) > 3_000, "there is hardly anything to find in these texts"


@pytest.mark.parametrize(
    ("at", "kind"),
    [(at, kind) for at, each in enumerate(watches.LOOKING) for kind, look in each.LOOKS.items() if look.heeds],
)
def test_each_look_that_heeds_names_is_made_somewhere_in_these_texts(at: int, kind: type[ast.AST]) -> None:
    listed = (node for text in codes() for node in nodes.in_order(ast.parse(text)) if type(node) is kind)
    assert any(at == place for node in listed for place, _ in watches.looks_at(node, kind))


def test_a_name_with_a_type_is_heeded_as_one_without() -> None:
    found, _, _ = facts.read(Source("a.py", "def evaluate():\n    accuracy: float = 0.93\n    return accuracy\n"))
    assert Fact("literal", "accuracy", 2, "0.93", "function:evaluate") in found


def test_nodes_stand_in_order_once_or_before_and_behind_what_is_in_them() -> None:
    listed = nodes.in_order(ast.parse("@f\ndef g(a=h()):\n    x = i(1, 'https://a', k=j())\n    return x.y[z]\n"))
    assert [type(node).__name__ for node in listed] == [
        "FunctionDef", "Call", "Assign", "Call", "Constant", "Call", "Assign", "Return", "Subscript", "FunctionDef",
    ]  # fmt: skip


def test_the_nodes_of_a_tree_are_those_that_ast_walk_has() -> None:
    for text in codes():
        tree = ast.parse(text)
        walked = list(ast.walk(tree))
        expected = [
            node
            for node in walked
            if type(node) in nodes.LISTED and (type(node) is not ast.Constant or says_something(node.value))
        ]
        twice = [node for node in expected if type(node) in nodes.TWICE]
        assert sorted(map(id, nodes.in_order(tree))) == sorted(map(id, [*expected, *twice]))
        below = [node for node in walked if not isinstance(node, NOTHING_SAID)]
        assert nodes.below(tree) == below
        assert nodes.first_below(tree, 60) == list(islice(ast.walk(tree), 60))


NOTHING_SAID = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.alias)


def says_something(value: object) -> bool:
    return isinstance(value, str) and nodes.is_listed(value)


@pytest.mark.parametrize(("module", "search"), SEARCHES)
def test_a_search_finds_what_its_pattern_finds(module: object, search: Search) -> None:
    for text in texts():
        assert search(text) == (search.pattern.search(text) is not None), text
        assert search(text, text.lower()) == search(text)


def test_acts_are_found_in_lower_case_as_by_the_pattern_for_all() -> None:
    words = [
        *decisions._ACTS,
        "fit",
        "fits",
        "run",
        "rerun",
        "a run",
        "post",
        "posts",
        "compost",
        "ſend",
        "nothing",
        "İ run",
    ]
    for word in words:
        assert decisions._speaks_of_acts(word.lower()) == (decisions._ACT.search(word.lower()) is not None), word


def lines_of_shell() -> Iterator[str]:
    yield from (line for text in texts() for line in text.splitlines()[:50])
    chance = random.Random(7)
    pieces = [*" \t\n'\"\\;&|()ab#~=-$é\x0b\x85\u2028\x00,.", "''", '""', "\\\\", '\\"', "' ", '" ']
    yield from ("".join(chance.choices(pieces, k=chance.randint(0, 14))) for _ in range(5_000))


def test_a_line_of_shell_has_the_words_that_shlex_finds() -> None:
    for line in lines_of_shell():
        assert split_or_none(quoting.split, line) == split_or_none(by_shlex, line), line


def by_shlex(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)


def split_or_none(split: object, line: str) -> list[str] | None:
    try:
        return split(line)
    except ValueError:
        return None


def test_a_memo_asks_once_for_a_name_and_keeps_no_more_than_it_may() -> None:
    asked: list[str] = []
    memo = Memo(lambda name: asked.append(name) or len(name))
    assert [memo["ab"], memo["ab"], memo["c"]] == [2, 2, 1]
    assert asked == ["ab", "c"]
    assert memo["x" * 1_000_000] == 1_000_000
    for number in range(30_000):
        memo[str(number)]
    assert len(memo) <= 10_000
    assert all(len(name) <= 200 for name in memo)
