"""Stores of runs that were committed as SQLite databases: which runs and which versions of models they hold.

The schema is that of MLflow's tracking store and registry (`mlflow/store/db_migrations` of its repository). The database
is anybody's: it is queried as https://www.sqlite.org/security.html advises, from memory, with everything denied that the
queries here do not need, and in a bounded number of steps. MLflow itself never sees it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.source import Blob, reads_bytes

_BEGINS = b"SQLite format 3\0"
_LARGEST = 20_000_000
_LONGEST = 200
_LONGEST_CELL = 1_000_000
_STEPS = 10_000  #: of SQLite's virtual machine, between two looks at how many there were
_MOST_LOOKS = 1_000
#: What is asked of a table; one of that name without these columns is somebody else's.
_COLUMNS = {
    "experiments": {"experiment_id", "lifecycle_stage"},
    "runs": {"run_uuid", "lifecycle_stage"},
    "metrics": {"run_uuid"},
    "tags": {"run_uuid", "key", "value"},
    "inputs": {"source_id", "destination_id"},
    "datasets": {"dataset_uuid", "name", "digest"},
    "model_versions": {"name", "version", "run_id", "current_stage"},
    "registered_model_aliases": {"name", "alias", "version"},
}
_FUNCTIONS = frozenset({"count", "substr"})
_COUNTS = {
    "mlflow.experiments": ("experiments", "SELECT count(*) FROM experiments WHERE lifecycle_stage IS NOT 'deleted'"),
    "mlflow.runs": ("runs", "SELECT count(*) FROM runs WHERE lifecycle_stage IS NOT 'deleted'"),
    "mlflow.metrics": ("metrics", "SELECT count(*) FROM (SELECT 1 FROM metrics LIMIT 100000)"),
}
_VERSIONS = "SELECT name, version, run_id, current_stage FROM model_versions ORDER BY name, version DESC LIMIT 100"
_COMMIT = "SELECT substr(value, 1, 200) FROM tags WHERE run_uuid = ? AND key = 'mlflow.source.git.commit' LIMIT 1"
_DATA = (
    "SELECT substr(datasets.name, 1, 100), substr(datasets.digest, 1, 100) FROM inputs JOIN datasets"
    " ON inputs.source_id = datasets.dataset_uuid WHERE inputs.destination_id = ? LIMIT 1"
)
_ALIASES = "SELECT name, alias, version FROM registered_model_aliases ORDER BY name, alias LIMIT 100"
_STAGES = ("Staging", "Production")  #: what aliases were before MLflow 2.3


@reads_bytes("*.db", "*.sqlite", "*.sqlite3", begins=_BEGINS, limit=_LARGEST)
def mlflow(blob: Blob) -> Iterator[Item]:
    """The number of experiments, runs and metrics; each registered version with its run, its data and its commit.

    A database with any other schema holds nothing that is said here. Raises `Unreadable` for one that is corrupt.
    """
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            _open(database, blob.content)
            tables = _tables(database)
            if {"experiments", "runs"} <= tables:
                yield from _counted(database, tables)
                yield from _registered(database, tables)
    except (sqlite3.Error, ValueError, OverflowError, MemoryError):
        raise Unreadable("is no SQLite database that can be queried") from None


def _open(database: sqlite3.Connection, content: bytes) -> None:
    """Load the bytes into the connection, which can do little after that."""
    if content[18:20] == b"\2\2":  # journal mode WAL, which needs a file beside; the header says so in these two bytes
        content = content[:18] + b"\1\1" + content[20:]
    database.deserialize(content)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {pragma}")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    looks = iter(range(_MOST_LOOKS))
    database.set_progress_handler(lambda: int(next(looks, None) is None), _STEPS)
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")


def _tables(database: sqlite3.Connection) -> frozenset[str]:
    """The known names that are real tables, with stored columns only: no views, no virtual tables, nothing computed.

    From then on the connection reads these tables and can do nothing else.
    """
    listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0").fetchmany(5_000)
    known = sorted(_COLUMNS.keys() & {name for (name,) in listed})
    plain = frozenset(name for name in known if _is_plain(name, database))
    database.set_authorizer(_only(plain))
    return plain


def _is_plain(table: str, database: sqlite3.Connection) -> bool:
    rows = database.execute(f"PRAGMA table_xinfo({table})").fetchall()
    return _COLUMNS[table] <= {row[1] for row in rows} and not any(row[6] for row in rows)


def _only(tables: frozenset[str]) -> Any:
    """What SQLite asks before it prepares a statement: https://www.sqlite.org/c3ref/set_authorizer.html."""

    def allow(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            return sqlite3.SQLITE_OK if first in tables or not first else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_OK if second in _FUNCTIONS else sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_DENY

    return allow


def _counted(database: sqlite3.Connection, tables: frozenset[str]) -> Iterator[Fact]:
    for name, (table, query) in _COUNTS.items():
        number = database.execute(query).fetchone()[0] if table in tables else 0
        if number:
            yield Fact("stored", name, None, str(number))


def _registered(database: sqlite3.Connection, tables: frozenset[str]) -> Iterator[Item]:
    """Each version is a fact of its model, and so is what the store knows of the run that made it."""
    versions = database.execute(_VERSIONS).fetchall() if "model_versions" in tables else []
    names = {name: Unit("model", _text(name)) for name, *_ in versions}
    yield from names.values()
    for name, version, run, stage in versions:
        model, which = names[name].id, f"{_text(name)}/{_text(version)}"
        yield Fact("stored", "mlflow.versions", None, which, model)
        if stage in _STAGES:
            yield Fact("stored", "mlflow.versions.alias", None, f"{which} {stage}", model)
        if run:
            yield Fact("stored", "mlflow.versions.run", None, _text(run), model)
            yield from _origin(database, tables, run, model)
    for name, alias, version in database.execute(_ALIASES) if "registered_model_aliases" in tables else ():
        if name in names:
            value = f"{_text(name)}/{_text(version)} {_text(alias)}"
            yield Fact("stored", "mlflow.versions.alias", None, value, names[name].id)


def _origin(database: sqlite3.Connection, tables: frozenset[str], run: object, model: str) -> Iterator[Fact]:
    """The commit and the data set that the store knows of a run."""
    if "tags" in tables and (found := database.execute(_COMMIT, (run,)).fetchone()):
        yield Fact("stored", "mlflow.versions.commit", None, _text(found[0]), model)
    if {"inputs", "datasets"} <= tables and (found := database.execute(_DATA, (run,)).fetchone()):
        yield Fact("stored", "mlflow.versions.data", None, f"{_text(found[0])}@{_text(found[1])}", model)


def _text(value: object) -> str:
    """A cell may hold any type, whatever its column says."""
    return str(value)[:_LONGEST] if isinstance(value, str | int) else ""
