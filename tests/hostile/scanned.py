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
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from hostile.case import CANARY, FORMATS, Expected, Field

HOME = Path(__file__).parent.parent.parent
TESTS = HOME / "tests"
SECONDS = 240  # what has not come to an end by then has none
#: Programs that a scanner could start by name. Only `git` is let through.
_NAMES = (
    "sh", "bash", "ssh", "gpg", "gpg2", "gpgsm", "less", "more", "vi", "vim", "nano", "editor", "pager", "python", "python3",
    "make", "dvc", "node", "npm", "pip", "curl", "wget", "sudo", "docker", "terraform", "pgrep", "ps", "env", "cat", "true",
    "ssh-keygen", "ssh-askpass", "git-lfs", "hg", "svn",
)  # fmt: skip


class Scan(NamedTuple):
    """How a scan ended, and all that was seen of it."""

    status: int
    seconds: float
    memory: int
    stdout: str
    stderr: str
    reports: dict[str, str]
    events: list[list[Any]]
    programs: list[str]

    @property
    def said(self) -> str:
        """What a person or a machine can read of it."""
        return "\n".join((self.stdout, self.stderr, *self.reports.values()))


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
    """Scan with all five formats at once, a cache, a recording PATH and an empty place for temporary files."""
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
    return Scan(
        ended["status"], ended["seconds"], ended["memory"], _text(field.base / "stdout"), _text(field.base / "stderr"),
        {name: _text(reports / name) for name in FORMATS if (reports / name).is_file()}, _events(field.base / "events"),
        _text(field.base / "programs").split("\n") if (field.base / "programs").exists() else [],
    )  # fmt: skip


def _arguments(field: Field, reports: Path) -> list[str]:
    formats = [word for name in FORMATS for word in ("--format", f"{name}={reports / name}")]
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
    found = [*_ending(expected, scan), *_executed(field, scan), *_touched(field, scan)]
    if expected.untouched and field.snapshot() != before:
        found.append("the tree was changed")
    if CANARY in scan.said or CANARY.encode() in _cache(field):
        found.append("what stands outside of the tree came out")
    found += _left_behind(field)
    found += [f"{name} is not as it was" for name, text in (expected.kept or {}).items() if scan.reports[name] != text]
    for name, text in scan.reports.items():
        found += [f"{name}: {each}" for each in _harmful(name, text)]
    found += [f"standard error: {each}" for each in _harmful("stderr", scan.stderr)]
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


def _ending(expected: Expected, scan: Scan) -> list[str]:
    found = []
    if scan.status != expected.code:
        found.append(f"ended with {scan.status} and not {expected.code}: {scan.stderr[-400:]}")
    if "Traceback" in scan.stderr:
        found.append(f"a traceback: {scan.stderr[-400:]}")
    if expected.code not in (0, 1, 3) and scan.stderr.strip().count("\n"):
        found.append(f"an error of more than one line: {scan.stderr[:400]}")
    if expected.reports and set(scan.reports) != set(FORMATS):
        found.append(f"only these reports: {sorted(scan.reports)}")
    if (
        expected.reports
        and "json" in scan.reports
        and json.loads(scan.reports["json"])["complete"] != (expected.code != 3)
    ):
        found.append("the report is complete and the exit code is not, or the other way round")
    found += [f"does not say {each!r}" for each in expected.said if each not in scan.said]
    if expected.reports and expected.code == 3:
        quiet = ("sarif", "markdown", "html", "text")
        found += [f"{each} does not say that it is incomplete" for each in quiet if not _says_incomplete(scan, each)]
    found += [f"says {each[:60]!r}" for each in expected.unsaid if each in scan.said]
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


_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
_COMMANDS = ("##[", "##vso[", "##teamcity[")


def _harmful(name: str, text: str) -> list[str]:
    """What a terminal, a CI system, a browser or a spreadsheet would obey in a report."""
    bad = sorted(
        {letter for letter in text if (letter < " " and letter != "\n") or "\x7f" <= letter < "\xa0" or letter in _BIDI}
    )
    found = [f"raw characters {bad}"] if bad else []
    found += [f"holds {each}" for each in _COMMANDS if each in text]
    found += ["a line is a CI command" for line in text.split("\n") if line.lstrip().startswith("::")][:1]
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        found.append("is no UTF-8")
    if name in ("json", "sarif"):
        found += _uris(json.loads(text)) if name == "sarif" else []
    if name == "html":
        found += _Page(text).found
    if name == "markdown":
        found += [f"holds {each}" for each in ("<img", "<script", "](http", "](javascript") if each in text]
    return found


def _uris(node: Any) -> list[str]:
    """Addresses of a SARIF report lead nowhere but into the tree."""
    waiting, found = [node], []
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            uri = each.get("uri") if "uriBaseId" in each else None
            if isinstance(uri, str) and (uri.startswith("/") or ".." in uri.split("/") or ":" in uri.split("/")[0]):
                found.append(f"address {uri}")
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


_LOADING = ("img", "iframe", "object", "embed", "base", "audio", "video", "foreignobject", "image")


class _Page(HTMLParser):
    """What a page must not hold: elements that load or run something, handlers, addresses of other kinds than ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._scripts = 0
        self.feed(text)
        if self._scripts > 1:
            self.found.append(f"{self._scripts} scripts")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._scripts += tag == "script" and not any(
            name == "type" and value == "application/json" for name, value in attributes
        )
        given = {name: value or "" for name, value in attributes}
        if tag in _LOADING or "action" in given:
            self.found.append(f"element {tag}")
        if tag == "link" and given != {"rel": "icon", "href": "data:,"}:
            self.found.append(f"element {tag} {given}")
        for name, value in attributes:
            if name.startswith("on") or (value or "").strip().lower().startswith(
                ("javascript:", "data:text", "vbscript:")
            ):
                self.found.append(f"attribute {name}={value}")
