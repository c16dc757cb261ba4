"""Compose files: services with their images, builds, commands and settings.

The format: https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.containers.images import image, substituted
from mlops_scan.facts.containers.processes import (
    files_started,
    inside,
    outside,
    split,
    text_started,
    words_started,
)
from mlops_scan.facts.source import Source, reads

_NAMED = re.compile(r"(?:docker-)?compose\b.*\.ya?ml")
_OTHERS = {"apiVersion", "kind", "jobs", "steps", "pipeline", "stages", "on", "$schema"}
#: The settings that say how a service runs and what others call it. Numbers, switches and names, no free text.
_SETTINGS = (
    "deploy", "restart", "healthcheck", "ports", "profiles", "scale", "runtime", "gpus", "mem_limit", "cpus",
    "container_name", "hostname",
)  # fmt: skip
_NONE: Mapping[str, str] = {}


@reads("*.yml", "*.yaml")
def compose(source: Source) -> Iterator[Item]:
    """Each service of a Compose file as a unit. Paths are relative to the file; `${NAME:-default}` is the default."""
    if "services:" not in source.text or not source.documents:
        return
    root = trees.as_mapping(source.documents[0])
    services = trees.as_mapping(trees.at(root, "services"))
    if not _OTHERS.isdisjoint(root) or not (_NAMED.match(source.name) or _is_compose(services)):
        return
    for included in trees.as_list(trees.at(root, "include")):
        for path in fields.texts(trees.at(included, "path") or included):
            yield Fact("includes", _beside(path), path.line)
    for entry in trees.as_mapping(trees.at(root, "configs")).values():
        for path in fields.texts(trees.at(entry, "file")):
            yield Fact("reads", _beside(path), path.line)
    for name, service in services.items():
        if isinstance(service, trees.Mapping):
            unit = Unit("service", name, name.line)
            yield unit
            yield from _service(service, unit.id)


def _is_compose(services: trees.Mapping) -> bool:
    bodies = [body for body in services.values() if isinstance(body, trees.Mapping)]
    return len(bodies) == len(services) and any("image" in body or "build" in body for body in bodies)


def _service(service: trees.Mapping, unit: str) -> Iterator[Fact]:
    yield from _image(service, unit)
    yield from _process(service, unit)
    yield from environment(trees.at(service, "environment"), unit)
    for entry in trees.as_list(trees.at(service, "env_file")):
        for path in fields.texts(trees.at(entry, "path") or entry):
            yield Fact("reads", _beside(substituted(path, _NONE)), path.line, unit=unit)
    needed = trees.at(service, "depends_on")
    for other in needed if isinstance(needed, trees.Mapping) else fields.texts(needed):
        yield Fact("needs", f"#service:{other}", other.line, unit=unit)
    for path in fields.texts(trees.at(service, "extends", "file")):
        yield Fact("includes", _beside(path), path.line, unit=unit)
    for target, origin, line in _bound(service):
        yield Fact("reads", origin, line, target, unit)
    for key in _SETTINGS:
        yield from fields.fields(trees.at(service, key), f"compose.{key}", unit)


def _image(service: trees.Mapping, unit: str) -> Iterator[Fact]:
    """The image that is pulled; where the service is built here, `image` is only the name that the result gets."""
    name = substituted(trees.as_text(trees.at(service, "image")), _NONE)
    build = trees.at(service, "build")
    if build is None:
        yield from image(name, service.line_of("image"), unit)
        return
    context = trees.as_text(build) or trees.as_text(trees.at(build, "context")) or "."
    dockerfile = trees.as_text(trees.at(build, "dockerfile"))
    path = substituted(posixpath.join(context, dockerfile) if dockerfile else context, _NONE)
    yield Fact("builds", _beside(path), service.line_of("build"), name, unit)


def _process(service: trees.Mapping, unit: str) -> Iterator[Fact]:
    """The command of a service: `entrypoint` with `command` behind it, or either of them."""
    entrypoint, command = trees.at(service, "entrypoint"), trees.at(service, "command")
    mounts = [(target, path) for target, path, _ in _bound(service)]
    place = inside("/", trees.as_text(trees.at(service, "working_dir")) or "/")
    folder = (outside(place, mounts) or "").removeprefix("./").removeprefix(".")
    line = getattr(entrypoint or command, "line", service.line)
    first = entrypoint or command
    if isinstance(first, trees.Scalar) and not (entrypoint and command):
        started = list(text_started(first.replace("$$", "$"), line, unit, folder))
    else:
        started = list(words_started([*_words(entrypoint), *_words(command)], line, unit, folder))
    yield from started
    yield from files_started(started, place, mounts)


def _words(node: trees.Node | None) -> list[str]:
    """The words of `entrypoint` or `command`: a list, or a text that Compose splits itself. `$$` is a dollar."""
    if isinstance(node, trees.Scalar):
        return split(node.replace("$$", "$"))
    return [trees.Scalar(text.replace("$$", "$"), text.line) for text in fields.texts(node)]


def environment(node: trees.Node | None, unit: str) -> Iterator[Fact]:
    """Environment variables as a mapping or as a list of `NAME=value`."""
    for name, value in trees.as_mapping(node).items():
        yield fields.variable(name, substituted(trees.as_text(value), _NONE), name.line, unit)
    for entry in fields.texts(node):
        key, _, text = entry.partition("=")
        yield fields.variable(key, substituted(text, _NONE), entry.line, unit)


def _bound(service: trees.Mapping) -> Iterator[tuple[str, str, int]]:
    """What stands in the container at which path, from which path beside the file."""
    for volume in trees.as_list(trees.at(service, "volumes")):
        parts = substituted(trees.as_text(volume), _NONE).split(":")
        path = parts[0] if len(parts) > 1 else trees.as_text(trees.at(volume, "source"))
        target = parts[1] if len(parts) > 1 else trees.as_text(trees.at(volume, "target"))
        if path.startswith(".") and target:
            yield inside("/", target), _beside(path), volume.line


def _beside(path: str) -> str:
    """A path that is relative to the file, written so that it can mean nothing else. Addresses stay as they are."""
    if "://" in path or path.startswith(("/", "~", "$", "git@")):
        return path
    path = posixpath.normpath(path)
    if path == ".." or path.startswith("../"):
        return path
    return "./" if path == "." else f"./{path}"
