"""A machine that is full, poor, locked or in motion: what can be read is still read, and what cannot is said."""

import os
import sqlite3

from hostile.case import INCOMPLETE, USAGE, Cases, Expected, Field, Moment
from hostile.lost.git import READ, head

CASES = Cases("lost")
SOMEBODY, ANOTHER = 12345, 23456


def give(field: Field, user: int) -> None:
    """Let the whole tree belong to somebody."""
    for folder, _, names in os.walk(field.root):
        for name in (".", *names):
            os.chown(os.path.join(folder, name), user, user, follow_symlinks=False)


def crowd(field: Field) -> None:
    """Some files, for which readers in processes of their own pay."""
    for number in range(8):
        field.write(f"src/part{number}.py", f"import mlflow\nx = {number}\n")
    field.patches["mlops_scan.reading._WORTH"] = 1


@CASES.case("a tree that belongs to somebody else", needs="root")
def _(field: Field) -> Expected:
    field.commit()
    give(field, SOMEBODY)
    field.user = ANOTHER
    return Expected(said=(*READ, field.root.joinpath(".git/refs/heads/main").read_text().strip()))


@CASES.case("a tree that nobody may write to", needs="root")
def _(field: Field) -> Expected:
    field.commit()
    commit = head(field)
    give(field, SOMEBODY)
    for folder, _, names in os.walk(field.root):
        for name in (".", *names):
            os.chmod(os.path.join(folder, name), 0o555)
    field.user = SOMEBODY
    return Expected(said=(*READ, commit))


def _closed(field: Field, *paths: str) -> None:
    field.write("src/serve.py", "import fastapi\n")
    field.write("serve.py", "import fastapi\n")
    field.commit()
    for path in paths:
        (field.root / path).chmod(0)
    field.user = ANOTHER


@CASES.case("a file that may not be read", needs="root")
def _(field: Field) -> Expected:
    _closed(field, "serve.py")
    return Expected(INCOMPLETE, said=(*READ, "serve.py: permission denied"))


@CASES.case("a folder that may not be read", needs="root")
def _(field: Field) -> Expected:
    _closed(field, "src")
    return Expected(INCOMPLETE, said=(*READ, "src"))


@CASES.case("a folder that may not be read, where there is no Git", needs="root")
def _(field: Field) -> Expected:
    _closed(field, "src", ".git")
    return Expected(INCOMPLETE, said=(*READ, "src: permission denied"))


@CASES.case("a Git directory that may not be read", needs="root")
def _(field: Field) -> Expected:
    _closed(field, ".git")
    return Expected(said=(*READ, "not known"))


@CASES.case("an index, and objects, that may not be read", needs="root")
def _(field: Field) -> Expected:
    _closed(field, ".git/index", ".git/objects")
    return Expected(said=(*READ, "not known"))


@CASES.case("a tree that may not be opened", needs="root")
def _(field: Field) -> Expected:
    _closed(field, ".")
    field.folder, field.scanned = field.base, "tree"
    return Expected(USAGE, reports=False)


@CASES.case("no process may be started", needs="root")
def _(field: Field) -> Expected:
    crowd(field)
    field.commit()
    give(field, ANOTHER)
    field.user, field.limits = ANOTHER, {"RLIMIT_NPROC": 1}
    return Expected(said=(*READ, "could not be started", '"listed": 11'))


@CASES.case("no more than a few files may be open")
def _(field: Field) -> Expected:
    crowd(field)
    field.commit()
    field.limits = {"RLIMIT_NOFILE": 24}
    return Expected(said=(*READ, '"listed": 11'))


@CASES.case("hardly a file may be open")
def _(field: Field) -> Expected:
    field.commit()
    field.limits = {"RLIMIT_NOFILE": 8}
    return Expected(USAGE, said=("Too many open files",), reports=False)


@CASES.case("little memory")
def _(field: Field) -> Expected:
    crowd(field)
    field.commit()
    field.limits = {"RLIMIT_AS": 600_000_000}
    return Expected(said=READ)


