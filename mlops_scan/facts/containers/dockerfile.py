"""Dockerfiles: base images, build commands, what is copied in, and what the container starts."""

import posixpath
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, shell
from mlops_scan.facts.containers.images import image, substituted
from mlops_scan.facts.containers.instructions import Instruction, instructions
from mlops_scan.facts.containers.processes import (
    Mounts,
    files_started,
    inside,
    is_shell,
    landed,
    outside,
    text_started,
    words_started,
)
from mlops_scan.facts.source import Source, reads

_MOST_MOUNTS = 200
_INSTRUCTIONS = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip


class _Image(NamedTuple):
    """What the instructions of a stage have set so far; a stage that is built on another begins with what that has."""

    folder: str = "/"
    mounts: Mounts = ()
    entrypoint: Instruction | None = None
    command: Instruction | None = None

    @property
    def context_folder(self) -> str:
        """The folder of the build context that stands in the working directory; empty where nothing was copied."""
        found = outside(self.folder, self.mounts) or ""
        return "" if found == "." else found


@reads("Dockerfile*", "dockerfile*", "*.Dockerfile", "*.dockerfile", "Containerfile*", "*.Containerfile")
def dockerfile(source: Source) -> Iterator[Item]:
    """Images, commands and paths of a Dockerfile; what its last stage starts stands in the unit `image:start`.

    Paths and the working directories of commands are those of the build context, which only the caller of the build
    knows. What an earlier stage starts stands in the unit `target:NAME`: it runs only if somebody builds that stage.
    """
    found = list(instructions(source.lines))
    if not _is_dockerfile(found):
        yield from _refused(source, found)
        return
    values: dict[str, str] = {}
    stages: dict[str, _Image] = {}
    name, state = "", _Image()
    for instruction in found:
        if instruction.word == "FROM":
            yield from _started(state, Unit("target", name)) if name else ()
            base, name = _base(instruction, values)
            state = stages.get(base.lower(), _Image())
            yield from image(base, instruction.line) if base.lower() not in stages else ()
        yield from _facts(instruction, state, values)
        yield from _images_used(instruction, stages.keys(), values)
        state = _after(instruction, state, values)
        stages[name.lower()] = state
    yield from _started(state, Unit("image", "start"))


def _is_dockerfile(found: list[Instruction]) -> bool:
    """Whether the first instruction is FROM with one image, or an ARG before it: many files bear such a name."""
    first = next((each for each in found if each.word != "ARG"), None)
    if first is None or first.word != "FROM":
        return False
    words = first.text.split()
    return len(words) == 1 or (len(words) == 3 and words[1].lower() == "as")


def _refused(source: Source, found: list[Instruction]) -> Iterator[Fact]:
    """A file that can only be meant as a Dockerfile, and has nothing to start from."""
    words = {each.word for each in found}
    template = "{{" in source.text or "{%" in source.text
    if source.name in ("Dockerfile", "Containerfile") and words <= _INSTRUCTIONS - {"FROM"} and not template:
        yield Fact("unparsable", "a Dockerfile without FROM", 1)


def _base(instruction: Instruction, values: dict[str, str]) -> tuple[str, str]:
    """The image or stage that a stage is built on, and the name of the stage."""
    words = [*instruction.text.split(), "", "", ""]
    return substituted(words[0], values), words[2]


def _after(instruction: Instruction, state: _Image, values: dict[str, str]) -> _Image:
    """The state behind an instruction. Variables are kept for the whole file: its stages rarely differ in them."""
    match instruction.word:
        case "ARG" | "ENV":
            values.update({name: substituted(value, values) for name, value in _pairs(instruction)})
        case "WORKDIR":
            return state._replace(folder=inside(state.folder, substituted(instruction.text.strip("\"'"), values)))
        case "COPY" | "ADD":
            added = [_mounted(path, target) for path, target in _copied(instruction, state, values)]
            return state._replace(mounts=[*state.mounts, *added][-_MOST_MOUNTS:])
        case "ENTRYPOINT":
            return state._replace(entrypoint=instruction, command=None)
        case "CMD":
            return state._replace(command=instruction)
    return state


def _facts(instruction: Instruction, state: _Image, values: dict[str, str]) -> Iterator[Fact]:
    """What an instruction says by itself."""
    match instruction.word:
        case "RUN":
            bound = list(_bound(instruction))
            yield from bound
            mounts = [*state.mounts, *((fact.value, fact.name) for fact in bound)]
            yield from _placed(_run(instruction, state.context_folder), mounts)
        case "COPY" | "ADD":
            for path, target in _copied(instruction, state, values):
                yield Fact("reads" if "://" in path else "copies", path, instruction.line, target)
        case "ENV":
            for name, value in _pairs(instruction):
                yield fields.variable(name, value, instruction.line)
        case "EXPOSE" | "USER" | "HEALTHCHECK":
            yield fields.field("Dockerfile", instruction.word, instruction.text, line=instruction.line)


