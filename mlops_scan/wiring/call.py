"""A command as it stands, and what a rule for one kind of program needs to find what the command starts."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import dirname, join
from typing import NamedTuple, Protocol

from mlops_scan.evidence import Fact, Node, Reading
from mlops_scan.facts import shell
from mlops_scan.wiring.modules import Modules
from mlops_scan.wiring.names import Names
from mlops_scan.wiring.places import Places, ancestors, joined
from mlops_scan.wiring.targets import Targets
from mlops_scan.wiring.variables import filled

MOST_WORDS = 60
SHELL = (".sh", ".bash", ".zsh", ".ksh")
#: `$(dirname "$0")`, which the reader of shell text writes as `${HERE}`, and the variables that are set to it.
_OWN_FOLDER = re.compile(
    r"\$(?:\(\s*dirname\b[^()]*\)|\{?(?:HERE|SCRIPT_?DIR|SCRIPTPATH)\b\}?|\{?BASH_SOURCE\b[^/{}]*\}?)/?"
)
#: Options of any program that are followed by a value, so that the value is not taken for a name.
_WITH_VALUE = {
    "-f", "--file", "-C", "--directory", "-e", "--env", "-s", "--session", "--sessions", "-t", "--tag", "-p",
    "--project", "-n", "--namespace", "--name", "--entry-point", "--entrypoint", "-m", "--build-arg", "--target",
    "--platform", "--network", "-v", "--volume", "-i", "--remote", "-j", "-k", "--prefix", "-w", "-o", "--output",
    "--profile", "--env-file", "-u", "--user", "--host", "--port", "--workdir", "-r", "--region", "-c", "--config",
    "--set", "--values", "--workspace", "--filter",
}  # fmt: skip


class Missing(NamedTuple):
    """What a rule looked for and did not find: a kind of thing (`script`, `target`), and the name it goes by."""

    what: str
    name: str


Found = Node | Missing


class Known(NamedTuple):
    """All that references are resolved against."""

    places: Places
    modules: Modules
    targets: Targets
    names: Names
    commands: dict[str, str]  #: the commands that packages of this repository install
    mounts: tuple[tuple[str, str], ...] = ()  #: paths in containers, with the paths that are mounted or copied there
    imported: frozenset[str] = frozenset()  #: the last parts of all that code imports, where steps are left out


class Starter(Protocol):
    """Finds what the words of a command start."""

    def __call__(self, words: list[str], around: "Call") -> Iterator[Found]: ...


class Call(NamedTuple):
    """A command: its words, the working directories it may have, and the file that it stands in."""

    words: list[str]
    folders: tuple[str, ...]
    source: str
    known: Known
    start: Starter

    @property
    def plain(self) -> list[str]:
        """The words behind the program that are neither options nor their values."""
        found, skip = [], False
        for word in self.words[1:]:
            if not skip and not word.startswith("-"):
                found.append(word)
            skip = not skip and word in _WITH_VALUE
        return found

    def option(self, *names: str) -> str:
        """The first value of an option; empty where it is not given."""
        return next(iter(self.options(*names)), "")

    def options(self, *names: str) -> list[str]:
        """The values of an option that may stand several times, as `-f x` or `--file=x`."""
        found = []
        for index, word in enumerate(self.words):
            name, equals, value = word.partition("=")
            if name in names and equals:
                found.append(value)
            elif word in names and index + 1 < len(self.words):
                found.append(self.words[index + 1])
        return found

    def has(self, *names: str) -> bool:
        """Whether one of these words stands in the command."""
        return not set(names).isdisjoint(self.words)

    def in_folder(self, folder: str) -> "Call":
        """The same call from a folder below the working directory."""
        if folder in ("", "."):
            return self
        return self._replace(folders=tuple(joined(base, folder) for base in self.folders or ("",)))

    def again(self, words: Sequence[str]) -> Iterator[Found]:
        """What other words would start in the place of these: those of a program that the command passes on to."""
        if words and len(words) < len(self.words):
            yield from self.start(list(words), self)

    def text(self, text: str) -> Iterator[Found]:
        """What a text starts that this command gives to a shell."""
        if len(text) >= len(" ".join(self.words)):
            return
        for fact in shell.run(text, None, one_line=True):
            if fact.kind == "command":
                yield from self.start(fact.name.split(), self.in_folder(fact.value))

    def path(self, name: str) -> str | None:
        """The path of the file that a name means here."""
        return self.known.places.file(name, self.folders, self.source)

    def file(self, name: str, what: str = "") -> Iterator[Found]:
        """The node of a file; where there is none and somebody expects a `what`, that it is missing."""
        if path := self.path(name):
            yield Node(path)
        elif name and what:
            yield Missing(what, name)

    def beside(self, *names: str) -> Iterator[Node]:
        """The node of a file that a program takes because of its name."""
        if path := self.known.places.named(*names, folders=self.folders, source=self.source):
            yield Node(path)

    def module(self, name: str, expected: bool = False) -> Iterator[Found]:
        """The node of a module of this repository; one whose package is here and which is not is missing."""
        found = None
        for source in (*(join(folder, "x") for folder in self.folders if folder), self.source):
            found = self.known.modules.find(name, source)
            if found and (not found.rest or not expected):
                yield Node(found.path)
                return
        parts = name.split(".")
        path = self.known.places.file("/".join(parts) + ".py", self.folders, self.source) if len(parts) > 1 else None
        if path:
            yield Node(path)
        elif expected and found:
            yield Missing("module", name)

    def reading(self, path: str) -> Reading:
        """What was read from a file."""
        return self.known.places.readings[path]


Rule = Callable[[Call], Iterator[Found]]
NUMBERED = re.compile(r"[\d.]+$")


class Here(NamedTuple):
    """A file whose references are resolved: where it may be called from, and the variables that it knows."""

    reading: Reading
    known: Known
    callers: tuple[str, ...]
    values: Mapping[str, str]
    meant: Mapping[str, Node | None]  #: what its code calls by a name (`Modules.meant`), for each name that it has
    answered: frozenset[int | None] = frozenset()  #: lines of code whose arguments a reader has put together to a path

    def folders_of(self, fact: Fact) -> tuple[str, ...]:
        """The working directories that a command may have; none where only the run could know.

        A script may be called from anywhere, so that its own folder and those around it are tried as well.
        """
        folder = filled(fact.value, self.values) if fact.kind == "command" else ""
        source = self.reading.path
        if (own := _OWN_FOLDER.match(folder)) and source.endswith(SHELL):
            return (joined(dirname(source), folder[own.end() :] or "."),)
        if folder.startswith("$"):
            folder = self.known.places.without_variable(folder) or folder
        if folder.startswith(("/", "$", "~", "-")) or "$" in folder:
            return ()
        called = tuple(dict.fromkeys((*(joined(caller, folder or ".") for caller in self.callers), folder)))
        known = self.known.places.folders
        if folder and known.isdisjoint(called):
            around = (joined(each, folder) for each in ancestors(dirname(source)))
            return tuple(each for each in around if each in known)[:1] or called
        return called

    def call(self, words: str, folders: tuple[str, ...] = ()) -> Call:
        """Words as a command that stands in this file."""
        return Call(words.split(), folders, self.reading.path, self.known, lambda _words, _around: iter(()))
