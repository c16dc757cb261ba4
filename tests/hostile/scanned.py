"""Scans the tree of a field under watch, and holds everything against what is promised."""

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from hostile.case import ANY, BELOW, CANARY, FINE, INCOMPLETE, USAGE, Expected, Field
from hostile.sinks import harmful

HOME = Path(__file__).parent.parent.parent
TESTS = HOME / "tests"
SECONDS = 240  # what has not come to an end by then has none
#: Programs that a scanner could start by name. Only `git` is let through.
_NAMES = (
    "sh", "bash", "ssh", "gpg", "gpg2", "gpgsm", "less", "more", "vi", "vim", "nano", "editor", "pager", "python", "python3",
    "make", "dvc", "node", "npm", "pip", "curl", "wget", "sudo", "docker", "terraform", "pgrep", "ps", "env", "cat", "true",
    "ssh-keygen", "ssh-askpass", "git-lfs", "hg", "svn",
)  # fmt: skip


class Printed(NamedTuple):
    """What another command made of the tree, and what kind of output that is."""

    command: str
    kind: str
    status: int
    stdout: str
    stderr: str

    @property
    def problems(self) -> list[str]:
        """In what it breaks a promise."""
        found = harmful("stderr", self.stderr)
        found += harmful(self.kind, self.stdout) if self.status < USAGE else []
        if self.status not in (FINE, BELOW, USAGE, INCOMPLETE) or "Traceback" in self.stderr:
            found.append(f"ended with {self.status}")
        if self.status == USAGE and self.stderr.strip().count("\n"):
            found.append(f"an error of more than one line: {self.stderr[:400]}")
        return [f"{self.command}: {each}" for each in found]


class Scan(NamedTuple):
    """How a scan ended, and all that was seen of it."""

    status: int
    seconds: float
    memory: int
    stdout: str
    stderr: str
    reports: dict[str, str]
    printed: list["Printed"]
    events: list[list[Any]]
    programs: list[str]

    @property
    def said(self) -> str:
        """What a person or a machine can read of it."""
        return "\n".join(text for _, text in self.outputs)

    @property
    def outputs(self) -> list[tuple[str, str]]:
        """Each text that came of it, with the name of where."""
        printed = [(each.command, f"{each.stdout}\n{each.stderr}") for each in self.printed]
        return [("standard output", self.stdout), ("standard error", self.stderr), *self.reports.items(), *printed]


class Server:
    """The process that forks for each scan."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run a job and wait for its end. Raises `TimeoutError` where there is none."""
        if self._process is None:
            environment = {**os.environ, "PYTHONPATH": f"{HOME}{os.pathsep}{TESTS}", "PYTHONDONTWRITEBYTECODE": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hostile.server"],
                cwd=TESTS, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert self._line(self._process) == "ready\n"
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line(self._process, job))
        return answer

    def _line(self, process: "subprocess.Popen[str]", job: dict[str, Any] | None = None) -> str:
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], SECONDS)[0]:
            if job:
                os.killpg(int(Path(job["pid"]).read_text()), signal.SIGKILL)
                process.stdout.readline()
            raise TimeoutError(f"no end in {SECONDS} seconds")
        return process.stdout.readline()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


def scan(field: Field, server: Server) -> Scan:
    """Scan with all wanted formats at once, a cache, a recording PATH and an empty place for temporary files."""
    (field.base / "temporary").mkdir(exist_ok=True)
    reports = field.reports or field.base / "reports"
    reports.mkdir(exist_ok=True)
    if field.user:
        for each in (field.base, field.base / "temporary", reports, field.base / "cache"):
            each.mkdir(exist_ok=True)
            os.chown(each, field.user, field.user)
    job = {
        "arguments": field.arguments or _arguments(field, reports),
        "folder": str(field.folder or field.root),
        "environment": _environment(field),
        "log": str(field.base / "events"),
        "pid": str(field.base / "pid"),
        "stdout": field.stdout or str(field.base / "stdout"),
        "stderr": str(field.base / "stderr"),
        "limits": field.limits,
        "patches": field.patches,
        "moments": [list(each) for each in field.moments],
        "installed": field.installed,
        "user": field.user,
        "delete_folder": field.delete_folder,
    }
    for name in ("events", "stdout", "stderr"):
        (field.base / name).touch(mode=0o666)
    ended = _fresh(job) if field.fresh else server(job)
    printed = [_printed(field, server, job, words.split(), kind) for words, kind in field.commands]
    return Scan(
        ended["status"], ended["seconds"], ended["memory"], _text(field.base / "stdout"), _text(field.base / "stderr"),
        {name: _text(reports / name) for name in field.formats if (reports / name).is_file()}, printed, _events(field.base / "events"),
        _text(field.base / "programs").split("\n") if (field.base / "programs").exists() else [],
    )  # fmt: skip


