"""The words of a plan: recipes and what they edit, actions and what they move, questions for people, pitfalls."""

from typing import NamedTuple

from mlops_scan.assess import Verdict
from mlops_scan.evidence import Place, Strength
from mlops_scan.maturity import Need

#: The traits that something asks for, each with the values that will do.
When = tuple[tuple[str, tuple[str, ...]], ...]


class Job(NamedTuple):
    """One job of a CI pipeline, in no system's own words. `run` are shell texts, one step each."""

    name: str
    run: tuple[str, ...]
    needs: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()  #: files that the jobs behind it get
    tell: str = ""  #: what to tell the team if the job fails
    start: str = ""  #: the event that a failure sends
    environment: str = ""  #: the environment whose protection asks for an approval
    images: bool = False  #: the job pushes an image, and so it has to log in


class Pipeline(NamedTuple):
    """A CI pipeline. `on` are `push`, `pull_request`, `manual`, `schedule CRON` and `signal EVENT`."""

    name: str
    on: tuple[str, ...]
    jobs: tuple[Job, ...]
    when: When = ()


class Edit(NamedTuple):
    """One edit of a recipe. `place` says where: `new`, `end`, `imports`, `app`; `text` still has names to fill in."""

    place: str
    path: str
    text: str
    name: str = ""  #: by which the texts of the recipe refer to the path
    once: str = ""  #: where this stands in the file already, nothing is to be done
    when: When = ()


class Recipe(NamedTuple):
    """How to get a practice. What it really moves is found by laying it over the repository, never read off here."""

    id: str
    title: str
    why: str
    aims: tuple[Need, ...]
    after: tuple[Need, ...]
    days: float
    tool: str
    when: When
    packages: tuple[str, ...]
    adapt: tuple[str, ...]
    run: tuple[str, ...]
    edits: tuple[Edit, ...]
    follows: tuple[Need, ...] = ()  #: what comes first if it is planned at all; `after` must be there
    pipelines: tuple[Pipeline, ...] = ()
    gates: tuple[Job, ...] = ()  #: jobs that the job which deploys here has to wait for


class Change(NamedTuple):
    """A file after an edit, and what of it is new: the snippet. `line` is where it begins; none in a new file."""

    path: str
    after: str
    snippet: str
    line: int | None = None
    removed: str = ""  #: the text that the snippet takes the place of


class Step(NamedTuple):
    """A recipe with the names of this repository filled in: what to do, and the files after it."""

    id: str
    title: str
    why: str
    days: float
    tool: str
    changes: tuple[Change, ...]
    run: tuple[str, ...] = ()
    adapt: tuple[str, ...] = ()
    assumes: tuple[tuple[str, str], ...] = ()  #: a rule and a path: its faults there are taken as mended
    evidence: Place | None = None


class Move(NamedTuple):
    """A criterion whose verdict a step changes."""

    criterion: str
    before: Verdict
    after: Verdict


class Gain(NamedTuple):
    """A practice that a step makes stronger; nothing before means that it was not there."""

    practice: str
    before: Strength | None
    after: Strength


class Action(NamedTuple):
    """A step of the plan in its month, with what it changes as the re-assessment after it says."""

    step: Step
    month: int
    days: float
    moves: tuple[Move, ...]
    gains: tuple[Gain, ...]
    depends: tuple[str, ...]
    stage: int  #: that is proven once it is done


class Ask(NamedTuple):
    """A criterion that no file can answer."""

    criterion: str
    question: str
    stage: int


class Pitfall(NamedTuple):
    """Something that makes many plans fail, and where it shows here."""

    id: str
    message: str
    places: tuple[Place, ...] = ()


class Plan(NamedTuple):
    """The way to a target. `reached` is the stage that is proven once every action is done."""

    repository: str
    model: str
    model_name: str
    stages: tuple[tuple[int, str], ...]
    stage: int
    target: int
    reached: int
    months: int
    applicable: bool
    reason: str
    complete: bool
    actions: tuple[Action, ...] = ()
    asks: tuple[Ask, ...] = ()
    pitfalls: tuple[Pitfall, ...] = ()
    left: tuple[tuple[str, str], ...] = ()  #: criteria that hold the target back and that nothing here moves
    exact: bool = True  #: no cheaper set of these recipes exists; otherwise the search was cut off

    @property
    def days(self) -> float:
        """The person-days of all actions."""
        return sum(action.days for action in self.actions)
