"""The words that everything else is written in: facts, units, places, strengths, evidence."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple


class Strength(IntEnum):
    """How well a claim is proven. It is computed from the graph; no detector and no reader sets it."""

    DECLARED = 1  #: a dependency and nothing more
    CONFIGURED = 2  #: its own configuration, or imported and called
    WIRED = 3  #: reachable from a live entry point
    EXERCISED = 4  #: it has left a trace

    def __str__(self) -> str:
        return self.name.lower()


class Place(NamedTuple):
    """Where something stands: a path relative to the scanned root, and a line counted from 1 where there is one."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


#: What a fact can say. Signals of detectors may ask for these.
SIGNAL_KINDS = {
    "file": "a path of the repository (name: the path)",
    "dependency": "a package that somebody declared by hand (name: `mlflow`, `npm:react`, `nuget:Microsoft.ML`; value: the constraint)",
    "import": "a module or library that code imports (name: `mlflow.sklearn`, `r:targets`, `jvm:org.tribuo.Model`, `dotnet:Microsoft.ML`)",
    "call": "a call, resolved through the imports (name: `mlflow.log_metric`; value: the first literal argument)",
    "argument": "a keyword argument with a literal value (name: `mlflow.sklearn.log_model.registered_model_name`)",
    "command": "a simple command that something runs (name: the words `dvc repro -f`; value: the working directory)",
    "action": "a building block of a CI system (name: `iterative/setup-dvc`, without its version; value: the version)",
    "image": "a container image (name without tag: `ghcr.io/mlflow/mlflow`; value: tag or digest)",
    "resource": "a declared resource (name: `serving.kserve.io/InferenceService`, `aws_sagemaker_endpoint`; value: its own name)",
    "field": "a setting in a manifest (name: `InferenceService.spec.predictor.canaryTrafficPercent`; value: the scalar)",
    "section": "a section of a configuration file (name: `tool.ruff`)",
    "history": "what Git knows (name: authors, merges, tags, commits, days, `bot dependabot`; value: a number)",
    "hook": "a pre-commit hook (name: `owner/repository` and the hook's id are two facts)",
    "heading": "a heading of a document (name: lower case)",
    "uri": "an address in code or configuration (name: `models:/churn@champion`)",
    "env": "an environment variable that is set or read (name; value: where it is set, the value unless it looks secret)",
    "stored": "what a store keeps of runs and models (name: `mlflow.runs`, `mlflow.versions.data`; value: how many, or which)",
    "locked": "what a lock keeps of a stage's last run (name: `cmd`, `dep data/raw`, `param params.yaml lr`; value: text or hash)",
}

#: Facts that speak of another unit, by a name that only the linker can resolve. Some signal kinds refer too.
LINK_KINDS = {
    "needs": "this unit waits for that one (name: `#job:evaluate`, a unit of the same file)",
    "starts": "this trigger starts that unit (name: `#job:train`, or a pipeline's name)",
    "includes": "this file pulls in that one (name: a path, `./` and `../` relative to this file; otherwise from the root)",
    "runs-file": "this unit executes or submits that file, named by a path and not by a command",
    "builds": "this unit builds an image (name: the Dockerfile or its folder; value: the tag given)",
    "copies": "this image copies that path in",
    "reads": "this unit reads that path or address as data",
    "writes": "this unit writes that path or address",
    "registers-model": "this code makes a version of that model",
    "loads-model": "this code asks the registry for that model",
    "emits-metric": "this code emits that metric (name: `{}` where only a run knows it)",
    "watches-metric": "this rule, panel or alert asks for that metric",
    "scrapes": "this configuration scrapes that target",
    "sends-to": "an alert goes to that receiver",
    "entry-point": "a name that this package installs (name: the command; value: `package.module:function`)",
    "documented": "a command in a code block of a document, for people to run (value: the heading above)",
}

#: Facts that say how a unit stands, for faults and for judging its wiring.
STATE_KINDS = {
    "tested": "a function whose result decides what is done (name: as it is called)",
    "trigger": "what starts a pipeline (name: push, pull_request, schedule, manual, data, signal, call, deploy; value: details)",
    "condition": "the unit runs only if (name: the expression)",
    "allowed-to-fail": "its failure is ignored (name: `continue-on-error`, `|| true`, `allow_failure`; value: the command)",
    "always-true": "a condition or comparison that nothing can miss (name: its text; value: why)",
    "exit-lost": "a command of a shell text whose failure nobody asks for (name: its words; value: why)",
    "inert": "a module that defines things and starts none of them",
    "only-printed": "a verdict whose two outcomes are only said, where nothing can fail (name: the condition)",
    "overwrites": "a verdict that gets a constant before anything depended on it (name: the variable; value)",
    "placeholder": "a value that somebody was to fill in (name: the setting; value)",
    "commented-out": "a setting that stands in a comment (name: the setting; value)",
    "returns-nothing": "a function that speaks of a check and has no result (name)",
    "same-source": "a comparison or a score whose two sides come from one place (name: the call; value: how)",
    "swallows": "an error is caught and all goes on (name: the check that was tried; value: what the handler does)",
    "keeps-runs": "code keeps runs at an address that it computes (name: the call; value: the address, with `{}`)",
    "switched-off": "it stands there and is off (name: the setting that says so)",
    "package": "the name of a package that this repository itself provides",
    "pin": "a locked or exported dependency, chosen by a tool and by nobody (name as for dependency)",
    "lfs": "the file is a Git LFS pointer",
    "output": "a notebook cell kept its output (name: the notebook was run)",
    "script": "the module can be started (name: `__main__`)",
    "literal": "a constant or random number that stands where a measured value should (name: what it is assigned to; value)",
    "defined": "what a stage is to do, in the words in which its lock will say it (name as for locked)",
    "digest": "what a file is as a lock would tell it (name: `md5`, `param lr`; value: the hash, the value)",
    "record": "a number or id that a run left behind (name: the key; value)",
    "limit": "a metric held against a limit or another model's (name: the condition; value: `stops` the code, or `decides`)",
    "demand": "a demand on data that stops the code where they do not meet it (name: the condition)",
    "seed": "a random seed that is a number, or handed on by its name (name: as it is called)",
    "kept": "metrics that code writes to a file or store (name: as they are called; value: what writes them)",
    "versioned-path": "a path of a model with a version, a run or a time in it (name: the path, open places as `{}`)",
    "printed": "a function prints (name: `print`)",
    "stamp": "the identity of a model that a result or record carries (name: `model_version`)",
    "unused": "a step of a pipeline that this file makes and never names again (name: what it is made with; value: its name)",
    "left-out": "a step that a function makes and no pipeline gets (name: its variable; value: the last of its lines)",
    "decides": "a result decides whether the lines from here on run (name: the call or variable; value: the last of them)",
    "unparsable": "the file, or the part of it that stands here, is not valid in its format (name: why)",
    "suppressed": "a comment says that a fault on this line is accepted (name: the rule, if it is said as it must be; value: the reason)",
}

