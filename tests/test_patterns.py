"""Path patterns: what `*`, `**`, `?` and slashes mean, that the index loses nothing, and that no pattern takes long."""

import re

import pytest
from endless import ends
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan.repository.patterns import PathPatterns, is_safe


def matches(pattern, path):
    return list(PathPatterns([(pattern, True)])(path)) == [True]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.dvc", "data.dvc"),
        ("*.dvc", "a/b/data.dvc"),
        ("*.dvc", ".dvc"),
        ("dvc.yaml", "dvc.yaml"),
        ("dvc.yaml", "project/dvc.yaml"),
        ("/dvc.yaml", "dvc.yaml"),
        ("/.github/workflows/*.yml", ".github/workflows/ci.yml"),
        (".dvc/config", "project/.dvc/config"),
        (".dvc/config", ".dvc/config"),
        ("Dockerfile*", "Dockerfile"),
        ("Dockerfile*", "deploy/Dockerfile.gpu"),
        ("conda?.yml", "conda2.yml"),
        ("/src/**", "src/a/b.py"),
        ("/src/**/*.py", "src/a.py"),
        ("/src/**/*.py", "src/a/b/c.py"),
        ("**/x.py", "x.py"),
        ("a/**/b", "q/a/b"),
        ("environment*.y*ml", "environment-gpu.yaml"),
        ("[x].py", "[x].py"),
        ("a+b.py", "a+b.py"),
        ("*", "a/b"),
        ("*.py", "folder\nwith line end/a.py"),
        ("*.py", "line\nend.py"),
        ("/src/**", "src/line\nend/a.py"),
    ],
)
def test_a_pattern_matches(pattern, path):
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.dvc", "data.dvc.txt"),
        ("*.dvc", "x.dvcignore"),
        ("*.dvc", "a.dvc/b"),
        ("dvc.yaml", "mydvc.yaml"),
        ("dvc.yaml", "dvc.yaml/x"),
        ("dvc.yaml", "dvcxyaml"),
        ("dvc.yaml", "DVC.yaml"),
        ("/dvc.yaml", "project/dvc.yaml"),
        ("/.github/workflows/*.yml", ".github/workflows/old/ci.yml"),
        ("/.github/workflows/*.yml", "vendor/.github/workflows/ci.yml"),
        (".dvc/config", "my.dvc/config"),
        ("conda?.yml", "conda.yml"),
        ("conda?.yml", "conda/.yml"),
        ("/src/**", "src"),
        ("/src/**/*.py", "src/a.pyc"),
        ("[xy].py", "x.py"),
        ("*.py", "a.py\n"),
    ],
)
def test_a_near_miss_does_not_match(pattern, path):
    assert not matches(pattern, path)


def test_many_patterns_are_asked_at_once_and_each_answers_for_itself():
    index = PathPatterns([("*.yml", 1), ("ci.yml", 2), ("/ci.yml", 3), ("*", 4), ("*.yaml", 5)])
    assert sorted(index("ci.yml")) == [1, 2, 3, 4]
    assert sorted(index("a/ci.yml")) == [1, 2, 4]
    assert list(index("a/ci.txt")) == [4]


PARTS = st.sampled_from(["a", "b", ".", "*", "**", "?", "/", "**/", "/**/", "a.b"])


def plainly(pattern):
    """The same meaning, written without regard to time."""
    tied = pattern.removeprefix("/") if pattern.startswith("/") else f"**/{pattern}"
    words = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"((?<![^/])\*\*/|\*\*+|\*|\?)", tied)
    words = [words.get(part) or (".*" if part.startswith("**") else re.escape(part)) for part in parts]
    return re.compile("".join(words), re.DOTALL)


@settings(max_examples=500)
@given(st.lists(PARTS, min_size=1, max_size=8).map("".join), st.text("ab./\n", max_size=12))
def test_the_index_finds_exactly_what_the_pattern_says(pattern, path):
    assert matches(pattern, path) is bool(plainly(pattern).fullmatch(path))


@given(st.text(max_size=30))
def test_any_text_is_a_pattern(text):
    assert matches(text, "a/b.py") is bool(plainly(text).fullmatch("a/b.py"))


@pytest.mark.parametrize("pattern", ["*.py", "/a/**", "**/a/**", "a*b*c*.py", "x" * 1000])
def test_ordinary_patterns_are_safe(pattern):
    assert is_safe(pattern)


@pytest.mark.parametrize("pattern", ["*a*a*a*a*b", "**/a/**/a/**/a", "x" * 1001, "a/****b"])
def test_patterns_whose_stars_compete_are_not_safe(pattern):
    assert not is_safe(pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a*a*b", "a" * 255),
        ("**/*a*a*b", "/".join(["a" * 255] * 15)),
        ("**/*a*a*a/**/*a*a*b", "/".join(["a" * 255] * 15)),
        ("/".join(["*a*a*"] * 10) + "b", "/".join(["a" * 255] * 15)),
        ("**a*", "a" * 4000),
    ],
)
def test_no_safe_pattern_takes_long_on_the_longest_of_paths(pattern, path):
    assert is_safe(pattern)
    index = PathPatterns([(pattern, True)])
    with ends():
        list(index(path))


@pytest.mark.parametrize(("pattern", "path"), [(".env", "prod.env"), ("", "a"), (".a.b", "x.a.b"), ("*.a", "x.a.b")])
def test_the_ending_of_a_name_is_no_name_of_its_own(pattern, path):
    assert not matches(pattern, path)
