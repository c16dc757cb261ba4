"""Dangling references: what a file names and the repository does not have. The linker decides; here it is said."""

import re
from collections import Counter
from collections.abc import Iterator
from posixpath import dirname, join, normpath

from mlops_scan.evidence import Fact, Loose, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.product import MOST, holding
from mlops_scan.lifecycle import Lifecycle

_LONGEST = 80
#: What to say of a missing thing, by its kind, and how sure the linker is of such a thing.
_SAID: dict[str, tuple[str, Confidence]] = {
    "script": ("runs `{}`, which is not in the repository", Confidence.HIGH),
    "notebook": ("runs the notebook `{}`, which is not in the repository", Confidence.HIGH),
    "module": ("runs the module `{}`, which the package here does not have", Confidence.HIGH),
    "target": ("asks for `{}`, and no target or script of this name is defined", Confidence.HIGH),
    "stage": ("asks for the stage `{}`, which `dvc.yaml` does not have", Confidence.HIGH),
    "dvc.yaml": ("runs a pipeline of stages, and there is no `{}`", Confidence.MEDIUM),
    "Makefile": ("runs make, and there is no `{}`", Confidence.MEDIUM),
    "Dockerfile": ("builds an image from `{}`, which is not in the repository", Confidence.HIGH),
    "copied file": ("copies `{}` into an image, and it is not in the repository: the build fails", Confidence.HIGH),
    "Compose file": ("starts the services of `{}`, which is not in the repository", Confidence.MEDIUM),
    "service": ("waits for the service `{}`, and no Compose file here has it", Confidence.HIGH),
    "job": ("waits for the job `{}`, which this pipeline does not have", Confidence.HIGH),
    "task": ("waits for the task `{}`, which this pipeline does not have", Confidence.MEDIUM),
    "workflow": ("names the workflow `{}`, and no workflow here has this name", Confidence.HIGH),
    "workflow file": ("calls the workflow `{}`, which is not in the repository", Confidence.HIGH),
    "DAG": ("triggers the DAG `{}`, and no DAG here has this id", Confidence.HIGH),
    "chart": ("installs a chart whose `{}` is not in the repository", Confidence.HIGH),
    "kustomization": ("applies a kustomization, and there is no `{}`", Confidence.MEDIUM),
    "manifest": ("applies or submits `{}`, which is not in the repository", Confidence.HIGH),
    "values file": ("deploys with the values of `{}`, which is not in the repository", Confidence.HIGH),
    "requirements file": ("installs what `{}` lists, which is not in the repository", Confidence.MEDIUM),
    "environment file": ("makes the environment of `{}`, which is not in the repository", Confidence.MEDIUM),
    "test path": ("tests `{}`, which is not in the repository: no test runs", Confidence.HIGH),
    "folder": ("works in the folder `{}`, which is not in the repository", Confidence.HIGH),
    "module folder": ("is built of the Terraform module `{}`, which is not in the repository", Confidence.HIGH),
    "file": ("takes in `{}`, which is not in the repository", Confidence.MEDIUM),
}
_OUTSIDE = "names `{}`, which leads out of the repository"
_WATCHED = "watched path"
_PARSERS = re.compile(r"argparse\.ArgumentParser(?:\.\w+)*\.add_argument$")
_OWN_PARSER = "argparse.ArgumentParser"
_OPEN_PARSER = re.compile(
    r"parse_known|add_subparsers|ArgumentParser\.parents|ArgumentParser\.prefix_chars|fromfile_prefix"
)


@rule("dangling-reference", costs=3)
def dangling_reference(life: Lifecycle) -> Iterator[Broken]:
    """A file names something that should be in this repository and is not: a script, a module, a Dockerfile, a file to
    copy, a target, a stage, a job, a workflow, a DAG, a chart, a manifest, a folder to work in.

    The wire ends there: whoever follows it stops with an error, and what was to come behind it never happens. What
    lies in other repositories, what is made while something runs, and what only a variable knows is not reported.

    Mend: correct the path or the name, bring the file back, or delete what refers to it.
    Wrong where: a step that the scanner cannot read makes the file first, or Git ignores it and every machine has
    one.
    """
    for loose in _first_of_each(life):
        if loose.what in _SAID:
            sentence, confidence = _SAID[loose.what]
            yield _broken(loose, _OUTSIDE if _leads_out(loose) else sentence, confidence)