KINDS = SIGNAL_KINDS | LINK_KINDS | STATE_KINDS


class Fact(NamedTuple):
    """What stands in one place of one file. The path is known to whoever holds the `Reading`.

    `unit` is the id, within the file, of the unit that it stands in; the empty id is the file itself.
    """

    kind: str
    name: str
    line: int | None = None
    value: str = ""
    unit: str = ""


#: Things that run or stand. Whoever starts a file starts its units, except those of ASKED_FOR, which wait to be named.
UNIT_KINDS = (
    "trigger", "job", "step", "target", "task", "script", "module", "function", "image", "service", "dataset", "model",
    "check", "monitor", "alert", "document",
)  # fmt: skip
ASKED_FOR = ("trigger", "job", "target")


#: The unit of a dependency that a package needs only for one of its extras, as in `extra:plots`.
EXTRA = "extra:"


class Unit(NamedTuple):
    """Something that runs or stands inside a file. `parent` is the id of the unit around it."""

    kind: str
    name: str
    line: int | None = None
    parent: str = ""

    @property
    def id(self) -> str:
        """The id within the file: `job:train/step:2`."""
        return f"{self.parent}/{self.kind}:{self.name}" if self.parent else f"{self.kind}:{self.name}"


Item = Fact | Unit


class Node(NamedTuple):
    """A unit of the whole repository: a file, or a unit inside one."""

    path: str
    unit: str = ""


#: Links between those who make something and those who use it, under one name; all other links start what they lead to.
SHARED_LINKS = ("data", "model", "env", "metric", "build", "decides")


class Link(NamedTuple):
    """A resolved reference: `source` runs, starts, needs, builds or imports `target`, and says so at `line` of its file."""

    source: Node
    target: Node
    kind: str
    line: int | None = None


class Loose(NamedTuple):
    """A reference that resolves to nothing here. `elsewhere`: what it names lies in another place, and is not missing."""

    source: Node
    fact: Fact
    elsewhere: bool
    what: str = ""  #: the kind of thing that is named: `script`, `target`, `workflow`
    name: str = ""  #: what it is called, where the fact says more than that


class Warning(NamedTuple):
    """What the scan could not do, and where. `lost` says that it might have changed the verdicts."""

    place: Place
    message: str
    lost: bool = False


class _Read(NamedTuple):
    path: str
    role: str
    facts: tuple[Fact, ...] = ()
    units: tuple[Unit, ...] = ()


class Reading(_Read):
    """Everything that was read from one file. Of many a file that is only its path, and nothing is kept besides."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of its units, in their order: the same ones for whoever asks, as there are many."""
        return self._nodes if self.units else ()

    @cached_property
    def _nodes(self) -> tuple[Node, ...]:
        return tuple(Node(self.path, unit.id) for unit in self.units)

    @property
    def by_kind(self) -> Mapping[str, Sequence[Fact]]:
        """The facts by their kinds: most questions are about a few facts of a file, and all of them are asked."""
        return self._by_kind if len(self.facts) > 1 else {fact.kind: self.facts for fact in self.facts}

    @cached_property
    def _by_kind(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            if fact.kind in found:
                found[fact.kind].append(fact)
            else:
                found[fact.kind] = [fact]
        return found

    def of(self, kind: str, *others: str) -> Sequence[Fact]:
        """The facts of some kinds, in the order of the file."""
        if len(self.facts) < 2:
            return self.facts if self.facts and self.facts[0].kind in (kind, *others) else ()
        known = self._by_kind
        if not others:
            return known.get(kind, ())
        held = [each for each in (kind, *others) if each in known]
        if len(held) > 1:
            return [fact for fact in self.facts if fact.kind in held]
        return known[held[0]] if held else ()


class Evidence(NamedTuple):
    """A fact at a place that shows a practice, through a tool."""

    tool: str
    practice: str
    place: Place
    fact: Fact
    trace: bool = False  #: the fact is something that the tool leaves behind once it has run
