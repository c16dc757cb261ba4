"""Has everything imported already, and forks once for each scan: many cases cost the start of one interpreter.

A line of JSON in is a job; a line of JSON out says how it ended. The job runs in a process of its own, in its own group.
"""

import json
import os
import resource
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from hostile import watch


def main() -> None:
    """Serve until the input ends."""
    _import_everything()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        print(json.dumps(_served(json.loads(line))), flush=True)


def _import_everything() -> None:
    import git
    import networkx
    import trees
    import yaml

    import mlops_scan
    from mlops_scan import report

    assert git and networkx and yaml
    for module in walk_packages(mlops_scan.__path__, "mlops_scan."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:  # and what is made once and kept is made
        Path(folder, "train.py").write_text("import mlflow\n")
        assessment = trees.assess(Path(folder))
        for name in report.formats():
            report.render(name, assessment, report.Look(verbose=True))


def _served(job: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _work(job)
    _, status, used = os.wait4(child, 0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - began,
        "memory": used.ru_maxrss * 1024,
    }


def _opened(name: str) -> int:
    """A file to write to; for `|` a pipe that nobody reads from any more."""
    if name != "|":
        return os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def _work(job: dict[str, Any]) -> None:
    """The scan, in a fresh process. Never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        Path(job["pid"]).write_text(str(os.getpid()))
        log = os.open(job["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for number, name in ((0, os.devnull), (1, job["stdout"]), (2, job["stderr"])):
            os.dup2(_opened(name), number)
        for name, value in job["limits"].items():
            resource.setrlimit(getattr(resource, name), (value, value))
        os.environ.clear()
        os.environ.update(job["environment"])
        tempfile.tempdir = None
        sys.path += job["installed"]
        os.chdir(job["folder"])
        if job["delete_folder"]:
            os.rmdir(job["folder"])
        if job["user"]:
            os.setgroups([])
            os.setgid(job["user"])
            os.setuid(job["user"])
        watch.watch(log, job["moments"])
        watch.run(job["arguments"], job["patches"], job["moments"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            code = 120
        os._exit(code)


if __name__ == "__main__":
    main()