@rule("trigger-watches-nothing", costs=1)
def trigger_watches_nothing(life: Lifecycle) -> Iterator[Broken]:
    """A trigger waits for changes of a path that is not in this repository.

    The filter was right once: the file was moved or renamed, and its changes now start nothing, so that the checks
    or the training behind the trigger are silently passed by.

    Mend: correct the path in the filter.
    Wrong where: the file comes and goes: another workflow commits it.
    """
    for loose in _first_of_each(life):
        if loose.what == _WATCHED:
            yield _broken(loose, "waits for changes of `{}`, which is not in the repository", Confidence.MEDIUM)


def _leads_out(loose: Loose) -> bool:
    """Whether a path, seen from where it is named, lies above the repository."""
    folder = loose.fact.value if loose.fact.kind == "command" else dirname(loose.source.path)
    return loose.name.startswith("../") and normpath(join(folder, loose.name)).startswith("../")


def _first_of_each(life: Lifecycle) -> Iterator[Loose]:
    """The references that dangle: of one file each name once, and at most a handful."""
    seen: set[tuple[str, str, str]] = set()
    counts: Counter[str] = Counter()
    for loose in life.loose:
        key = (loose.source.path, loose.what, loose.name)
        if loose.elsewhere or key in seen or counts[loose.source.path] >= MOST:
            continue
        seen.add(key)
        counts[loose.source.path] += 1
        yield loose


def _broken(loose: Loose, sentence: str, confidence: Confidence) -> Broken:
    place = Place(loose.source.path, loose.fact.line)
    return Broken(place, sentence.format(loose.name[:_LONGEST]), loose.source, confidence)


@rule("argument-rejected", costs=3)
def argument_rejected(life: Lifecycle) -> Iterator[Broken]:
    """A command gives a script of this repository an option that the script's own parser does not know.

    `argparse` ends such a run with an error before it has done anything: the job, stage or schedule behind the
    command cannot succeed.

    Mend: use an option that the parser has, or add it to the parser.
    Wrong where: the parser gets options from a library. Scripts with subcommands or parents of parsers are passed
    over.
    """
    parsers = {
        path: options for reading in holding(life, "call") if (options := _options(reading)) for path in [reading.path]
    }
    for reading in holding(life, "command") if parsers else ():
        for fact in reading.of("command"):
            if "--" in fact.name:
                yield from _rejected(fact, reading, parsers, life)


def _rejected(fact: Fact, reading: Reading, parsers: dict[str, set[str]], life: Lifecycle) -> Iterator[Broken]:
    node = Node(reading.path, fact.unit)
    script, given = _given(fact)
    for target in life.graph.before(node, "command") if given else ():
        known = parsers.get(target.path)
        if not known or not target.path.endswith(script.lstrip("./")):
            continue
        for option in given:
            if not any(each.startswith(option) for each in known):  # argparse takes a beginning for the whole
                message = f"gives `{target.path}` the option `{option[:_LONGEST]}`, which its parser does not know"
                yield Broken(Place(reading.path, fact.line), message, node)
                return


def _given(fact: Fact) -> tuple[str, list[str]]:
    """The script of `python script.py --a 1 --b`, and the options that it is given; none where a variable adds some."""
    words = fact.name.split()
    if len(words) < 3 or not words[0].startswith("python") or not words[1].endswith(".py"):
        return "", []
    end = next((at for at, word in enumerate(words) if word in ("--", "|", ">", "<")), len(words))
    return words[1], [word.partition("=")[0] for word in words[2:end] if re.match(r"--[a-z][\w-]*(?:=|$)", word)]


def _options(reading: Reading) -> set[str]:
    """The options that a script's parser knows; none where there may be more than the script says itself."""
    if not any(fact.name == _OWN_PARSER for fact in reading.of("call")):
        return set()
    calls = reading.of("call", "argument")
    added = [fact.value for fact in calls if fact.kind == "call" and _PARSERS.search(fact.name)]
    parsed = sum(fact.kind == "call" and fact.name == _OWN_PARSER for fact in calls) == 1
    short = any(not value or (value.startswith("-") and not value.startswith("--")) for value in added)
    if not parsed or short or any(_OPEN_PARSER.search(fact.name) for fact in calls):
        return set()
    return {"--help", *(value for value in added if value.startswith("--"))}
