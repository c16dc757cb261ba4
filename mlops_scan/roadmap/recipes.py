"""Recipes: every file of `mlops_scan/recipes/` is one, and nothing lists them. They are data: nothing in them decides."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from mlops_scan import toml
from mlops_scan.errors import InvalidFile
from mlops_scan.maturity import Need, read_need
from mlops_scan.roadmap.lay import PLACES
from mlops_scan.roadmap.names import NAMES, TRAITS
from mlops_scan.roadmap.words import Edit, Job, Pipeline, Recipe
from mlops_scan.vocabulary import vocabulary

FOLDER = Path(__file__).parent.parent / "recipes"
NAME = re.compile(r"@\{(\??)([a-z_]+)\}")
_KEYS = {
    "title",
    "why",
    "aims",
    "after",
    "follows",
    "days",
    "tool",
    "when",
    "packages",
    "adapt",
    "run",
    "file",
    "append",
    "insert",
    "pipeline",
    "gate",
}
_EVENTS = re.compile(r"push|pull_request|manual|schedule( [\d*/,-]+){5}|signal [\w-]+")


@cache
def recipes() -> tuple[Recipe, ...]:
    """Every recipe, by id. Raises `InvalidFile`."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.toml")))


def load(path: Path) -> Recipe:
    """Read and check a recipe; the id is the file's name. Raises `InvalidFile` for a key, name or practice unknown."""
    data = toml.read(path, _KEYS)
    days = data.get("days")
    if not isinstance(days, int | float) or days <= 0:
        raise InvalidFile(path, "`days` must be a number of person-days")
    recipe = Recipe(
        id=path.stem,
        title=_text(path, data, "title"),
        why=_text(path, data, "why"),
        aims=_needs(path, data, "aims"),
        after=_needs(path, data, "after"),
        follows=_needs(path, data, "follows"),
        days=float(days),
        tool=data.get("tool", ""),
        when=tuple(_when(path, data)),
        packages=_texts(path, data, "packages"),
        adapt=_texts(path, data, "adapt"),
        run=_texts(path, data, "run"),
        edits=tuple(_edits(path, data)),
        pipelines=tuple(_pipeline(path, each) for each in data.get("pipeline", ())),
        gates=tuple(_job(path, each) for each in data.get("gate", ())),
    )
    if not recipe.aims or not (recipe.edits or recipe.pipelines or recipe.gates):
        raise InvalidFile(path, "has no aim, or edits nothing")
    _check_names(path, recipe)
    return recipe


def texts_of(recipe: Recipe) -> Iterator[str]:
    """Every text of a recipe in which names are filled in."""
    yield from (recipe.title, recipe.why, *recipe.adapt, *recipe.run, *recipe.packages)
    for edit in recipe.edits:
        yield from (edit.path, edit.text)
    for job in (*recipe.gates, *(job for each in recipe.pipelines for job in each.jobs)):
        yield from (job.tell, *job.run, *job.keep)
    yield from (each.name for each in recipe.pipelines)


def _check_names(path: Path, recipe: Recipe) -> None:
    own = {edit.name for edit in recipe.edits}
    for text in texts_of(recipe):
        for found in NAME.finditer(text):
            if found[2] not in NAMES and found[2] not in own:
                raise InvalidFile(path, f"no such name: @{{{found[2]}}}; known are {', '.join(NAMES)}")


def _text(path: Path, data: dict[str, Any], key: str) -> str:
    if not isinstance(data.get(key), str) or not data[key]:
        raise InvalidFile(path, f"`{key}` is missing, or is no text")
    return str(data[key])


def _texts(path: Path, data: dict[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidFile(path, f"`{key}` must be a list of texts")
    return tuple(value)


def _needs(path: Path, data: dict[str, Any], key: str) -> tuple[Need, ...]:
    return tuple(read_need(path, key, text, vocabulary().practices) for text in _texts(path, data, key))


def _when(path: Path, data: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    when = data.get("when", {})
    toml.check(path, when, TRAITS, "when")
    yield from ((trait, _texts(path, when, trait)) for trait in when)


def _edits(path: Path, data: dict[str, Any]) -> Iterator[Edit]:
    for kind, keys in (("file", {"path", "text", "name", "when"}), ("append", {"path", "text", "once", "when"})):
        for each in data.get(kind, ()):
            toml.check(path, each, keys, kind)
            yield _edit(path, each, "new" if kind == "file" else "end")
    for each in data.get("insert", ()):
        toml.check(path, each, {"path", "text", "at", "once", "when"}, "insert")
        if each.get("at") not in PLACES:
            raise InvalidFile(path, f"`at` must be one of {', '.join(PLACES)}")
        yield _edit(path, each, each["at"])


def _edit(path: Path, data: dict[str, Any], place: str) -> Edit:
    where, text = _text(path, data, "path"), _text(path, data, "text")
    return Edit(place, where, text, data.get("name", ""), data.get("once", ""), tuple(_when(path, data)))


def _pipeline(path: Path, data: dict[str, Any]) -> Pipeline:
    toml.check(path, data, {"name", "on", "job", "when"}, "pipeline")
    on = _texts(path, data, "on")
    if not on or not all(map(_EVENTS.fullmatch, on)):
        raise InvalidFile(path, "`on` takes push, pull_request, manual, `schedule CRON` and `signal EVENT`")
    jobs = tuple(_job(path, each) for each in data.get("job", ()))
    return Pipeline(_text(path, data, "name"), on, jobs, tuple(_when(path, data)))


def _job(path: Path, data: dict[str, Any]) -> Job:
    toml.check(path, data, Job._fields, "job")
    return Job(
        name=_text(path, data, "name"),
        run=_texts(path, data, "run"),
        needs=_texts(path, data, "needs"),
        keep=_texts(path, data, "keep"),
        tell=data.get("tell", ""),
        start=data.get("start", ""),
        environment=data.get("environment", ""),
        images=bool(data.get("images", False)),
    )
