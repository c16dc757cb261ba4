"""Databases of runs: what is read of them, and what a hostile one cannot do."""

import sqlite3
from contextlib import closing

import pytest
from cases import database
from reading import pairs, units

from mlops_scan import facts
from mlops_scan.evidence import Item
from mlops_scan.facts import databases
from mlops_scan.facts.source import Blob

STORE = """
    CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, lifecycle_stage TEXT);
    INSERT INTO experiments VALUES (0, 'Default', 'active'), (1, 'gone', 'deleted');
    CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, lifecycle_stage TEXT);
    INSERT INTO runs VALUES ('a1', 'active'), ('b2', 'active'), ('c3', 'deleted');
    CREATE TABLE metrics (key TEXT, value REAL, run_uuid TEXT);
    INSERT INTO metrics VALUES ('auc', 0.9, 'a1');
    CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
    INSERT INTO tags VALUES ('mlflow.source.git.commit', '0a1b2c', 'a1'), ('mlflow.user', 'ada', 'a1');
    CREATE TABLE datasets (dataset_uuid TEXT, name TEXT, digest TEXT);
    INSERT INTO datasets VALUES ('d', 'visits', '77aa');
    CREATE TABLE inputs (source_id TEXT, destination_id TEXT);
    INSERT INTO inputs VALUES ('d', 'a1');
    CREATE TABLE model_versions (name TEXT, version INTEGER, run_id TEXT, current_stage TEXT);
    INSERT INTO model_versions VALUES ('churn', 1, 'a1', 'Production'), ('churn', 2, 'b2', 'None');
    CREATE TABLE registered_model_aliases (name TEXT, alias TEXT, version INTEGER);
    INSERT INTO registered_model_aliases VALUES ('churn', 'champion', 2);
"""
EMPTY = """
    CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, lifecycle_stage TEXT);
    INSERT INTO experiments VALUES (0, 'active');
    CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, lifecycle_stage TEXT);
"""


def read(content: bytes) -> list[Item]:
    return list(databases.mlflow.read(Blob("mlflow.db", content)))


def test_runs_that_are_not_deleted_are_counted():
    assert pairs(read(database(STORE)), "stored", "") == [
        ("mlflow.experiments", "1"),
        ("mlflow.runs", "2"),
        ("mlflow.metrics", "1"),
    ]


def test_a_version_is_known_with_its_run_and_with_the_data_and_the_code_of_the_run():
    items = read(database(STORE))
    assert units(items) == ["model:churn"]
    assert pairs(items, "stored", "model:churn") == [
        ("mlflow.versions", "churn/2"),
        ("mlflow.versions.run", "b2"),
        ("mlflow.versions", "churn/1"),
        ("mlflow.versions.alias", "churn/1 Production"),
        ("mlflow.versions.run", "a1"),
        ("mlflow.versions.commit", "0a1b2c"),
        ("mlflow.versions.data", "visits@77aa"),
        ("mlflow.versions.alias", "churn/2 champion"),
    ]


def test_a_store_without_runs_tells_of_none():
    assert pairs(read(database(EMPTY)), "stored") == [("mlflow.experiments", "1")]


def test_another_schema_is_somebody_elses_even_with_tables_of_these_names():
    assert read(database("CREATE TABLE users (id INTEGER)")) == []
    assert read(database("CREATE TABLE experiments (id INTEGER); CREATE TABLE runs (id INTEGER)")) == []


def test_a_store_that_was_copied_while_it_was_open_is_read_as_far_as_it_was_written():
    content = database(STORE)
    assert ("mlflow.runs", "2") in pairs(read(content[:18] + b"\2\2" + content[20:]), "stored")


@pytest.mark.parametrize(
    "runs",
    [
        "CREATE VIEW runs AS SELECT 'a' AS run_uuid, 'active' AS lifecycle_stage",
        "CREATE TABLE runs (run_uuid TEXT, lifecycle_stage TEXT GENERATED ALWAYS AS (hex(zeroblob(900000))))",
        "CREATE VIRTUAL TABLE runs USING fts5(run_uuid, lifecycle_stage)",
    ],
)
def test_only_real_tables_with_stored_columns_are_read(runs: str):
    assert read(database(f"CREATE TABLE experiments (experiment_id INTEGER, lifecycle_stage TEXT); {runs};")) == []


def test_the_connection_can_do_nothing_but_read_the_known_tables():
    with closing(sqlite3.connect(":memory:")) as connection:
        databases._open(connection, database(f"{STORE} CREATE TABLE secrets (word TEXT);"))
        databases._tables(connection)
        for statement in (
            "SELECT * FROM secrets",
            "SELECT hex(run_uuid) FROM runs",
            "DELETE FROM runs",
            "ATTACH DATABASE 'other.db' AS other",
            "CREATE TABLE more (a)",
            "PRAGMA query_only = OFF",
            "SELECT sql FROM sqlite_master",
        ):
            with pytest.raises(sqlite3.Error):
                connection.execute(statement)


def test_a_query_that_never_ends_is_ended():
    with closing(sqlite3.connect(":memory:")) as connection:
        databases._open(connection, database(EMPTY))
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")


def test_cells_of_any_type_are_text_or_nothing():
    odd = "INSERT INTO model_versions VALUES (7, x'ff', 1.5, NULL), (x'00ff', 'v', 'r', 3), ('é\u202e', 1, NULL, '')"
    assert ("mlflow.versions", "7/") in pairs(read(database(f"{STORE}{odd};")), "stored")


def test_a_broken_database_is_one_warning_and_what_was_read_before_counts():
    content = bytearray(database(STORE))
    content[4096:] = b"\xff" * (len(content) - 4096)
    found, _, problems = facts.read_bytes(databases.mlflow, Blob("mlflow.db", bytes(content)))
    assert [each.message for each in problems] == ["is no SQLite database that can be queried"]
    assert [fact.kind for fact in found] == ["unparsable"]
