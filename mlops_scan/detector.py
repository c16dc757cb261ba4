"""What a detector is: one tool, the signals that it leaves behind, and the practices that each of them shows.

Most are data (`detectors/<tool>.toml`). What needs two facts together is a short Python module in the same folder.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from mlops_scan.evidence import Fact, Reading


class Signal(NamedTuple):
    """A kind of fact and a pattern. `trace` marks what a tool leaves behind only once it has run."""

    practice: str
    kind: str
    pattern: str
    trace: bool = False


class Shown(NamedTuple):
    """What the code of a detector yields: a fact of the reading that it was given, and the practice that it shows."""

    practice: str
    fact: Fact
    trace: bool = False


Detect = Callable[[Reading], Iterator[Shown]]


class Detector(NamedTuple):
    """One tool, or one convention that needs no tool. `code` is there only in a detector that is a Python module.

    `problem` says why one that is installed cannot be used: it shows nothing, and every scan says so. Code that is
    `apart` is another package's, and runs in a process of its own. `asks` are kinds of facts and words: the code is
    asked of files in which a fact of a kind has one of the words in its name, in any case.
    """

    id: str
    name: str
    url: str
    signals: tuple[Signal, ...] = ()
    code: Detect | None = None
    shows: tuple[str, ...] = ()
    is_tool: bool = True
    problem: str = ""
    apart: bool = False
    asks: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def practices(self) -> tuple[str, ...]:
        """The ids of the practices that this tool can show, each once."""
        return tuple(dict.fromkeys((*(signal.practice for signal in self.signals), *self.shows)))

    @property
    def packages(self) -> frozenset[str]:
        """The names by which the tool is installed and imported: a repository that provides one is the tool itself."""
        names = (signal.pattern for signal in self.signals if signal.kind in ("dependency", "import"))
        return frozenset(name.replace("_", "-") for name in names if "." not in name)

    @property
    def hosts(self) -> frozenset[str]:
        """The names of the packages that the tool is a part of, for one that is no package of its own."""
        names = (signal.pattern for signal in self.signals if signal.kind in ("import", "call"))
        roots = {name.partition(".")[0] for name in names} - {"?", "*"} - sys.stdlib_module_names
        return frozenset(root.replace("_", "-") for root in roots)


def detector(
    name: str,
    url: str,
    shows: tuple[str, ...],
    is_tool: bool = True,
    asks: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Callable[[Detect], Detector]:
    """Make a detector of the function below: it gets one reading at a time and yields what it shows.

    The id is the name of the module, and the module's docstring says why it is code. Without `is_tool` it recognises a
    convention: what a team does by hand, with no tool whose marks could be listed, and so with no `url`. `asks` spares
    it files in which it would find nothing: it names the kinds of facts without which it shows nothing, each with words
    in lower case of which one stands in the name of such a fact, or with none where any name will do. A path is the
    name of a fact of the kind `file`.
    """

    def make(function: Detect) -> Detector:
        name_of_module = function.__module__.rpartition(".")[2].replace("_", "-")
        return Detector(name_of_module, name, url, (), function, shows, is_tool, asks=tuple(asks.items()))

    return make
