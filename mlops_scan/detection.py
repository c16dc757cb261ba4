"""What the facts mean: every fact is looked up among the signals of all detectors, and becomes evidence of practices."""

import json
import time
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import accumulate, islice

from mlops_scan.apart import Died, apart
from mlops_scan.detector import Detector, Shown
from mlops_scan.evidence import Evidence, Fact, Place, Reading, Warning
from mlops_scan.library import Supported, is_published, offered, own_packages
from mlops_scan.matching import Index, Match
from mlops_scan.patience import TooSlow, limited
from mlops_scan.vocabulary import vocabulary

SECONDS_OF_A_DETECTOR = 10.0
SECONDS_OF_A_STRANGER = 120.0  # in all readings together
_SECONDS_OF_A_ROUND = 0.1  # to set the alarm for every reading would cost more than most readings
_IN_A_ROUND = 500
_MOST_SHOWN = 10_000
_MOST_FAILURES = 10


class _DetectsTooLong(TooSlow):
    """A detector found no end in one reading."""


def detect(
    readings: Sequence[Reading], detectors: Sequence[Detector], warnings: list[Warning] | None = None
) -> list[Evidence]:
    """All evidence, in the order of the readings. A detector of code that fails adds a warning and costs only itself.

    A repository that provides the package of a tool is that tool: its own name proves nothing in it. One that publishes a
    package offers tools to its users, which it need not use. A fact counts where the role of its path may prove the
    practice.
    """
    problems = warnings if warnings is not None else []
    problems += [
        Warning(Place("."), f"the detector {each.id}: {each.problem}", lost=True) for each in detectors if each.problem
    ]
    own = own_packages(readings)
    used = [each for each in detectors if not each.packages & own]
    names = _names(readings)
    matches = _matches(_index(tuple(used)), names)
    hints = _Hints([each for each in used if each.code and not each.apart], names)
    telling = _telling(readings, matches, hints.names)
    coded = _Coded(problems).evidence(zip(readings, map(hints, telling), strict=True))
    strangers = _of_strangers(readings, names, [each for each in used if each.apart and each.code], problems)
    evidence: list[Evidence] = []
    for number, (reading, told, shown) in enumerate(zip(readings, telling, coded, strict=True)):
        evidence += _from_data(reading, told, matches)
        evidence += shown
        evidence += strangers.get(number, ())
    if not is_published(readings):
        return list(dict.fromkeys(evidence))
    plugs = offered(readings, used)
    users = Supported(readings)
    return [one for one in dict.fromkeys(evidence) if one.tool not in plugs or not users(one)]


@lru_cache(maxsize=2)
def _index(used: tuple[Detector, ...]) -> Index:
    """The same detectors look at a repository again and again where a plan is made for it."""
    return Index(used)


def _names(readings: Iterable[Reading]) -> dict[str, set[str]]:
    """The names of all facts by their kinds: each is looked up once, however often it stands in the files."""
    names: dict[str, set[str]] = defaultdict(set)
    for reading in readings:
        for kind, facts in reading.by_kind.items():
            names[kind].update([fact.name for fact in facts])
    return names


def _matches(index: Index, names: Mapping[str, Iterable[str]]) -> dict[str, dict[str, tuple[Match, ...]]]:
    """The signals that names match, for those that match any, by the kinds of facts."""
    return {kind: index.matching(kind, each) for kind, each in names.items()}


def _telling(readings: Iterable[Reading], *known: Mapping[str, Mapping[str, object]]) -> list[list[Fact]]:
    """The facts of each reading of whose names something is known: the only ones that are looked at more closely."""
    names: dict[str, set[str]] = defaultdict(set)
    for by_kind in known:
        for kind, found in by_kind.items():
            names[kind] |= found.keys()
    return [[fact for fact in reading.facts if fact.name in names[fact.kind]] for reading in readings]


def _from_data(
    reading: Reading, told: Iterable[Fact], matches: Mapping[str, Mapping[str, tuple[Match, ...]]]
) -> Iterator[Evidence]:
    for fact in told:
        for tool, signal in matches[fact.kind].get(fact.name, ()):
            if _may_prove(reading.role, signal.practice):
                yield Evidence(tool.id, signal.practice, _place(reading, fact), fact, signal.trace)


