"""All signals of all detectors in one index: a fact is looked up once, however many detectors there are.

Matching is by structure: a name is cut where its kind has joints (dots, words, slashes), and a pattern matches a whole
beginning of it. Nothing is ever a substring.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from itertools import islice
from typing import NamedTuple

from mlops_scan.detector import Detector, Signal
from mlops_scan.evidence import Fact
from mlops_scan.repository.patterns import PathPatterns

_CHANNELS = ("alpha", "beta", "preview")  # `gcloud beta run deploy`
_MOST_JOINTS = 50  # a name may be as long as a file of the tree, a pattern is not


class Match(NamedTuple):
    """A signal of a detector that a fact matches."""

    detector: Detector
    signal: Signal


def _exact(name: str) -> Iterator[str]:
    yield name


def _beginnings(joints: str) -> Callable[[str], Iterator[str]]:
    """Every beginning of the name that ends at a joint; one that ends in `*` stands for all that follows the joint."""
    cut = re.compile(f"[{re.escape(joints)}]+")

    def keys(name: str) -> Iterator[str]:
        yield name
        for found in islice(cut.finditer(name), _MOST_JOINTS):
            yield name[: found.start()]
            yield name[: found.end()] + "*"

    return keys


def _of_command(name: str) -> Iterator[str]:
    """The first words, without options, and without the values of those in front: `kubectl -n x apply`; `python -m tool`."""
    words = name.split()
    if len(words) > 2 and re.fullmatch(r"python[\d.]*|py", words[0]) and words[1] == "-m":
        yield from _of_command(" ".join(words[2:]))
    rest = words[1:]
    while rest and (rest[0].startswith("-") or rest[0] in _CHANNELS):
        has_value = rest[0].startswith("-") and "=" not in rest[0]
        rest = rest[2:] if has_value else rest[1:]
    for behind in (words[1:], rest):
        plain = [*words[:1], *(word for word in behind if not word.startswith("-"))]
        yield from (" ".join(plain[:end]) for end in range(1, min(len(plain), 4) + 1))


def _of_image(name: str) -> Iterator[str]:
    """Every run of path segments: the registry and the account in front may be anybody's."""
    parts = name.split("/")[-6:]
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            yield "/".join(parts[start:end])


def _of_uri(name: str) -> Iterator[str]:
    """The scheme, and the scheme with the host: `models:/`, `s3://`, `https://huggingface.co`."""
    if scheme := re.match(r"[A-Za-z][\w+.-]*:/{0,2}", name):
        yield scheme[0]
        yield scheme[0] + re.split(r"[/?#]", name[scheme.end() :], maxsplit=1)[0]


_DOTTED = _beginnings(".")
_KEYS: dict[str, Callable[[str], Iterator[str]]] = {
    "dependency": _exact,
    "import": _DOTTED,
    "call": _DOTTED,
    "argument": _DOTTED,
    "field": _DOTTED,
    "section": _DOTTED,
    "command": _of_command,
    "action": _beginnings("/"),
    "image": _of_image,
    "resource": _beginnings("_/.:"),
    "history": _exact,
    "hook": _exact,
    "heading": _exact,
    "uri": _of_uri,
    "env": _beginnings("_"),
    "stored": _DOTTED,
    "locked": _beginnings(" "),
}


