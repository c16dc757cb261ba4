"""Hooks, sections, attributes, owners and variables in configuration files."""

import pytest

from mlops_scan.evidence import Fact, Unit
from mlops_scan.facts import configuration, ini
from mlops_scan.facts.source import Reader, Source


def read(reader: Reader, path: str, text: str) -> list:
    return list(reader.read(Source(path, text)))


HOOKS = """\
repos:
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.5.0
    hooks:
      - id: ruff
        args: [--fix, --exit-zero]
      - id: ruff-format
  - repo: git@gitlab.com:group/team/checks.git
    hooks:
      - id: ruff
  # - repo: https://github.com/pre-commit/mirrors-mypy
  - repo: local
    hooks:
      - id: data
        entry: python check_data.py
        args: ["--strict"]
        language: system
      - id: words
        entry: 'TODO|FIXME'
        language: pygrep
      - id: never
        entry: Do not commit models.
        language: fail
      - id: heavy
        entry: make test
        stages: [manual]
  - repo: meta
    hooks: [{id: identity}]
"""


def test_repositories_and_ids_of_hooks():
    hooks = [
        item for item in read(configuration.pre_commit, ".pre-commit-config.yaml", HOOKS) if isinstance(item, Fact)
    ]
    assert [(fact.name, fact.line, fact.value) for fact in hooks if fact.kind == "hook"] == [
        ("astral-sh/ruff-pre-commit", 2, ""),
        ("ruff", 5, "--fix --exit-zero"),
        ("ruff-format", 7, ""),
        ("team/checks", 8, ""),
        ("ruff", 10, ""),
        ("data", 14, "--strict"),
        ("words", 18, ""),
        ("never", 21, ""),
        ("heavy", 24, ""),
        ("identity", 28, ""),
    ]


def test_a_local_hook_runs_its_entry_unless_the_entry_is_no_command():
    items = read(configuration.pre_commit, ".pre-commit-config.yaml", HOOKS)
    assert [item for item in items if isinstance(item, Fact) and item.kind == "command"] == [
        Fact("command", "python check_data.py --strict", 15, "", "check:data"),
        Fact("command", "make test", 25, "", "check:heavy"),
    ]
    assert [item.name for item in items if isinstance(item, Unit)].count("ruff") == 1


def test_a_hook_for_the_manual_stage_is_conditional():
    items = read(configuration.pre_commit, ".pre-commit-config.yaml", HOOKS)
    assert Fact("condition", "stages: manual", 26, unit="check:heavy") in items


@pytest.mark.parametrize(
    "text", ["", "repos: 3\n", "repos:\n- 3\n- hooks: {id: x}\n", "- a\n", "repos: [{repo: [x], hooks: [{id: [1]}]}]\n"]
)
def test_any_type_may_stand_in_the_hooks(text):
    assert not [
        item
        for item in read(configuration.pre_commit, ".pre-commit-config.yaml", text)
        if getattr(item, "kind", "") == "command"
    ]


def test_sections_without_their_settings():
    text = "[metadata]\nname = x\n[tool:pytest]\naddopts =\n    [not-a-section]\n# [comment]\n[mypy-a.*] ; why\n"
    assert read(configuration.sections, "setup.cfg", text) == [
        Fact("section", "metadata", 1),
        Fact("section", "tool:pytest", 3),
        Fact("section", "mypy-a.*", 7),
    ]


def test_values_of_an_ini_know_their_lines():
    section = ini.sections("[a]\nKey: one\n    two\n\n    ; no\n    three\nother =\n", first=11)["a"]
    assert section.values["key"] == [ini.Line("one", 12), ini.Line("two", 13), ini.Line("three", 16)]
    assert section.text("key") == "one two three"
    assert section.values["other"] == []


def test_no_value_of_an_environment_file_is_ever_told():
    text = "# DB_HOST=x\nexport MLFLOW_TRACKING_URI=http://me:pw@host\nAPI_TOKEN=abc\n\nnot a variable\n"
    assert read(configuration.variables, ".env.example", text) == [
        Fact("env", "MLFLOW_TRACKING_URI", 2),
        Fact("env", "API_TOKEN", 3),
    ]


def test_filters_of_git_with_their_patterns():
    text = "# *.x filter=lfs\n*.pt filter=lfs diff=lfs merge=lfs -text\n*.ipynb linguist-generated\n*.csv -filter\n"
    assert read(configuration.attributes, ".gitattributes", text) == [
        Fact("field", "gitattributes.filter", 2, "lfs"),
        Fact("field", "gitattributes.filter.lfs", 2, "*.pt"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "count"),
    [
        ("# none yet\n", 1, "0"),
        ("# who\n* @team/ml @ann # @nobody\n/infra @team/ml\n", 2, "2"),
        ("/docs\n* ann@example.org\n", 2, "1"),
    ],
)
def test_owners_are_counted(text, line, count):
    assert read(configuration.code_owners, "CODEOWNERS", text) == [Fact("field", "CODEOWNERS.owners", line, count)]


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "[" * 100_000, "a=" * 50_000, "k" + " " * 100_000 + "x", "#" * 100_000]
)
def test_long_texts_take_no_time(text):
    for reader in (
        configuration.sections,
        configuration.variables,
        configuration.attributes,
        configuration.code_owners,
    ):
        assert len(read(reader, "CODEOWNERS", text)) <= 1
