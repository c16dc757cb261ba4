"""Processes that a container starts: a list of words or a line of text, as commands and as the files behind them."""

import posixpath
import shlex
from collections.abc import Iterator, Sequence

from mlops_scan.evidence import Fact
from mlops_scan.facts import shell

#: Paths inside a container with what stands there from outside: copied at build time or mounted.
Mounts = Sequence[tuple[str, str]]
_SHELLS = {"sh", "bash", "ash", "dash", "zsh", "ksh"}
#: Where a shell looks for programs, unless it is told otherwise.
_PROGRAMS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_SCRIPTS = (".py", ".sh", ".bash", ".R", ".r", ".jl", ".js", ".ts", ".rb", ".ipynb", ".pl", ".lua", ".php")


def words_started(words: Sequence[str], line: int | None, unit: str = "", folder: str = "") -> Iterator[Fact]:
    """The commands of a process given as words; with `sh -c TEXT`, those of the text."""
    script = _script(words)
    if script is not None:
        yield from shell.run(script, getattr(script, "line", line), unit, folder)
    elif words:
        flat = shlex.join(word.replace("\n", " ") for word in words)
        yield from shell.run(flat, line, unit, folder, one_line=True)


def text_started(text: str, line: int | None, unit: str = "", folder: str = "") -> Iterator[Fact]:
    """The commands of a process given as one text, whose lines are not those of the file."""
    words = split(text)
    script = _script(words)
    yield from shell.run(text if script is None else script, line, unit, folder, one_line=True)


def split(text: str) -> list[str]:
    """The words of a text; an unclosed quote is no quote."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def is_shell(word: str) -> bool:
    """Whether a program is a shell, so that its input or argument is shell text."""
    return word.rpartition("/")[2] in _SHELLS


def _script(words: Sequence[str]) -> str | None:
    """TEXT of `bash -euo pipefail -c TEXT`."""
    if not words or not is_shell(words[0]):
        return None
    for position, word in enumerate(words[1:6], 2):
        if word.startswith("-") and word.endswith("c") and position < len(words):
            return words[position]
    return None


def inside(folder: str, path: str) -> str:
    """A path in a container as an absolute one; `folder` is the working directory."""
    return posixpath.normpath("/" + posixpath.join(folder, path)).replace("//", "/")


def landed(origin: str, target: str, folder: str, several: bool = False) -> str:
    """Where a file or folder stands after it was copied to `target`, with its name if it is a file put into a folder.

    Nobody can see whether it is a file, or a folder of which only the contents are copied: the look of the name decides
    (`setup.py`, `.env` and `Makefile` are files).
    """
    name = origin.rpartition("/")[2]
    into = several or target.endswith(("/", "."))
    is_file = "*" not in name and name != "." and ("." in name or name[:1].isupper())
    return inside(folder, posixpath.join(target, name) if into and is_file else target)


def outside(path: str, mounts: Mounts) -> str | None:
    """Where the file at an absolute path in a container comes from; None if the image or nobody brought it."""
    fitting = [(len(target), at) for at, (target, _) in enumerate(mounts) if _is_below(path, target)]
    if not fitting:
        return None
    target, origin = mounts[max(fitting)[1]]
    rest = path[len(target) :].lstrip("/")
    found = posixpath.normpath(posixpath.join(origin, rest)) if rest else origin
    return f"./{found}" if origin.startswith("./") and not found.startswith(".") else found


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def files_started(commands: Sequence[Fact], folder: str, mounts: Mounts) -> Iterator[Fact]:
    """The scripts that commands name by their paths in the container, as `runs-file` facts with outside paths."""
    for command in commands:
        for at, word in enumerate(command.name.split()[:40] if command.kind == "command" else ()):
            if not word.endswith(_SCRIPTS):
                continue
            origin = outside(inside(folder, word), mounts) if at or "/" in word else _on_path(word, mounts)
            if origin is not None:
                yield Fact("runs-file", origin, command.line, unit=command.unit)


def _on_path(program: str, mounts: Mounts) -> str | None:
    """Where a program comes from that is called by its bare name: it is looked for where programs are, and not here."""
    places = {f"{each}/{program}" for each in _PROGRAMS}
    return next((origin for target, origin in reversed(mounts) if target in places), None)