@CASES.each(
    "a place for temporary files",
    {"that is not there": "nothing", "that is a file": "file", "that is full": "/dev/full"},
    few=2,
)
def _(field: Field, name: str) -> Expected:
    field.commit()
    (field.base / "file").touch()
    field.environment = {name_: str(field.base / name) for name_ in ("TMPDIR", "TEMP", "TMP")}
    return Expected(said=READ)


@CASES.case("no place for temporary files at all", needs="root")
def _(field: Field) -> Expected:
    field.commit()
    give(field, ANOTHER)
    field.moments = [Moment("os.mkdir mlops-scan-", number, "fail") for number in (1,)]
    return Expected(said=(*READ, "no place for temporary files", "not known"))


@CASES.each(
    "no",
    {"HOME": ["HOME"], "environment at all": ["HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE"], "PATH": ["PATH"]},
)
def _(field: Field, names: list[str]) -> Expected:
    field.commit()
    field.environment = dict.fromkeys(names, None)
    return Expected(said=READ)


@CASES.each(
    "a locale", {"of ASCII": "C", "that nobody knows": "xx_YY.klingon", "of Latin-1": "en_US.ISO-8859-1"}, few=2
)
def _(field: Field, name: str) -> Expected:
    field.write("caf\u00e9.py", "import mlflow\n")
    field.commit()
    field.environment = {"LANG": name, "LC_ALL": name}
    return Expected(said=(*READ, "caf\u00e9.py"))


@CASES.case("a working directory that was deleted")
def _(field: Field) -> Expected:
    field.commit()
    field.folder = field.base / "gone"
    field.folder.mkdir()
    field.delete_folder, field.scanned = True, str(field.root)
    return Expected(said=(*READ, head(field)))


@CASES.case("a working directory that was deleted is itself scanned")
def _(field: Field) -> Expected:
    field.folder = field.base / "gone"
    field.folder.mkdir()
    field.delete_folder = True
    return Expected(USAGE, said=("Error: .: No such file or directory",), reports=False)


#: A cache cannot be used in so many ways, and none of them costs more than time.
@CASES.each("a cache", {
    "that is damaged": b"SQLite format 3\0" + bytes(range(256)) * 40, "of another program": b"what?" * 1000, "that is empty": b"",
}, few=2)  # fmt: skip
def _(field: Field, content: bytes) -> Expected:
    field.commit()
    (field.base / "cache").mkdir(mode=0o700)
    (field.base / "cache/readings.sqlite").write_bytes(content)
    return Expected(said=READ)


@CASES.case("a cache that somebody else keeps locked")
def _(field: Field) -> Expected:
    field.commit()
    (field.base / "cache").mkdir(mode=0o700)
    field.patches = {"mlops_scan.cache._SECONDS": 0.1}
    held = sqlite3.connect(field.base / "cache/readings.sqlite")
    held.execute("CREATE TABLE entry (key BLOB PRIMARY KEY, used INTEGER NOT NULL, data BLOB NOT NULL)")
    held.execute("PRAGMA application_id = 0x6D6C6F70")
    held.execute("PRAGMA user_version = 1")
    held.commit()
    held.execute("BEGIN EXCLUSIVE")
    _HELD.append(held)
    return Expected(said=(*READ, "nothing is remembered"))


_HELD: list[sqlite3.Connection] = []  # to the end of the run


@CASES.case("a cache folder that may not be written to", needs="root")
def _(field: Field) -> Expected:
    field.commit()
    give(field, ANOTHER)
    (field.base / "cache").mkdir()
    (field.base / "cache").chmod(0o500)
    field.user = ANOTHER
    return Expected(said=(*READ, "nothing is remembered"))


@CASES.case("a cache whose folder is a file")
def _(field: Field) -> Expected:
    (field.base / "file").write_text("")
    field.arguments = ["scan", ".", "--cache-dir", str(field.base / "file/cache")]
    return Expected(USAGE, said=("--cache-dir", "Not a directory"), reports=False)


@CASES.case("a disk without room for the cache")
def _(field: Field) -> Expected:
    crowd(field)
    field.commit()
    field.limits = {"RLIMIT_FSIZE": 4096}
    field.arguments = ["scan", ".", "-v", "--cache-dir", str(field.base / "cache"), "--format", "json=/dev/stdout"]
    field.stdout = "/dev/null"
    return Expected(said=("nothing is remembered",), reports=False)
