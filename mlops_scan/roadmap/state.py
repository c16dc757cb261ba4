"""A repository as it would be with other texts in some of its files: read, linked, detected and judged like any scan."""

from collections.abc import Mapping
from functools import cached_property

from mlops_scan import facts, faults
from mlops_scan.assess import Assessment
from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Reading
from mlops_scan.facts.source import Source
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.repository import READ, Roles
from mlops_scan.roadmap.names import STICKY, Site
from mlops_scan.roadmap.survey import survey
from mlops_scan.roadmap.view import View
from mlops_scan.roadmap.words import Step
from mlops_scan.scan import Ground, judged

_WHY = "taken as mended"


class State:
    """What a plan has come to. Only files that were changed are read again; everything behind reading is done anew."""

    def __init__(
        self,
        ground: Ground,
        texts: Mapping[str, str] | None = None,
        assumed: tuple[tuple[str, str], ...] = (),
        first: "State | None" = None,
    ) -> None:
        self.ground = ground
        self.texts = dict(texts or {})
        self.assumed = assumed
        self._first = first
        self._known: dict[tuple[str, str], Reading] = first._known if first else {}  # shared by all states of a plan

    def after(self, step: Step) -> "State":
        """The state once a step is done."""
        texts = self.texts | {change.path: change.after for change in step.changes}
        assumed = tuple(dict.fromkeys((*self.assumed, *step.assumes)))
        return State(self.ground, texts, assumed, self._first or self)

    def text(self, path: str) -> str | None:
        """The text of a file as it is now; None where there is none, or none that can be edited."""
        if path in self.texts:
            return self.texts[path]
        try:
            return self.ground.repository.text(path) if path in self._listed else None
        except Unreadable:
            return None

    @property
    def assessment(self) -> Assessment:
        """The verdicts."""
        return self._judged[0]

    @property
    def life(self) -> Lifecycle:
        """The graph behind the verdicts."""
        return self._judged[1]

    @cached_property
    def site(self) -> Site:
        """What recipes may ask for and name. What the repository calls its own keeps its name, whatever a step adds."""
        found = survey(View(self.assessment, self.life, self.text))
        if self._first is None:
            return found
        before = self._first.site
        kept = {name: before.names[name] for name in STICKY if name in before.names and name not in before.guessed}
        return found._replace(names={**found.names, **kept})

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(file.path for file in self.ground.repository.files)

    @cached_property
    def _judged(self) -> tuple[Assessment, Lifecycle]:
        accepted = tuple(faults.Suppression(rule, f"/{path}", _WHY) for rule, path in self.assumed)
        readings = self.ground.readings
        if self.texts:
            changed = {path: self._reading(path, text) for path, text in self.texts.items()}
            merged = {each.path: each for each in readings} | changed
            readings = tuple(merged[path] for path in sorted(merged))
        inquiry = self.ground.inquiry
        inquiry = inquiry._replace(suppressions=(*inquiry.suppressions, *accepted))
        return judged(self.ground._replace(readings=readings, inquiry=inquiry))

    def _reading(self, path: str, text: str) -> Reading:
        if (path, text) not in self._known:
            role = self._roles(path)
            found, units, _ = facts.read(Source(path, text)) if role in READ and facts.claimed(path) else ([], [], [])
            self._known[path, text] = Reading(path, role, (Fact("file", path), *found), tuple(units))
        return self._known[path, text]

    @cached_property
    def _roles(self) -> Roles:
        return Roles([*sorted(self._listed), *self.texts], self.ground.inquiry.scope.roles)