def _printed(field: Field, server: Server, job: dict[str, Any], words: list[str], kind: str) -> Printed:
    """Another command in the same place, which finds the cache of the scan."""
    places = {name: field.base / f"printed.{name}" for name in ("stdout", "stderr")}
    for each in places.values():
        each.write_bytes(b"")
    known = {"cache": field.base / "cache", "reports": field.reports or field.base / "reports"}
    words = [each.format(**known) for each in words]
    ended = server(job | {"arguments": words} | {name: str(each) for name, each in places.items()})
    return Printed(" ".join(words), kind, ended["status"], *map(_text, places.values()))


def _arguments(field: Field, reports: Path) -> list[str]:
    formats = [word for name in field.formats for word in ("--format", f"{name}={reports / name}")]
    return ["scan", field.scanned, "-v", "--min-stage", "0", "--cache-dir", str(field.base / "cache"), *formats]


def _environment(field: Field) -> dict[str, str]:
    recorder = field.base / "bin"
    recorder.mkdir(exist_ok=True)
    log, git = field.base / "programs", _which("git")
    log.touch(mode=0o666)
    _executable(recorder / "tattle", f"#!/bin/sh\nprintf '%s\\n' \"$0 $*\" >> '{log}'\nexit 1\n")
    for name in _NAMES:
        if not (recorder / name).is_symlink():
            (recorder / name).symlink_to("tattle")
    if not field.no_git:
        told = 'printf "%s\\n" "git $* [GIT_DIR=$GIT_DIR]"'
        _executable(recorder / "git", f"#!/bin/sh\n{told} >> '{log}'\nexec {git} \"$@\"\n")
    told = {
        "PATH": os.pathsep.join([*field.path, str(recorder)]), "HOME": str(field.base / "home"),
        "TMPDIR": str(field.base / "temporary"), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **field.environment,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _which(name: str) -> str:
    return next(f"{each}/{name}" for each in os.get_exec_path() if os.access(f"{each}/{name}", os.X_OK))


def _fresh(job: dict[str, Any]) -> dict[str, Any]:
    """As the console script does: a script in a folder of its own, so that the working directory is on no path."""
    script = Path(job["log"]).parent / "launch"
    script.mkdir(exist_ok=True)
    (script / "mlops-scan").write_text((TESTS / "hostile" / "watch.py").read_text())
    environment = job["environment"] | {"PYTHONPATH": os.pathsep.join([str(HOME), *job["installed"]])}
    command = [sys.executable, str(script / "mlops-scan"), job["log"], json.dumps(job), *job["arguments"]]
    began = time.monotonic()
    with open(job["stdout"], "wb") as out, open(job["stderr"], "wb") as err:
        done = subprocess.run(
            command, cwd=job["folder"], env=environment, stdout=out, stderr=err, timeout=SECONDS, process_group=0
        )
    return {"status": done.returncode, "seconds": time.monotonic() - began, "memory": 0}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _events(path: Path) -> list[list[Any]]:
    found = []
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):  # half a line, where files may not grow
            found.append(json.loads(line))
    return found


def problems(field: Field, expected: Expected, scan: Scan, before: dict[str, tuple[int, int, int]]) -> list[str]:
    """Everything in which a scan breaks a promise; nothing for one that keeps them all."""
    found = [*_ending(field, expected, scan), *_executed(field, scan), *_touched(field, scan)]
    if expected.untouched and field.snapshot() != before:
        found.append("the tree was changed")
    if CANARY in scan.said or CANARY.encode() in _cache(field):
        found.append("what stands outside of the tree came out")
    found += _left_behind(field)
    found += [f"{name} is not as it was" for name, text in (expected.kept or {}).items() if scan.reports[name] != text]
    for name, text in scan.reports.items() if expected.reports else ():
        found += [f"{name}: {problem}" for problem in harmful(name, text)]
    for each in scan.printed:
        found += each.problems
    found += [f"standard error: {each}" for each in harmful("stderr", scan.stderr)]
    cache = _cache(field)
    found += [f"the cache holds {each[:60]!r}" for each in expected.unsaid if each.encode() in cache]
    return found


def _left_behind(field: Field) -> list[str]:
    """Processes, temporary files, halves of reports, a cache that is damaged."""
    reports = field.reports or field.base / "reports"
    found = [
        f"left behind: {each}" for each in (*field.base.glob("temporary/mlops-scan-*"), *reports.glob(".mlops-scan-*"))
    ]
    for name, end in (("json", "\n}\n"), ("sarif", "\n}\n"), ("html", "</html>\n")):
        if (reports / name).is_file() and not _text(reports / name).endswith(end):
            found.append(f"half of a report: {name}")
    if _still_run((field.base / "pid").read_text() if (field.base / "pid").exists() else ""):
        found.append("a process lives on")
    for place in field.base.glob("cache/*.sqlite"):
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as cache:
            found += [f"cache: {row[0]}" for row in cache.execute("PRAGMA integrity_check") if row[0] != "ok"]
    return found


