"""Runs `mlops-scan` under an audit hook (PEP 578): whatever Python opens, runs, imports or connects to is written down.

Imports nothing of the project before the hook is in place. Forked children inherit the hook and go on writing.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

#: What is written down of each event: its first arguments. See https://docs.python.org/3/library/audit_events.html.
EVENTS = {
    "open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
    "os.truncate", "os.utime", "shutil.rmtree", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn",
    "os.startfile", "pty.spawn", "socket.connect", "socket.bind", "socket.getaddrinfo", "ctypes.dlopen", "pickle.find_class",
    "marshal.loads", "exec", "sqlite3.connect", "urllib.Request", "webbrowser.open",
}  # fmt: skip


#: When, the how manieth time, what happens then, and to which path: see `hostile.case.Moment`.
Moment = Sequence[object]


def watch(log: int, moments: Sequence[Moment] = ()) -> None:
    """From now on, write every such event into the open file `log`, one line of JSON each, and let things happen."""
    waiting = [_Waiting(each) for each in moments]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS and not _Waiting.acting:
            told = [_told(each) for each in arguments[:3]]
            with suppress(OSError):  # where a case limits the size of files
                os.write(log, (json.dumps([event, *told]) + "\n").encode())
            for each in waiting:
                each.look(event, str(told[0]) if told else "")

    sys.addaudithook(hook)


class _Waiting:
    """Something that happens at a moment."""

    acting = False  # what it does itself is no event of the scan

    def __init__(self, moment: Moment) -> None:
        self.when, self.left, self.action, self.path = (
            str(moment[0]),
            int(str(moment[1])),
            str(moment[2]),
            str(moment[3]),
        )

    def look(self, event: str, what: str) -> None:
        """At an event: its name, and a part of what it is about."""
        name, _, part = self.when.partition(" ")
        if name == event and part in what:
            self.come()

    def come(self) -> None:
        """Let it happen if this is the time."""
        self.left -= 1
        if self.left == 0:
            _Waiting.acting = True
            try:
                self._act()
            finally:
                _Waiting.acting = False

    def _act(self) -> None:
        if self.action.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, self.action))
        elif self.action == "remove":
            os.remove(self.path)
        elif self.action == "die":
            os._exit(0)
        elif self.action == "fail":
            raise OSError(28, "No space left on device")
        else:
            with open(self.path, "ab") as file:
                file.write(self.action.encode() * 10)


def _told(value: object) -> object:
    if isinstance(value, int | float | str | None):
        return value
    if isinstance(value, bytes):
        return os.fsdecode(value)
    if isinstance(value, list | tuple):
        return [_told(each) for each in value]
    return (
        getattr(value, "co_filename", None) or os.fspath(value) if hasattr(value, "__fspath__") else repr(value)[:200]
    )


def run(arguments: list[str], patches: dict[str, float], moments: Sequence[Moment] = ()) -> None:
    """The console script itself, with some limits set lower than a user would wait for."""
    from pkgutil import resolve_name

    from mlops_scan.cli import main

    for name, value in patches.items():
        holder, _, attribute = name.rpartition(".")
        setattr(resolve_name(holder), attribute, value)
    for moment in moments:
        event, _, told = str(moment[0]).partition(" ")
        if event == "call":
            name, _, part = told.partition(" ")
            holder, _, attribute = name.rpartition(".")
            function = getattr(resolve_name(holder), attribute)
            setattr(resolve_name(holder), attribute, _noticed(function, part, _Waiting(moment)))
    main(arguments)


def _noticed(function: Callable[..., object], part: str, waiting: _Waiting) -> Callable[..., object]:
    def called(*arguments: object, **named: object) -> object:
        if part in repr(arguments):
            waiting.come()
        return function(*arguments, **named)

    return called


if __name__ == "__main__":
    given = json.loads(sys.argv[2])
    watch(os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), given["moments"])
    run(sys.argv[3:], given["patches"], given["moments"])