class Index:
    """The signals of many detectors, ready to be asked about a fact. Facts of kind `file` are paths."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        files: list[tuple[str, Match]] = []
        self._plain: dict[str, dict[str, list[Match]]] = defaultdict(lambda: defaultdict(list))
        self._wild: dict[str, dict[str, list[tuple[list[str], Match]]]] = defaultdict(lambda: defaultdict(list))
        self._known: dict[str, _Known] = {}
        for match in (Match(each, signal) for each in detectors for signal in each.signals):
            _, kind, pattern, _ = match.signal
            if kind == "file":
                files.append((pattern, match))
            elif "*" in pattern[:-1] and _KEYS.get(kind) is _DOTTED and "*" in (segments := pattern.split("."))[:-1]:
                self._wild[kind][segments[-1]].append((segments, match))
            else:
                self._plain[kind][pattern].append(match)
        self._files = PathPatterns(files)

    def __call__(self, fact: Fact) -> tuple[Match, ...]:
        """The signals that the fact matches, each once."""
        return self.by_name(fact.kind)[fact.name]

    def by_name(self, kind: str) -> "_Known":
        """The signals that facts of a kind match: for every name, since kind and name decide, each found out once."""
        if kind not in self._known:
            matches = partial(self._matches, kind)
            dotted = _KEYS.get(kind) is _DOTTED
            self._known[kind] = _Dotted(matches, *self._ends(kind)) if dotted else _Known(matches)
        return self._known[kind]

    def matching(self, kind: str, names: Iterable[str]) -> dict[str, tuple[Match, ...]]:
        """The signals that facts of a kind match, for those of many names that match any."""
        known = self.by_name(kind)
        return {name: found for name in known.hopeful(names) if (found := known[name])}

    def _matches(self, kind: str, name: str) -> Iterator[Match]:
        if kind == "file":
            yield from dict.fromkeys(self._files(name))
        elif keys := _KEYS.get(kind):
            plain, wild = self._plain.get(kind, {}), self._wild.get(kind)
            yield from dict.fromkeys([match for key in keys(name) if key in plain for match in plain[key]])
            if wild:
                yield from _wild_matches(wild, name)

    def _ends(self, kind: str) -> tuple[frozenset[str], frozenset[str]]:
        """The first parts of the patterns of a kind with dots; for those that begin with `*`, the last parts."""
        wild = [segments for found in self._wild.get(kind, {}).values() for segments, _ in found]
        firsts = {pattern.partition(".")[0] for pattern in self._plain.get(kind, ())}
        lasts = {segments[-1] for segments in wild if segments[0] == "*"}
        return frozenset(firsts | {segments[0] for segments in wild} - {"*"}), frozenset(lasts)


class _Known(dict[str, tuple[Match, ...]]):
    """What the names of one kind match, for those that were asked for."""

    def __init__(self, matches: Callable[[str], Iterable[Match]]) -> None:
        super().__init__()
        self._matches = matches

    def __missing__(self, name: str) -> tuple[Match, ...]:
        self[name] = found = tuple(self._matches(name))
        return found

    def hopeful(self, names: Iterable[str]) -> Iterable[str]:
        """Those of many names that may match something, by a look that costs little."""
        return names


class _Dotted(_Known):
    """The same for names with dots: most begin as no pattern does, and are looked at no further."""

    def __init__(self, matches: Callable[[str], Iterable[Match]], firsts: Set[str], lasts: Set[str]) -> None:
        super().__init__(matches)
        self._firsts, self._lasts = firsts, lasts

    def __missing__(self, name: str) -> tuple[Match, ...]:
        if self.hopeful((name,)):
            return super().__missing__(name)
        self[name] = ()
        return ()

    def hopeful(self, names: Iterable[str]) -> Iterable[str]:
        firsts, lasts = self._firsts, self._lasts
        if "*" in lasts:
            return names
        return [name for name in names if name.partition(".")[0] in firsts or not lasts.isdisjoint(name.split("."))]


def _wild_matches(wild: Mapping[str, Iterable[tuple[list[str], Match]]], name: str) -> Iterator[Match]:
    """Patterns with a `*` segment, filed under their last one: `mlflow.*.log_model`."""
    segments = name.split(".", _MOST_JOINTS)
    for end, last in enumerate(segments, 1):
        for pattern, match in (*wild.get(last, ()), *wild.get("*", ())):
            if len(pattern) == end and all(map(_fits, pattern, segments)):
                yield match


def _fits(want: str, has: str) -> bool:
    return want in ("*", has)


def can_match(kind: str) -> bool:
    """Whether a signal may be of this kind."""
    return kind == "file" or kind in _KEYS