def _still_run(group: str) -> bool:
    """Whether a process of a group still runs when a second has passed."""
    ends = time.monotonic() + 1
    while group and (runs := any(_is_of(each, group) for each in Path("/proc").glob("[0-9]*"))):
        if time.monotonic() > ends:
            return runs
        time.sleep(0.02)
    return False


def _is_of(process: Path, group: str) -> bool:
    with suppress(OSError):  # it has ended meanwhile
        state, _, of = (process / "stat").read_text().rpartition(")")[2].split()[:3]
        return of == group and state != "Z"
    return False


def _cache(field: Field) -> bytes:
    return b"".join(each.read_bytes() for each in (field.base / "cache").glob("*") if each.is_file())


def _ending(field: Field, expected: Expected, scan: Scan) -> list[str]:
    found = []
    if scan.status != expected.code and not (expected.code == ANY and scan.status in (FINE, INCOMPLETE)):
        found.append(f"ended with {scan.status} and not {expected.code}: {scan.stderr[-400:]}")
    if "Traceback" in scan.stderr:
        found.append(f"a traceback: {scan.stderr[-400:]}")
    if scan.status not in (FINE, BELOW, INCOMPLETE) and scan.stderr.strip().count("\n"):
        found.append(f"an error of more than one line: {scan.stderr[:400]}")
    if expected.reports and scan.reports.keys() != set(field.formats):
        found.append(f"only these reports: {sorted(scan.reports)}")
    whole = scan.status != INCOMPLETE
    if expected.reports and "json" in scan.reports and json.loads(scan.reports["json"])["complete"] != whole:
        found.append("the report is complete and the exit code is not, or the other way round")
    found += [f"does not say {each!r}" for each in expected.said if each not in scan.said]
    if expected.reports and scan.status == INCOMPLETE:
        quiet = ("sarif", "markdown", "html", "text")
        found += [f"{each} does not say that it is incomplete" for each in quiet if not _says_incomplete(scan, each)]
    found += [f"{name} says {each[:60]!r}" for name, text in scan.outputs for each in expected.unsaid if each in text]
    return found


def _says_incomplete(scan: Scan, name: str) -> bool:
    return "incomplete" in scan.reports.get(name, "").lower() or '"executionSuccessful": false' in scan.reports[name]


_OUR_POOL = ("concurrent", "multiprocessing", "mlops_scan")  # processes of ours talk to each other in pickles


def _executed(field: Field, scan: Scan) -> list[str]:
    found = ["something planted ran"] if field.marker.exists() else []
    for name, *arguments in scan.events:
        if name in (
            "os.exec",
            "os.posix_spawn",
            "os.system",
            "os.spawn",
            "pty.spawn",
            "socket.connect",
            "urllib.Request",
        ):
            found.append(f"{name} {arguments}")
        if name in ("webbrowser.open", "socket.getaddrinfo"):
            found.append(f"{name} {arguments}")
        if name == "pickle.find_class" and str(arguments[0]).partition(".")[0] not in _OUR_POOL:
            found.append(f"{name} {arguments}")
        if name == "subprocess.Popen" and Path(str(arguments[0])).name != "git":
            found.append(f"started {arguments[:2]}")
        if name == "exec" and str(arguments[0]).startswith(str(field.root)):
            found.append(f"ran code of the tree: {arguments[0]}")
    for line in filter(None, scan.programs):
        if not line.startswith("git "):
            found.append(f"a program ran: {line}")
        elif f"[GIT_DIR={'' if 'TMPDIR' in field.environment else field.base / 'temporary'}" not in line:
            found.append(f"git ran in another place: {line}")
        elif "/mlops-scan-" not in line:
            found.append(f"git ran with another directory than the shadow: {line}")
    return found


_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.truncate",
    "os.utime",
)


def _touched(field: Field, scan: Scan) -> list[str]:
    """Files outside of the tree that were opened, and anything in the tree that was to be changed."""
    found = []
    root, outside = f"{field.root}/", f"{field.outside}/"
    for name, *arguments in scan.events:
        if isinstance(arguments[0], int):  # something that is open already
            continue
        path = os.path.join(field.folder or field.root, str(arguments[0]))
        if name == "open" and path.startswith(outside):
            found.append(f"opened {path}")
        changes = name in _CHANGES and str(arguments[0]).startswith("/")  # others stand below an open folder: `rmtree`
        writes = changes or (name == "open" and int(arguments[2] or 0) & _WRITES)
        if writes and path.startswith(root) and field.reports is None:
            found.append(f"{name} in the tree: {path}")
    return found