def _run(instruction: Instruction, folder: str) -> Iterator[Fact]:
    if words := instruction.listed:
        yield from words_started(words, instruction.line, folder=folder)
        return
    yield from shell.run(instruction.script, instruction.line, folder=folder)
    first = instruction.script.strip().partition(" ")[0]
    for body, line in instruction.documents if not first or is_shell(first) else ():
        yield from shell.run(body, line, folder=folder)


def _placed(facts: Iterator[Fact], mounts: Mounts) -> Iterator[Fact]:
    """The facts with the working directories that `cd /app` leads to as folders of the build context."""
    for fact in facts:
        found = outside(fact.value, mounts) if fact.kind == "command" and fact.value.startswith("/") else None
        yield fact if found is None else fact._replace(value="" if found == "." else found)


def _bound(instruction: Instruction) -> Iterator[Fact]:
    """What `RUN --mount=type=bind` takes from the build context."""
    for options in _options(instruction):
        if options.get("type") == "bind" and "from" not in options:
            path = options.get("source") or options.get("src") or "."
            yield Fact("copies", _context(path), instruction.line, options.get("target", ""))


def _copied(instruction: Instruction, state: _Image, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What COPY and ADD take from the build context, and where it stands in the image."""
    words = [substituted(word, values) for word in instruction.words]
    if len(words) < 2 or _stage_copied(instruction):
        return
    for word in words[:-1]:
        path = word if "://" in word else _context(word)
        yield path, landed(path, words[-1], state.folder, several=len(words) > 2)


def _mounted(path: str, target: str) -> tuple[str, str]:
    """A pair for `Mounts`; a pattern brings the files of its folder."""
    return target, (posixpath.dirname(path) or ".") if "*" in path else path


def _context(path: str) -> str:
    """A path of the build context: Docker knows nothing above it, so that `/x`, `./x` and `../x` all mean `x`."""
    return posixpath.normpath(f"/{path}").lstrip("/") or "."


def _pairs(instruction: Instruction) -> Iterator[tuple[str, str]]:
    """The variables of ENV or ARG: `A=1 B=2`, or the old `A the rest`."""
    words = instruction.words
    if instruction.word == "ENV" and words and "=" not in words[0]:
        yield words[0], " ".join(words[1:])
        return
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name.replace("_", "a").isalnum():
            yield name, value


def _options(instruction: Instruction) -> Iterator[dict[str, str]]:
    """The options of each `--mount=type=bind,source=x`."""
    for flag in instruction.flags:
        if flag.startswith("--mount="):
            parts = flag.removeprefix("--mount=").split(",")
            yield {name: value for name, _, value in (part.partition("=") for part in parts)}


def _stage_copied(instruction: Instruction) -> str:
    """The stage or image that COPY takes its files from, if not from the build context."""
    return next((flag.partition("=")[2] for flag in instruction.flags if flag.startswith("--from=")), "")


def _images_used(instruction: Instruction, stages: Iterable[str], values: dict[str, str]) -> Iterator[Fact]:
    """The images, no stages, that COPY or RUN takes files from."""
    used = [_stage_copied(instruction), *(options.get("from", "") for options in _options(instruction))]
    for reference in used:
        if reference and reference.lower() not in stages and not reference.isdigit():
            yield from image(substituted(reference, values), instruction.line)


def _started(state: _Image, unit: Unit) -> Iterator[Item]:
    """What the image of a stage starts: the commands, and the files of the build context that they name."""
    first = state.entrypoint or state.command
    if first is None:
        return
    yield unit._replace(line=first.line)
    commands = list(_process(first, state, unit.id))
    yield from commands
    yield from files_started(commands, state.folder, state.mounts)


def _process(first: Instruction, state: _Image, unit: str) -> Iterator[Fact]:
    """ENTRYPOINT with CMD as its arguments, or either of them; in the shell form an ENTRYPOINT takes no arguments."""
    words = first.listed
    if not words:
        yield from text_started(first.text, first.line, unit, state.context_folder)
        return
    if state.entrypoint and state.command:
        words = words + (state.command.listed or ["sh", "-c", state.command.text])
    yield from words_started(words, first.line, unit, state.context_folder)
