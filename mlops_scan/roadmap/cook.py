"""Recipes made out for one repository: names filled in, edits laid over its files, pipelines written for its CI system."""

import re
from collections.abc import Iterator
from contextlib import suppress

from packaging.utils import canonicalize_name

from mlops_scan.errors import Unreadable
from mlops_scan.roadmap import lay
from mlops_scan.roadmap.ci import DEFAULT, System, Written, systems
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.recipes import NAME
from mlops_scan.roadmap.state import State
from mlops_scan.roadmap.words import Change, Edit, Job, Pipeline, Recipe, Step, When

NO_SYSTEM = "No CI system was found here, so this is written for GitHub Actions."


class Unfit(Exception):
    """A recipe asks for something that this repository has not."""


def cook(recipe: Recipe, state: State) -> Step | None:
    """The recipe as a step of this repository; None where it does not fit it."""
    site = state.site
    if not fits(recipe.when, site):
        return None
    with suppress(Unfit, Unreadable):
        return _step(recipe, site, state)
    return None


def fits(when: When, site: Site) -> bool:
    """Whether a repository has the traits that are asked for."""
    return all(site.traits.get(trait, "none") in values for trait, values in when)


def _step(recipe: Recipe, site: Site, state: State) -> Step:
    desk = _Desk(state, site)
    for edit in (each for each in recipe.edits if fits(each.when, site)):
        desk.edit(edit)
    for pipeline in (each for each in recipe.pipelines if fits(each.when, site)):
        desk.take(desk.system.write(desk.pipeline(pipeline), site, desk.text))
    for job in recipe.gates:
        if desk.system.gate is None:
            raise Unfit("no job that deploys can be made to wait")
        desk.take(desk.system.gate(desk.job(job), site, desk.text))
    if not desk.changes:
        raise Unfit("all of it is there already")
    desk.packages(tuple(map(desk.fill, recipe.packages)))
    return Step(
        recipe.id,
        desk.fill(recipe.title),
        desk.fill(recipe.why),
        recipe.days,
        recipe.tool,
        tuple(desk.changes),
        (*desk.commands, *filter(None, map(desk.fill, recipe.run))),
        tuple(dict.fromkeys([*map(desk.fill, recipe.adapt), *desk.notes, *desk.guesses()])),
    )


class _Desk:
    """The files of a step while it is made: each edit sees what the edits before it have written."""

    def __init__(self, state: State, site: Site) -> None:
        self.state, self.site = state, site
        self.names = dict(site.names)
        self.changes: list[Change] = []
        self.notes: list[str] = []
        self.commands: list[str] = []
        self._used: set[str] = set()

    @property
    def system(self) -> System:
        """The CI system to write for."""
        found = self.site.traits["ci"]
        if found not in (*systems(), "none"):
            raise Unfit("nothing can be written for this CI system")
        if found == "none" and NO_SYSTEM not in self.notes:
            self.notes.append(NO_SYSTEM)
        return systems()[DEFAULT if found == "none" else found]

    def text(self, path: str) -> str | None:
        """The text of a file after the edits so far."""
        return next((each.after for each in reversed(self.changes) if each.path == path), self.state.text(path))

    def fill(self, text: str) -> str:
        """A text with all names filled in; lines with an unknown optional name fall away. Raises `Unfit`."""
        lines = [
            line
            for line in text.split("\n")
            if all(found[2] in self.names for found in NAME.finditer(line) if found[1])
        ]
        missing = {found[2] for line in lines for found in NAME.finditer(line)} - self.names.keys()
        if missing:
            raise Unfit(f"not known: {', '.join(sorted(missing))}")
        self._used.update(found[2] for line in lines for found in NAME.finditer(line))
        return "\n".join(NAME.sub(lambda found: self.names[found[2]], line) for line in lines)

    def guesses(self) -> Iterator[str]:
        """What of the names in the step was not found here."""
        yield from (reason for name, reason in self.site.guessed.items() if name in self._used and reason)

    def edit(self, edit: Edit) -> None:
        """Lay an edit over its file."""
        path = self.fill(edit.path)
        if edit.place == "new":
            path = self._free(path)
        if edit.name:
            self.names[edit.name] = path
        before = self.text(path)
        if not edit.once or self.fill(edit.once) not in (before or ""):
            at = self.names.get(lay.DETAILS.get(edit.place, ""), "")
            self.changes.append(lay.PLACES[edit.place](path, before, self.fill(edit.text), at))

    def _free(self, path: str) -> str:
        """The path, or one beside it where there is a file already."""
        if self.text(path) is None and path not in self.state.life.graph.readings:
            return path
        folder, slash, name = path.rpartition("/")
        other = f"{folder}{slash}model_{name}"
        if not name.endswith(".py") or other in self.state.life.graph.readings:
            raise Unfit("is there already")
        return other

    def pipeline(self, pipeline: Pipeline) -> Pipeline:
        """A pipeline with names filled in."""
        jobs = tuple(map(self.job, pipeline.jobs))
        return pipeline._replace(name=self.fill(pipeline.name), jobs=jobs)

    def job(self, job: Job) -> Job:
        """A job with names filled in, and without the steps that have nothing to run."""
        run, keep = (tuple(filter(str.strip, map(self.fill, texts))) for texts in (job.run, job.keep))
        pushes = any("docker push" in text for text in run)
        return job._replace(run=run, keep=keep, tell=self.fill(job.tell), images=job.images and pushes)

    def take(self, written: Written) -> None:
        """Add what a CI system made of a pipeline."""
        self.changes += written.changes
        self.notes += written.notes

    def packages(self, packages: tuple[str, ...]) -> None:
        """Declare packages: in the file that lists them, else by the command that adds them."""
        if any("jupyter nbconvert" in change.snippet for change in self.changes):
            packages = (*packages, "nbconvert", "ipykernel")
        declared = {
            fact.name.partition("[")[0]
            for reading in self.state.life.graph.readings.values()
            for fact in reading.facts
            if fact.kind == "dependency"
        }
        missing = [each for each in packages if _name(each) not in declared]
        named = (word for word in self.site.names["install"].split() if word.endswith("requirements.txt"))
        path = next(named, "")
        source = f"{path.removesuffix('.txt')}.in"
        if missing and not _by_hand(self.text(path)) and self.text(source) is not None:
            path = source  # what a tool has compiled is compiled anew
            self.commands.append(f"pip-compile {source}")
        before = self.text(path) if path else None
        if missing and path and _by_hand(before):
            kept = (before or "").rstrip("\n")
            snippet = "\n".join(missing) + "\n"
            self.changes.append(
                Change(path, f"{kept}\n{snippet}".lstrip("\n"), snippet, kept.count("\n") + 2 if kept else None)
            )
        elif missing:
            words = " ".join(f"'{each}'" for each in missing)
            self.commands.append(f"{self.names.get('add', 'pip install')} {words}")


def _name(requirement: str) -> str:
    """The name of a package in normal form, without extras and version."""
    found = re.match(r"[\w.-]+", requirement)
    return canonicalize_name(found[0]) if found else ""


def _by_hand(text: str | None) -> bool:
    """Whether a file of requirements is written by hand: one that a tool has compiled is not edited."""
    return text is None or ("--hash=" not in text and "autogenerated by" not in text)
