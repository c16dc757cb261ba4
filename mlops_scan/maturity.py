"""Maturity models: stages, their criteria, and what each criterion needs. Models are data, and are checked on load."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from mlops_scan import toml
from mlops_scan.clean import discreet
from mlops_scan.errors import InvalidFile, ScanError
from mlops_scan.evidence import Strength
from mlops_scan.vocabulary import ACTIVITIES, Practice, vocabulary

FOLDER = Path(__file__).parent / "models"
STARTS = ("push", "pull_request", "schedule", "manual", "data", "signal", "after", "release", "target", "documented")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID = re.compile(r"[^\W_][\w .-]{0,39}")
QUORUMS = ("half", "most", "nearly all", "all")


class Need(NamedTuple):
    """One thing that a criterion needs: any of these practices, at least this strong."""

    practices: tuple[str, ...]
    strength: Strength


class Criterion(NamedTuple):
    """One question of a model. Where a file can hardly show the answer, `asked` says that a person must be asked."""

    id: str
    question: str
    needs: tuple[Need, ...]
    asked: bool = False


class Stage(NamedTuple):
    """A rung: its criteria, and how many of them must hold. `number` counts from the lowest rung, which is always had."""

    number: int
    name: str
    meaning: str
    quorum: str
    criteria: tuple[Criterion, ...]


class Rung(NamedTuple):
    """What one capability area asks for, for a stage of its own."""

    capability: str
    stage: int
    needs: tuple[Need, ...]


class Route(NamedTuple):
    """A composed practice of a user's own model: a way from one of some starting points over all of these stations.

    `starts` are kinds of triggers, or `target` and `documented`; `reaches` are activities or practices.
    """

    practice: Practice
    starts: tuple[str, ...]
    reaches: tuple[str, ...]


class Model(NamedTuple):
    """A ladder of stages, and the smaller ladders of the capability areas where the model has them."""

    id: str
    name: str
    source: str
    stages: tuple[Stage, ...]
    profile: tuple[Rung, ...] = ()
    routes: tuple[Route, ...] = ()

    @property
    def ruler(self) -> str:
        """A digest of the whole model: two climbs on models with different ones do not compare."""
        return sha256(repr(self).encode()).hexdigest()

    @property
    def floor(self) -> int:
        """The rung on which a repository stands that meets nothing: below the first, unless that is rung 0 itself."""
        return min(self.stages[0].number, max(self.stages[0].number - 1, 0))

    @property
    def criteria(self) -> Iterator[Criterion]:
        """All criteria, from the lowest stage up."""
        return (criterion for stage in self.stages for criterion in stage.criteria)


@cache
def builtin() -> dict[str, Model]:
    """The models that ship with mlops-scan, by id."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.toml"), reverse=True)}


def find(name: str) -> Model:
    """A built-in model by its id, or the user's own from a TOML file. Raises `ScanError`."""
    known = builtin()
    if name in known:
        return known[name]
    if not name.endswith(".toml"):
        raise ScanError(f"no model `{name}`: take one of {', '.join(known)}, or name a TOML file")
    model = discreet(load(Path(name)), type(None))  # it may be one of the scanned tree
    if model.id in known:
        raise InvalidFile(name, f"`{model.id}` is the name of a built-in model: give the file another")
    return model


def load(path: Path) -> Model:
    """Read and check a model. Raises `InvalidFile` with everything that is wrong with it."""
    data = toml.read(path, {"name", "source", "stage", "profile", "practice"})
    routes = tuple(_routes(path, data.get("practice", {})))
    known = {*vocabulary().practices, *(route.practice.id for route in routes)}
    stages = tuple(_stage(path, each, known) for each in _tables(path, data, "stage"))
    profile = tuple(_profile(path, data.get("profile", {}), known))
    model = Model(path.stem, str(data.get("name", path.stem)), str(data.get("source", "")), stages, profile, routes)
    if problems := list(_problems(model)):
        raise InvalidFile(path, "; ".join(problems))
    return model


def _routes(path: Path, data: dict[str, dict[str, Any]]) -> Iterator[Route]:
    toml.check(path, data, data, "practice")
    for name, table in data.items():
        toml.check(path, table, {"capability", "means", "step", "starts", "reaches"}, f"practice.{name}")
        if not _NAME.fullmatch(name):
            raise InvalidFile(path, f"practice {name}: a practice has a name of lower-case words joined by `-`")
        if name in vocabulary().practices:
            raise InvalidFile(path, f"practice {name} is one of mlops-scan's own: take another name")
        if table.get("capability") not in vocabulary().capabilities:
            raise InvalidFile(path, f"practice {name}: no such capability: {table.get('capability')}")
        starts, reaches = (_texts(path, table.get(key), f"practice.{name}.{key}") for key in ("starts", "reaches"))
        unknown = [each for each in reaches if each not in ACTIVITIES and each not in vocabulary().practices]
        unknown += [each for each in starts if each not in STARTS]
        if unknown or not starts or not reaches:
            wanted = f"`starts` takes {', '.join(STARTS)}; `reaches` takes {', '.join(ACTIVITIES)} and practices"
            raise InvalidFile(path, f"practice {name}: {', '.join(unknown) or 'nothing to follow'}: {wanted}")
        practice = Practice(
            name, table["capability"], str(table.get("means", name)), str(table.get("step", "")), composed=True
        )
        yield Route(practice, starts, reaches)


