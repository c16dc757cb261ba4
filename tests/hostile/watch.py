"""Runs `mlops-scan` under an audit hook (PEP 578): whatever Python opens, runs, imports or connects to is written down.

Imports nothing of the project before the hook is in place. Forked children inherit the hook and go on writing.
"""

import json
import os
import sys

#: What is written down of each event: its first arguments. See https://docs.python.org/3/library/audit_events.html.
EVENTS = {
    "open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
    "os.truncate", "os.utime", "shutil.rmtree", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn",
    "os.startfile", "pty.spawn", "socket.connect", "socket.bind", "socket.getaddrinfo", "ctypes.dlopen", "pickle.find_class",
    "marshal.loads", "exec", "sqlite3.connect", "urllib.Request", "webbrowser.open",
}  # fmt: skip


def watch(log: int) -> None:
    """From now on, write every such event into the open file `log`, one line of JSON each."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS:
            told = [_told(each) for each in arguments[:3]]
            os.write(log, (json.dumps([event, *told]) + "\n").encode())

    sys.addaudithook(hook)


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


def run(arguments: list[str], patches: dict[str, float]) -> None:
    """The console script itself, with some limits set lower than a user would wait for."""
    from importlib import import_module

    from mlops_scan.cli import main

    for name, value in patches.items():
        module, _, attribute = name.rpartition(".")
        setattr(import_module(module), attribute, value)
    main(arguments)


if __name__ == "__main__":
    watch(os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    run(sys.argv[3:], json.loads(sys.argv[2]))