class _Coded:
    """The detectors that are code: anybody's. One that fails is named, costs no other, and is at last given up."""

    def __init__(self, warnings: list[Warning]) -> None:
        self._given_up: set[str] = set()
        self._failed: Counter[str] = Counter()
        self._warnings = warnings

    def evidence(self, asked: Iterator[tuple[Reading, Sequence[Detector]]]) -> Iterator[list[Evidence]]:
        """What detectors show in each of the readings about which they are asked."""
        while some := list(islice(asked, _IN_A_ROUND)):
            yield from self._of_some(some)

    def _of_some(self, asked: Sequence[tuple[Reading, Sequence[Detector]]]) -> list[list[Evidence]]:
        found: list[list[Evidence]] = [[] for _ in asked]
        pairs = zip(asked, found, strict=True)
        waiting = deque((reading, tool, shown) for (reading, tools), shown in pairs for tool in tools)
        while waiting:
            try:
                with limited(SECONDS_OF_A_DETECTOR, _DetectsTooLong):
                    until = time.monotonic() + _SECONDS_OF_A_ROUND
                    while waiting and time.monotonic() < until:
                        reading, tool, shown = waiting[0]
                        shown += self._of_one(tool, reading)
                        waiting.popleft()
            except _DetectsTooLong:
                reading, tool, _ = waiting.popleft()
                self._give_up(tool, reading, f"it took more than {SECONDS_OF_A_DETECTOR:.0f} seconds")
        return found

    def _of_one(self, tool: Detector, reading: Reading) -> list[Evidence]:
        if tool.id in self._given_up:
            return []
        try:
            shown = [_checked(each) for each in islice(tool.code(reading), _MOST_SHOWN)] if tool.code else []
        except (Exception, SystemExit) as failure:
            self._failed[tool.id] += 1
            if self._failed[tool.id] >= _MOST_FAILURES:
                self._give_up(tool, reading, f"{type(failure).__name__}, for the {_MOST_FAILURES}th time")
            else:
                self._warn(reading, f"the detector {tool.id} failed here ({type(failure).__name__})")
            return []
        proven = (each for each in shown if _may_prove(reading.role, each.practice))
        return [Evidence(tool.id, each.practice, _place(reading, each.fact), each.fact, each.trace) for each in proven]

    def _give_up(self, tool: Detector, reading: Reading, why: str) -> None:
        self._given_up.add(tool.id)
        self._warn(reading, f"the detector {tool.id} was given up here ({why})")

    def _warn(self, reading: Reading, message: str) -> None:
        self._warnings.append(Warning(Place(reading.path), message, lost=True))


def _of_strangers(
    readings: Sequence[Reading], names: Mapping[str, Iterable[str]], tools: Iterable[Detector], warnings: list[Warning]
) -> dict[int, list[Evidence]]:
    """What the code of other packages shows in each reading, by its number. One that dies costs itself and no other."""
    found: dict[int, list[Evidence]] = {}
    for tool in tools:
        try:
            rows, said = json.loads(apart(partial(_asked, tool, readings, names), SECONDS_OF_A_STRANGER))
        except (Died, ValueError) as failure:
            why = failure if isinstance(failure, Died) else "its answer is none"
            warnings.append(Warning(Place("."), f"the detector {tool.id} was given up: {why}", lost=True))
            continue
        warnings += [Warning(Place(path), message, lost=True) for path, message in said]
        for number, practice, fact, trace in rows:
            place = _place(readings[number], Fact(*fact))
            found.setdefault(number, []).append(Evidence(tool.id, practice, place, Fact(*fact), trace))
    return found


def _asked(tool: Detector, readings: Sequence[Reading], names: Mapping[str, Iterable[str]]) -> bytes:
    """What one detector shows in all readings, and what went wrong, as JSON: it can bear names that are no UTF-8."""
    warnings: list[Warning] = []
    hints = _Hints([tool], names)
    asked = zip(readings, map(hints, _telling(readings, hints.names)), strict=True)
    rows = [
        (number, each.practice, each.fact, each.trace)
        for number, found in enumerate(_Coded(warnings).evidence(asked))
        for each in found
    ]
    return json.dumps((rows, [(each.place.path, each.message) for each in warnings])).encode()


class _Hints:
    """Which detectors of code may find something in a reading, by the words that they ask for. Each is a bit of a number."""

    def __init__(self, detectors: Sequence[Detector], names: Mapping[str, Iterable[str]]) -> None:
        self._detectors = detectors
        self._always = sum(1 << number for number, each in enumerate(detectors) if not each.asks)
        words: dict[str, dict[str, int]] = defaultdict(Counter)
        for number, each in enumerate(detectors):
            for kind, asked in each.asks:
                for word in asked or ("",):
                    words[kind][word] |= 1 << number
        self.names = {kind: _hinted(words[kind], list(names[kind])) for kind in words.keys() & names.keys()}

    def __call__(self, told: Iterable[Fact]) -> list[Detector]:
        asked = self._always
        for kind, name in {(fact.kind, fact.name) for fact in told if fact.kind in self.names}:
            asked |= self.names[kind].get(name, 0)
        return [each for number, each in enumerate(self._detectors) if asked >> number & 1]


def _hinted(words: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """The bits of the detectors that names of one kind give reason to ask, for those that give any.

    All names are searched as one text: to look for each word in each of them takes four times as long.
    """
    lower = [name.lower() for name in names]
    text = "\n".join(lower)
    ends = list(accumulate(len(name) + 1 for name in lower))
    found: dict[str, int] = defaultdict(int)
    for word, bits in words.items():
        at = text.find(word)
        while at >= 0:
            number = bisect_right(ends, at)
            found[names[number]] |= bits
            at = text.find(word, ends[number])
    return found


def _checked(shown: object) -> Shown:
    """What code yields, if it is what a detector may yield. Raises `TypeError`."""
    if isinstance(shown, Shown) and isinstance(shown.practice, str) and isinstance(shown.fact, Fact):
        kind, name, line, value, unit = shown.fact
        if all(isinstance(each, str) for each in (kind, name, value, unit)) and isinstance(line, int | None):
            return shown._replace(trace=bool(shown.trace))
    raise TypeError("a detector yields `Shown` with a fact of its reading")


def _place(reading: Reading, fact: Fact) -> Place:
    return Place(reading.path, fact.line)


def _may_prove(role: str, practice: str) -> bool:
    known = vocabulary().practices.get(practice)
    return known is not None and role in known.roles