def _texts(path: Path, value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidFile(path, f"{where} must be a list of texts")
    return tuple(value)


def _tables(path: Path, data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise InvalidFile(path, f"`{key}` must be tables: [[{key}]]")
    return tables


def _stage(path: Path, data: dict[str, Any], known: Collection[str]) -> Stage:
    toml.check(path, data, {"number", "name", "meaning", "quorum", "criterion"}, "stage")
    number, quorum = data.get("number"), str(data.get("quorum", "all"))
    if not isinstance(number, int) or not data.get("name"):
        raise InvalidFile(path, "each stage has a `number` and a `name`")
    criteria = tuple(_criterion(path, each, known) for each in _tables(path, data, "criterion"))
    return Stage(number, str(data["name"]), str(data.get("meaning", "")), quorum, criteria)


def _profile(path: Path, data: dict[str, dict[str, list[str]]], known: Collection[str]) -> Iterator[Rung]:
    toml.check(path, data, vocabulary().capabilities, "profile")
    for capability, rungs in data.items():
        toml.check(path, rungs, rungs, f"profile.{capability}")
        for number, needs in sorted(rungs.items()):
            where = f"[profile.{capability}] {number}"
            if not number.isdigit():
                raise InvalidFile(path, f"{where}: a stage is a number")
            yield Rung(
                capability,
                int(number),
                tuple(read_need(path, where, each, known) for each in _texts(path, needs, where)),
            )


def _criterion(path: Path, data: dict[str, Any], known: Collection[str]) -> Criterion:
    toml.check(path, data, {"id", "question", "needs", "asked"}, "stage.criterion")
    if not isinstance(data.get("id"), str) or not isinstance(data.get("question"), str):
        raise InvalidFile(path, "each criterion has an `id` and a `question`")
    needs = _texts(path, data.get("needs", []), f"criterion {data['id']}: `needs`")
    return Criterion(
        data["id"],
        data["question"],
        tuple(read_need(path, data["id"], each, known) for each in needs),
        bool(data.get("asked", False)),
    )


def read_need(path: Path, criterion: str, text: str, known: Collection[str]) -> Need:
    """A need as it is written: `run-tracked`, `a or b`, each may end in `at wired`; configured is what counts otherwise."""
    found = re.fullmatch(r"\s*(.+?)(?:\s+at\s+(\w+))?\s*", text)
    names = tuple(name.strip() for name in found[1].split(" or ")) if found else ()
    for name in names:
        if name not in known:
            raise InvalidFile(path, f"criterion {criterion}: no such practice: {name}")
    word = (found[2] or "configured") if found else ""
    if word.upper() not in Strength.__members__:
        raise InvalidFile(path, f"criterion {criterion}: no such strength: {word}")
    return Need(names, Strength[word.upper()])


def _problems(model: Model) -> Iterator[str]:
    """What a reader of the model would stumble over: holes in the ladder, twins, questions that nothing can answer."""
    if not model.stages:
        yield "has no stage: add a table [[stage]]"
        return
    numbers = [stage.number for stage in model.stages]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield f"stages must follow one another: {numbers}"
    ids = [criterion.id for criterion in model.criteria]
    yield from (
        f"{name}: an id is letters, digits, `.`, `-` and `_`, at most 40"
        for name in (model.id, *ids)
        if not _ID.fullmatch(name)
    )
    yield from (f"duplicate criterion {name}" for name in sorted({name for name in ids if ids.count(name) > 1}))
    for stage in model.stages:
        if stage.quorum not in QUORUMS:
            yield f"stage {stage.number}: no such quorum: {stage.quorum}; known are {', '.join(QUORUMS)}"
        if not stage.criteria:
            yield f"stage {stage.number}: unreachable, it has no criterion"
        if stage.criteria and all(each.asked and not each.needs for each in stage.criteria):
            yield f"stage {stage.number}: unreachable, no file could show any of its criteria"
        yield from (
            f"criterion {each.id}: needs nothing and is not asked"
            for each in stage.criteria
            if not each.needs and not each.asked
        )
    yield from _weaker_above(model)


def _weaker_above(model: Model) -> Iterator[str]:
    """A stage that asks for a practice at a lower strength than a stage below it asks for less."""
    asked: dict[tuple[str, ...], tuple[int, Strength]] = {}
    for stage in model.stages:
        for need in (need for criterion in stage.criteria for need in criterion.needs):
            below = asked.get(need.practices)
            if below and below[0] < stage.number and below[1] > need.strength:
                yield f"stage {stage.number} asks for {' or '.join(need.practices)} at {need.strength}, stage {below[0]} already at {below[1]}"
            if not below or need.strength > below[1]:
                asked[need.practices] = (stage.number, need.strength)
