"""A few hundred repositories that nobody wrote, scanned whole: `python -m fuzz`, in this folder, goes on for as long as it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.edits import EDITS, Edit, apply
from fuzz.mutants import MOVES, bases, grown, mutant, smaller
from fuzz.scanned import problems

from mlops_scan.cache import Cache, Memory
from mlops_scan.facts import literals
from mlops_scan.report import formats

SEEDS = range(208)
FORMATS = formats()
_PARTS = 8


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    cache = Cache(tmp_path_factory.mktemp("cache") / "cache.sqlite")
    yield Memory(cache, b"fuzz" * 8)
    cache.close()


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_mutant_breaks_a_promise(part: int, tmp_path: Path, memory: Memory) -> None:
    for seed in SEEDS[part::_PARTS]:
        shown = [FORMATS[seed // _PARTS % len(FORMATS)]]
        found = problems(grown(mutant(seed)), tmp_path / "tree", memory, shown, deep=seed % 100 == 0)
        assert not found, f"python -m fuzz --only {seed}"


def test_a_seed_makes_the_same_mutant_again_and_another_makes_another() -> None:
    assert grown(mutant(7)) == grown(mutant(7)) != grown(mutant(8))
    names = {change.name for seed in range(300) for change in mutant(seed).changes}
    assert names == {*EDITS, *MOVES}
    assert {name for seed in range(300) for name in mutant(seed).bases} > {name for name in bases() if ": " not in name}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_changes_something_in_some_file_and_takes_any(name: str) -> None:
    for content in (b"", b"\n", b"\xff\xfe", b"a: [1, {b: c}]\n", b'[a]\nb = "c"\n', b'{"a": {"b": [1]}}'):
        made = {apply(Edit(name, at, to), content, b"x: y\n") for at in range(3) for to in range(3)}
        assert all(isinstance(each, bytes) for each in made)
    assert any(
        apply(Edit(name, at, 1), b"a: [1, {b: c}]\nd: e f\n", b"x: y\n") != b"a: [1, {b: c}]\nd: e f\n"
        for at in range(9)
    )


def test_a_reader_that_raises_is_found_and_what_makes_it_raise_made_small(
    tmp_path: Path, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(code: str) -> object:
        if "FastAPI" in code:
            raise ZeroDivisionError
        return whole(code)

    whole = literals.parse
    monkeypatch.setattr(literals, "parse", broken)
    each = mutant(0)._replace(bases=("dvc-pipeline",), changes=mutant(0).changes[:2])
    tree = smaller(
        each,
        lambda tree: any(
            "ZeroDivisionError" in each
            for each in problems(tree, tmp_path / "tree", Memory(memory.cache, b"other" * 6))
        ),
    )
    assert [content.count(b"\n") for content in tree.values()] == [0]
    assert b"FastAPI" in next(iter(tree.values()))
